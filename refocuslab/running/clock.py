"""How far all stages of a piece of work are, and how long the rest takes."""

from collections.abc import Mapping
from time import perf_counter

# The time left counts this share of the whole as done at the expected pace, before any is: else the first
# steps, which may be ten times as slow as expected, would multiply the time left by ten.
_PRIOR = 0.05


class Clock:
    """One bar over all stages, from the progress of each.

    The bar's share is the share of the expected seconds, and it never goes back. The time left is what the
    rest was expected to take, at the pace so far.

    Parameters
    ----------
    expected : mapping of str to float
        The seconds that each stage is expected to take, in the order of the stages.

    Examples
    --------
    >>> from refocuslab.running.clock import Clock
    >>> Clock({"candidates": 3.0, "texture": 1.0}).at("texture", 0.5)[0]
    0.875
    """

    def __init__(self, expected: Mapping[str, float]) -> None:
        self._before: dict[str, float] = {}
        self._expected, self._whole = dict(expected), 0.0
        for stage, seconds in expected.items():
            self._before[stage] = self._whole
            self._whole += seconds
        self._start = self._at = perf_counter()
        self._done, self._left = 0.0, self._whole

    def at(self, stage: str, share: float) -> tuple[float, float]:
        """Note how far a stage is.

        Parameters
        ----------
        stage : str
            The stage at work; one that was not expected adds nothing.
        share : float
            The share of it that is done, 0 to 1.

        Returns
        -------
        tuple of float
            The share of all work that is done, 0 to 1, and the seconds left.
        """
        if stage in self._before and self._whole > 0:
            done = (self._before[stage] + share * self._expected[stage]) / self._whole
            self._done = max(self._done, min(done, 1.0))
            self._at = perf_counter()
            pace = (self._at - self._start + _PRIOR * self._whole) / (self._whole * (self._done + _PRIOR))
            self._left = (1 - self._done) * self._whole * pace
        return self._done, self.left

    @property
    def left(self) -> float:
        """The seconds left, which also pass while a stage says nothing; 0 or more."""
        return max(self._left - (perf_counter() - self._at), 0.0)
