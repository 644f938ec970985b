"""What section 5.1 leaves open, to the letter: other candidates and other confidences, pixel by pixel.

The oracle of selection.py and certainty.py, which say what each name means. Beside `reference`, and
like it meant to be read: one pixel at a time, exact sums, nothing clever.
"""

import math

import numpy as np

FAR, RADIUS, APART = 2**40, 12, 12
HALF, OTHER = 10, 16


def select(pool, method):
    """The candidates of every pixel from its pool of nearest values, by method.selection."""
    choose = {"kmeans": by_clusters, "modes": by_modes, "spread": by_spread}[method.selection]
    made = [choose(*pixel, method) for pixel in zip(*pool, strict=True)]
    values, distances, sources = zip(*made, strict=True)
    return type(pool)(np.array(values, np.uint8), np.array(distances, np.int64), np.array(sources, np.int64))


def weights(distances, method):
    """P_image over that of the nearest value: whole numbers from 1 to 2**24."""
    share = np.exp(-method.lambda_image * (distances - distances[0]).astype(np.float64))
    return [1 + round((2**24 - 1) * s) for s in share.tolist()]


def by_clusters(values, distances, sources, method):
    """Weighted k-means, at most ten rounds, from seeds each far from those before, and heavy."""
    colours, share = values.astype(int).tolist(), weights(distances, method)
    count = min(method.candidates, len(colours))
    seeds = [0]
    while len(seeds) < count:
        gap = [w * min(squared(c, colours[s]) for s in seeds) for c, w in zip(colours, share, strict=True)]
        seeds.append(gap.index(max(gap)))
    centres, before = [colours[s] for s in seeds], None
    for _ in range(10):
        off = [[squared(c, centre) for centre in centres] for c in colours]
        group = [row.index(min(row)) for row in off]
        if group == before:
            break
        before = group
        for g in set(group):
            centres[g] = mean([k for k in range(len(colours)) if group[k] == g], colours, share)
    return gather(group, colours, distances, sources, share, method)


def by_modes(values, distances, sources, method):
    """Weighted mean shift from every value; what ends within half a radius of a mode belongs to it."""
    colours, share = values.astype(int).tolist(), weights(distances, method)
    modes, group = [], []
    for point in colours:
        for _ in range(50):
            near = [k for k, c in enumerate(colours) if squared(c, point) <= RADIUS**2]
            before, point = point, mean(near, colours, share)
            if point == before:
                break
        own = next((g for g, mode in enumerate(modes) if 4 * squared(mode, point) <= RADIUS**2), len(modes))
        if own == len(modes):
            modes.append(point)
        group.append(own)
    return gather(group, colours, distances, sources, share, method)


def by_spread(values, distances, sources, method):
    """The nearest values that lie apart, then the nearest others, all in order of distance."""
    colours = values.astype(int).tolist()
    count = min(method.candidates, len(colours))
    taken = []
    for k, c in enumerate(colours):
        if len(taken) < count and all(squared(c, colours[t]) >= APART**2 for t in taken):
            taken.append(k)
    others = [k for k in range(len(colours)) if k not in taken]
    taken = sorted(taken + others[: count - len(taken)])
    return values[taken], distances[taken], sources[taken]


def gather(group, colours, distances, sources, share, method):
    """One candidate for each group: its mean, the sum of its probabilities, its nearest source."""
    made = []
    for g in range(max(group) + 1):
        members = [k for k, own in enumerate(group) if own == g]
        if not members:
            continue
        nearest, total = members[0], sum(share[k] for k in members)
        sums = [sum(share[k] * colours[k][channel] for k in members) for channel in range(3)]
        value = [(2 * s + total) // (2 * total) for s in sums]
        odds = [math.exp(-method.lambda_image * float(distances[k] - distances[nearest])) for k in members]
        gain = math.log(sum(odds)) / method.lambda_image if method.lambda_image else 0.0
        made.append((int(distances[nearest]) - round(min(gain, FAR)), int(sources[nearest]), value))
    made.sort(key=lambda one: one[:2])
    count = min(method.candidates, len(colours))
    made = made[:count] + [(FAR, *made[0][1:])] * (count - len(made))
    distances, sources, values = zip(*made, strict=True)
    return values, distances, sources


def certainty(candidates, method):
    """The confidence of every pixel, (n,) float64 rounded to a multiple of 2**-24."""
    found = []
    for values, distances in zip(candidates.values.astype(int).tolist(), candidates.distances, strict=True):
        odds = np.exp(-method.lambda_image * (distances - distances[0]).astype(np.float64)).tolist()
        off = [squared(value, values[0]) for value in values]
        total = sum(odds)
        if method.confidence == "share":
            sure = 1 / total
        elif method.confidence == "variance":
            expected = sum(o * e for o, e in zip(odds, off, strict=True)) / total
            sure = 1 / (1 + expected / HALF**2)
        elif method.confidence == "ratio":
            sure = 1 - max([o for o, e in zip(odds, off, strict=True) if e >= OTHER**2], default=0)
        elif len(odds) == 1:
            sure = 1.0
        else:
            shares = [o / total for o in odds]
            sure = 1 + sum(s * math.log(s) for s in shares if s > 0) / math.log(len(shares))
        found.append(round(min(max(sure, 0), 1) * 2**24) / 2**24)
    return np.array(found)


def mean(which, colours, share):
    total = sum(share[k] for k in which)
    return [sum(share[k] * colours[k][channel] for k in which) / total for channel in range(3)]


def squared(one, other):
    return sum((float(a) - float(b)) ** 2 for a, b in zip(one, other, strict=True))
