"""E16: colors that share a probability."""

import numpy as np

TITLE = "Colors that share a probability"
UNIT = 5
MINUTES = 25
TASK = """\
Near-equal colors split what would be the probability of one. The paper's example (§5.1): white has 0.4, (0, 0, 1) and (0, 1, 0)
have 0.3 each. White wins, although near-black has 0.6 in all. The paper proposes **weighted k-means**: a cluster's
probability is the sum of its colors', its color their mean, weighted by probability.

Write `kmeans(colors, p, k)`:

- `colors`, (n, 3) uint8; `p`, (n,) float: their probabilities, all above 0, in any order.

1. The first center is the most probable color. Each further one, up to k, is the color with the largest probability times
   squared distance to the nearest center so far.
2. Each color joins the nearest center, each center moves to the weighted mean of its colors; again and again, until no color
   changes its cluster.

Return `centers`, (m, 3) float, and `masses`, (m,): the clusters' colors and probabilities, the most probable first. A cluster
that no color has joined is left out, so m may be less than k.
"""


def kmeans(colors, p, k):
    """The clusters' colors (m, 3) and probabilities (m,), the most probable first."""
    # BEGIN SOLUTION
    points = colors.astype(float)
    seeds = [np.argmax(p)]
    for _ in range(1, k):
        gap = np.square(points[:, None] - points[seeds]).sum(axis=2).min(axis=1)
        seeds.append(np.argmax(p * gap))
    centers, joined = points[seeds], None
    while True:
        nearest = np.square(points[:, None] - centers).sum(axis=2).argmin(axis=1)
        if np.array_equal(nearest, joined):
            break
        joined = nearest
        for j in np.unique(joined):
            own = joined == j
            centers[j] = np.average(points[own], axis=0, weights=p[own])
    masses = np.bincount(joined, weights=p, minlength=k)
    order = np.argsort(-masses)[: len(np.unique(joined))]
    return centers[order], masses[order]
    # END SOLUTION


_MEAN = "centers[j] = np.average(points[own], axis=0, weights=p[own])"
_MASSES = "masses = np.bincount(joined, weights=p, minlength=k)"
_RETURN = "return centers[order], masses[order]"
_GAP = "gap = np.square(points[:, None] - points[seeds]).sum(axis=2).min(axis=1)"
_POINTS = "points = colors.astype(float)"
WRONG = {
    "centers-and-masses": (_RETURN, "return centers[order]"),
    "a-row-a-cluster": (_RETURN, "return centers[order], p"),
    "a-row-a-cluster#best": (_RETURN, "return centers[order][0], masses[order][0]"),
    "mass-is-lost": (_MASSES, "masses = np.array([p[joined == j].max() for j in range(k)])"),
    "mass-is-lost#counts": (_MASSES, "masses = np.bincount(joined, minlength=k)"),
    "mass-is-lost#nearest": (_POINTS, "return colors[np.argsort(-p)[:k]], np.sort(p)[::-1][:k]"),
    "not-most-probable-first": ("np.argsort(-masses)", "np.argsort(masses)"),
    "still-apart": (
        _POINTS,
        "top = np.argsort(-p)[:k]\n    return colors[top], p[top] / p[top].sum() * p.sum()",
    ),
    "plain-mean": (_MEAN, "centers[j] = points[own].mean(axis=0)"),
    "bytes": (_GAP, "gap = ((colors[:, None] - colors[seeds]) ** 2).sum(axis=2).min(axis=1)"),
    "bytes#eight-bits": [
        ("while True:", "for _ in range(20):"),  # nor in bytes
        (
            "nearest = np.square(points[:, None] - centers)",
            "nearest = np.square(colors[:, None] - centers.astype(np.uint8))",
        ),
    ],
    "empty-cluster": [
        ("while True:", "for _ in range(20):"),  # with NaN nothing ever comes to rest
        ("for j in np.unique(joined):", "for j in range(k):"),
        (_MEAN, "centers[j] = p[own] @ points[own] / p[own].sum()"),
        ("[: len(np.unique(joined))]", ""),
    ],
    "empty-cluster#zero": ("[: len(np.unique(joined))]", ""),
    "whole-numbers": (_RETURN, "return np.rint(centers[order]), masses[order]"),
    "whole-numbers#below": (_RETURN, "return centers[order].astype(np.uint8), masses[order]"),
    "most-probable-seeds": ("seeds.append(np.argmax(p * gap))", "seeds = np.argsort(-p)[: _ + 1].tolist()"),
    "far-but-improbable": ("np.argmax(p * gap)", "np.argmax(gap)"),
    "one-round": [
        ("while True:", "for _ in range(1):"),
        ("        if np.array_equal(nearest, joined):\n            break\n", ""),
    ],
    "other-clusters": (_GAP, "gap = abs(points[:, None] - points[seeds]).sum(axis=2).min(axis=1)"),
    "other-clusters#joined": (
        "nearest = np.square(points[:, None] - centers)",
        "nearest = abs(points[:, None] - centers)",
    ),
}

BELIEFS = {
    "centers-and-masses": "The colors are all that matters later.",
    "a-row-a-cluster": "The probabilities stay those of the colors.",
    "mass-is-lost": "A cluster is as probable as its best color, or as many colors as it has.",
    "not-most-probable-first": "The order of clusters is free.",
    "still-apart": "It is enough to divide by the sum.",
    "plain-mean": "A mean is a mean.",
    "bytes": "Arrays of bytes subtract like numbers.",
    "empty-cluster": "Every center has a color.",
    "whole-numbers": "A color is three bytes.",
    "most-probable-seeds": "The k most probable colors are the k clusters.",
    "far-but-improbable": "Seeds should be as far apart as they can.",
    "one-round": "Once each color has joined the nearest center, all is done.",
    "other-clusters": "A sum of absolute differences is a distance, too.",
}


def in_plain_python(colors, p, k):
    """Lists, no arrays."""

    def apart(a, b):
        return sum((x - y) ** 2 for x, y in zip(a, b, strict=True))

    points, weight = colors.tolist(), p.tolist()
    n = len(points)
    middle = [points[max(range(n), key=weight.__getitem__)]]
    while len(middle) < k:
        worth = [weight[i] * min(apart(points[i], m) for m in middle) for i in range(n)]
        middle.append(points[worth.index(max(worth))])
    old, group = None, []
    while group != old:
        old = group
        group = [min(range(k), key=lambda g, one=one: apart(one, middle[g])) for one in points]
        for g in sorted(set(group)):
            total = sum(weight[i] for i in range(n) if group[i] == g)
            middle[g] = [
                sum(weight[i] * points[i][c] for i in range(n) if group[i] == g) / total for c in range(3)
            ]
    found = [(sum(weight[i] for i in range(n) if group[i] == g), middle[g]) for g in set(group)]
    found.sort(reverse=True)
    return [m for _, m in found], [mass for mass, _ in found]


def by_one_hot(colors, p, k):
    """Memberships as a matrix of zeros and ones; scipy measures the distances."""
    from scipy.spatial.distance import cdist

    c, w = np.asarray(colors, np.float64), np.asarray(p, np.float64)
    mid = c[[w.argmax()]]
    while len(mid) < k:
        mid = np.vstack([mid, c[(w * cdist(c, mid, "sqeuclidean").min(1)).argmax()]])
    member = np.zeros((len(c), k))
    while True:
        now = np.eye(k)[cdist(c, mid, "sqeuclidean").argmin(1)]
        if (now == member).all():
            break
        member = now
        weighted = w[:, None] * member
        full = weighted.any(axis=0)
        mid[full] = (weighted.T @ c)[full] / weighted.sum(0)[full, None]
    mass = (w[:, None] * member).sum(0)
    kept = [g for g in np.argsort(mass)[::-1] if mass[g] > 0]
    return mid[kept], mass[kept]


ALSO_RIGHT = [in_plain_python, by_one_hot]
