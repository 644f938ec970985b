"""What of a student's notebook defines the functions of an exercise: found by their names."""

import ast
import re
import symtable
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import nbformat

from refocuslab.errors import RefocusError
from refocuslab.files.toml_files import read_bounded

LARGEST = 100_000_000  # bytes of a notebook that is read
_MAGIC = re.compile(r"(?m)^[ \t]*[%!?].*$")
_Defined = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


@dataclass(frozen=True)
class Found:
    """The code of an exercise's functions.

    Attributes
    ----------
    source : str
        The functions, and what of the notebook they refer to.
    missing : tuple of str
        Functions that the notebook does not define.
    stubs : bool
        Whether one of them is still the stub.
    """

    source: str
    missing: tuple[str, ...]
    stubs: bool


@dataclass(frozen=True)
class StudentCode:
    """The statements of a notebook, or of a plain Python file.

    Attributes
    ----------
    problems : tuple of str
        A sentence for each cell that was left out.
    """

    problems: tuple[str, ...]
    _statements: tuple[tuple[ast.stmt, str], ...]

    @classmethod
    def of(cls, cells: Iterable[str]) -> "StudentCode":
        """The statements of cells; one that does not parse is left out."""
        problems, statements = [], []
        for place, cell in enumerate(cells, 1):
            text = _MAGIC.sub("", cell.replace("\0", ""))
            try:
                lines = text.splitlines()
                found = [(one, _text(one, lines)) for one in ast.parse(text).body]
            except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
                line = getattr(error, "lineno", None)
                where = f" in line {line}" if line else ""
                problems.append(f"code cell {place} has a syntax error{where} and is left out")
                continue
            statements += found
        return cls(tuple(problems), tuple(statements))

    @classmethod
    def read(cls, path: Path) -> "StudentCode":
        """The statements of a file, ``.ipynb`` or ``.py``.

        Raises
        ------
        RefocusError
            It is no plain file, too large, or no notebook.
        """
        return cls.of(cells_of(path))

    def holds(self, names: tuple[str, ...]) -> tuple[int, int]:
        """How many of some functions are written here, and how many are written or stubs."""
        last = [self._binding(name)[-1] for name in names if name in self._places]
        return sum(not _is_stub(self._statements[at][0]) for at in last), len(last)

    def find(self, names: tuple[str, ...]) -> Found:
        """The last definition of each function, and all that they refer to, in the notebook's order."""
        kept: set[int] = set()
        wanted, missing = list(names), [name for name in names if name not in self._places]
        seen: set[str] = set()
        while wanted:
            name = wanted.pop()
            if name in seen:
                continue
            seen.add(name)
            for at in self._binding(name):
                if at not in kept:
                    kept.add(at)
                    wanted += sorted(_from_outside(*self._statements[at]))
        source = "".join(f"{self._statements[at][1]}\n\n" for at in sorted(kept))
        stubs = any(_is_stub(self._statements[at][0]) for name in names for at in self._binding(name))
        return Found(source, tuple(missing), stubs)

    @cached_property
    def _places(self) -> dict[str, list[int]]:
        """The statements that bind each name."""
        found: dict[str, list[int]] = {}
        for at, (one, _) in enumerate(self._statements):
            for name in _bound(one):
                found.setdefault(name, []).append(at)
        return found

    def _binding(self, name: str) -> list[int]:
        """The statements that a name comes from: its last definition, and what is done to it after that."""
        places = self._places.get(name, [])
        defined = [at for at in places if isinstance(self._statements[at][0], _Defined)]
        return defined[-1:] or places


def cells_of(path: Path) -> list[str]:
    """The code cells of a notebook, or a Python file as one.

    Raises
    ------
    RefocusError
        It is no plain file, too large, or no notebook.
    """
    return cells_of_bytes(path.name, read_bounded("notebook", path, LARGEST))


def cells_of_bytes(name: str, content: bytes) -> list[str]:
    """The same of a file's content.

    Raises
    ------
    RefocusError
        It is no notebook.
    """
    try:
        text = content.decode("utf-8-sig")
        if name.endswith(".py"):
            return [text]
        notebook = nbformat.reads(text, as_version=4)
        return [str(cell.source) for cell in notebook.cells if cell.cell_type == "code"]
    except Exception as error:  # nbformat raises KeyError, JSONDecodeError and its own
        raise RefocusError("notebook", "must be a notebook", f"{name} ({type(error).__name__})") from None


def _bound(one: ast.stmt) -> set[str]:
    """The names that a statement at the top of a cell binds; none for what the lesson puts in their place."""
    if isinstance(one, _Defined):
        return {one.name}
    if isinstance(one, ast.Import | ast.ImportFrom):
        return {alias.asname or alias.name.partition(".")[0] for alias in one.names}
    if isinstance(one, ast.Assign | ast.AnnAssign | ast.AugAssign):
        value = one.value
        if isinstance(value, ast.Call) and getattr(value.func, "attr", "") in ("use", "given"):
            return set()
        return {node.id for node in ast.walk(one) if isinstance(node, ast.Name) and _stores(node)}
    return set()


def _stores(node: ast.Name) -> bool:
    return isinstance(node.ctx, ast.Store)


def _named(one: ast.stmt) -> Iterator[str]:
    """All names that stand in a statement."""
    yield from {node.id for node in ast.walk(one) if isinstance(node, ast.Name)}


def _from_outside(one: ast.stmt, text: str) -> set[str]:
    """The names that a statement takes from the notebook: not those that are a function's own."""
    try:
        scopes = [symtable.symtable(text, "<cell>", "exec")]
    except (SyntaxError, ValueError, RecursionError, MemoryError):  # such as one nested too deep
        return set(_named(one))
    found = {symbol.get_name() for symbol in scopes[0].get_symbols() if symbol.is_referenced()}
    while scopes:
        for inner in scopes.pop().get_children():
            scopes.append(inner)
            found |= {symbol.get_name() for symbol in inner.get_symbols() if symbol.is_global()}
    return found


def _is_stub(one: ast.stmt) -> bool:
    """Whether a function does nothing but say that it is not written."""
    if not isinstance(one, ast.FunctionDef):
        return False
    documented = ast.get_docstring(one, clean=False) is not None
    (*_, last) = body = one.body[documented:] or [ast.Pass()]
    return len(body) == 1 and isinstance(last, ast.Raise) and "NotImplementedError" in _named(last)


def _text(one: ast.stmt, cell: list[str]) -> str:
    """A statement as it was written, so that its lines keep their numbers."""
    first = min([one.lineno, *(node.lineno for node in getattr(one, "decorator_list", []))])
    lines = cell[first - 1 : one.end_lineno]
    return "\n".join(lines) if one.col_offset == 0 and ";" not in lines[0] else ast.unparse(one)
