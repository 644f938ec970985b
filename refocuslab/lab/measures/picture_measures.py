"""What can be measured of a refocused picture beside its truth: errors, grain, details, bleeding.

A picture is W, or any photo in its place: (H, W, 3) uint8, sRGB, in the shape of the scene's. Values are
encoded ones; gray levels are 0..255.
"""

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from refocuslab.errors import RefocusError
from refocuslab.evaluation.metrics import Score
from refocuslab.scene import Scene

# Each was halved and doubled with the paper's three systems on motorcycle and coffee, and the best of them on
# motorcycle-perturbed (claims 1 to 4 and 6).
# Gray levels above which an error is gross. At 12, claim 4 falls to "in part" on motorcycle (of 2.6 % bled
# pixels 1.4 % stay, instead of 0.9 of 2.0 %); at 48 to "not" on coffee, where only 0.15 % have bled.
GROSS = 24
# Gray levels within which a candidate counts as the true color. From another view 88 % of the pixels have
# such a candidate; 71 % at 4 and 96 % at 16. The cause of claim 6 rests on it.
NEAR = 8
# Pixels over which bleeding is looked for. On motorcycle 1.23 % have bled along the scan; 1.13 % at 2 and
# 1.24 % at 8. Every verdict stays.
REACH = 4

_Photo = NDArray[np.uint8]
_Map = NDArray[np.float64]
_Mask = NDArray[np.bool_]


def truth_of(scene: Scene) -> _Photo:
    """The scene's truth, (H, W, 3) uint8.

    Raises
    ------
    RefocusError
        It has none.
    """
    if scene.truth is None:
        raise RefocusError("scene", "must have a truth, which this measures against", scene.name)
    return scene.truth


def psnr_of(score: Score) -> float:
    """The PSNR of a score against a truth, in dB.

    Raises
    ------
    RefocusError
        The scene has no truth.
    """
    if score.psnr is None:
        raise RefocusError("scene", "must have a truth, which this measures against", "none")
    return score.psnr


def error(image: _Photo, scene: Scene) -> _Map:
    """(H, W) float64: the largest difference to the truth over the channels, gray levels."""
    difference: _Map = np.abs(image.astype(float) - truth_of(scene)).max(axis=2)
    return difference


def rms(image: _Photo, scene: Scene, where: _Mask) -> float:
    """RMS difference to the truth over the pixels of ``where``, (H, W) bool, in gray levels."""
    difference = image[where].astype(float) - truth_of(scene)[where]
    return float(np.sqrt(np.mean(difference**2)))


def grain(image: _Photo, where: _Mask) -> float:
    """The finest texture: RMS of what a 3 x 3 median removes, over the pixels of ``where``, gray levels."""
    smooth = ndimage.median_filter(image, size=(3, 3, 1))
    return float(np.sqrt(np.mean((image[where].astype(float) - smooth[where]) ** 2)))


def contrast(image: _Photo) -> _Map:
    """(H, W) float64: standard deviation over 5 x 5 pixels, RMS over the channels, gray levels."""
    values = image.astype(float)
    mean = ndimage.uniform_filter(values, size=(5, 5, 1))
    square = ndimage.uniform_filter(values**2, size=(5, 5, 1))
    spread: _Map = np.sqrt(np.maximum(square - mean**2, 0).mean(axis=2))
    return spread


def lowest(values: _Map, mask: _Mask, share: float) -> _Mask:
    """(H, W) bool: the ``share`` of the masked pixels, 0 to 1, that has the lowest values."""
    found: _Mask = mask & (values <= np.quantile(values[mask], share))
    return found


def highest(values: _Map, mask: _Mask, share: float) -> _Mask:
    """(H, W) bool: the ``share`` of the masked pixels, 0 to 1, that has the highest values."""
    found: _Mask = mask & (values >= np.quantile(values[mask], 1 - share))
    return found


def gross(image: _Photo, scene: Scene) -> float:
    """Share of masked pixels that are grossly wrong: the ``error`` is more than ``GROSS``."""
    return float((error(image, scene)[scene.mask] > GROSS).mean())


def details_kept(image: _Photo, scene: Scene) -> float:
    """Share of the truth's small features that the picture shows.

    A small feature is a pixel whose mean over the channels differs from its 7 x 7 median by more than
    ``GROSS``. It is kept where the picture differs from its own median in the same direction, at least half
    as far.

    Returns
    -------
    float
        0 to 1; NaN where the truth has no small feature in the mask.
    """

    def standing_out(photo: _Photo) -> _Map:
        values = photo.astype(float).mean(axis=2)
        difference: _Map = values - ndimage.median_filter(values, size=7)
        return difference

    true = standing_out(truth_of(scene))
    feature = scene.mask & (np.abs(true) > GROSS)
    if not feature.any():
        return float("nan")
    shown = standing_out(image)[feature] * np.sign(true[feature])
    return float((shown >= np.abs(true[feature]) / 2).mean())


def bleeding(image: _Photo, scene: Scene) -> tuple[float, float]:
    """Shares of masked pixels whose color bled in the direction of the scan, and against it.

    A grossly wrong pixel has bled if the truth up to ``REACH`` pixels to the left or above is less than half
    as far from its color as the truth at its own place, and nearer than the truth to the right or below; for
    bleeding against the scan the two sides change places.

    Returns
    -------
    before, after : float
        0 to 1: the shares with the color of what comes before them in scanline order, and of what comes
        after.
    """
    own = error(image, scene)
    wrong = scene.mask & (own > GROSS)
    # Nothing bleeds from beyond the photo's edge: a frame of infinite values is unlike any color.
    frame = ((REACH, REACH), (REACH, REACH), (0, 0))
    framed = np.pad(truth_of(scene).astype(float), frame, constant_values=np.inf)
    height, width = scene.mask.shape
    nearest = []
    for sign in (-1, 1):
        steps = [(sign * k, 0) for k in range(1, REACH + 1)] + [(0, sign * k) for k in range(1, REACH + 1)]
        moved = [framed[REACH + dy :, REACH + dx :][:height, :width] for dy, dx in steps]
        nearest.append(np.min([np.abs(image - m).max(axis=2) for m in moved], axis=0))
    before = wrong & (nearest[0] < own / 2) & (nearest[0] < nearest[1])
    after = wrong & (nearest[1] < own / 2) & (nearest[1] < nearest[0])
    return float(before[scene.mask].mean()), float(after[scene.mask].mean())
