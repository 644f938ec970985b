"""The pictures of an outcome, and what their colours mean."""

import io
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from matplotlib import colormaps
from PIL import Image

from refocuslab.lab.explorer.pixel import canvas_at
from refocuslab.lab.explorer.session import Outcome
from refocuslab.optics.blur import blur

# cividis looks the same to people with and without red-green blindness; the colours for photos are those
# of Okabe and Ito.
CIVIDIS = (colormaps["cividis"](np.linspace(0, 1, 256))[:, :3] * 255).round().astype(np.uint8)
PHOTOS = np.array(
    [[230, 159, 0], [86, 180, 233], [0, 158, 115], [240, 228, 66], [0, 114, 178], [213, 94, 0],
     [204, 121, 167]],
    np.uint8,
)  # fmt: skip
OUTSIDE = 96
# These do not change from one outcome of a scene to the next.
OF_THE_SCENE = {"misfocused", "truth"}
LARGEST_DIFFERENCE = 24


@dataclass(frozen=True)
class Picture:
    """label: what the front end calls it. draw: (H, W, 3) uint8 of an outcome. legend: what the ends of
    the scale stand for, or (text, colour) pairs, or nothing for a photo."""

    label: str
    draw: Callable[[Outcome], np.ndarray]
    legend: Callable[[Outcome], dict] = lambda outcome: {}
    needs_truth: bool = False


def pictures(outcome: Outcome) -> dict[str, str]:
    """Names and labels of the pictures that an outcome has."""
    return {
        name: one.label
        for name, one in PICTURES.items()
        if outcome.scene.truth is not None or not one.needs_truth
    }


def png(image: np.ndarray) -> bytes:
    """A photo as a PNG file, packed for speed."""
    file = io.BytesIO()
    Image.fromarray(image).save(file, format="png", compress_level=1)
    return file.getvalue()


def thumbnail(image: np.ndarray, side: int = 72) -> bytes:
    """A photo at most `side` pixels wide and high, as PNG."""
    small = Image.fromarray(image)
    small.thumbnail((side, side))
    return png(np.asarray(small))


def scaled(values: np.ndarray, most: float, mask: np.ndarray) -> np.ndarray:
    """Values 0 … most in cividis, grey outside the mask."""
    steps = np.clip(np.nan_to_num(values) * (255 / most if most else 0), 0, 255).astype(np.uint8)
    image = CIVIDIS[steps]
    image[~mask] = OUTSIDE
    return image


def source_places(outcome: Outcome) -> tuple[np.ndarray, np.ndarray]:
    """(H, W) of the photo, from 0, and of the distance in pixels from the pixel's own place; 0 outside."""
    mask, library = outcome.scene.mask, outcome.result.library
    source = outcome.result.source[mask]
    y, x = np.nonzero(mask)
    photo, distance = np.zeros(mask.shape, int), np.zeros(mask.shape)
    photo[mask] = library.photo[source]
    distance[mask] = np.hypot(library.y[source] - y, library.x[source] - x)
    return photo, distance


def start(outcome: Outcome) -> np.ndarray:
    """W before the first pixel is assigned: the nearest candidates."""
    return canvas_at(outcome.scene, outcome.result, 0, 0)


def film(outcome: Outcome) -> list[bytes]:
    """W before the first pass, and after each of them, as PNG files."""
    scene, result = outcome.scene, outcome.result
    after = (canvas_at(scene, result, scene.mask.size, number) for number in range(len(result.earlier) + 1))
    return [png(image) for image in (start(outcome), *after)]


def turns(outcome: Outcome) -> bytes:
    """The turn of every pixel as little-endian uint32, 2^32 - 1 outside the mask."""
    return outcome.result.order.astype("<u4").tobytes()


def _difference(outcome: Outcome, other: np.ndarray, image: np.ndarray) -> np.ndarray:
    off = np.abs(image.astype(int) - other).mean(axis=2)
    return scaled(off, LARGEST_DIFFERENCE, outcome.scene.mask)


def _reblurred(outcome: Outcome) -> np.ndarray:
    again = blur(outcome.image, outcome.scene.psf, light=outcome.settings.method.light)
    return _difference(outcome, outcome.scene.misfocused, again)


def _photo(outcome: Outcome) -> np.ndarray:
    photo, _ = source_places(outcome)
    image = PHOTOS[photo % len(PHOTOS)]
    image[~outcome.scene.mask] = OUTSIDE
    return image


def _photo_legend(outcome: Outcome) -> dict:
    count = len(outcome.focused)
    return {"keys": [[f"photo {i + 1}", PHOTOS[i % len(PHOTOS)].tolist()] for i in range(count)]}


def _farthest(outcome: Outcome) -> float:
    return float(source_places(outcome)[1].max())


def _scale(low: str, high: str) -> Callable[[Outcome], dict]:
    return lambda outcome: {"low": low, "high": high}


_OFF = _scale("0", f"{LARGEST_DIFFERENCE}+ levels")

_SHARE = _scale("0", "1")


def _confidence(outcome: Outcome) -> np.ndarray:
    return scaled(outcome.result.confidence, 1, outcome.scene.mask)


def _neighborhood_confidence(outcome: Outcome) -> np.ndarray:
    return scaled(outcome.result.neighborhood_confidence, 1, outcome.scene.mask)


def _order(outcome: Outcome) -> np.ndarray:
    return scaled(outcome.result.order, outcome.result.order.max(), outcome.scene.mask)


def _distance(outcome: Outcome) -> np.ndarray:
    return scaled(np.log1p(source_places(outcome)[1]), np.log1p(_farthest(outcome)), outcome.scene.mask)


def _distance_legend(outcome: Outcome) -> dict:
    return {"low": "0", "high": f"{_farthest(outcome):.0f} pixels, logarithmic"}


PICTURES = {
    "misfocused": Picture("misfocused U", lambda o: o.scene.misfocused),
    "refocused": Picture("refocused W", lambda o: o.image),
    "truth": Picture("truth", lambda o: o.scene.truth, needs_truth=True),
    "difference": Picture("distance to the truth", lambda o: _difference(o, o.scene.truth, o.image), _OFF,
                          needs_truth=True),
    "reblur": Picture("reblur difference from U", _reblurred, _OFF),
    "confidence": Picture("confidence", _confidence, _SHARE),
    "neighborhood_confidence": Picture("neighborhood confidence", _neighborhood_confidence, _SHARE),
    "order": Picture("order of assignment", _order, _scale("first", "last")),
    "source_photo": Picture("source: which photo", _photo, _photo_legend),
    "source_distance": Picture("source: how far away", _distance, _distance_legend),
    "start": Picture("nearest candidates", start),
    "focused": Picture("focused photo 1", lambda o: o.focused[0].image),
}  # fmt: skip
