"""Whether a function does its own work, or lets the package do it: seen in its code, never by running it."""

import functools
import sys
import types
from collections.abc import Iterator
from typing import NamedTuple

from refocuslab.course.case import Function
from refocuslab.course.names_in_code import Import, imports, uses

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
    own = _own_variables(function)
    for code in _codes(function.__code__):
        own |= {one.variable: _imported(one) for one in imports(code) if _of_the_package(one.module)}
    for code in _codes(function.__code__):
        for use in uses(code):
            found = (function.__globals__ if use.in_notebook else own).get(use.name)
            if isinstance(found, _Data):
                yield found.name
            elif isinstance(found, types.ModuleType):
                if _belongs(found):
                    yield from _taken(code, found, use.attributes)
            elif callable(found):
                yield from _names_of_the_package(found, seen)


class _Data(NamedTuple):
    """What is imported, and is neither a module nor can be called."""

    name: str


def _own_variables(function: types.FunctionType) -> dict[str, object]:
    """Variables that a function has before it runs: of the function around it, and parameters' defaults."""
    code, defaults = function.__code__, function.__defaults__ or ()
    own: dict[str, object] = dict(function.__kwdefaults__ or {})
    own |= zip(code.co_varnames[code.co_argcount - len(defaults) : code.co_argcount], defaults, strict=True)
    cells = zip(code.co_freevars, function.__closure__ or (), strict=True)
    return own | {name: cell.cell_contents for name, cell in cells if _filled(cell)}


def _imported(one: Import) -> object:
    """What an import brings; something of another library that the module uses is not the package's."""
    module = sys.modules.get(one.module)
    if not one.name or module is None:
        return module or _Data(one.name or _PACKAGE)
    found = sys.modules.get(f"{one.module}.{one.name}") or vars(module).get(one.name)
    return found if isinstance(found, types.ModuleType) or callable(found) else _Data(one.name)


def _taken(code: types.CodeType, module: types.ModuleType, attributes: tuple[str, ...]) -> Iterator[str]:
    """The name that is taken of a module of the package, or of one within it."""
    for name in attributes:
        inner = sys.modules.get(f"{module.__name__}.{name}")
        if inner is None:
            if _is_its_own(module, name):
                yield name
            return
        module = inner
    # The module as it stands, as in ``getattr(module, …)``: what it has of the names in the code.
    known = set(dir(module))  # not hasattr, which loads what it asks for
    found = [name for name in code.co_names if not name.startswith("_") and name in known]
    yield from [name for name in found if _is_its_own(module, name)] or [_PACKAGE]


def _is_its_own(module: types.ModuleType, name: str) -> bool:
    """Not what the module itself has imported, such as numpy."""
    found = vars(module).get(name)
    return not (isinstance(found, types.ModuleType) or callable(found)) or _belongs(found)


def _codes(code: types.CodeType) -> Iterator[types.CodeType]:
    yield code
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield from _codes(constant)


def _belongs(found: object) -> bool:
    name = found.__name__ if isinstance(found, types.ModuleType) else getattr(found, "__module__", None)
    return isinstance(name, str) and _of_the_package(name)


def _of_the_package(module: str) -> bool:
    return module.partition(".")[0] == _PACKAGE


def _filled(cell: types.CellType) -> bool:
    try:
        return cell.cell_contents is not None
    except ValueError:  # a variable that is not set yet
        return False
