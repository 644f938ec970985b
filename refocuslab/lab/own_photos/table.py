"""The photos that lie on the table: which came, which is the misfocused one."""

import threading
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

import refocuslab as rl
from refocuslab.lab.own_photos.messages import LARGEST_FILE
from refocuslab.lab.own_photos.uploads import MOST_PHOTOS, Photo, photo_of, sharpness
from refocuslab.lab.widgets.arriving import Arriving, Unfit
from refocuslab.lab.widgets.texts import printable
from refocuslab.pictures.picture import Picture
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
    arriving : Arriving
        The files on their way.
    """

    def __init__(self) -> None:
        self.photos: list[Photo] = []
        self.misfocused: Photo | None = None
        self.arriving = Arriving(MOST_PHOTOS, LARGEST_FILE, "photos")
        self._unplaced: list[Photo] = []
        self._lock = threading.RLock()

    @property
    def unread(self) -> bool:
        """Whether a file is whole and not read yet."""
        return bool(self.arriving.whole)

    def numbers(self) -> frozenset[int]:
        """Of the photos that were read."""
        with self._lock:
            return frozenset(photo.id for photo in self.photos)

    def read_all(self, cancel: Cancel) -> list[str]:
        """Read the files that are whole; returns a sentence for each that cannot be used."""
        unfit: list[str] = []
        while self.arriving.whole and not cancel.is_set():
            file = self.arriving.whole[0]
            try:
                self._place(photo_of(file), file.role)
            except Unfit as error:
                unfit.append(str(error))
            self.arriving.whole.pop(0)
        with self._lock:
            if not self.arriving.numbers():
                self._decide()
        return unfit

    def read(self, misfocused: str | Path, focused: Iterable[str | Path]) -> None:
        """Read photos from files, of which the page knows nothing."""
        for number, path in enumerate([misfocused, *focused]):
            photo = Photo(number, printable(Path(path).name), read_picture(path), Path(path).stat().st_size)
            self._place(photo, "focused" if number else "misfocused")

    def put(self, scene: rl.Scene) -> None:
        """Put the photos of a scene on the table, and take all others away."""
        masks = [None, *(focused.mask for focused in scene.focused)]
        images = [scene.misfocused, *(focused.image for focused in scene.focused)]
        with self._lock:
            first = max(self.numbers() | self.arriving.numbers(), default=-1) + 1
            self.photos, self.misfocused = [], None
            self.arriving.take([])
            self._unplaced.clear()
            for number, (image, mask) in enumerate(zip(images, masks, strict=True)):
                alpha = None if mask is None or mask.all() else mask.astype(np.uint8) * np.uint8(255)
                name = f"focused photo {number}" if number else scene.title or scene.name or "scene"
                photo = Photo(first + number, printable(name), Picture(image, alpha), image.nbytes)
                self._place(photo, "focused" if number else "misfocused")

    def remove(self, number: int) -> bool:
        """Take a photo away, or a file that is on its way; False if nothing is another for that."""
        with self._lock:
            self.arriving.drop(number)
            gone = [photo for photo in self.photos if photo.id == number]
            self.photos = [photo for photo in self.photos if photo.id != number]
            if self.misfocused in gone:
                self.misfocused = None
            # Those that came with the file need not wait for it any longer.
            return bool(gone or self._unplaced)

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
                    "role": self._role(photo),
                    "name": photo.name,
                    "told": photo.told,
                    "doubts": [printable(text, _LONGEST) for text in photo.picture.doubts],
                    "thumb": photo.small,
                }
                for photo in self.photos
            ]

    def _role(self, photo: Photo) -> str:
        """What a photo is for: "either" as long as others are waited for that came with it."""
        if photo is self.misfocused:
            return "misfocused"
        return "either" if photo in self._unplaced and self.misfocused is None else "focused"

    def _place(self, photo: Photo, role: str) -> None:
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
