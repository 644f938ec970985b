"""The pictures of an outcome, and what their colors mean."""

import io
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from refocuslab.lab.explorer.making.session import Outcome
from refocuslab.lab.explorer.pixel import canvas_at
from refocuslab.lab.figures.basis_map import BASIS, colored
from refocuslab.lab.widgets.previews import CIVIDIS, LARGEST_DIFFERENCE
from refocuslab.optics.light import decode, encode

# The colors of photos, (7, 3): those of Okabe and Ito.
PHOTOS = np.array(
    [[230, 159, 0], [86, 180, 233], [0, 158, 115], [240, 228, 66], [0, 114, 178], [213, 94, 0],
     [204, 121, 167]],
    np.uint8,
)  # fmt: skip
# The gray of maps outside the mask.
OUTSIDE = 96
# The pictures that all outcomes of a scene share.
OF_THE_SCENE = frozenset({"misfocused", "truth"})
# Photos, (H, W, 3); and what the page shows beside a map: "low" and "high", or "keys", or nothing.
Photo = NDArray[np.uint8]
Legend = dict[str, Any]


@dataclass(frozen=True)
class Picture:
    """One picture of an outcome.

    Attributes
    ----------
    label : str
        What the page calls it.
    draw : callable
        The picture of an outcome, (H, W, 3) uint8.
    legend : callable
        What the ends of the scale stand for, as "low" and "high", or pairs of text and color, as "keys";
        empty for a photo.
    there : callable
        Whether an outcome has it.
    """

    label: str
    draw: Callable[[Outcome], Photo]
    legend: Callable[[Outcome], Legend] = lambda outcome: {}
    there: Callable[[Outcome], bool] = lambda outcome: True


def pictures(outcome: Outcome) -> dict[str, str]:
    """The labels of the pictures that an outcome has, by name."""
    return {name: one.label for name, one in PICTURES.items() if one.there(outcome)}


def png(image: Photo) -> bytes:
    """A photo as a PNG file, compressed little because it is soon replaced."""
    file = io.BytesIO()
    Image.fromarray(image).save(file, format="png", compress_level=1)
    return file.getvalue()


def thumbnail(image: Photo, side: int = 72) -> bytes:
    """A photo at most ``side`` pixels wide and high, as a PNG file."""
    small = Image.fromarray(image)
    small.thumbnail((side, side))
    return png(np.asarray(small))


def scaled(values: NDArray[Any], most: float, mask: NDArray[np.bool_]) -> Photo:
    """Values 0 to ``most``, (H, W), in cividis; gray outside the mask."""
    steps = np.clip(np.nan_to_num(values) * (255 / most if most else 0), 0, 255).astype(np.uint8)
    image: Photo = CIVIDIS[steps]
    image[~mask] = OUTSIDE
    return image


def source_places(outcome: Outcome) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Where each pixel's value comes from.

    Returns
    -------
    photo : ndarray of int64, (H, W)
        The index of the focused photo, from 0; 0 outside the mask.
    distance : ndarray of float64, (H, W)
        Pixels from the pixel's own place to that of the value; 0 outside the mask.
    """
    mask, library = outcome.scene.mask, outcome.result.library
    source = outcome.result.source[mask]
    y, x = np.nonzero(mask)
    photo, distance = np.zeros(mask.shape, np.int64), np.zeros(mask.shape)
    photo[mask] = library.photo[source]
    distance[mask] = np.hypot(library.y[source] - y, library.x[source] - x)
    return photo, distance


def start(outcome: Outcome) -> Photo:
    """W before the first pixel is assigned: the nearest candidates."""
    return canvas_at(outcome.scene, outcome.result, 0, 0)


def film(outcome: Outcome) -> list[bytes]:
    """W before the first pass, and after each of them, as PNG files."""
    scene, result = outcome.scene, outcome.result
    after = (canvas_at(scene, result, scene.mask.size, number) for number in range(len(result.earlier) + 1))
    return [png(image) for image in (start(outcome), *after)]


def turns(outcome: Outcome) -> bytes:
    """The turn of each pixel, (H, W) as little-endian uint32; 2^32 - 1 outside the mask."""
    return outcome.result.order.astype("<u4").tobytes()


def _difference(outcome: Outcome, other: Photo, image: Photo) -> Photo:
    """The absolute difference, the mean of the channels."""
    off = np.abs(image.astype(int) - other).mean(axis=2)
    return scaled(off, LARGEST_DIFFERENCE, outcome.scene.mask)


def _has_truth(outcome: Outcome) -> bool:
    return outcome.scene.truth is not None


def _truth(outcome: Outcome) -> Photo:
    assert outcome.scene.truth is not None  # as _has_truth says
    return outcome.scene.truth


def _reblurred(outcome: Outcome) -> Photo:
    scene = outcome.result.with_psf(outcome.scene)
    light = outcome.settings.method.light
    again = encode(scene.convolved(decode(outcome.image, light=light)), light=light)
    return _difference(outcome, outcome.scene.misfocused, again)


def _photo(outcome: Outcome) -> Photo:
    photo, _ = source_places(outcome)
    image: Photo = PHOTOS[photo % len(PHOTOS)]
    image[~outcome.scene.mask] = OUTSIDE
    return image


def _photo_legend(outcome: Outcome) -> Legend:
    count = len(outcome.focused)
    return {"keys": [[f"photo {i + 1}", PHOTOS[i % len(PHOTOS)].tolist()] for i in range(count)]}


def _farthest(outcome: Outcome) -> float:
    return float(source_places(outcome)[1].max())


def _scale(low: str, high: str) -> Callable[[Outcome], Legend]:
    return lambda outcome: {"low": low, "high": high}


def _error(outcome: Outcome) -> Photo:
    return _difference(outcome, _truth(outcome), outcome.image)


_OFF = _scale("0", f"{LARGEST_DIFFERENCE}+ levels")
_SHARE = _scale("0", "1")


def _confidence(outcome: Outcome) -> Photo:
    return scaled(outcome.result.confidence, 1, outcome.scene.mask)


def _neighborhood_confidence(outcome: Outcome) -> Photo:
    return scaled(outcome.result.neighborhood_confidence, 1, outcome.scene.mask)


def _order(outcome: Outcome) -> Photo:
    return scaled(outcome.result.order, outcome.result.order.max(), outcome.scene.mask)


def _distance(outcome: Outcome) -> Photo:
    return scaled(np.log1p(source_places(outcome)[1]), np.log1p(_farthest(outcome)), outcome.scene.mask)


def _distance_legend(outcome: Outcome) -> Legend:
    return {"low": "0", "high": f"{_farthest(outcome):.0f} pixels, logarithmic"}


def _basis(outcome: Outcome) -> Photo:
    assert outcome.result.basis is not None  # as _is_consistent says
    return colored(outcome.result.basis, outcome.scene.mask, OUTSIDE)


def _is_consistent(outcome: Outcome) -> bool:
    return outcome.settings.method.consistency  # which the page asks before there is a result again


def _basis_legend(outcome: Outcome) -> Legend:
    return {"keys": [[name, list(color)] for name, color in BASIS.items()]}


# Every picture by name, in the order of the page.
PICTURES = {
    "misfocused": Picture("misfocused U", lambda o: o.scene.misfocused),
    "refocused": Picture("refocused W", lambda o: o.image),
    "truth": Picture("truth", _truth, there=_has_truth),
    "difference": Picture("distance to the truth", _error, _OFF, there=_has_truth),
    "reblur": Picture("reblur difference from U", _reblurred, _OFF),
    "basis": Picture("what W rests on", _basis, _basis_legend, there=_is_consistent),
    "confidence": Picture("confidence", _confidence, _SHARE),
    "neighborhood_confidence": Picture("neighborhood confidence", _neighborhood_confidence, _SHARE),
    "order": Picture("order of assignment", _order, _scale("first", "last")),
    "source_photo": Picture("source: which photo", _photo, _photo_legend),
    "source_distance": Picture("source: how far away", _distance, _distance_legend),
    "start": Picture("nearest candidates", start),
    "focused": Picture("focused photo 1", lambda o: o.focused[0].image),
}
