"""E7: how sure is a pixel."""

import numpy as np

TITLE = "The confidence of a pixel"
UNIT = 2
MINUTES = 20
TASK = """\
A candidate with the squared distance $d$ is as probable as $\\exp(-\\lambda d)$ says, up to a factor. The **confidence** of a pixel is
the share of its nearest candidate in the sum over all its candidates,

$$ \\frac{\\exp(-\\lambda d_0)}{\\sum_k \\exp(-\\lambda d_k)} , \\qquad d_0 \\text{ the least} . $$

Write two functions:

- `confidence(distances, lam)`: of `distances`, (n, K) whole numbers, the nearest first in each row, the n confidences, (n,). Distances of
  200,000 and more are common: your formula must survive them.
- `box_mean(per_pixel, mask, side)`: for each pixel of `mask`, (H, W) bool, the mean confidence over the square of `side` × `side` pixels
  around it, (H, W). `per_pixel`, (H, W), the confidences, holds NaN outside the mask, and so does the result. A pixel outside the mask has no confidence, and beyond the
  photo there are no pixels: neither counts.
"""


def confidence(distances, lam):
    """The share of the nearest candidate: (n, K) squared distances to (n,)."""
    # BEGIN SOLUTION
    odds = np.exp(-lam * (distances - distances[:, :1]))
    return 1 / odds.sum(axis=1)
    # END SOLUTION


def box_mean(per_pixel, mask, side):
    """Mean confidence of the pixels of the mask in the square around each of them, NaN elsewhere."""
    # BEGIN SOLUTION
    r = side // 2
    mean = np.full(mask.shape, np.nan)
    for y, x in np.argwhere(mask):
        box = per_pixel[max(y - r, 0) : y + r + 1, max(x - r, 0) : x + r + 1]
        mean[y, x] = np.nanmean(box)
    return mean
    # END SOLUTION


_BOX = "box = per_pixel[max(y - r, 0) : y + r + 1, max(x - r, 0) : x + r + 1]"
WRONG = {
    "one-number-a-pixel": ("return 1 / odds.sum(axis=1)", "return odds / odds.sum(axis=1, keepdims=True)"),
    "upside-down": ("np.exp(-lam * (distances", "np.exp(lam * (distances"),
    "more-than-all": ("return 1 / odds.sum(axis=1)", "return odds.sum(axis=1)"),
    "no-share": ("return 1 / odds.sum(axis=1)", "return np.exp(-lam * distances[:, 0])"),
    "without-itself": ("return 1 / odds.sum(axis=1)", "return 1 / (1 + odds[:, 2:].sum(axis=1))"),
    "without-itself#rest": ("return 1 / odds.sum(axis=1)", "return 1 / np.maximum(odds[:, 1:].sum(axis=1), 1)"),
    "weight": ("-lam * (distances - distances[:, :1])", "-0.01 * (distances - distances[:, :1])"),
    "weight#squared": ("-lam * (distances - distances[:, :1])", "-lam * (distances - distances[:, :1]) ** 2.0"),
    "weight#rooted": ("-lam * (distances - distances[:, :1])", "-lam * (np.sqrt(distances) - np.sqrt(distances[:, :1]))"),
    "underflow": [
        ("(distances - distances[:, :1])", "distances"),
        ("return 1 / odds.sum(axis=1)", "return odds[:, 0] / odds.sum(axis=1)"),
    ],
    "one-for-all-rows": [
        ("(distances - distances[:, :1])", "(distances - distances.min())"),
        ("return 1 / odds.sum(axis=1)", "return odds[:, 0] / odds.sum(axis=1)"),
    ],
    "underflow#clipped": [
        ("(distances - distances[:, :1])", "np.minimum(distances, 50_000)"),
        ("return 1 / odds.sum(axis=1)", "return odds[:, 0] / np.maximum(odds.sum(axis=1), 1e-300)"),
    ],
    "spread": [
        ("(distances - distances[:, :1])", "(distances - distances.mean(axis=1, keepdims=True))"),
        ("return 1 / odds.sum(axis=1)", "return odds[:, 0] / odds.sum(axis=1)"),
    ],
    "without-itself#axis": ("return 1 / odds.sum(axis=1)", "return odds[:, 0] / odds.sum()"),
    "without-itself#largest": ("return 1 / odds.sum(axis=1)", "return 1 / odds.max(axis=1)"),
    "one-mean-a-pixel": ("return mean", "return mean[mask]"),
    "outside": ("for y, x in np.argwhere(mask):", "for y, x in np.ndindex(*mask.shape):"),
    "outside#zero": ("np.full(mask.shape, np.nan)", "np.zeros(mask.shape)"),
    "counts-outside": ("np.nanmean(box)", "np.nansum(box) / side**2"),
    "counts-outside#in-the-photo": ("np.nanmean(box)", "np.nansum(box) / box.size"),
    "nan-within": ("np.nanmean(box)", "np.mean(box)"),
    "beyond-the-photo": (_BOX, 'box = np.pad(per_pixel, r, mode="reflect")[y : y + side, x : x + side]'),
    "beyond-the-photo#wrap": (_BOX, "box = np.roll(per_pixel, (r - y, r - x), (0, 1))[:side, :side]"),
    "beyond-the-photo#skipped": (_BOX, _BOX + "\n        if box.size < side**2:\n            mean[y, x] = per_pixel[y, x]\n            continue"),
    "side": ("r = side // 2", "r = 2"),
    "side#median": ("np.nanmean(box)", "np.nanmedian(box)"),
    "side#running": ("mean[y, x] = np.nanmean(box)", "mean[y, x] = np.nanmean(box)\n        per_pixel = np.where(mask & ~np.isnan(mean), mean, per_pixel)"),
    "side#radius": ("r = side // 2", "r = side"),
    "calls-the-package": (
        "    odds = np.exp",
        "    from refocuslab.reference.paper import confidence as found\n    return found(distances, lam)\n    odds = np.exp",
    ),
}  # fmt: skip

BELIEFS = {
    "one-number-a-pixel": "Every candidate has a confidence.",
    "more-than-all": "The sum of all odds is the confidence.",
    "upside-down": "Far is probable.",
    "no-share": "exp(−λ d) is a probability.",
    "without-itself": "The others are all candidates but the nearest; or one of them gets lost.",
    "weight": "λ is a constant; or: distances are to be squared once more, or rooted.",
    "one-for-all-rows": "What saves one row saves all.",
    "underflow": "exp can be taken of any number.",
    "spread": "Any number may be subtracted, so the mean may.",
    "one-mean-a-pixel": "A list of the mask's pixels is a picture.",
    "outside": "Outside the mask a number does no harm.",
    "counts-outside": "A missing confidence is 0.",
    "nan-within": "A mean skips what is missing.",
    "beyond-the-photo": "A mean is taken over as many pixels everywhere, so the photo must go on.",
    "side": "The box is the paper's 5 × 5; or: side is its radius; or: a mean is a median, or may be taken in place.",
    "calls-the-package": "What the package has need not be understood.",
}


def by_logarithm(distances, lam):
    """The logarithm of a sum of exponentials."""
    from scipy.special import logsumexp

    return np.exp(-lam * distances[:, 0] - logsumexp(-lam * distances, axis=1))


def by_sums(confidence, mask, side):
    """Sums over boxes of the values and of the mask, shift by shift."""
    r = side // 2
    total, count = np.zeros(mask.shape), np.zeros(mask.shape)
    values = np.pad(np.where(mask, confidence, 0), r)
    there = np.pad(mask.astype(float), r)
    for dy in range(side):
        for dx in range(side):
            total += values[dy : dy + mask.shape[0], dx : dx + mask.shape[1]]
            count += there[dy : dy + mask.shape[0], dx : dx + mask.shape[1]]
    return np.where(mask, total / np.maximum(count, 1), np.nan)


def in_loops(distances, lam):
    """Pixel by pixel, each share of a ratio to the nearest."""
    shares = []
    for row in np.asarray(distances, dtype=float):
        ratios = [np.exp(lam * (row.min() - d)) for d in row]
        shares.append(max(ratios) / sum(ratios))
    return shares


def by_scipy(confidence, mask, side):
    """Two box filters, of the values and of the mask."""
    from scipy.ndimage import uniform_filter

    known = np.nan_to_num(confidence) * mask
    parts = [uniform_filter(one.astype(float), side, mode="constant") for one in (known, mask)]
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(mask, parts[0] / parts[1], np.nan)


ALSO_RIGHT = [(by_logarithm, by_sums), (in_loops, by_scipy)]
