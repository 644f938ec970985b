"""What holds for every test: a floating-point error is an error, as pyproject.toml has it of warnings."""

import numpy as np
import pytest


@pytest.fixture(autouse=True)
def no_floating_point_error():
    """An overflow, a division by zero or a NaN made anew ends the test. Underflow to zero is no fault."""
    with np.errstate(over="raise", divide="raise", invalid="raise"):
        yield
