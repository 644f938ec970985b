"""What the check cells of a student's notebook would say: for who works without a hub."""

import ast
from pathlib import Path

from refocuslab.course.exercises import exercises
from refocuslab.course.variant import student_name
from refocuslab.course.verdict import Verdict
from refocuslab.lab.course.sandbox.judging import Limits, judge_code
from refocuslab.lab.course.sandbox.student_code import StudentCode, cells_of


def parameters_of(cells: list[str]) -> tuple[str, int]:
    """The student and the draw that a copy names; "" and 0 where it names none."""
    found: dict[str, object] = {"student": "", "draw": 0}
    for cell in cells:
        try:
            body = ast.parse(cell).body
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            continue
        for one in body:
            if isinstance(one, ast.Assign | ast.AnnAssign) and isinstance(one.value, ast.Constant):
                target = one.target if isinstance(one, ast.AnnAssign) else one.targets[0]
                name = target.id if isinstance(target, ast.Name) else ""
                found |= {name: one.value.value} if name in found else {}
    student, draw = found["student"], found["draw"]
    return student if isinstance(student, str) else "", draw if type(draw) is int else 0


def check_notebook(path: Path, limits: Limits | None = None) -> tuple[list[Verdict], tuple[str, ...]]:
    """What the check cells of a copy would say of the exercises it has, and what was left out.

    Raises
    ------
    RefocusError
        The file is no notebook, or names a student that is no name.
    """
    cells = cells_of(path)
    student, draw = parameters_of(cells)
    student_name(student)
    code = StudentCode.of(cells)
    there = [one for one in exercises().values() if not code.find(one.names).missing]
    verdicts = [judge_code(code, one.exercise, student=student, draw=draw, limits=limits) for one in there]
    return verdicts, code.problems
