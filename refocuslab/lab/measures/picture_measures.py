"""What can be measured of a refocused picture beside its truth: errors, grain, details, bleeding."""

import numpy as np
from scipy import ndimage

GROSS = 24  # grey levels by which a wrong colour is seen at once
NEAR = 8  # grey levels within which a candidate counts as the true colour
REACH = 4  # pixels over which bleeding is looked for


def error(image, scene) -> np.ndarray:
    """(H, W) float64: the largest difference to the truth over the channels, grey levels."""
    return np.abs(image.astype(float) - scene.truth).max(axis=2)


def rms(image, scene, where) -> float:
    """RMS difference to the truth over the pixels of `where`, grey levels."""
    difference = image[where].astype(float) - scene.truth[where]
    return float(np.sqrt(np.mean(difference**2)))


def grain(image, where) -> float:
    """RMS of what a 3 x 3 median takes away, over the pixels of `where`: the finest texture."""
    smooth = ndimage.median_filter(image, size=(3, 3, 1))
    return float(np.sqrt(np.mean((image[where].astype(float) - smooth[where]) ** 2)))


def contrast(image) -> np.ndarray:
    """(H, W) float64: standard deviation over 5 x 5 pixels, channels together, grey levels."""
    values = image.astype(float)
    mean = ndimage.uniform_filter(values, size=(5, 5, 1))
    square = ndimage.uniform_filter(values**2, size=(5, 5, 1))
    return np.sqrt(np.maximum(square - mean**2, 0).mean(axis=2))


def lowest(values, mask, share: float) -> np.ndarray:
    """(H, W) bool: the masked pixels with the lowest values, `share` of them."""
    return mask & (values <= np.quantile(values[mask], share))


def highest(values, mask, share: float) -> np.ndarray:
    """(H, W) bool: the masked pixels with the highest values, `share` of them."""
    return mask & (values >= np.quantile(values[mask], 1 - share))


def gross(image, scene) -> float:
    """Share of masked pixels whose colour is grossly wrong."""
    return float((error(image, scene)[scene.mask] > GROSS).mean())


def details_kept(image, scene) -> float:
    """Share of the truth's small features that the picture shows.

    A small feature is a pixel that stands out from the 7 x 7 median round it by more than GROSS; it is
    kept where the picture stands out in the same sense at least half as far.
    """

    def stands_out(photo):
        values = photo.astype(float).mean(axis=2)
        return values - ndimage.median_filter(values, size=7)

    true = stands_out(scene.truth)
    feature = scene.mask & (np.abs(true) > GROSS)
    if not feature.any():
        return float("nan")
    return float((stands_out(image)[feature] * np.sign(true[feature]) >= np.abs(true[feature]) / 2).mean())


def bleeding(image, scene) -> tuple[float, float]:
    """Shares of masked pixels that took their colour from before, and from after, in the scan.

    A grossly wrong pixel has bled when the truth a few pixels to the left or above (before), or to the
    right or below (after), is much nearer to it than the truth at its own place.
    """
    wrong = scene.mask & (error(image, scene) > GROSS)
    # Nothing comes from beyond the photo: what lies there is infinitely unlike.
    framed = np.pad(scene.truth.astype(float), (*[(REACH, REACH)] * 2, (0, 0)), constant_values=np.inf)
    height, width = scene.mask.shape
    off = []
    for sign in (-1, 1):
        steps = [(sign * k, 0) for k in range(1, REACH + 1)] + [(0, sign * k) for k in range(1, REACH + 1)]
        moved = [framed[REACH + dy :, REACH + dx :][:height, :width] for dy, dx in steps]
        off.append(np.min([np.abs(image - m).max(axis=2) for m in moved], axis=0))
    own = error(image, scene)
    before = wrong & (off[0] < own / 2) & (off[0] < off[1])
    after = wrong & (off[1] < own / 2) & (off[1] < off[0])
    return float(before[scene.mask].mean()), float(after[scene.mask].mean())
