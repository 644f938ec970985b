"""A lesson and its exercises, small enough to be run in a test."""

import shutil
from pathlib import Path

import jupytext
import pytest

from refocuslab.lab.course.making import Course
from refocuslab.lab.course.sources import read_exercises

COURSE = Path(__file__).parents[3] / "course"
LESSON = """\
# %% [markdown]
# # A lesson
# Blur multiplies by $K$.

# %%
# parameters

# %%
import numpy as np
from refocuslab.course.lesson import Lesson

lesson = Lesson(student, draw)

# %% [markdown] tags=["instructor"]
# Say it aloud.

# %% [markdown] tags=["student"]
# For you alone.

# %%
# exercise e01

# %%
disk(5).round(3)
"""


@pytest.fixture(scope="session")
def exercises():
    return read_exercises(COURSE)


@pytest.fixture(scope="session")
def course(tmp_path_factory):
    """A course of one lesson, and the exercises of the real one."""
    folder = tmp_path_factory.mktemp("course")
    shutil.copytree(COURSE / "exercises", folder / "exercises", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(COURSE / "student", folder / "student")
    shutil.copy(COURSE / "path.toml", folder)
    (folder / "lessons").mkdir()
    (folder / "lessons" / "L1_a_lesson.py").write_text(LESSON)
    return Course(folder)


@pytest.fixture
def lesson():
    return jupytext.reads(LESSON, fmt="py:percent")
