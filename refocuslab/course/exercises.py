"""The exercises that have a check: one module each, in ``checks/<unit>/eNN_name.py``.

A module of checks has

    def check(case, <function>, ...)    the probes, in order; named as the student's functions are
    def pieces()                        the package's functions of the same names

and may have

    ALLOWED: frozenset[str]             what of the package the task allows: "optics.psf.disk"
    SECONDS: float                      what one call may take, where that is more than SECONDS here
    def refused(given: Variant) -> str  why a variant is degenerate; empty if it is not

A module is read here, and imported when its check is first asked for, so that one that needs compiled code
delays no other.
"""

import ast
import importlib
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import ModuleType

from refocuslab.course.case import Case, Function
from refocuslab.course.variant import Variant
from refocuslab.errors import RefocusError, quoted

# Of one call. A check calls a function some ten times, each for milliseconds, so this is no slow answer.
SECONDS = 10.0
_CHECKS = Path(__file__).parent / "checks"
_ID = re.compile(r"[eE]0*(\d{1,2})\Z")


@dataclass(frozen=True)
class Checked:
    """An exercise, as far as the package knows it: not its task, and not its solution.

    Attributes
    ----------
    exercise : str
        Such as "e06".
    unit : int
        Its unit.
    title : str
        What its check's docstring begins with.
    names : tuple of str
        The functions that a student writes, in the order in which a check takes them.
    path : Path
        The module's file.
    """

    exercise: str
    unit: int
    title: str
    names: tuple[str, ...]
    path: Path

    @property
    def allowed(self) -> frozenset[str]:
        """Names of the package that the student's functions may use."""
        return frozenset(one.rpartition(".")[2] for one in self._allowed())

    @property
    def allowed_modules(self) -> frozenset[str]:
        """The modules that have these names."""
        return frozenset(f"refocuslab.{one.rpartition('.')[0]}" for one in self._allowed())

    @property
    def seconds(self) -> float:
        """What one call of a student's function may take."""
        return float(getattr(self._module(), "SECONDS", SECONDS))

    def check(self, case: Case, *functions: Function) -> None:
        """Try the probes in order; the first that fails raises its ``Hint``."""
        self._module().check(case, *functions)

    def pieces(self) -> tuple[Function, ...]:
        """The package's functions, in the order of ``names``."""
        found: tuple[Function, ...] = self._module().pieces()
        return found

    def refused(self, given: Variant) -> str:
        """Why a variant is degenerate; empty if it is not."""
        ask = getattr(self._module(), "refused", None)
        return "" if ask is None else str(ask(given))

    def _allowed(self) -> frozenset[str]:
        return getattr(self._module(), "ALLOWED", frozenset())

    def _module(self) -> ModuleType:
        return importlib.import_module(f"refocuslab.course.checks.unit{self.unit}.{self.path.stem}")


@cache
def exercises() -> dict[str, Checked]:
    """Every exercise that has a check, by its name, in their order."""
    found = {}
    for path in sorted(_CHECKS.glob("unit*/e[0-9][0-9]_*.py"), key=lambda path: path.name):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        (check,) = (node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == "check")
        found[path.stem[:3]] = Checked(
            exercise=path.stem[:3],
            unit=int(path.parent.name.removeprefix("unit")),
            title=(ast.get_docstring(tree) or "").splitlines()[0].partition(": ")[2].rstrip("."),
            names=tuple(one.arg for one in check.args.args[1:]),
            path=path,
        )
    return found


def find(name: object) -> Checked:
    """The exercise of a name such as "e06", "E6" or "e6".

    Raises
    ------
    RefocusError
        There is none of that name.
    """
    known = exercises()
    matched = _ID.match(name.strip()) if isinstance(name, str) else None
    exercise = f"e{int(matched[1]):02d}" if matched else ""
    if exercise not in known:
        raise RefocusError("exercise", f"must be one of {', '.join(known)}", quoted(name))
    return known[exercise]
