"""What a stage hands on is finite, or the work ends there, with the stage's name."""

import numpy as np
from numpy.typing import ArrayLike

from refocuslab.errors import RefocusError


def finite(stage: str, *values: ArrayLike) -> None:
    """Refuse to go on unless every number of the arrays and numbers is finite.

    A NaN that went on would pass through all that follows, and become black when it is cast to uint8.

    Parameters
    ----------
    stage : str
        The stage's name, for the message.
    *values : array_like of float
        What the stage hands on.

    Raises
    ------
    RefocusError
        A number is NaN or infinite; the message names the stage and counts them.
    """
    wrong = sum(int(np.count_nonzero(~np.isfinite(value))) for value in values)
    if wrong:
        count = sum(np.size(value) for value in values)
        raise RefocusError(stage, "must give finite numbers", f"{wrong} of {count} that are NaN or infinite")
