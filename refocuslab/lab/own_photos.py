"""A picture from one's own photos, without a scene's folder and without a notebook."""

from dataclasses import asdict, dataclass
from pathlib import Path

from refocuslab.errors import RefocusError
from refocuslab.lab import identity
from refocuslab.method import Method


@dataclass(frozen=True)
class Photos:
    """Paths of a misfocused photo, of focused ones, of masks and of the shots of a light.

    mask: where to refocus, "" for everywhere. same_mask: it bounds the object in the focused photos
    too. The PSF is a disk of ``diameter`` pixels, or, where that is 0, what ``light`` (focused,
    misfocused) shows.
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
            if not Path(path).is_file():
                raise RefocusError("photos", "must be files", path)

    @property
    def paths(self) -> list[str]:
        return [self.misfocused, *self.focused, *filter(None, [self.mask]), *self.light]

    def scene(self, light: str):
        """The Scene that they make; its PSF acts in ``light``."""
        from refocuslab.optics import calibrate, disk
        from refocuslab.photos import read_mask, read_photo
        from refocuslab.scene import FocusedPhoto, Scene

        mask = read_mask(self.mask) if self.mask else None
        shots = [read_photo(path) for path in self.light]
        return Scene(
            read_photo(self.misfocused),
            mask,
            [FocusedPhoto(read_photo(path), mask if self.same_mask else None) for path in self.focused],
            psf=calibrate(*shots, light=light).psf if shots else disk(self.diameter),
            name=Path(self.misfocused).stem,
        )

    def identity(self, method: Method) -> dict:
        """All that determines the picture: the contents of the files, not their names."""
        return {
            "kind": "photos",
            "files": [identity.sha256(Path(path).read_bytes()) for path in self.paths],
            "options": {"masked": bool(self.mask), "same_mask": self.same_mask, "diameter": self.diameter},
            "method": asdict(method),
            "program": identity.method_program(),
        }

    def made_from(self, method: Method) -> dict:
        """What its picture says about itself."""
        return {"kind": "photos", "photos": self._absolute(), "identity": self.identity(method)}

    def _absolute(self) -> dict:
        def settled(path: str) -> str:
            return str(Path(path).resolve()) if path else ""

        changed = {name: settled(getattr(self, name)) for name in ("misfocused", "mask")}
        changed |= {name: [settled(p) for p in getattr(self, name)] for name in ("focused", "light")}
        return asdict(self) | changed
