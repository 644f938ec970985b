"""E12: candidates or choice."""

import numpy as np

TITLE = "Candidates or choice"
UNIT = 4
MINUTES = 25
TASK = """\
Where the result is wrong, one of two stages is at fault. Either no **candidate** of the pixel was near the truth, or one
was and the **choice** took another. With a truth at hand that can be told apart. In both functions

- `mask`, (H, W) bool, has n pixels in it; `truth`, (H, W, 3) uint8, is the true picture;
- `values`, (n, K, 3) uint8: the K candidates of each pixel of the mask, in the order of `truth[mask]`.

Write `ceiling(misfocused, mask, truth, values)`. It returns the picture of the highest PSNR that any choice can reach,
(H, W, 3) uint8: in the mask each pixel has the best of its candidates, outside it is the misfocused photo.

Write `blame(picture, mask, truth, values, gross, near)`. It returns two numbers, `choice` and `lacking`:

- A pixel is **grossly wrong** if `picture` is more than `gross` gray levels off in its worst channel.
- A candidate is **near** if it is at most `near` gray levels off in its worst channel.
- `choice` is the share of the mask that is grossly wrong although a candidate was near, `lacking` the share that is grossly
  wrong and had none.
"""


def ceiling(misfocused, mask, truth, values):
    """The picture that the best choice would make, (H, W, 3)."""
    # BEGIN SOLUTION
    wanted = truth[mask].astype(int)
    loss = np.square(values.astype(int) - wanted[:, np.newaxis]).sum(axis=-1)
    best = np.take_along_axis(values, loss.argmin(axis=1)[:, None, None], axis=1)[:, 0]
    made = misfocused.copy()
    made[mask] = best
    return made
    # END SOLUTION


def blame(picture, mask, truth, values, gross, near):
    """The shares of the mask for which the choice, and for which the candidates are at fault."""
    # BEGIN SOLUTION
    target = truth[mask].astype(int)
    bad = abs(picture[mask].astype(int) - target).max(axis=-1) > gross
    nearest = abs(values.astype(int) - target[:, np.newaxis]).max(axis=-1).min(axis=1)
    had_one = nearest <= near
    return (bad & had_one).mean(), (bad & ~had_one).mean()
    # END SOLUTION


_LOSS = "loss = np.square(values.astype(int) - wanted[:, np.newaxis]).sum(axis=-1)"
_SHARES = "return (bad & had_one).mean(), (bad & ~had_one).mean()"
_BAD = "bad = abs(picture[mask].astype(int) - target).max(axis=-1) > gross"
_NEAREST = "nearest = abs(values.astype(int) - target[:, np.newaxis]).max(axis=-1).min(axis=1)"
WRONG = {
    "a-picture": ("return made", "return best"),
    "outside-the-mask": ("made = misfocused.copy()", "made = truth.copy()"),
    "outside-the-mask#black": ("made = misfocused.copy()", "made = np.zeros_like(truth)"),
    "not-a-candidate": ("made[mask] = best", "made[mask] = np.rint(values.mean(axis=1))"),
    "not-a-candidate#truth": ("made[mask] = best", "made[mask] = truth[mask]"),
    "nearest-to-u": ("wanted = truth[mask].astype(int)", "wanted = misfocused[mask].astype(int)"),
    "first-candidate": ("made[mask] = best", "made[mask] = values[:, 0]"),
    "worst-channel-here": (_LOSS, "loss = abs(values.astype(int) - wanted[:, np.newaxis]).max(axis=-1)"),
    "overflow": (_LOSS, "loss = ((values - truth[mask][:, np.newaxis]) ** 2).sum(axis=-1)"),
    "not-the-best": (_LOSS, _LOSS.replace(".sum(axis=-1)", "[..., 0]")),
    "two-shares": (_SHARES, "return bad & had_one, bad & ~had_one"),
    "a-count": (_SHARES, "return (bad & had_one).sum(), (bad & ~had_one).sum()"),
    "share-of-the-photo": (
        _SHARES,
        "return (bad & had_one).sum() / mask.size, (bad & ~had_one).sum() / mask.size",
    ),
    "share-of-the-errors": (_SHARES, "return had_one[bad].mean(), 1 - had_one[bad].mean()"),
    "swapped": (_SHARES, "return (bad & ~had_one).mean(), (bad & had_one).mean()"),
    "right-ones-blamed": (_SHARES, "return (bad & had_one).mean(), (~had_one).mean()"),
    "right-ones-blamed#both": (_SHARES, "return had_one.mean(), (~had_one).mean()"),
    "worst-channel": [
        (_BAD, "bad = np.square(picture[mask].astype(int) - target).sum(axis=-1) ** 0.5 > gross"),
        (
            _NEAREST,
            "nearest = np.square(values.astype(int) - target[:, None]).sum(axis=-1).min(axis=1) ** 0.5",
        ),
    ],
    "worst-channel#sum": (_BAD, _BAD.replace("max", "sum")),
    "worst-channel#candidates": (_NEAREST, _NEAREST.replace("max", "sum")),
    "at-the-limit": (_BAD, _BAD.replace("> gross", ">= gross")),
    "at-the-limit#near": ("nearest <= near", "nearest < near"),
    "other-limits": (_BAD, _BAD.replace("> gross", "> 24")),
    "other-limits#near": ("nearest <= near", "nearest <= 8"),
    "another-share": (_NEAREST, "nearest = abs(values[:, 0].astype(int) - target).max(axis=-1)"),
    "another-share#bytes": (_BAD, "bad = (picture[mask] - truth[mask]).max(axis=-1) > gross"),
}

BELIEFS = {
    "a-picture": "The colors of the mask are the picture.",
    "outside-the-mask": "Outside the mask anything may stand.",
    "not-a-candidate": "The mean of the candidates, or the truth itself, is the best that can be reached.",
    "nearest-to-u": "The best candidate is the one nearest to the misfocused photo.",
    "first-candidate": "The nearest patch has the best color.",
    "worst-channel-here": "PSNR counts the worst channel.",
    "overflow": "Arrays of bytes subtract like numbers.",
    "not-the-best": "One channel speaks for all three.",
    "two-shares": "The maps are asked for.",
    "a-count": "A count is a share.",
    "share-of-the-photo": "All pixels of the photo were refocused.",
    "share-of-the-errors": "The errors alone are the whole.",
    "swapped": "The order of the two shares is free.",
    "right-ones-blamed": "A pixel without a near candidate is wrong.",
    "worst-channel": "The sum, or the length, of a difference is its size.",
    "at-the-limit": "More than, and at least, are the same.",
    "other-limits": "The limits of the lesson are the limits.",
    "another-share": "The first candidate speaks for all of them.",
}


def by_sorting(misfocused, mask, truth, values):
    """The candidates of each pixel, sorted by their error."""
    error = ((np.asarray(values, float) - truth[mask][:, None].astype(float)) ** 2).mean(axis=2)
    ranked = np.argsort(error, axis=1)
    image = np.array(misfocused)
    image[mask] = values[np.arange(len(values)), ranked[:, 0]]
    return image


def by_maps(picture, mask, truth, values, gross, near):
    """Maps of the photo first, shares at the end."""
    apart = np.abs(picture.astype(float) - truth.astype(float))
    wrong_map = (apart > gross).any(axis=2) & mask
    near_map = np.zeros(mask.shape, bool)
    fits = (np.abs(values.astype(float) - truth[mask].astype(float)[:, None, :]) <= near).all(axis=2)
    near_map[mask] = fits.any(axis=1)
    total = np.count_nonzero(mask)
    return np.count_nonzero(wrong_map & near_map) / total, np.count_nonzero(wrong_map & ~near_map) / total


def pixel_by_pixel(misfocused, mask, truth, values):
    """In plain Python."""
    shown = misfocused.copy()
    for y, x, offered in zip(*np.nonzero(mask), values.tolist(), strict=True):
        goal = truth[y, x].tolist()
        errors = [sum((a - b) ** 2 for a, b in zip(one, goal, strict=True)) for one in offered]
        shown[y, x] = offered[errors.index(min(errors))]
    return shown


def by_counting(picture, mask, truth, values, gross, near):
    """In plain Python."""
    shares = [0, 0]
    for (y, x), offered in zip(np.argwhere(mask), values.tolist(), strict=True):
        goal = truth[y, x].tolist()
        if max(abs(a - b) for a, b in zip(picture[y, x].tolist(), goal, strict=True)) <= gross:
            continue
        close = any(max(abs(a - b) for a, b in zip(one, goal, strict=True)) <= near for one in offered)
        shares[0 if close else 1] += 1
    return [count / mask.sum() for count in shares]


ALSO_RIGHT = [(by_sorting, by_maps), (pixel_by_pixel, by_counting)]
