"""Random scenes with every kernel in plain Python, where an index that leaves its array ends the case.

A compiled kernel takes an index beyond an array's end for an address, and one before its beginning for one
from the end, as NUMBA_BOUNDSCHECK does too. Here both are faults: of every kernel, in every array.

    python tests/soak/strict_kernels.py 14 59      the cases of these seeds, and which kernels they left out

A case of 30 x 30 pixels takes minutes.
"""

import functools
import sys
from pathlib import Path

import numpy as np

from refocuslab.running import kernels

# Kernels that there are, and those that have been called, by module and name.
KERNELS, CALLED = set(), set()


class Strict(np.ndarray):
    """An array whose indices lie in it."""

    def __getitem__(self, index):
        self._hold(index)
        return super().__getitem__(index)

    def __setitem__(self, index, value):
        self._hold(index)
        super().__setitem__(index, value)

    def _hold(self, index):
        indices = index if isinstance(index, tuple) else (index,)
        for one, side in zip(indices, self.shape, strict=False):
            if isinstance(one, int | np.integer) and not 0 <= one < side:
                raise IndexError(f"{int(one)} is not in 0 … {side - 1}")


def _strict(value, numbers):
    if isinstance(value, np.ndarray):
        return value.view(Strict)
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return type(value)(*(_strict(part, numbers) for part in value))
    return np.float64(value) if numbers and isinstance(value, float) else value


def kernel(*given, **options):
    """In the place of the compiler's: the function as it is, its arrays strict."""
    numbers = options.get("error_model") == "numpy"

    def decorate(function):
        name = f"{function.__module__}.{function.__name__}"
        KERNELS.add(name)

        @functools.wraps(function)
        def checked(*arguments):
            CALLED.add(name)
            # Compiled code divides and overflows without a word.
            with np.errstate(all="ignore"):
                return function(*(_strict(argument, numbers) for argument in arguments))

        return checked

    return decorate(given[0]) if given else decorate


kernels.kernel = kernel
sys.path.insert(0, str(Path(__file__).parent))
import random_scenes  # noqa: E402  (it must find the kernel of this module)


def run(*seeds: int) -> list[str]:
    """The kernels of refocuslab that none of these cases called; an IndexError tells of a case that fell."""
    for seed in seeds:
        try:
            random_scenes.one(seed)
        except Exception as error:
            raise type(error)(f"random_scenes.one({seed}): {error}") from error
    return sorted(KERNELS - CALLED)


if __name__ == "__main__":
    print(*run(*map(int, sys.argv[1:])))
