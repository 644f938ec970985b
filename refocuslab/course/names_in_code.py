"""What a function's code names: what it imports, and each use of a name with the attributes taken of it.

Read from the bytecode, for a notebook's source may be gone. Python 3.13 and later put two loads or stores of
variables into one instruction; here they are two again.
"""

import dis
import re
import types
from collections.abc import Iterator
from typing import NamedTuple

_PARTS = re.compile(r"(LOAD|STORE)_FAST")
_LOADS = ("LOAD_NAME", "LOAD_FAST", "LOAD_DEREF", "LOAD_CLASSDEREF", "LOAD_CLOSURE", "LOAD_FROM_DICT_OR_")


class Use(NamedTuple):
    """A name that is looked up.

    Attributes
    ----------
    name : str
        The variable.
    in_notebook : bool
        Whether it is looked up in the notebook, and not among the function's own variables.
    attributes : tuple of str
        What is taken of it at once: ("optics", "psf") of ``refocuslab.optics.psf``.
    """

    name: str
    in_notebook: bool
    attributes: tuple[str, ...]


class Import(NamedTuple):
    """An import within a function.

    Attributes
    ----------
    variable : str
        What it is called there.
    module : str
        Of which module.
    name : str
        Which of its names; empty for the module itself.
    """

    variable: str
    module: str
    name: str


def uses(code: types.CodeType) -> Iterator[Use]:
    """Every use of a name, in the order of the code."""
    steps = _steps(code)
    for at, (what, name) in enumerate(steps):
        if what.startswith(("LOAD_GLOBAL", *_LOADS)):
            taken = []
            for further, attribute in steps[at + 1 :]:
                if further not in ("LOAD_ATTR", "LOAD_METHOD"):
                    break
                taken.append(attribute)
            yield Use(name, what in ("LOAD_GLOBAL", "LOAD_NAME"), tuple(taken))


def imports(code: types.CodeType) -> Iterator[Import]:
    """Every import, with the variable that holds it."""
    steps = _steps(code)
    for at, (what, module) in enumerate(steps):
        if what != "IMPORT_NAME":
            continue
        several = steps[at - 1] != ("LOAD_CONST", "None")  # names after "from"
        taken, after_as = "", False
        for further, name in steps[at + 1 :]:
            if further == "IMPORT_FROM":
                taken, after_as = name, True
            elif further.startswith("STORE_"):
                whole = module if after_as else module.partition(".")[0]
                yield Import(name, module, taken) if several else Import(name, whole, "")
                if not several:
                    break
            elif further == "POP_TOP" and several:
                break


def _steps(code: types.CodeType) -> list[tuple[str, str]]:
    """Instructions by name and argument, each with one argument."""
    found = []
    for one in dis.get_instructions(code):
        if isinstance(one.argval, tuple) and "_FAST" in one.opname:
            kinds = _PARTS.findall(one.opname)
            found += [(f"{kind}_FAST", str(name)) for kind, name in zip(kinds, one.argval, strict=True)]
        elif one.opname not in ("EXTENDED_ARG", "CACHE", "PUSH_NULL"):
            found.append((one.opname, str(one.argval)))
    return found
