"""Files as they come from a browser: bytes and a name, in pieces, never a path."""

import threading
from dataclasses import dataclass, field
from pathlib import Path

from refocuslab.errors import RefocusError
from refocuslab.lab.widgets.texts import printable


class Unfit(Exception):
    """A file cannot be used; the message is a sentence for its owner."""


@dataclass(eq=False)
class Incoming:
    """A file that comes in pieces, in their order.

    Attributes
    ----------
    id : int
        By which the page calls it.
    given : str
        Its name, as the page sent it.
    size : int
        Its bytes, as the page sent it.
    role : str
        What it is for.
    content : bytearray
        What has come of it.
    """

    id: int
    given: str
    size: int
    role: str = ""
    content: bytearray = field(default_factory=bytearray)

    @property
    def name(self) -> str:
        """Its name, for people."""
        return printable(Path(self.given.replace("\\", "/")).name or "photo")

    @property
    def left(self) -> int:
        """The bytes that are still to come."""
        return self.size - len(self.content)

    def add(self, at: int, piece: memoryview | bytes) -> None:
        """Take the next piece.

        Raises
        ------
        RefocusError
            It does not begin where the last one ended, is empty, or is longer than what is left.
        """
        size = memoryview(piece).nbytes
        if at != len(self.content) or not 0 < size <= self.left:
            raise RefocusError(
                "piece", "must follow the one before, within the file", f"{size} bytes at {at}"
            )
        self.content += piece


class Arriving:
    """Files on their way, and those that are whole.

    Parameters
    ----------
    most : int
        How many there may be.
    largest : int
        Bytes that each may have.
    what : str
        What they are called, where there are too many.
    together : int or None
        Bytes that they may have together.

    Attributes
    ----------
    whole : list of Incoming
        Those that have come, until they are taken.
    """

    def __init__(self, most: int, largest: int, what: str, *, together: int | None = None) -> None:
        self.whole: list[Incoming] = []
        self._coming: dict[int, Incoming] = {}
        self._most, self._largest, self._what = most, largest, what
        self._together = together or most * largest
        self._lock = threading.RLock()

    @property
    def on_their_way(self) -> bool:
        """Whether one is not whole yet."""
        return bool(self._coming)

    def __contains__(self, number: int) -> bool:
        return number in self._coming

    def numbers(self) -> set[int]:
        """Of all that are not taken yet."""
        with self._lock:
            return set(self._coming) | {file.id for file in self.whole}

    def expect(self, file: Incoming, taken: frozenset[int] = frozenset()) -> None:
        """A file is about to come; ``taken`` are the numbers of others that are held.

        Raises
        ------
        Unfit
            There are too many files, or it is too large or empty.
        RefocusError
            Its number is taken.
        """
        with self._lock:
            held = self.numbers() | taken
            if file.id in held:
                raise RefocusError("id", "must be new", file.id)
            if len(held) >= self._most:
                raise Unfit(f"At most {self._most} {self._what} are taken: remove one first.")
            if file.size > self._largest:
                size = f"{file.size / 1e6:,.0f} MB, and at most {self._largest / 1e6:.0f} MB are read"
                raise Unfit(f"“{file.name}” has {size}: export it smaller, or as JPEG.")
            if not file.size:
                raise Unfit(f"“{file.name}” is empty: choose another file.")
            there = sum(one.size for one in [*self._coming.values(), *self.whole])
            if there + file.size > self._together:
                raise Unfit(f"The {self._what} have more than {self._together / 1e6:,.0f} MB together.")
            self._coming[file.id] = file

    def add(self, number: int, at: int, piece: memoryview | bytes) -> int:
        """Take a piece of a file; returns where the next one begins."""
        with self._lock:
            if number not in self._coming:
                raise RefocusError("id", "must be that of a file on its way", number)
            file = self._coming[number]
            file.add(at, piece)
            if not file.left:
                self.whole.append(self._coming.pop(number))
            return len(file.content)

    def drop(self, number: int) -> None:
        """Forget a file that is on its way."""
        with self._lock:
            self._coming.pop(number, None)

    def take(self, numbers: list[int]) -> list[Incoming]:
        """Those of the whole files, which are not held any longer; nothing else is, either.

        Raises
        ------
        RefocusError
            One of them is not there.
        """
        with self._lock:
            whole = {file.id: file for file in self.whole}
            self.whole.clear()
            self._coming.clear()
            for number in numbers:
                if number not in whole:
                    raise RefocusError("id", "must be that of a file that has come", number)
            return [whole[number] for number in dict.fromkeys(numbers)]
