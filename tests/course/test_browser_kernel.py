"""What units 0 to 2 need of the package runs without compiler and widgets, as in a browser's kernel."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from refocuslab.course.exercises import exercises
from refocuslab.lab.course.copies import exercises_of, student_copy
from refocuslab.lab.course.making import Course

ROOT = Path(__file__).parents[2]
COURSE = Course(ROOT / "course")
EARLY = [name for name, one in exercises().items() if one.unit <= 2]
LESSONS = [name for name in COURSE.lessons if name.startswith(("L0", "L1", "L2"))]

WITHOUT = """
import json, sys, warnings

class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("numba", "llvmlite", "ipywidgets", "IPython", "ipykernel"):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, Absent())
warnings.simplefilter("ignore")
for cell in json.load(sys.stdin):
    exec(cell, globals())
print("done")
"""


def run(cells):
    return subprocess.run(
        [sys.executable, "-c", WITHOUT], input=json.dumps(cells), capture_output=True, text=True, check=False,
        cwd=ROOT,
    )  # fmt: skip


@pytest.mark.seconds
def test_the_absence_is_felt():
    answer = run(["import refocuslab as rl", "rl.refocus"])
    assert answer.returncode and "No module named 'numba'" in answer.stderr


@pytest.mark.seconds
def test_every_early_check_runs_with_the_packages_own_pieces():
    cells = ["from refocuslab.course.lesson import Lesson\nfrom refocuslab.course.exercises import find"]
    cells += [f"found = Lesson('ada').check({name!r}, *find({name!r}).pieces())\nassert found.right, found"
              for name in EARLY]  # fmt: skip
    answer = run(cells)
    assert answer.returncode == 0, answer.stderr
    assert answer.stdout.endswith("done\n") and len(EARLY) >= 2


@pytest.mark.seconds
@pytest.mark.parametrize("name", EARLY)
def test_every_early_solution_is_judged_right(name):
    exercise, call = COURSE.exercises[name], ", ".join(COURSE.exercises[name].names)
    cells = ["import numpy as np\nimport refocuslab as rl\nfrom refocuslab.course.lesson import Lesson"]
    cells += [exercise.imports + exercise.solution]
    cells += [f"found = Lesson('ada').check({name!r}, {call})\nassert found.state == 'right', found"]
    answer = run(cells)
    assert answer.returncode == 0, answer.stderr


@pytest.mark.slow
@pytest.mark.parametrize("name", LESSONS)
def test_an_early_lesson_runs_with_nothing_solved(name):
    copy = student_copy(COURSE.lessons[name], COURSE.exercises)
    cells = ["import matplotlib\nmatplotlib.use('Agg')"]
    cells += [cell.source for cell in copy.cells if cell.cell_type == "code"]
    answer = run(cells)
    assert answer.returncode == 0, answer.stderr
    assert answer.stdout.count("From here on ") == len(exercises_of(COURSE.lessons[name]))
