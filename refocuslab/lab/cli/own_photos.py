"""A picture from one's own photos, without a scene's folder and without a notebook."""

import os
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from refocuslab.checks import clean_text
from refocuslab.errors import RefocusError
from refocuslab.files.plain_files import check_plain_file
from refocuslab.lab.records import identity, shown_paths
from refocuslab.method import Method
from refocuslab.pictures.picture import Picture


@dataclass(frozen=True)
class Photos:
    """Paths of a misfocused photo, of focused ones, of masks and of the shots of a light.

    mask: where to refocus; "" for where the misfocused photo is not transparent, which is everywhere
    in most. same_mask: it bounds the object in the focused photos too. The PSF is a disk of ``diameter``
    pixels, or, where that is 0, what ``light`` (focused, misfocused) shows.
    """

    misfocused: str
    focused: tuple[str, ...]
    mask: str = ""
    same_mask: bool = False
    diameter: int = 0
    light: tuple[str, ...] = ()

    def __post_init__(self):
        if not self.focused:
            rule = "must be a scene, or a misfocused photo and then one or more focused ones"
            raise RefocusError("photos", rule, self.misfocused)
        if (self.diameter > 0) == bool(self.light):
            got = "both" if self.light else "neither"
            raise RefocusError("--diameter", "or --light must give the PSF of the misfocus", got)
        if self.same_mask and not self.mask:
            raise RefocusError("--same-mask", "must come with --mask", "none")
        for path in self.paths:
            if not os.path.isfile(path):
                raise RefocusError("photos", "must be files", path)

    @property
    def paths(self) -> list[str]:
        return [self.misfocused, *self.focused, *filter(None, [self.mask]), *self.light]

    def scene(self, light: str):
        """The Scene that they make, its PSF acting in ``light``; and the misfocused photo's `Picture`."""
        from refocuslab.optics.calibration import calibrate
        from refocuslab.optics.psf import disk
        from refocuslab.pictures.masks import read_mask
        from refocuslab.pictures.reading import read_photo, read_picture
        from refocuslab.scene import FocusedPhoto, Scene

        misfocused = read_picture(self.misfocused)
        mask = read_mask(self.mask) if self.mask else _visible(misfocused)
        shots = [read_photo(path) for path in self.light]
        bounds = mask if self.same_mask else None
        focused = [_focused(FocusedPhoto, read_picture(path), bounds) for path in self.focused]
        psf = calibrate(*shots, light=light).psf if shots else disk(self.diameter)
        name = clean_text(Path(self.misfocused).stem)
        return Scene(misfocused.image, mask, focused, psf=psf, name=name), misfocused

    def identity(self, method: Method) -> dict:
        """All that determines the picture: the contents of the files, not their names."""
        return {
            "kind": "photos",
            "files": [identity.sha256(Path(path).read_bytes()) for path in self.paths],
            "options": {"masked": bool(self.mask), "same_mask": self.same_mask, "diameter": self.diameter},
            "method": asdict(method),
            "program": identity.method_program(),
        }

    def made_from(self, method: Method, names: dict) -> dict:
        """What its picture says about itself. names: the `names` of the files in it."""
        return {"kind": "photos", "photos": names, "identity": self.identity(method)}

    def names(self, beside: Path) -> dict:
        """The fields, each file by the name that a picture in the folder ``beside`` tells."""

        def one(path: str) -> str:
            return shown_paths.told(path, beside) if path else ""

        changed = {name: one(getattr(self, name)) for name in ("misfocused", "mask")}
        changed |= {name: [one(path) for path in getattr(self, name)] for name in ("focused", "light")}
        return asdict(self) | changed

    @classmethod
    def found(cls, names: dict, hashes: list[str], beside: Path) -> "Photos":
        """The photos that a picture in the folder ``beside`` tells of, by `names` and by hash."""
        left = iter(hashes)

        def one(name: str) -> str:
            known = next(left, None)

            def is_right(path: Path) -> bool | None:
                try:
                    return identity.sha256(check_plain_file("photos", path).read_bytes()) == known
                except (RefocusError, OSError):
                    return None

            return str(shown_paths.found("figure", name, beside, is_right))

        # In the order of `paths`, in which the hashes stand.
        misfocused, focused = one(names["misfocused"]), tuple(map(one, names["focused"]))
        mask = one(names["mask"]) if names["mask"] else ""
        light = tuple(map(one, names["light"]))
        return cls(misfocused, focused, mask, names["same_mask"], names["diameter"], light)


def _visible(picture: Picture) -> np.ndarray | None:
    """Where a cut-out shows something: there alone it is refocused, and seen."""
    return None if picture.alpha is None else picture.alpha > 0


def _focused(kind, picture: Picture, mask: np.ndarray | None):
    """A focused photo without what is transparent in it: nobody has seen that."""
    seen = _visible(picture)
    if seen is not None and mask is not None and seen.shape == mask.shape:
        seen = seen & mask
    return kind(picture.image, mask if seen is None else seen)
