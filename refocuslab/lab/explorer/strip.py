"""The strip: the last outcomes, which can be brought back."""

import copy
from collections import OrderedDict
from collections.abc import Iterable

import numpy as np

from refocuslab.lab.explorer import page_content, pictures
from refocuslab.lab.explorer.making.session import Outcome
from refocuslab.lab.widgets.page import Row

# The most outcomes that are kept, and the most MB that they may hold together; the last one always is.
EARLIER, MEGABYTES = 10, 400


class Strip:
    """The last outcomes by their numbers, oldest first, each with what the page shows of it."""

    def __init__(self) -> None:
        self._kept: OrderedDict[int, tuple[Outcome, Row]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._kept)

    def copy(self) -> "Strip":
        """Another strip with the same outcomes."""
        other = copy.copy(self)
        other._kept = self._kept.copy()
        return other

    def add(self, number: int, outcome: Outcome) -> None:
        """Add the newest outcome; the others forget what they were made from.

        The oldest are dropped while there are too many or they are too large.
        """
        last = next(reversed(self._kept.values()))[0] if self._kept else None
        self.forget(but=outcome)
        self._kept[number] = (
            outcome,
            {
                "id": number,
                "png": pictures.thumbnail(outcome.image),
                "text": page_content.caption(outcome),
                "title": page_content.title(outcome),
                "change": page_content.change(outcome, last),
            },
        )
        while len(self) > 1 and (len(self) > EARLIER or self.megabytes() > MEGABYTES):
            self._kept.popitem(last=False)

    def forget(self, *, but: Outcome) -> None:
        """Have all outcomes but one forget what they were made from; their pictures stay."""
        for outcome in self.outcomes():
            if outcome is not but:
                outcome.made.forget()

    def outcome(self, number: int) -> Outcome | None:
        """The outcome of a number, if it is still kept."""
        return self._kept[number][0] if number in self._kept else None

    def outcomes(self) -> list[Outcome]:
        """All outcomes, oldest first."""
        return [outcome for outcome, _ in self._kept.values()]

    def rows(self, shown: Outcome) -> list[Row]:
        """What the page shows of each outcome, and whether it is the one shown."""
        return [row | {"now": outcome is shown} for outcome, row in self._kept.values()]

    def megabytes(self) -> float:
        """The memory that the outcomes hold together, in MB."""
        return memory(self.outcomes()) / 1e6

    def told(self) -> str:
        """The limits, and the memory in use, in a sentence for the page."""
        limits = f"The last {EARLIER} are kept, or fewer where they would hold more than {MEGABYTES} MB"
        return f"{limits}; these hold {self.megabytes():.0f} MB."


def memory(outcomes: Iterable[Outcome]) -> int:
    """Bytes of all arrays that the outcomes hold; an array that several share counts once."""
    sizes: dict[int, int] = {}
    seen: set[int] = set()
    left: list[object] = list(outcomes)
    while left:
        one = left.pop()
        if id(one) in seen:
            continue
        seen.add(id(one))
        if isinstance(one, np.ndarray):
            whole = one if one.base is None else one.base
            sizes[id(whole)] = getattr(whole, "nbytes", one.nbytes)
        elif isinstance(one, list | tuple):
            left += one
        elif hasattr(one, "__dict__"):
            left += vars(one).values()
    return sum(sizes.values())
