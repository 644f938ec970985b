"""A lesson and its exercises, small enough to be run in a test."""

from pathlib import Path

import jupytext
import pytest

from refocuslab.lab.course.sources import read_exercises

COURSE = Path(__file__).parents[3] / "course"
LESSON = """\
# %% [markdown]
# # A lesson

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


@pytest.fixture
def lesson():
    return jupytext.reads(LESSON, fmt="py:percent")
