"""What ``refocuslab refocus --explain`` writes: the steps from photos to a picture, in pictures."""

import io
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy import ndimage

from refocuslab.lab.cli.photos import plain
from refocuslab.lab.cli.photos.proposed import Task
from refocuslab.lab.explorer.pictures import OUTSIDE, scaled
from refocuslab.lab.figures.basis_map import colored, means
from refocuslab.lab.pages.comparing import Shown
from refocuslab.lab.pages.explanation import Explanation, Laid, explanation_page
from refocuslab.lab.widgets.differing import once_blurred
from refocuslab.lab.widgets.previews import CIVIDIS, LARGEST_DIFFERENCE, Box, jpeg, size

if TYPE_CHECKING:
    from refocuslab.lens.psf_choice import PsfEstimate
    from refocuslab.refocusing.result import Result
    from refocuslab.scene import FocusedPhoto, Scene

_Photo = NDArray[np.uint8]

# Pixels of the longer side of the page's pictures: the first for which it has no more than so many bytes.
_LONGEST, _LARGEST = (1600, 1100, 800, 500), 10_000_000
# Height and width of the part at full size, in pixels, and the longer side from which a photo has one.
_PART, _LARGE = (560, 840), 1100
# Pixels around the PSF, and the least side of its picture, shown half as large, for sharp screens.
_RIM, _PSF_SIDE = 3, 480
# What is not refocused is dimmed to this share. The color of the mask's edge, and its width as a share of the
# longer side.
_DIMMED, _EDGE, _WIDTH = 0.3, (255, 140, 0), 0.002


def explained(task: Task, result: "Result", reblur_rms: float) -> bytes:
    """The page that tells how a picture was made: the same bytes for the same inputs.

    Parameters
    ----------
    task : Task
        What was refocused.
    result : Result
        What was made of it, with its seam.
    reblur_rms : float
        How far the picture, blurred again, is from U, in gray levels.
    """
    page = b""
    for longest in _LONGEST:
        page = explanation_page(_Pictures(task, result, reblur_rms, longest).explanation).encode()
        if len(page) <= _LARGEST:
            break
    return page


@dataclass(frozen=True)
class _Pictures:
    """The pictures of a page, their longer sides at most ``longest`` pixels."""

    task: Task
    result: "Result"
    reblur_rms: float
    longest: int

    @property
    def scene(self) -> "Scene":
        return self.result.with_psf(self.task.scene)

    @property
    def explanation(self) -> Explanation:
        scene, result, proposal = self.scene, self.result, self.task.proposal
        estimate, share = result.psf_estimate, f"{scene.mask.mean():.0%} of the picture"
        blur = estimate.plain if estimate else "The blur (PSF) was used as given."
        advice = proposal.advice if proposal else ()
        hidden = plain.unshown(proposal) if proposal else ""
        notes = [note for note in plain.after(result, scene.mask, proposal) if note != blur]
        chosen = proposal.note if proposal else f"Where to refocus was given: {share}."
        return Explanation(
            title=f"How the photo{scene.name and f' “{scene.name}”'} was refocused",
            verdict=plain.verdict(self.reblur_rms),
            laid=self._laid(),
            psf=_psf(scene.known_psf, estimate),
            pixels=len(scene.known_psf) + 2 * _RIM,
            blur=blur,
            errors={str(name): error for name, error in estimate.errors.items()} if estimate else {},
            form=str(estimate.family) if estimate else "",
            widths=self._widths(),
            mask=self._shown(_marked(scene), "mask", f"The misfocused photo; {share} is bright"),
            chosen=f"What is bright is refocused. {chosen}{hidden and ' '}{hidden}",
            basis=self._basis(),
            shares=None if result.basis is None else means(result.basis, scene.mask),
            whole=self._both(scene.misfocused, result.image),
            part=self._part(),
            told=[*map(str, (*advice, *result.doubts)), *notes],
            colors=[(int(r), int(g), int(b)) for r, g, b in CIVIDIS[::51]],
            largest=LARGEST_DIFFERENCE,
        )

    def _shown(self, image: _Photo, name: str, alt: str) -> Shown:
        return Shown(jpeg(image, self.longest), size(image.shape, self.longest), name, alt)

    def _both(self, before: _Photo, after: _Photo) -> tuple[Shown, Shown]:
        return (
            self._shown(before, "before", "The misfocused photo"),
            self._shown(after, "after", "The refocused photo"),
        )

    def _part(self) -> tuple[Shown, Shown] | None:
        """The part that changed most, of a photo that is larger than a page."""
        before, after = self.scene.misfocused, self.result.image
        if max(before.shape) <= _LARGE:
            return None
        changed = np.abs(before.astype(np.int16) - after).sum(axis=2, dtype=np.int32)
        height, width = (min(a, b) for a, b in zip(_PART, changed.shape, strict=True))
        # Sums over all boxes, of whole numbers.
        sums = np.pad(changed.cumsum(0, dtype=np.int64).cumsum(1), ((1, 0), (1, 0)))
        sums = (
            sums[height:, width:] - sums[:-height, width:] - sums[height:, :-width] + sums[:-height, :-width]
        )
        top, left = np.unravel_index(sums.argmax(), sums.shape)
        box = Box(int(top), int(left), height, width)
        return self._both(box.of(before), box.of(after))

    def _basis(self) -> Shown:
        if self.result.basis is None:
            image = scaled(self.result.confidence, 1, self.scene.mask)
            return self._shown(image, "confidence", "How sure the choice of each pixel is, in colors")
        image = colored(self.result.basis, self.scene.mask)
        return self._shown(image, "basis", "Where each pixel comes from, in colors")

    def _widths(self) -> tuple[Shown, float, float] | None:
        scene = self.scene
        if scene.varying is None:
            return None
        low, high = (float(end) for end in np.percentile(scene.varying.width, (1, 99)))
        image = scaled(scene.varying.width - low, max(high - low, 1e-9), scene.mask)
        return self._shown(image, "diameters", "The diameter of the blur at each place, in colors"), low, high

    def _laid(self) -> list[Laid]:
        """Each focused photo over the misfocused one: as the proposal laid it, or as refocusing did."""
        scene, proposal = self.scene, self.task.proposal
        placed = proposal.registration if proposal else self.result.registration
        if placed is None:
            taken = "The photo is taken as it lies: this method does not lay photos over each other."
            return [self._over(photo, taken) for photo in scene.focused]
        first = [placed.origin.index(number) for number in range(len(placed.matches))]
        light = self.result.method.light
        notes = [match.note + plain.exposed(match, light) for match in placed.matches]
        return [
            self._over(placed.scene.focused[number], note) for number, note in zip(first, notes, strict=True)
        ]

    def _over(self, photo: "FocusedPhoto", note: str) -> Laid:
        scene, light = self.scene, self.result.method.light
        if photo.image.shape != scene.misfocused.shape:
            return Laid(note)
        seen = np.where(photo.mask[..., None], photo.image, OUTSIDE).astype(np.uint8)
        both = (
            self._shown(scene.misfocused, "misfocused", "The misfocused photo"),
            self._shown(seen, "focused", "The focused photo in the view of the misfocused one"),
        )
        off = once_blurred(scene, photo, light=light)
        return Laid(note, both, self._shown(off, "difference", "Where the two differ, in colors"))


def _psf(psf: NDArray[np.float64], estimate: "PsfEstimate | None") -> Shown:
    """The PSF enlarged, with a dark rim, its greatest value white, as a PNG file.

    One whose form is known is made larger by it; another one by splines.
    """
    from refocuslab.lens.psf_fit import Fit

    pixels = len(psf) + 2 * _RIM
    times = math.ceil(_PSF_SIDE / pixels)
    form = Fit("free", psf, {})
    if estimate is not None and estimate.family != "given":
        form = Fit(estimate.family, psf, estimate.numbers)
    large = form.enlarged(times).psf
    gray = Image.fromarray(np.rint(255 * np.maximum(large, 0) / large.max()).astype(np.uint8))
    side, file = times * pixels, io.BytesIO()
    whole, before = Image.new("L", (side, side)), (side - gray.width) // 2
    whole.paste(gray, (before, before))
    whole.save(file, format="PNG")
    name = f"The blur of a point of light, {pixels} x {pixels} pixels of the photo, enlarged"
    return Shown(file.getvalue(), (side, side), "PSF", name)


def _marked(scene: "Scene") -> _Photo:
    """U, dim where it is not refocused, with a line between."""
    mask = scene.mask
    marked = np.where(mask[..., None], scene.misfocused, _DIMMED * scene.misfocused).astype(np.uint8)
    if not mask.all():
        reach = max(1.0, _WIDTH * max(mask.shape))
        marked[~mask & (ndimage.distance_transform_edt(~mask) <= reach)] = _EDGE
    return marked
