"""What the paper leaves open, to the letter: candidates, confidences, weights and pyramids.

The oracle of selection.py, confidence.py, weighted_texture.py and pyramid.py, which say what each name means.
Beside `reference`, and like it meant to be read: one pixel at a time, exact sums, nothing clever.
"""

import math

import numpy as np

from refocuslab.optics.image_function import Downsampling
from refocuslab.scene import FocusedPhoto

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


def counts(confidence, method):
    """(H, W) int64, what a pixel counts in a texture distance: thirds of its confidence, rounded up.

    At least one third; three of them outside the mask, where confidence is NaN. 1 without weights.
    """
    whole = np.ones(confidence.shape, np.int64)
    if method.weighted:
        for y, x in np.ndindex(*confidence.shape):
            c = confidence[y, x]
            whole[y, x] = 3 if math.isnan(c) else max(1, math.ceil(3 * c))
    return whole


def pyramid(misfocused, mask, focused, seen, method):
    """(misfocused, mask, focused, seen) of each level, the coarsest first: 2 x 2 pixels become one.

    Its value is their mean light; it is masked where one of them is.
    """
    levels = [(misfocused, mask, focused, seen)]
    for _ in range(method.levels - 1 if method.lambda_texture > 0 else 0):
        misfocused, mask, focused, seen = levels[0]
        half = Downsampling(2, method.light).reduce
        smaller = [FocusedPhoto(half(photo.image), halved(photo.mask)) for photo in focused]
        levels.insert(0, (half(misfocused), halved(mask), smaller, [half(photo) for photo in seen]))
    return levels


def halved(mask):
    """The mask of the level above."""
    smaller = np.zeros(((mask.shape[0] + 1) // 2, (mask.shape[1] + 1) // 2), bool)
    for y, x in np.argwhere(mask):
        smaller[y // 2, x // 2] = True
    return smaller


def above(mask, focused, coarser):
    """What lies above in the pyramid: (N, 27) of the patches, (n, 27) of the pixels, (n, 27) their weights.

    3 x 3 windows of the coarser focused photos, and of the coarser W, at half the row and column.
    """
    if coarser is None:
        return None
    result, weights, (_, _, photos, _) = coarser
    of_patches = []
    for photo, own in zip(photos, focused, strict=True):
        of_patches += [square(photo.image, y // 2, x // 2) for y, x in np.argwhere(own.mask)]
    of_pixels = [square(result.image, y // 2, x // 2) for y, x in np.argwhere(mask)]
    of_weights = [square(np.dstack([weights] * 3), y // 2, x // 2) for y, x in np.argwhere(mask)]
    return tuple(np.array(part, int) for part in (of_patches, of_pixels, of_weights))


def square(image, y, x):
    """The 3 x 3 window of a photo round (y, x), reflected at its edges."""
    return np.pad(image, ((1, 1), (1, 1), (0, 0)), mode="reflect")[y : y + 3, x : x + 3].ravel()


def mean(which, colours, share):
    total = sum(share[k] for k in which)
    return [sum(share[k] * colours[k][channel] for k in which) / total for channel in range(3)]


def squared(one, other):
    return sum((float(a) - float(b)) ** 2 for a, b in zip(one, other, strict=True))
