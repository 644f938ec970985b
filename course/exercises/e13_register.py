"""E13: registration, by a known homography."""

import numpy as np
from scipy import ndimage

from refocuslab.optics.light import decode

TITLE = "Registration by a known homography"
UNIT = 4
MINUTES = 25
TASK = """\
The focused photo V was taken from another place, and exposed otherwise. If the object is flat, a **homography** tells where
each of its points lies in V. It is a 3 × 3 matrix H: the pixel (x, y) of U, x to the right and y down, lies in V at

$$ \\left( \\frac{X}{Z}, \\frac{Y}{Z} \\right) , \\qquad (X, Y, Z)^T = H \\, (x, y, 1)^T . $$

Write `warp(photo, homography, shape)`:

- `photo`, (h, w, 3) float: V; `homography`, (3, 3): H; `shape`: height and width of U.

Return `view`, (H, W, 3): V as the camera of U would see it, interpolated between pixels; and `seen`, (H, W) bool: where that
lies in V, from the center of its first pixel to the center of its last. Elsewhere `view` may be anything finite. Write the
geometry yourself; `scipy.ndimage.map_coordinates` may interpolate.

Write `fit_exposure(misfocused, view, seen)`. Both photos are (H, W, 3) uint8 and equally blurred. Return `gain`, (3,), and
`offset`, (3,), such that in linear light

$$ \\text{misfocused} \\approx \\text{gain} \\cdot \\text{view} + \\text{offset} , $$

for each channel by least squares over the pixels in `seen`. `decode(photo)`, which the first cell imports, turns stored values
into light.
"""


def warp(photo, homography, shape):
    """V in the frame of U, (H, W, 3), and where it was seen, (H, W)."""
    # BEGIN SOLUTION
    rows, columns = np.indices(shape)
    big = homography @ np.stack([columns.ravel(), rows.ravel(), np.ones(rows.size)])
    across, down = (big[:2] / big[2]).reshape(2, *shape)
    tall, wide = photo.shape[:2]
    seen = (across >= 0) & (across <= wide - 1) & (down >= 0) & (down <= tall - 1)
    layers = [ndimage.map_coordinates(photo[..., c], (down, across), order=1) for c in range(3)]
    return np.stack(layers, axis=-1), seen
    # END SOLUTION


def fit_exposure(misfocused, view, seen):
    """Gain and offset of each channel, in light: (3,) each."""
    # BEGIN SOLUTION
    target, source = decode(misfocused)[seen], decode(view)[seen]
    lines = [np.polyfit(source[:, c], target[:, c], 1) for c in range(3)]
    return tuple(np.transpose(lines))
    # END SOLUTION


_RETURN = "return np.stack(layers, axis=-1), seen"
_LIGHT = "target, source = decode(misfocused)[seen], decode(view)[seen]"
_LINES = "lines = [np.polyfit(source[:, c], target[:, c], 1) for c in range(3)]"
_BIG = "(big[:2] / big[2])"
WRONG = {
    "view-and-seen": (_RETURN, "return np.stack(layers, axis=-1)"),
    "shapes": [
        ("np.indices(shape)", "np.indices(photo.shape[:2])"),
        (".reshape(2, *shape)", ".reshape(2, *photo.shape[:2])"),
    ],
    "shapes#channels": (_RETURN, "return np.stack(layers), seen"),
    "inverse": ("big = homography @", "big = np.linalg.inv(homography) @"),
    "rows-and-columns": (
        "np.stack([columns.ravel(), rows.ravel(),",
        "np.stack([rows.ravel(), columns.ravel(),",
    ),
    "rows-and-columns#sampled": ("(down, across), order=1", "(across, down), order=1"),
    "not-divided": (_BIG, "big[:2]"),
    "between-pixels": ("order=1", "order=0"),
    "sees-everything": (_RETURN, "return np.stack(layers, axis=-1), np.ones(shape, bool)"),
    "sees-what-is-bright": (_RETURN, "return np.stack(layers, axis=-1), np.sum(layers, axis=0) > 0"),
    "another-view": ("across, down =", "big = big + [[1.0], [1.0], [0.0]]\n    across, down ="),
    "three-gains": (_LINES, "lines = [np.polyfit(source.ravel(), target.ravel(), 1)] * 1"),
    "stored-values": (_LIGHT, "target, source = misfocused[seen] / 255, view[seen] / 255"),
    "stored-values#bytes": (_LIGHT, "target, source = misfocused[seen], view[seen]"),
    "fits-what-is-hidden": (
        _LIGHT,
        "target, source = decode(misfocused).reshape(-1, 3), decode(view).reshape(-1, 3)",
    ),
    "one-for-all": (_LINES, "lines = [np.polyfit(source.ravel(), target.ravel(), 1)] * 3"),
    "no-offset": (
        _LINES,
        "lines = [(source[:, c] @ target[:, c] / (source[:, c] @ source[:, c]), 0) for c in range(3)]",
    ),
    "no-offset#means": (_LINES, "lines = [(target[:, c].mean() / source[:, c].mean(), 0) for c in range(3)]"),
    "wrong-way-round": (_LIGHT, "source, target = decode(misfocused)[seen], decode(view)[seen]"),
    "offset-first": ("return tuple(np.transpose(lines))", "return tuple(np.transpose(lines)[::-1])"),
    "another-line": (_LIGHT, "target, source = ((one[seen] / 255) ** 2 for one in (misfocused, view))"),
    "another-line#turned-round": (
        _LINES,
        "lines = [np.polyfit(target[:, c], source[:, c], 1) for c in range(3)]\n"
        "    lines = [(1 / a, -b / a) for a, b in lines]",
    ),
    "another-line#extremes": (
        _LINES,
        "lines = [(np.ptp(target[:, c]) / np.ptp(source[:, c]), 0.0) for c in range(3)]\n"
        "    lines = [(a, target[:, c].min() - a * source[:, c].min()) for c, (a, _) in enumerate(lines)]",
    ),
    "calls-the-package": (
        "rows, columns = np.indices(shape)",
        "from refocuslab.registration import warp as views\n"
        "    x, y = views.positions(homography, shape)\n"
        "    return views.sample(photo, x, y, order=1), views.inside(x, y, photo.shape)\n"
        "    rows, columns = np.indices(shape)",
    ),
}

BELIEFS = {
    "view-and-seen": "A warped photo covers everything.",
    "shapes": "The warped photo has the shape of V.",
    "inverse": "To bring V to U, pixels of V are sent to U.",
    "rows-and-columns": "x is the first index.",
    "not-divided": "A homography is an affine map.",
    "between-pixels": "The nearest pixel is near enough.",
    "sees-everything": "What the interpolation returns was seen.",
    "sees-what-is-bright": "What was not seen is black, and the other way round.",
    "another-view": "Pixels are counted from 1.",
    "three-gains": "The exposure is one number.",
    "stored-values": "Gain acts on the numbers in the file.",
    "fits-what-is-hidden": "More pixels make a better fit.",
    "one-for-all": "White balance is the same in both photos.",
    "no-offset": "An exposure is a gain.",
    "wrong-way-round": "A line may be fitted either way.",
    "offset-first": "The order of the two is free.",
    "another-line": "Light is the square of what is stored, nearly; or: any line through the points is the line.",
    "calls-the-package": "What the package has need not be understood.",
}


def warp_by_pixels(photo, homography, shape):
    """A pixel at a time, bilinear by hand."""
    h, w = photo.shape[:2]
    out, held = np.zeros((*shape, 3)), np.zeros(shape, bool)
    for y in range(shape[0]):
        for x in range(shape[1]):
            a, b, z = homography @ [x, y, 1.0]
            u, v = a / z, b / z
            if not (0 <= u <= w - 1 and 0 <= v <= h - 1):
                continue
            held[y, x] = True
            i, j = min(int(v), h - 2), min(int(u), w - 2)
            s, t = v - i, u - j
            upper = (1 - t) * photo[i, j] + t * photo[i, j + 1]
            lower = (1 - t) * photo[i + 1, j] + t * photo[i + 1, j + 1]
            out[y, x] = (1 - s) * upper + s * lower
    return out, held


def exposure_by_moments(misfocused, view, seen):
    """Covariance over variance, and what the means leave."""
    a, b = (decode(one)[np.asarray(seen, bool)] for one in (view, misfocused))
    a0, b0 = a.mean(axis=0), b.mean(axis=0)
    slope = ((a - a0) * (b - b0)).sum(axis=0) / ((a - a0) ** 2).sum(axis=0)
    return slope, b0 - slope * a0


def warp_by_skimage(photo, homography, shape):
    """scikit-image takes the map from output to input, as the homography is."""
    from skimage.transform import ProjectiveTransform
    from skimage.transform import warp as moved

    given = ProjectiveTransform(homography)
    view = moved(photo, given, output_shape=shape, order=3, mode="edge", preserve_range=True)
    y, x = np.indices(shape)
    u, v = given(np.column_stack([x.ravel(), y.ravel()])).T
    within = (np.minimum(u, v) >= 0) & (u < photo.shape[1] - 1 + 1e-9) & (v < photo.shape[0] - 1 + 1e-9)
    return view, within.reshape(shape)


def exposure_by_least_squares(misfocused, view, seen):
    """numpy.linalg.lstsq, with a column of ones."""
    found = []
    for light, goal in zip(decode(view)[seen].T, decode(misfocused)[seen].T, strict=True):
        design = np.column_stack([light, np.ones_like(light)])
        found.append(np.linalg.lstsq(design, goal)[0])
    return [one[0] for one in found], [one[1] for one in found]


ALSO_RIGHT = [(warp_by_pixels, exposure_by_moments), (warp_by_skimage, exposure_by_least_squares)]
