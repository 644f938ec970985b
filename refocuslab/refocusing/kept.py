"""What a stage made for the last few methods, so that it is not made anew."""

from collections.abc import Callable, Hashable
from typing import Any, TypeVar, cast

_Made = TypeVar("_Made")

# Libraries, trees and lists of candidates held of each kind: enough to go back and forth between two methods
# and a third, in the explorer; each takes hundreds of bytes a patch or pixel (memory.py).
_KEPT = 3


class Kept:
    """What stages made, by the stage's name and a key that says from what."""

    def __init__(self) -> None:
        self._stages: dict[str, dict[Hashable, Any]] = {}  # what a stage makes has any type

    def get(self, stage: str, key: Hashable, make: Callable[[], _Made]) -> _Made:
        """What was made for the key before, or else ``make()``; of each stage the last three."""
        kept = self._stages.setdefault(stage, {})
        made = kept.pop(key) if key in kept else make()
        kept[key] = made
        while len(kept) > _KEPT:
            del kept[next(iter(kept))]
        return cast(_Made, made)
