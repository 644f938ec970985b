"""Notebooks' outputs compared across machines: the last digit of a decimal number may differ by one.

Matrix products, Fourier transforms and powers round otherwise on another kind of processor, so what stands
near half a digit is printed one digit up or down (docs/reproducibility.md has by how much pictures differ).
"""

import re
from collections.abc import Callable

_DECIMAL = re.compile(r"(\d+\.\d+)")


def alike(found: str, committed: str) -> bool:
    """Whether two texts are the same, but for one in the last digit of decimal numbers."""
    ours, theirs = _DECIMAL.split(found), _DECIMAL.split(committed)
    return len(ours) == len(theirs) and ours[::2] == theirs[::2] and all(map(_near, ours[1::2], theirs[1::2]))


def _near(one: str, other: str) -> bool:
    places = [len(text.partition(".")[2]) for text in (one, other)]
    digits = [int(text.replace(".", "")) for text in (one, other)]
    return places[0] == places[1] and abs(digits[0] - digits[1]) <= 1


def settle(found: dict, committed: dict) -> None:
    """Take the committed texts for those of a cell's output that are alike."""
    for ours, theirs in ((found, committed), (found.get("data", {}), committed.get("data", {}))):
        for kind in ours.keys() & theirs.keys():
            texts = ours[kind], theirs[kind]
            if all(isinstance(text, str) for text in texts) and alike(*texts):
                ours[kind] = theirs[kind]


def settled(exactly: Callable[..., bool]) -> Callable[..., bool]:
    """nbval's comparison of a cell's outputs with the committed ones, with what is alike settled."""

    def compare(found: list[dict], committed: list[dict], **options) -> bool:
        for pair in zip(found, committed, strict=False):
            settle(*pair)
        return exactly(found, committed, **options)

    return compare
