"""E15: bounds that spare a search."""

import numpy as np

TITLE = "Bounds that spare a search"
UNIT = 5
MINUTES = 20
TASK = """\
A search for the nearest patch need not compare all of them. A **lower bound** on a distance is a number that the distance
cannot fall below; a patch whose bound is above the nearest distance known is out, unseen. A bound must be cheap, so it
looks at a few coordinates only: those along the first **principal axes** of the library, the orthogonal directions of length 1
in which the patches, about their mean, vary most.

Write `bounds(patches, query, count)`:

- `patches`, (N, D) uint8: the library, a row each; `query`, (D,) uint8; `count`: how many axes.

Return (N,) numbers: what of the squared distance $\\lVert v - q \\rVert^2$ of each patch lies along the first `count` axes.

Write `left_over(bounds, distances)`: given the bounds and the true squared distances, (N,) each, the share of patches that the
bounds cannot rule out, even if the nearest distance is known from the start. A patch at most as far, by its bound, as the
nearest one is cannot be ruled out.
"""


def bounds(patches, query, count):
    """A lower bound on the squared distance of each patch, (N,)."""
    # BEGIN SOLUTION
    middle = patches.mean(axis=0)
    _, _, directions = np.linalg.svd(patches - middle, full_matrices=False)
    directions = directions[:count]
    along = (patches - middle) @ directions.T - directions @ (query - middle)
    return np.square(along).sum(axis=1)
    # END SOLUTION


def left_over(bounds, distances):
    """The share of patches that must be looked at."""
    # BEGIN SOLUTION
    needed = bounds <= distances.min()
    return needed.mean()
    # END SOLUTION


_ALONG = "along = (patches - middle) @ directions.T - directions @ (query - middle)"
_SUM = "return np.square(along).sum(axis=1)"
_NEEDED = "needed = bounds <= distances.min()"
WRONG = {
    "one-bound-a-patch": (_SUM, "return np.square(along)"),
    "one-bound-a-patch#transposed": (_SUM, "return np.square(along).sum(axis=0)"),
    "rooted": (_SUM, "return np.linalg.norm(along, axis=1)"),
    "overflow": (_ALONG, "along = (patches - query) @ directions.T"),
    "made-even": (
        "directions = directions[:count]",
        "directions = directions[:count] / (patches - middle).dot(directions[:count].T).std(axis=0)[:, None]",
    ),
    "above-the-distance": ("directions = directions[:count]", "directions = 2 * directions[:count]"),
    "above-the-distance#absolute": (_SUM, "return abs(along).sum(axis=1) ** 2"),
    "own-values": ("directions = directions[:count]", "directions = np.eye(len(query))[:count]"),
    "last-axes": ("directions[:count]", "directions[-count:]"),
    "through-zero": ("svd(patches - middle,", "svd(patches.astype(float),"),
    "loose": (_SUM, "return np.square(along).max(axis=1)"),
    "loose#fewer": ("directions[:count]", "directions[: count - 1]"),
    "one-share": ("return needed.mean()", "return needed"),
    "how-many": ("return needed.mean()", "return needed.sum()"),
    "ruled-out": ("return needed.mean()", "return 1 - needed.mean()"),
    "its-own-distance": (_NEEDED, "needed = bounds <= distances"),
    "mean-distance": (_NEEDED, "needed = bounds <= distances.mean()"),
    "first-guess": (_NEEDED, "needed = bounds <= distances[bounds.argmin()]"),
    "at-the-limit": (_NEEDED, _NEEDED.replace("<=", "<")),
    "another-share": (_NEEDED, "needed = distances <= 2 * distances.min()"),
}

BELIEFS = {
    "one-bound-a-patch": "Each axis has a bound of its own.",
    "rooted": "A distance is a length.",
    "overflow": "Arrays of bytes subtract like numbers.",
    "made-even": "Principal components are to be divided by their deviation, as in statistics.",
    "above-the-distance": "Any large number is a good bound.",
    "own-values": "Any ten of the values do as well.",
    "last-axes": "The axes come in any order, or the smallest first.",
    "through-zero": "The axes pass through zero.",
    "loose": "The largest part of a sum bounds it well enough.",
    "one-share": "A mask of the patches is asked for.",
    "how-many": "A number of patches is a share.",
    "ruled-out": "The share is of those that are spared.",
    "its-own-distance": "A bound is compared with the distance that it bounds.",
    "mean-distance": "What is typical is what counts.",
    "first-guess": "The least bound belongs to the nearest patch.",
    "at-the-limit": "Less, and at most, are the same.",
    "another-share": "Patches that are far away are ruled out, whatever their bounds.",
}


def by_covariance(patches, query, count):
    """The eigenvectors of the covariance, the last ones first."""
    x = np.asarray(patches, float)
    _, vectors = np.linalg.eigh(np.cov(x, rowvar=False))
    difference = x - np.asarray(query, float)
    return ((difference @ vectors[:, ::-1][:, :count]) ** 2).sum(1)


def by_search(bounds, distances):
    """A search in the order of the bounds, with the nearest distance known: where it may stop."""
    ranked = np.sort(bounds)
    return np.searchsorted(ranked, min(distances), side="right") / len(bounds)


def by_what_is_left(patches, query, count):
    """The whole distance less what lies along the other axes."""
    x = patches.astype(float)
    v = np.linalg.svd(x - x.mean(0))[2]
    apart = x - query
    return np.einsum("ij,ij->i", apart, apart) - np.einsum(
        "ij,ij->i", apart @ v[count:].T, apart @ v[count:].T
    )


def by_counting(bounds, distances):
    """In plain Python."""
    nearest = min(distances.tolist())
    return len([one for one in bounds.tolist() if not one > nearest]) / len(distances)


ALSO_RIGHT = [(by_covariance, by_search), (by_what_is_left, by_counting)]
