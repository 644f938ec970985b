"""E11: lambda."""

import numpy as np

TITLE = "The weight of the constraints"
UNIT = 3
MINUTES = 10
TASK = """\
The pixel takes the candidate of the smallest $\\lambda_\\mathrm{image} d_\\mathrm{image} + \\lambda_\\mathrm{texture}
d_\\mathrm{texture}$. You have seen that one common $\\lambda$ cancels. Two questions are left: how much weight is no
weight, and where does a $\\lambda$ come from? Two functions:

**`silent(d_image, d_texture, lambda_image)`**: the texture is silent while every pixel still takes the candidate that it
would take without it. Up to which `lambda_texture` is it?

- `d_image`, `d_texture`, both (P, K): the distances of K candidates of P pixels. In each row of `d_image` the first is
  the smallest, and no other is as small;
- return that `lambda_texture`, exactly or to a thousandth of itself; `np.inf` where no weight of the texture changes
  anything.

**`likely_lambda(nearest, side, share)`**: suppose that each of the $D$ numbers of a window is off by an independent
error of variance $s^2$. Then a patch at distance $d$ has the probability $\\exp(-d/2s^2)$, and the right patch lies at about
$D s^2$. Take the **median** of the distances `nearest`, (P,), of every pixel's nearest patch for that. A window is `side`
pixels wide and high, in color; only the `share` of its numbers counts as independent, and so

$$ \\lambda = \\text{share} \\cdot \\frac{D}{2 \\, \\text{median} \\, d_0} . $$
"""


def silent(d_image, d_texture, lambda_image):
    """The largest lambda_texture that changes no pixel's candidate."""
    # BEGIN SOLUTION
    behind = d_image[:, 1:] - d_image[:, :1]
    ahead = d_texture[:, :1] - d_texture[:, 1:]
    rivals = ahead > 0
    if not rivals.any():
        return np.inf
    return lambda_image * (behind[rivals] / ahead[rivals]).min()
    # END SOLUTION


def likely_lambda(nearest, side, share):
    """lambda_image from the distances to the nearest patches."""
    # BEGIN SOLUTION
    numbers = 3 * side**2
    return share * numbers / (2 * np.median(nearest))
    # END SOLUTION


_RATIO = "return lambda_image * (behind[rivals] / ahead[rivals]).min()"
WRONG = {
    "one-number": (_RATIO, "return lambda_image * behind / ahead"),
    "last-instead-of-first": (
        _RATIO,
        "return lambda_image * np.array([(b[r] / a[r]).min() for b, a, r in zip(behind, ahead, rivals) if r.any()]).max()",
    ),
    "last-instead-of-first#median": (
        _RATIO,
        "return lambda_image * np.median([(b[r] / a[r]).min() for b, a, r in zip(behind, ahead, rivals) if r.any()])",
    ),
    "second-only": [
        ("d_image[:, 1:] - d_image[:, :1]", "d_image[:, 1:2] - d_image[:, :1]"),
        ("d_texture[:, :1] - d_texture[:, 1:]", "d_texture[:, :1] - d_texture[:, 1:2]"),
    ],
    "nearest-rival": (
        _RATIO,
        "at = np.where(rivals, behind, np.inf).argmin(axis=1)\n"
        "    own = np.arange(len(at)), at\n"
        "    return lambda_image * (behind[own] / np.where(rivals[own], ahead[own], 1e-9)).min()",
    ),
    "best-texture-only": ("rivals = ahead > 0", "rivals = (ahead > 0) & (ahead == ahead.max(axis=1, keepdims=True))"),
    "no-rival-at-all": ("rivals = ahead > 0", "rivals = ahead == ahead"),
    "no-rival-at-all#size": (_RATIO, "return lambda_image * (behind / abs(ahead)).min()"),
    "upside-down": (_RATIO, "return lambda_image * (ahead[rivals] / behind[rivals]).min()"),
    "upside-down#largest": (_RATIO, "return lambda_image * (ahead[rivals] / behind[rivals]).max()"),
    "scale": (_RATIO, "return (behind[rivals] / ahead[rivals]).min()"),
    "scale#divided": (_RATIO, "return (behind[rivals] / ahead[rivals]).min() / lambda_image"),
    "product-of-probabilities": (
        "behind = d_image[:, 1:] - d_image[:, :1]",
        "def best(texture):\n"
        "        p = np.exp(-lambda_image * d_image) * np.exp(-texture * d_texture)\n"
        "        return p.argmax(axis=1)\n"
        "    low, high = 1e-9, 1e-2\n"
        "    for _ in range(60):\n"
        "        middle = (low * high) ** 0.5\n"
        "        low, high = (low, middle) if best(middle).any() else (middle, high)\n"
        "    return low\n"
        "    behind = d_image[:, 1:] - d_image[:, :1]",
    ),
    "never": ("return np.inf", "return 0.0"),
    "not-close": (_RATIO, "return lambda_image * 10 ** np.floor(np.log10((behind[rivals] / ahead[rivals]).min()))"),
    "second-to-write": ("numbers = 3 * side**2", "raise NotImplementedError"),
    "how-many-numbers": ("3 * side**2", "side**2"),
    "how-many-numbers#side": ("3 * side**2", "3 * side"),
    "one-of-two": ("np.median(nearest)", "np.sort(nearest)[len(nearest) // 2]"),
    "one-of-two#lower": ("np.median(nearest)", "np.sort(nearest)[(len(nearest) - 1) // 2]"),
    "median-of-inverses": ("share * numbers / (2 * np.median(nearest))", "share * numbers / 2 * np.median(1 / nearest)"),
    "mean-for-median": ("np.median(nearest)", "np.mean(nearest)"),
    "half": ("(2 * np.median(nearest))", "np.median(nearest)"),
    "upside-down-lambda": ("share * numbers / (2 * np.median(nearest))", "2 * np.median(nearest) / (share * numbers)"),
    "share-forgotten": ("share * numbers", "numbers"),
    "other-lambda": ("share * numbers", "share**0.5 * numbers"),
    "other-lambda#rooted": ("np.median(nearest)", "np.median(nearest**0.5)"),
    "calls-the-package": (
        "numbers = 3 * side**2",
        "from refocuslab.course.checks.unit3 import e11_lambda\n"
        "    return e11_lambda.pieces()[1](nearest, side, share)\n"
        "    numbers = 3 * side**2",
    ),
}  # fmt: skip

BELIEFS = {
    "one-number": "Each pixel has a weight of its own.",
    "last-instead-of-first": "The texture is silent until every pixel, or half of them, has changed.",
    "second-only": "Only the second candidate can overtake the first.",
    "nearest-rival": "The nearest of those with a better texture overtakes first.",
    "best-texture-only": "A pixel turns to the candidate of the best texture.",
    "no-rival-at-all": "Every candidate can overtake the first, also one with the larger texture distance.",
    "upside-down": "A ratio of weights is the ratio of the distances.",
    "scale": "The texture's weight means something by itself.",
    "product-of-probabilities": "A product of probabilities is a number that a computer holds.",
    "never": "Where nothing changes, the weight is none.",
    "not-close": "The power of ten is enough.",
    "second-to-write": "(The first of two functions is right.)",
    "how-many-numbers": "A window of side n holds n numbers, or n squared.",
    "mean-for-median": "Mean or median, it is the middle.",
    "one-of-two": "The median is the number in the middle of a sorted list.",
    "median-of-inverses": "What holds for one number holds for the median of many.",
    "half": "The variance is the weight.",
    "upside-down-lambda": "The larger the distances, the larger lambda.",
    "share-forgotten": "All numbers of a window are independent.",
    "other-lambda": "Errors go by the root.",
    "calls-the-package": "What the package has need not be understood.",
}


def by_bisection(d_image, d_texture, lambda_image):
    """The interval of powers of ten is halved until it is short."""

    def changes(texture):
        energy = np.asarray(d_image, float) * lambda_image + texture * np.asarray(d_texture, float)
        return bool(np.any(energy.argmin(axis=1)))

    low, high = 1e-12 * lambda_image, 1e12 * lambda_image
    if not changes(high):
        return float("inf")
    while high > 1.0002 * low:
        middle = (low * high) ** 0.5
        low, high = (low, middle) if changes(middle) else (middle, high)
    return low


def by_loops(d_image, d_texture, lambda_image):
    """A pair of candidates at a time."""
    least = np.inf
    for image, texture in zip(d_image, d_texture, strict=True):
        for k in range(1, len(image)):
            if texture[k] < texture[0]:
                least = min(least, float(image[k] - image[0]) / float(texture[0] - texture[k]))
    return least * lambda_image


def from_variance(nearest, side, share):
    """The variance of an error first."""
    variance = np.percentile(nearest, 50) / (side * side * 3)
    return share / (2 * variance)


def by_sorting(nearest, side, share):
    """The median by hand."""
    ranked = sorted(nearest)
    half = len(ranked) // 2
    median = ranked[half] if len(ranked) % 2 else (ranked[half - 1] + ranked[half]) / 2
    return 1.5 * side * side * share / median


ALSO_RIGHT = [(by_bisection, from_variance), (by_loops, by_sorting)]
