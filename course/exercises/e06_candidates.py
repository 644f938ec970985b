"""E6: the candidates of a pixel."""

import numpy as np

TITLE = "Candidates, the nearest colors"
UNIT = 2
MINUTES = 25
TASK = """\
A pixel's color in focus is not known, but the library has many patches that look blurred as the pixel's
surroundings do. V[c] are the patches whose sharp center has the color c. The **candidates** of a pixel are the colors
c with the smallest

$$d(c) = \\min_{v \\in V[c]} \\lVert \\mathrm{Blur}(v) - N(U, x, y) \\rVert^2 .$$

Write `candidates(blurred, centers, query, count)`:

- `blurred`, (N, D) uint8: the blurred patches Blur(v), a row each;
- `centers`, (N, 3) uint8: the color of each sharp patch's center;
- `query`, (D,) uint8: the window N(U, x, y) of the misfocused photo.

The library has at least `count` colors, and may have thousands of patches of one. Return `values`, (count, 3), and `distances`, (count,), the nearest color first. No color comes twice. Of two colors that
are equally near, the one comes first whose nearest patch comes first in the library.
"""


def candidates(blurred, centers, query, count):
    """The count nearest colors (count, 3) and their squared distances (count,), nearest first."""
    # BEGIN SOLUTION
    d = ((blurred.astype(int) - query) ** 2).sum(axis=1)
    order = np.argsort(d, kind="stable")
    best = {}
    for i in order:
        best.setdefault(tuple(centers[i]), d[i])
    found = list(best.items())[:count]
    return np.array([color for color, _ in found]), np.array([near for _, near in found])
    # END SOLUTION


_LAST = "return np.array([color for color, _ in found]), np.array([near for _, near in found])"
WRONG = {
    "two-results": (_LAST, "return np.array([color for color, _ in found])"),
    "one-row-a-candidate": ("[:count]", "[:1]"),
    "blurred-center": ("tuple(centers[i])", "tuple(blurred[i, 36:39])"),
    "not-nearest-first": ("[:count]", "[:count][::-1]"),
    "rooted": (".sum(axis=1)", ".sum(axis=1) ** 0.5"),
    "overflow": ("blurred.astype(int) - query", "blurred - query"),
    "overflow#16": (
        "(blurred.astype(int) - query) ** 2",
        "(blurred.astype(np.int16) - query.astype(np.int16)) ** 2",
    ),
    "overflow#half": ("blurred.astype(int) - query", "blurred.astype(np.float16) - query"),
    "cut-too-early": ("for i in order:", "for i in order[: 3 * count]:"),
    "cut-too-early#later": ("for i in order:", "for i in order[: 10 * count]:"),
    "cut-too-early#by-twenty": ("for i in order:", "for i in order[: count + 20]:"),
    "at-distance-zero": ("for i in order:", "for i in order[d[order] > 0]:"),
    "other-count": ("[:count]", "[:6]"),
    "not-the-distance": (".sum(axis=1)", ".mean(axis=1)"),
    "not-the-distance#absolute": ("((blurred.astype(int) - query) ** 2)", "abs(blurred.astype(int) - query)"),
    "same-color-twice": (
        "found = list(best.items())[:count]",
        "return centers[order[:count]], d[order[:count]]",
    ),
    **{
        f"a-color-left-out#{name}": [
            (
                "best.setdefault(tuple(centers[i]), d[i])",
                f"best.setdefault({key}, (tuple(centers[i]), d[i]))",
            ),
            ("list(best.items())[:count]", "list(best.values())[:count]"),
        ]
        for name, key in {
            "red": "centers[i][0]",
            "green": "centers[i][1]",
            "blue": "centers[i][2]",
            "red-green": "tuple(centers[i][:2])",
            "green-blue": "tuple(centers[i][1:])",
            "red-blue": "tuple(centers[i][::2])",
            "tens": "int(centers[i].astype(int) @ [1, 10, 100])",
        }.items()
    },
    "a-color-left-out": [
        (
            "best.setdefault(tuple(centers[i]), d[i])",
            "best.setdefault(int(centers[i].sum()), (tuple(centers[i]), d[i]))",
        ),
        ("list(best.items())[:count]", "list(best.values())[:count]"),
    ],
    "not-the-best-patch#mean": [
        (
            "best.setdefault(tuple(centers[i]), d[i])",
            "best.setdefault(tuple(centers[i]), d[(centers == centers[i]).all(axis=1)].mean())",
        ),
        ("list(best.items())[:count]", "sorted(best.items(), key=lambda one: one[1])[:count]"),
    ],
    "not-the-best-patch": [
        ("for i in order:", "for i in range(len(d)):"),
        ("list(best.items())[:count]", "sorted(best.items(), key=lambda one: one[1])[:count]"),
    ],
    "ties": (
        'np.argsort(d, kind="stable")',
        'len(d) - 1 - np.argsort(d[::-1], kind="stable")',
    ),
    "wrong-color": ("[color for color, _ in found]", "sorted(color for color, _ in found)"),
    "calls-the-package": (
        "d = (",
        "from refocuslab.course.checks.unit2.e06_candidates import candidates\n"
        "    return candidates(blurred, centers, query, count)\n    d = (",
    ),
}

BELIEFS = {
    "two-results": "The colors are all that matters later.",
    "one-row-a-candidate": "The nearest color is the answer.",
    "blurred-center": "The library holds blurred patches, so the color is theirs.",
    "not-nearest-first": "The order of candidates is free.",
    "rooted": "A distance is a length.",
    "overflow": "Arrays of bytes subtract like numbers.",
    "not-the-distance": "The mean, or the absolute value, is the same but for a factor.",
    "same-color-twice": "The nearest patches are the candidates.",
    "a-color-left-out": "A color can be told by its brightness, or by one or two of its channels.",
    "cut-too-early": "Three times as many patches hold as many colors.",
    "at-distance-zero": "A distance of zero is a patch compared with itself.",
    "other-count": "The number of the lesson is the number.",
    "not-the-best-patch": "Any patch of a color stands for it; or their mean does.",
    "ties": "Equal ones may come in any order.",
    "wrong-color": "Values and distances can be sorted apart.",
    "calls-the-package": "What the package has need not be understood.",
}


def by_unique(blurred, centers, query, count):
    """numpy.unique names the first of each color in the ranking."""
    d = np.square(blurred.astype(np.float64) - query).sum(axis=1)
    ranking = np.lexsort((np.arange(len(d)), d))
    _, first = np.unique(centers[ranking], axis=0, return_index=True)
    kept = ranking[np.sort(first)[:count]]
    return centers[kept], d[kept]


def by_minima(blurred, centers, query, count):
    """The minimum of each color first, then a sort of colors; ties by the patch that attains it."""
    difference = blurred.astype(np.int64) - query.astype(np.int64)
    d = np.einsum("ij,ij->i", difference, difference)
    found = []
    for color in {tuple(row) for row in centers.tolist()}:
        own = np.flatnonzero((centers == color).all(axis=1))
        at = own[np.argmin(d[own])]
        found.append((d[at], at, color))
    found.sort()
    return [color for _, _, color in found[:count]], [near for near, _, _ in found[:count]]


ALSO_RIGHT = [by_unique, by_minima]
