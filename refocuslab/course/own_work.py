"""Whether a function does its own work, or lets the package do it: seen in its code, never by running it."""

import dis
import functools
import sys
import types
from collections.abc import Iterator

from refocuslab.course.case import Function

# Set on a function that a lesson has put in the place of a student's: naming it is no call of the package.
PLACED = "_placed_by_the_lesson"
_PACKAGE = "refocuslab"


def calls_of_the_package(function: Function, allowed: frozenset[str] = frozenset()) -> tuple[str, ...]:
    """What a function names of refocuslab, in itself or in what it calls of its own cell.

    Parameters
    ----------
    function : callable
        The student's.
    allowed : frozenset of str
        Names of the package that the task allows.

    Returns
    -------
    tuple of str
        The names, each once. A name that is hidden from the code, as in a string given to ``eval``, is not
        seen; when work is graded, the package is not there.
    """
    found = dict.fromkeys(_names_of_the_package(function, set()))
    return tuple(name for name in found if name not in allowed)


def _names_of_the_package(function: object, seen: set[int]) -> Iterator[str]:
    """What it names: of a module its attribute, of a function or class its own name."""
    while isinstance(function, functools.partial | types.MethodType):
        function = function.func if isinstance(function, functools.partial) else function.__func__
    if getattr(function, PLACED, False):
        return
    if not isinstance(function, types.FunctionType):
        if _belongs(function):
            yield getattr(function, "__name__", _PACKAGE)
        return
    if id(function) in seen:
        return
    seen.add(id(function))
    if _belongs(function):
        yield function.__name__
        return
    closed = [cell.cell_contents for cell in function.__closure__ or () if _filled(cell)]
    closed += [*(function.__defaults__ or ()), *(function.__kwdefaults__ or {}).values()]
    for code in _codes(function.__code__):
        named = [function.__globals__[name] for name in _global_names(code) if name in function.__globals__]
        for found in (*named, *closed):
            if isinstance(found, types.ModuleType):
                if _belongs(found):
                    yield from _attributes(code, found)
            elif callable(found):
                yield from _names_of_the_package(found, seen)
        for name in code.co_names:
            if name.partition(".")[0] == _PACKAGE:  # an import within
                yield from _attributes(code, sys.modules.get(name))


def _global_names(code: types.CodeType) -> set[str]:
    """The names that are looked up in the notebook; not an attribute that is called the same, as scipy's."""
    loads = ("LOAD_GLOBAL", "LOAD_NAME")
    return {str(one.argval) for one in dis.get_instructions(code) if one.opname in loads}


def _attributes(code: types.CodeType, module: object) -> Iterator[str]:
    """The names in the code that this module of the package has; its own, if there are none."""
    known = set(dir(module))  # not hasattr, which loads what it asks for
    found = [name for name in code.co_names if not name.startswith("_") and name in known]
    yield from found or [_PACKAGE]


def _codes(code: types.CodeType) -> Iterator[types.CodeType]:
    yield code
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield from _codes(constant)


def _belongs(found: object) -> bool:
    name = found.__name__ if isinstance(found, types.ModuleType) else getattr(found, "__module__", None)
    return isinstance(name, str) and name.partition(".")[0] == _PACKAGE


def _filled(cell: types.CellType) -> bool:
    try:
        return cell.cell_contents is not None
    except ValueError:  # a variable that is not set yet
        return False
