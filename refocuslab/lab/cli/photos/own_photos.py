"""Photos of one's own on the command line, in place of a scene's folder."""

import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from refocuslab.checks import clean_text
from refocuslab.errors import PhotoError, RefocusError
from refocuslab.files.plain_files import check_plain_file
from refocuslab.lab.records import identity, shown_paths
from refocuslab.method import Method
from refocuslab.pictures.picture import Picture

if TYPE_CHECKING:
    from refocuslab.optics.light import LightKind
    from refocuslab.scene import FocusedPhoto, Scene


@dataclass(frozen=True)
class Photos:
    """The paths of the photos that make a scene. ``diameter`` or ``light`` gives the PSF, or the photos do.

    Attributes
    ----------
    misfocused : str
        U.
    focused : tuple of str
        The focused photos, one or more.
    mask : str
        A picture that is white where to refocus; "" stands for wherever U is not transparent, and softer than
        the focused photos explain.
    same_mask : bool
        The mask bounds the object in the focused photos too.
    diameter : int
        The PSF is a disk of so many pixels; 0 if ``light`` gives it, or the photos are to tell it.
    light : tuple of str
        Two shots of a small light, focused and misfocused, to calibrate the PSF; or empty.
    whole : bool
        Refocus everything that U shows, where there is no mask.

    Raises
    ------
    RefocusError
        There is no focused photo, both ``diameter`` and ``light`` are given, ``same_mask`` comes without a
        mask, ``whole`` comes with one, or a path is no file.
    """

    misfocused: str
    focused: tuple[str, ...]
    mask: str = ""
    same_mask: bool = False
    diameter: int = 0
    light: tuple[str, ...] = ()
    whole: bool = False

    def __post_init__(self) -> None:
        if not self.focused:
            rule = "must be a scene, or a misfocused photo and then one or more focused ones"
            raise RefocusError("photos", rule, self.misfocused)
        if self.diameter > 0 and self.light:
            raise RefocusError("--diameter", "or --light must give the PSF of the misfocus", "both")
        if self.same_mask and not self.mask:
            raise RefocusError("--same-mask", "must come with --mask", "none")
        if self.whole and self.mask:
            raise RefocusError("--whole", "or --mask must say where to refocus", "both")
        for path in self.paths:
            if os.path.isdir(path):
                raise PhotoError("photos", "must be files", path, "it is a folder; name the photos in it")
            if not os.path.isfile(path):
                why = "there is no such file; check its name, and the folder you are in"
                raise PhotoError("photos", "must be files", path, why)

    @property
    def paths(self) -> list[str]:
        """Every path: the misfocused photo, the focused ones, the mask, the shots of the light."""
        return [self.misfocused, *self.focused, *filter(None, [self.mask]), *self.light]

    def scene(self, light: "LightKind") -> "tuple[Scene, Picture]":
        """Read the photos.

        Parameters
        ----------
        light : {"linear", "encoded"}
            Where the PSF acts, for the calibration.

        Returns
        -------
        scene : Scene
            Named after the file of the misfocused photo. What is transparent is masked.
        misfocused : Picture
            The misfocused photo with its transparency, color profile and metadata.
        """
        from refocuslab.optics.calibration import calibrate
        from refocuslab.optics.psf import disk
        from refocuslab.pictures.masks import read_mask
        from refocuslab.pictures.reading import read_photo, read_picture
        from refocuslab.scene import Scene

        misfocused = read_picture(self.misfocused)
        mask = read_mask(self.mask) if self.mask else _visible(misfocused)
        shots = [read_photo(path) for path in self.light]
        bounds = mask if self.same_mask else None
        focused = [_focused(read_picture(path), bounds) for path in self.focused]
        psf = calibrate(*shots, light=light).psf if shots else disk(self.diameter) if self.diameter else None
        name = clean_text(Path(self.misfocused).stem)
        return Scene(misfocused.image, mask, focused, psf=psf, name=name), misfocused

    def proposes(self, misfocused: Picture) -> bool:
        """Whether nothing says where to refocus, so that the photos are to tell it."""
        return not self.mask and not self.whole and misfocused.alpha is None

    def identity(self, method: Method) -> dict[str, Any]:
        """All that determines the picture: the contents of the files, not their names."""
        return {
            "kind": "photos",
            "files": [identity.sha256(Path(path).read_bytes()) for path in self.paths],
            "options": {
                "masked": bool(self.mask),
                "same_mask": self.same_mask,
                "diameter": self.diameter,
                "whole": self.whole,
            },
            "method": asdict(method),
            "program": identity.method_program(),
        }

    def made_from(self, method: Method, names: dict[str, Any]) -> dict[str, Any]:
        """What the picture's file tells of how it was made; ``names`` is what `names` gives."""
        return {"kind": "photos", "photos": names, "identity": self.identity(method)}

    def names(self, beside: Path) -> dict[str, Any]:
        """The fields, with paths as a picture in the folder ``beside`` tells them."""

        def one(path: str) -> str:
            return shown_paths.told(path, beside) if path else ""

        changed: dict[str, Any] = {name: one(getattr(self, name)) for name in ("misfocused", "mask")}
        changed |= {name: [one(path) for path in getattr(self, name)] for name in ("focused", "light")}
        return asdict(self) | changed

    @classmethod
    def found(cls, names: dict[str, Any], hashes: list[str], beside: Path) -> "Photos":
        """The photos that a picture tells of.

        Parameters
        ----------
        names : dict
            The fields as `names` gave them.
        hashes : list of str
            SHA-256 of each file, in the order of ``paths``; a file with this hash is preferred.
        beside : Path
            The picture's folder, in which the files are looked for.

        Raises
        ------
        RefocusError
            A file is not found.
        """
        left = iter(hashes)

        def one(name: str) -> str:
            known = next(left, None)

            def is_right(path: Path) -> bool | None:
                try:
                    return identity.sha256(check_plain_file("photos", path).read_bytes()) == known
                except (RefocusError, OSError):
                    return None

            return str(shown_paths.found("figure", name, beside, is_right))

        # In the order of `paths`: each call takes the next hash.
        misfocused, focused = one(names["misfocused"]), tuple(map(one, names["focused"]))
        mask = one(names["mask"]) if names["mask"] else ""
        light = tuple(map(one, names["light"]))
        return cls(misfocused, focused, mask, names["same_mask"], names["diameter"], light, names["whole"])


def _visible(picture: Picture) -> NDArray[np.bool_] | None:
    """(H, W) bool: where a photo with transparency shows something; None for a photo without."""
    return None if picture.alpha is None else picture.alpha > 0


def _focused(picture: Picture, mask: NDArray[np.bool_] | None) -> "FocusedPhoto":
    """A focused photo, masked by ``mask`` and where it is transparent: the color there is arbitrary."""
    from refocuslab.scene import FocusedPhoto

    seen = _visible(picture)
    if seen is not None and mask is not None and seen.shape == mask.shape:
        seen = seen & mask
    return FocusedPhoto(picture.image, mask if seen is None else seen)
