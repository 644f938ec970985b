"""The sources of exercises, `course/exercises/eNN_name.py`: one file makes stub, solution and wrong answers.

A file has the constants ``TITLE``, ``UNIT``, ``MINUTES``, ``TASK`` (Markdown), ``WRONG``, ``BELIEFS`` and
``ALSO_RIGHT``, and the functions that the student writes, each with

    # BEGIN SOLUTION
    ...
    # END SOLUTION

``WRONG`` maps the key of a hint to a patch (old, new) of the functions' text, or to a list of patches; a key
may end in ``#`` and a word, where several wrong answers get one hint. ``BELIEFS`` tells, for each key, what a
student believes who writes that. ``ALSO_RIGHT`` lists other right answers: functions, or a tuple where there
are several.
"""

import ast
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from refocuslab.errors import RefocusError

_SOLUTION = re.compile(r"(?ms)^( *)# BEGIN SOLUTION\n(.*?)^ *# END SOLUTION\n?")
_MARK = re.compile(r"(?m)^ *# (?:BEGIN|END) SOLUTION\n?")
STUB = "raise NotImplementedError"
Patch = tuple[str, str]
Functions = tuple[Callable[..., Any], ...]


@dataclass(frozen=True)
class Exercise:
    """The source of an exercise.

    Attributes
    ----------
    exercise : str
        Such as "e06".
    path : Path
        The file.
    title, task : str
        For the student; the task in Markdown.
    unit, minutes : int
        Where it belongs, and how long it takes.
    names : tuple of str
        The functions that the student writes.
    text : str
        Those functions, with the solution between its marks.
    wrong : dict of str to tuple of (str, str)
        {key, or key#word: patches of ``text``}.
    beliefs : dict of str to str
        {key: what is believed}.
    """

    exercise: str
    path: Path
    title: str
    task: str
    unit: int
    minutes: int
    names: tuple[str, ...]
    text: str
    wrong: dict[str, tuple[Patch, ...]]
    beliefs: dict[str, str]

    @property
    def stub(self) -> str:
        """The functions as they are handed out."""
        return _SOLUTION.sub(lambda found: f"{found[1]}{STUB}\n", self.text)

    @property
    def solution(self) -> str:
        """The functions without the marks."""
        return _MARK.sub("", self.text)

    @cached_property
    def cut_out(self) -> str:
        """The lines of the solution alone, and those of the other right answers: what no student may get."""
        own = "".join(found[2] for found in _SOLUTION.finditer(self.text))
        return own + "\n".join(self._also_right_texts)

    def answer(self, text: str) -> Functions:
        """The functions that a text defines, such as ``stub``, ``solution`` or a wrong answer."""
        import refocuslab

        space: dict[str, Any] = {"np": np, "rl": refocuslab, "__name__": "__main__"}
        exec(self.imports, space)
        exec(compile(text, f"<{self.exercise}>", "exec"), space)
        return tuple(space[name] for name in self.names)

    def wrong_text(self, label: str) -> str:
        """The solution with the patches of a wrong answer.

        Raises
        ------
        RefocusError
            A patch's old text does not stand in the functions exactly once: the text has drifted.
        """
        text = self.text
        for old, new in self.wrong[label]:
            if (count := text.count(old)) != 1:
                rule = f"must hold the text of its patch once: {old!r}"
                raise RefocusError(f"{self.path.name}, WRONG[{label!r}]", rule, f"{count} times")
            text = text.replace(old, new)
        return _MARK.sub("", text)

    @cached_property
    def also_right(self) -> tuple[Functions, ...]:
        """The other right answers."""
        return tuple(
            one if isinstance(one, tuple) else (one,) for one in self._module_namespace["ALSO_RIGHT"]
        )

    @cached_property
    def _module_namespace(self) -> dict[str, Any]:
        return _executed(self.path)

    @cached_property
    def imports(self) -> str:
        """The imports of the file whose names the solution uses, numpy aside: a lesson has it already."""
        used = {node.id for node in ast.walk(ast.parse(self.solution)) if isinstance(node, ast.Name)}
        lines = [
            ast.unparse(node)
            for node in ast.parse(self.path.read_text(encoding="utf-8")).body
            if isinstance(node, ast.Import | ast.ImportFrom)
            and used & {one.asname or one.name.partition(".")[0] for one in node.names} - {"np", "rl"}
        ]
        return "".join(f"{line}\n" for line in lines)

    @property
    def _also_right_texts(self) -> list[str]:
        names = {one.__name__ for answer in self.also_right for one in answer}
        source = self.path.read_text(encoding="utf-8")
        nodes = [n for n in ast.parse(source).body if isinstance(n, ast.FunctionDef) and n.name in names]
        return [
            "\n".join(ast.get_source_segment(source, part) or "" for part in _body(node)) for node in nodes
        ]


def read_exercise(path: Path) -> Exercise:
    """The exercise of a file.

    Raises
    ------
    RefocusError
        The file is none, or lacks one of its parts.
    """
    source = path.read_text(encoding="utf-8")
    texts = [_text_of(source, node) for node in ast.parse(source).body if isinstance(node, ast.FunctionDef)]
    own = [text for text in texts if _SOLUTION.search(text)]
    if not own:
        raise RefocusError(path.name, "must have a function with # BEGIN SOLUTION and # END SOLUTION", "none")
    space = _executed(path)
    for name in ("TITLE", "UNIT", "MINUTES", "TASK", "WRONG", "BELIEFS", "ALSO_RIGHT"):
        if name not in space:
            raise RefocusError(path.name, f"must have {name}", "none")
    return Exercise(
        exercise=path.stem[:3],
        path=path,
        title=space["TITLE"],
        task=space["TASK"],
        unit=space["UNIT"],
        minutes=space["MINUTES"],
        names=tuple(re.match(r"def (\w+)", text)[1] for text in own),  # type: ignore[index]
        text="\n\n".join(own),
        wrong={key: tuple(one) if isinstance(one, list) else (one,) for key, one in space["WRONG"].items()},
        beliefs=space["BELIEFS"],
    )


def read_exercises(folder: Path) -> dict[str, Exercise]:
    """Every exercise of the course's folder, by its name, in their order."""
    paths = sorted((folder / "exercises").glob("e[0-9][0-9]_*.py"))
    return {path.stem[:3]: read_exercise(path) for path in paths}


def key_of(label: str) -> str:
    """The hint's key of a wrong answer's label, which may end in ``#`` and a word."""
    return label.partition("#")[0]


def _executed(path: Path) -> dict[str, Any]:
    space: dict[str, Any] = {"__name__": path.stem, "__file__": str(path)}
    exec(compile(path.read_text(encoding="utf-8"), str(path), "exec"), space)
    return space


def _text_of(source: str, node: ast.FunctionDef) -> str:
    """The function's lines, with the comments at its end, which its syntax tree has not."""
    lines = source.splitlines()
    stop = node.end_lineno or node.lineno
    while stop < len(lines) and lines[stop].startswith(" "):
        stop += 1
    return "\n".join(lines[node.lineno - 1 : stop]) + "\n"


def _body(node: ast.FunctionDef) -> list[ast.stmt]:
    """Without its docstring."""
    first = node.body[0]
    documented = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
    return node.body[1:] if documented else node.body
