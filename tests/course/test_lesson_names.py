"""A student's helper keeps its name: what a lesson's own cells bind begins with an underscore."""

import ast
from pathlib import Path

import pytest

from refocuslab.lab.course.making import Course

COURSE = Course(Path(__file__).parents[2] / "course")
# What the text of a lesson names, for students to use; each stands in the cell that sets the lesson up, but
# for what is shown.
ALLOWED = {
    "L1": {"lesson", "d", "photo", "K"},
    "L2": {"lesson", "psf", "truth", "misfocused", "focused", "mask", "W"},
    "L3": {"lesson", "own", "target"},
    "L4": {
        "lesson", "own", "OTHER_VIEWS", "name", "scene", "U", "V", "H", "mask", "truth", "result",
        "GROSS", "NEAR", "SIGMA", "CONTENDERS",
    },
    "L5": {"lesson", "own", "scene", "COUNTS"},
}  # fmt: skip
# Modules, and what exercises allow from the package.
IMPORTED = {
    "np", "plt", "rl", "warnings", "scipy", "data", "reference", "Lesson", "OwnCrop", "crop", "decode",
    "convolve", "change_view", "pasted_photo", "picture_measures", "e10_order", "split",
}  # fmt: skip
_OWN_SPACE = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp, ast.Lambda)


def bound(source):
    """The names that a cell binds at its top level."""
    found, waiting = set(), list(ast.parse(source).body)
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            found.add(node.name)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            found |= {one.asname or one.name.partition(".")[0] for one in node.names}
        elif isinstance(node, ast.ExceptHandler) and node.name:
            found.add(node.name)
            waiting += node.body
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            found.add(node.id)
        elif not isinstance(node, _OWN_SPACE):
            waiting += ast.iter_child_nodes(node)
    return found


def plain_names(lesson, allowed):
    """What cells bind without an underscore, though no text names it."""
    cells = [cell.source for cell in lesson.cells if cell.cell_type == "code"]
    names = set().union(*map(bound, cells)) - IMPORTED - allowed
    return {name for name in names if not name.startswith("_")}


@pytest.mark.parametrize("name", [one for one in COURSE.lessons if not one.startswith("L0")])
def test_a_lesson_takes_no_plain_name_from_its_students(name):
    assert plain_names(COURSE.lessons[name], ALLOWED[name[:2]]) == set()


@pytest.mark.parametrize("name", [one for one in COURSE.lessons if not one.startswith("L0")])
def test_no_name_of_a_lesson_is_one_of_the_notebook_itself(name):
    """IPython keeps its outputs in ``_``, ``__``, ``_oh`` and its inputs in ``_i``, ``_ii``, ``_ih``."""
    cells = [cell.source for cell in COURSE.lessons[name].cells if cell.cell_type == "code"]
    names = set().union(*map(bound, cells))
    assert not names & {"_", "__", "___", "_i", "_ii", "_iii", "_ih", "_oh", "_dh", "_sh"}


def test_what_binds_a_name_is_seen():
    source = (
        "import a.b\nfrom c import d as e\nf, (g, *h) = 1, (2, 3)\nfor i in []:\n    j = 1\n"
        "def k(x):\n    y = 1\nwith open('') as m:\n    pass\n[n for n in '']\n"
        "m.o = m[0] = 1\nif p := 1:\n    q += 1\n"
        "try:\n    r = 1\nexcept E as s:\n    t: int = 1\n"
    )
    assert bound(source) == set("aefghijkmpqrst")
