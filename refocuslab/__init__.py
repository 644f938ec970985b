"""refocuslab: sharp detail for a misfocused photo, from other, focused photos of the same object.

The public names stand in `__init__.pyi`. Each module is loaded when the first of its names is asked
for, so that what only checks a request, such as the command line, waits for no compiler.
"""

import lazy_loader

from refocuslab.running import kernel_cache

__version__ = "0.2.0"

_load, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
kernel_cache.settle()


def __getattr__(name: str):
    found = _load(name)
    if note := kernel_cache.take_note():
        import warnings

        warnings.warn(note, stacklevel=2)
    return found
