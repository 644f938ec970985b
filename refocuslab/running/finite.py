"""What a stage hands on is finite, or the work ends there, with the stage's name."""

import numpy as np

from refocuslab.errors import RefocusError


def finite(stage: str, *values) -> None:
    """A RefocusError that names the stage, unless every number of the arrays and numbers is finite.

    A NaN that went on would pass through all that follows, and become black when it is cast to uint8.
    """
    wrong = sum(int(np.count_nonzero(~np.isfinite(value))) for value in values)
    if wrong:
        count = sum(np.size(value) for value in values)
        raise RefocusError(stage, "must give finite numbers", f"{wrong} of {count} that are NaN or infinite")
