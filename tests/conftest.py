"""What holds for every test: a floating-point error is an error, as pyproject.toml has it of warnings."""

import os
import sys
from pathlib import Path

import numpy as np
import pytest
from last_digit import settled
from nbval.plugin import IPyNbCell

from refocuslab.forecasting.speeds import PLACE


def pytest_configure():
    """What a run takes beside others that fill the cores teaches the tests alone."""
    os.environ.setdefault(PLACE, str(Path(__file__).resolve().parents[1] / "results" / "speeds-of-tests"))


def pytest_collection_modifyitems(items):
    """Compare the cells of notebooks as machines that round otherwise print them (last_digit.py)."""
    for cell in (item for item in items if isinstance(item, IPyNbCell)):
        cell.compare_outputs = settled(cell.compare_outputs)


def pytest_sessionfinish():
    """Keep what `make coverage` has measured: a worker that is slow to end is killed, and would lose it."""
    coverage = sys.modules.get("coverage")
    if coverage and (measured := coverage.Coverage.current()):
        measured.save()


@pytest.fixture(autouse=True)
def no_floating_point_error():
    """An overflow, a division by zero or a NaN made anew ends the test. Underflow to zero is no fault."""
    with np.errstate(over="raise", divide="raise", invalid="raise"):
        yield


@pytest.fixture(scope="session")
def assert_adjoint():
    """The test of every linear operator A: <A x, y> = <x, A^T y>, for the given x and y."""

    def check(forward, adjoint, x, y, rel=1e-6):
        left, right = np.vdot(forward(x), y), np.vdot(x, adjoint(y))
        assert left == pytest.approx(right, rel=rel)
        # Of two images of the same sign, it is far from 0, and so no accident.
        assert abs(left) > 1e-3 * np.linalg.norm(x) * np.linalg.norm(y)

    return check
