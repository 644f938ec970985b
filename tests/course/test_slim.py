"""What a class room installs is enough for it: the extra `course`, and nothing of the lab's besides."""

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).parents[2]
EXTRAS = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"][
    "optional-dependencies"
]


def names(extra):
    return {Requirement(text).name for text in EXTRAS[extra]}


# What JupyterLab brings along anyway.
BROUGHT = {"ipython", "nbconvert", "traitlets"}

SLIM = """
import sys

class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in %r:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, Absent())
from refocuslab.lab.__main__ import main
main()
"""


def run(*arguments, absent=None):
    absent = names("lab") - names("course") - BROUGHT if absent is None else absent
    code = SLIM % (sorted(absent),)
    return subprocess.run(
        [sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=False, cwd=ROOT
    )


def test_the_extra_is_a_part_of_the_lab_and_leaves_much_out():
    assert names("course") < names("lab")
    assert {"papermill", "pyarrow", "voila", "pydantic", "jupytext"} <= names("lab") - names("course")


@pytest.mark.seconds
def test_a_student_checks_a_notebook_with_the_extra_alone(tmp_path):
    (tmp_path / "a.py").write_text("def disk(d):\n    return rl.disk(d)\n")
    answer = run("course", "check", str(tmp_path / "a.py"))
    assert answer.stdout.startswith("E1: The result is right, but the package has a part"), answer.stderr
    assert run("course", "--help").returncode == run("warm-up", "--help").returncode == 0


@pytest.mark.seconds
def test_what_needs_more_says_what_to_install():
    answer = run("course", "list")
    assert answer.returncode == 1
    assert answer.stderr.strip().startswith("refocuslab: this needs ")
    assert answer.stderr.strip().endswith(': pip install "refocuslab[lab]"')
