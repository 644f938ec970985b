"""The photos that lie on the table: which came, which is the misfocused one."""

import threading
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from refocuslab.errors import RefocusError
from refocuslab.lab.explorer.texts import printable
from refocuslab.lab.own_photos import previews
from refocuslab.lab.own_photos.messages import Role, Upload
from refocuslab.lab.own_photos.uploads import MOST_PHOTOS, Incoming, Photo, Unfit, sharpness
from refocuslab.pictures.reading import read_picture
from refocuslab.running.progress import Cancel

# Characters of a sentence about a photo.
_LONGEST = 400


class Table:
    """Photos, and files on their way.

    Attributes
    ----------
    photos : list of Photo
        All that were read.
    misfocused : Photo or None
        The one to repair.
    """

    def __init__(self) -> None:
        self.photos: list[Photo] = []
        self.misfocused: Photo | None = None
        self._coming: dict[int, Incoming] = {}
        self._whole: list[tuple[int, Incoming]] = []
        self._unplaced: list[Photo] = []
        self._lock = threading.RLock()

    @property
    def unread(self) -> bool:
        """Whether a file is whole and not read yet."""
        return bool(self._whole)

    def expect(self, told: Upload) -> None:
        """A file is about to come.

        Raises
        ------
        Unfit
            There are too many photos, or the file is too large or empty.
        RefocusError
            Its number is taken.
        """
        with self._lock:
            taken = {photo.id for photo in self.photos} | set(self._coming) | {one for one, _ in self._whole}
            if told.id in taken:
                raise RefocusError("id", "must be new", told.id)
            if len(taken) >= MOST_PHOTOS:
                raise Unfit(f"At most {MOST_PHOTOS} photos are taken: remove one first.")
            self._coming[told.id] = Incoming(told)

    def add(self, number: int, at: int, piece: memoryview | bytes) -> int:
        """Take a piece of a file; returns where the next one begins."""
        with self._lock:
            if number not in self._coming:
                raise RefocusError("id", "must be that of a file on its way", number)
            file = self._coming[number]
            file.add(at, piece)
            if not file.left:
                self._whole.append((number, self._coming.pop(number)))
            return at + memoryview(piece).nbytes

    def read_all(self, cancel: Cancel) -> list[str]:
        """Read the files that are whole; returns a sentence for each that cannot be used."""
        unfit: list[str] = []
        while self._whole and not cancel.is_set():
            _, file = self._whole[0]
            try:
                self._place(file.photo(), file.role)
            except Unfit as error:
                unfit.append(str(error))
            with self._lock:
                self._whole.pop(0)
        with self._lock:
            if not self._coming and not self._whole:
                self._decide()
        return unfit

    def read(self, misfocused: str | Path, focused: Iterable[str | Path]) -> None:
        """Read photos from files, of which the page knows nothing."""
        for number, path in enumerate([misfocused, *focused]):
            photo = Photo(number, printable(Path(path).name), read_picture(path), Path(path).stat().st_size)
            self._place(photo, "focused" if number else "misfocused")

    def remove(self, number: int) -> bool:
        """Take a photo away, or a file that is on its way; False if there is none."""
        with self._lock:
            self._coming.pop(number, None)
            gone = [photo for photo in self.photos if photo.id == number]
            self.photos = [photo for photo in self.photos if photo.id != number]
            if self.misfocused in gone:
                self.misfocused = None
            return bool(gone)

    def make_misfocused(self, number: int) -> bool:
        """Make this photo the misfocused one; False if it is, or there is none."""
        with self._lock:
            found = next((photo for photo in self.photos if photo.id == number), None)
            if found is None or found is self.misfocused:
                return False
            self.misfocused = found
            return True

    def pair(self) -> tuple[Photo, tuple[Photo, ...]] | None:
        """The misfocused photo and the focused ones; None unless both are there."""
        with self._lock:
            focused = tuple(photo for photo in self.photos if photo is not self.misfocused)
            return None if self.misfocused is None or not focused else (self.misfocused, focused)

    def rows(self) -> list[dict[str, Any]]:
        """What the page shows of each photo."""
        with self._lock:
            return [
                {
                    "id": photo.id,
                    "role": "misfocused" if photo is self.misfocused else "focused",
                    "name": photo.name,
                    "told": photo.told,
                    "doubts": [printable(text, _LONGEST) for text in photo.picture.doubts],
                    "thumb": previews.jpeg(photo.picture.image, previews.THUMBNAIL),
                }
                for photo in self.photos
            ]

    def _place(self, photo: Photo, role: Role) -> None:
        with self._lock:
            if role == "misfocused" and self.misfocused is not None:
                self.photos.remove(self.misfocused)
            self.photos.append(photo)
            if role == "misfocused":
                self.misfocused = photo
            elif role == "either":
                self._unplaced.append(photo)

    def _decide(self) -> None:
        """Of photos that came without a role, the least sharp is the misfocused one, if there is none."""
        left = [photo for photo in self._unplaced if photo in self.photos]
        if left and self.misfocused is None:
            self.misfocused = min(left, key=lambda photo: sharpness(photo.picture))
        self._unplaced.clear()
