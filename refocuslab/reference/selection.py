"""Candidates selected from a pool of nearest values, to the letter (paper, §5.1).

The oracle of ``paper/selection.py``, which says what each name means: one pixel at a time, exact sums,
nothing clever.
"""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from refocuslab.method import Method
from refocuslab.reference.records import Candidates

# As in paper/selection.py: gray levels of RGB, but for FAR.
FAR, RADIUS, APART = 2**40, 12, 12

# The candidates of one pixel: values, distances, sources.
Chosen = tuple[Sequence[Sequence[int]], Sequence[int], Sequence[int]]
_Color = Sequence[float]


def select(pool: Candidates, method: Method) -> Candidates:
    """The candidates of every pixel from its pool of nearest values, by ``method.selection`` (§5.1)."""
    choose = {"kmeans": by_clusters, "modes": by_modes, "spread": by_spread}[method.selection]
    made = [choose(*pixel, method) for pixel in zip(*pool, strict=True)]
    values, distances, sources = zip(*made, strict=True)
    return Candidates(np.array(values, np.uint8), np.array(distances, np.int64), np.array(sources, np.int64))


def weights(distances: NDArray[np.int64], method: Method) -> list[int]:
    """exp(-lambda_image (d_k - d_0)), P_image over that of the nearest value: whole numbers, 1 to 2^24."""
    share = np.exp(-method.lambda_image * (distances - distances[0]).astype(np.float64))
    return [1 + round((2**24 - 1) * s) for s in share.tolist()]


def by_clusters(
    values: NDArray[np.uint8], distances: NDArray[np.int64], sources: NDArray[np.int64], method: Method
) -> Chosen:
    """Weighted k-means, at most ten rounds, from seeds each far from those before, and heavy (§5.1)."""
    colors, share = values.astype(int).tolist(), weights(distances, method)
    count = min(method.candidates, len(colors))
    seeds = [0]
    while len(seeds) < count:
        gap = [w * min(squared(c, colors[s]) for s in seeds) for c, w in zip(colors, share, strict=True)]
        seeds.append(gap.index(max(gap)))
    centers: list[_Color] = [colors[s] for s in seeds]
    before: list[int] | None = None
    group: list[int] = []
    for _ in range(10):
        off = [[squared(c, center) for center in centers] for c in colors]
        group = [row.index(min(row)) for row in off]
        if group == before:
            break
        before = group
        for g in set(group):
            centers[g] = mean([k for k in range(len(colors)) if group[k] == g], colors, share)
    return gather(group, colors, distances, sources, share, method)


def by_modes(
    values: NDArray[np.uint8], distances: NDArray[np.int64], sources: NDArray[np.int64], method: Method
) -> Chosen:
    """Weighted mean shift from every value; what ends within half a radius of a mode belongs to it (§5.1)."""
    colors, share = values.astype(int).tolist(), weights(distances, method)
    modes: list[_Color] = []
    group: list[int] = []
    for start in colors:
        point: _Color = start
        for _ in range(50):
            near = [k for k, c in enumerate(colors) if squared(c, point) <= RADIUS**2]
            before, point = point, mean(near, colors, share)
            if point == before:
                break
        own = next((g for g, mode in enumerate(modes) if 4 * squared(mode, point) <= RADIUS**2), len(modes))
        if own == len(modes):
            modes.append(point)
        group.append(own)
    return gather(group, colors, distances, sources, share, method)


def by_spread(
    values: NDArray[np.uint8], distances: NDArray[np.int64], sources: NDArray[np.int64], method: Method
) -> Chosen:
    """The nearest values that lie apart, then the nearest others, all in order of distance (§5.1)."""
    colors = values.astype(int).tolist()
    count = min(method.candidates, len(colors))
    taken: list[int] = []
    for k, c in enumerate(colors):
        if len(taken) < count and all(squared(c, colors[t]) >= APART**2 for t in taken):
            taken.append(k)
    others = [k for k in range(len(colors)) if k not in taken]
    taken = sorted(taken + others[: count - len(taken)])
    return [colors[k] for k in taken], distances[taken].tolist(), sources[taken].tolist()


def gather(
    group: list[int],
    colors: list[list[int]],
    distances: NDArray[np.int64],
    sources: NDArray[np.int64],
    share: list[int],
    method: Method,
) -> Chosen:
    """One candidate for each group: its weighted mean, the sum S of its probabilities, its nearest source.

    S stands as the distance -log(S) / lambda_image. Sorted by distance, then source (§5.1).
    """
    made = []
    for g in range(max(group) + 1):
        members = [k for k, own in enumerate(group) if own == g]
        if not members:
            continue
        nearest, total = members[0], sum(share[k] for k in members)
        sums = [sum(share[k] * colors[k][channel] for k in members) for channel in range(3)]
        value = [(2 * s + total) // (2 * total) for s in sums]
        odds = [math.exp(-method.lambda_image * float(distances[k] - distances[nearest])) for k in members]
        gain = math.log(sum(odds)) / method.lambda_image if method.lambda_image else 0.0
        made.append((int(distances[nearest]) - round(min(gain, FAR)), int(sources[nearest]), value))
    made.sort(key=lambda one: one[:2])
    count = min(method.candidates, len(colors))
    made = made[:count] + [(FAR, *made[0][1:])] * (count - len(made))
    return [one[2] for one in made], [one[0] for one in made], [one[1] for one in made]


def mean(which: list[int], colors: list[list[int]], share: list[int]) -> list[float]:
    """The weighted mean of some of the colors."""
    total = sum(share[k] for k in which)
    return [sum(share[k] * colors[k][channel] for k in which) / total for channel in range(3)]


def squared(one: _Color, other: _Color) -> float:
    """||a - b||^2 (Table 1) of two colors."""
    return sum((float(a) - float(b)) ** 2 for a, b in zip(one, other, strict=True))
