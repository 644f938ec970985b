"""What is on the page of one's own photos, put into its traits."""

import threading
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from refocuslab.doubts import Doubt
from refocuslab.lab.own_photos import making
from refocuslab.lab.own_photos.page import PICTURES, Page
from refocuslab.lab.own_photos.table import Table
from refocuslab.lab.widgets import previews
from refocuslab.lab.widgets.arriving import Unfit
from refocuslab.lab.widgets.page import Row
from refocuslab.lab.widgets.painting import Painting

_Mask = NDArray[np.bool_]


class Desk(Page):
    """Photos, what was found of them, a mask that is painted, the blur, and the last result.

    Parameters
    ----------
    **traits
        The first values of traits.

    Attributes
    ----------
    checked : Checked or None
        What was found of the photos, None before there are two.
    made : Made or None
        The last result.
    diameter : float or None
        Of the disk that was given as the blur, in pixels; None leaves it to the photos.
    """

    def __init__(self, **traits: Any) -> None:
        self.checked: making.Checked | None = None
        self.made: making.Made | None = None
        self.diameter: float | None = None
        self._table = Table()
        self._painting: Painting | None = None
        self._full: dict[str, NDArray[np.uint8]] = {}
        self._count = 0  # pictures made so far
        self._saved: tuple[making.Made | None, _Mask | None] = None, None  # the picture, and a scene's mask
        self._objection = ""  # why the last thing that was asked for is not possible
        self._changing = threading.RLock()
        super().__init__(**traits, status=self._status())

    @property
    def mask_now(self) -> _Mask | None:
        """The mask as it is painted, (H, W) bool; None before there is a proposal."""
        return None if self._painting is None else self._painting.mask

    def ready(self) -> tuple[making.Checked, _Mask, float | None]:
        """What is refocused: photos, mask and diameter.

        Raises
        ------
        Unfit
            There is nothing to refocus.
        """
        with self._changing:
            if self.checked is None or not self.checked.done or self._painting is None:
                raise Unfit("Both photos must be there, and their check be done, before you can refocus.")
            if not self.checked.fits:
                raise Unfit(making.APART)
            if not (self._painting.mask & self.checked.scene.mask).any():
                raise Unfit(making.NOTHING)
            return self.checked, self._painting.mask, self.diameter

    def parts(self, names: list[str], box: list[int]) -> dict[str, tuple[previews.Box, bytes]]:
        """Parts of pictures at full size, JPEG, by name; what there is not is left out."""
        found = {}
        for name in names:
            image = self._full.get(name)
            part = None if image is None else previews.Box(*box).within(image.shape)
            if image is not None and part is not None:
                found[name] = part, previews.jpeg(part.of(image), previews.LARGEST_PART)
        return found

    def read(self, misfocused: str | Path, focused: list[str | Path]) -> None:
        """Read photos from files, of which the page knows nothing."""
        self._table.read(misfocused, focused)

    # ------------------------------------------------------------ showing

    def show_photos(self) -> None:
        """Show the photos on the table; with another one to repair, all that was found is gone."""
        with self._changing, self.hold_sync():
            misfocused = self._table.misfocused
            self.photos = self._table.rows()
            image = None if misfocused is None else misfocused.picture.image
            if image is not self._full.get("misfocused"):
                self.size = [] if image is None else [image.shape[1], image.shape[0]]
                self.show("misfocused", image)
                self._painting, self.made, self.diameter = None, None, None
                self._saved = None, None
            if self.checked is None:
                self._forget()

    def show_checked(
        self, checked: making.Checked, mask: _Mask | None = None, doubts: Iterable[Doubt] = ()
    ) -> None:
        """Show how photos fit, and the mask that is proposed; one that was painted for this photo stays.

        Parameters
        ----------
        checked : Checked
            What was found.
        mask : ndarray of bool, (H, W), or None
            What the mask becomes, as if it were painted over the proposal.
        doubts : iterable of Doubt
            What is doubted beside.
        """
        pictures = {"aligned": checked.aligned, "difference": checked.difference}
        with self._changing, self.hold_sync():
            self._take(checked, mask)
            self.fits = checked.fits
            self.found, self.advice = making.found(checked), making.rows([*checked.proposal.advice, *doubts])
            for name, image in pictures.items():
                self.show(name, image, checked.small.get(name))
            self.show_mask()

    def _take(self, checked: making.Checked, mask: _Mask | None) -> None:
        """Have the mask that is proposed, or the one that was painted for this photo, or a given one."""
        before, self.checked = self._painting, checked
        self._painting = Painting(checked.proposal.mask)
        if before is not None and any(before.steps) and before.mask.shape == self._painting.mask.shape:
            before.proposed, self._painting = self._painting.proposed, before
        if mask is not None:
            self._painting.become(mask)
            self.kept(mask=self._painting.mask)  # where it came from

    def show_made(self, made: making.Made, message: str) -> None:
        """Show a result."""
        with self._changing, self.hold_sync():
            self.made, self._count = made, self._count + 1
            self.show("refocused", made.image, made.small)
            self.doubts, self.notes = making.rows(made.doubts), list(made.notes)
            self.show_mask()
            self.status = self._status(work="refocusing", message=message)

    def kept(self, made: making.Made | None = None, mask: _Mask | None = None) -> None:
        """A picture or a mask can be lost from now on: it was saved."""
        with self._changing:
            self._saved = made or self._saved[0], self._saved[1] if mask is None else mask
            self.unsaved = self._unsaved()

    def show_mask(self) -> None:
        """Show mask and blur as they are now, and whether the result is older."""
        # What was painted is kept, but not shown, while another focused photo is waited for.
        painting = self._painting if self.checked is not None else None
        with self.hold_sync():
            self.show_painting(painting)
            self.show_blur()
            self.unsaved = self._unsaved()

    def show_blur(self) -> None:
        """Show the blur, and whether the result is older than mask or blur."""
        made, painting = self.made, self._painting if self.checked is not None else None
        same = made is not None and painting is not None and made.mask is painting.mask
        self.stale = (
            made is not None and painting is not None and not (same and made.diameter == self.diameter)
        )
        checked = self.checked
        self.blur = {} if checked is None else making.blur(checked, made if same else None, self.diameter)

    def show(self, name: str, image: NDArray[np.uint8] | None, small: bytes | None = None) -> None:
        """Show a picture, or none in its place; ``small`` is its preview, if that is there already."""
        if image is None:
            self._full.pop(name, None)
        else:
            self._full[name] = image
        self.set_trait(f"jpeg_{name}", b"" if image is None else small or previews.jpeg(image))

    def object_to(self, text: str) -> None:
        """Say why what was asked for is not possible, or nothing."""
        with self._changing:
            if text != self._objection:
                self._objection = text
                self.status = self.status | {"error": text}

    def _forget(self) -> None:
        """Nothing is known of these photos together yet."""
        self.made, self.forecast, self.fits = None, "", True
        self.found, self.advice, self.doubts, self.notes = [], [], [], []
        for name in PICTURES:
            if name != "misfocused":
                self.show(name, None)
        self.show_mask()

    def _unsaved(self) -> dict[str, str]:
        """What would be lost with this page, and what with another focused photo, in words."""
        made, painting, (picture, mask) = self.made, self._painting, self._saved
        lost = "" if made is None or made is picture else "the refocused picture"
        painted = painting is not None and painting.steps[0] > 0 and painting.mask is not mask
        if painting is not None and made is not None and painting.mask is made.mask:
            painted = False  # it is in the picture
        return {"picture": lost, "all": lost or ("what you painted" if painted else "")}

    def _status(self, *, busy: bool = False, work: str = "", message: str = "") -> Row:
        told = {"busy": busy, "work": work, "error": self._objection, "message": message, "made": self._count}
        return told | {"stage": "", "share": 0.0, "left": 0.0}
