"""Which of the values near to a pixel become its candidates (paper, §5.1).

The nearest candidates may be many near-equal colours that split the probability of one. Here are three
other ways, each from a pool of nearest values: clusters, modes, and values spread apart in colour.
"""

from math import exp, log

import numpy as np

from refocuslab.paper.candidates import Candidates
from refocuslab.running.kernels import kernel
from refocuslab.running.threads import in_parts

# A probability of 1 in whole steps: sums of whole numbers are the same in any order.
WHOLE = 2**24
# Distance of a place that holds no candidate, and how much nearer a cluster may be than its nearest value.
FAR = 2**40
ROUNDS, STEPS = 10, 50
# Radius of the flat kernel of mean shift, within half of which two modes are one; least distance of
# values that are spread. In grey levels of RGB.
RADIUS, APART = 12, 12


def pool_size(method) -> int:
    """How many of the nearest values the candidates are selected from."""
    return method.candidates if method.selection == "nearest" else max(method.pool, method.candidates)


def select(pool: Candidates, method, threads: int | None = None, step=None) -> Candidates:
    """At most `method.candidates` candidates for every pixel, from the nearest values of a pool.

    Each value of the pool weighs P_image = exp(-lambda_image d). method.selection is one of

    - "nearest": the first of them, as in the paper.
    - "kmeans": weighted k-means in RGB (encoded, 0..255). A candidate is the mean of a cluster; its
      P_image is the sum over the cluster, so near-equal colours no longer split it. Seeds: the nearest
      value, then again and again the value with the largest weight x squared distance to the seeds.
    - "modes": weighted mean shift with a flat kernel of RADIUS grey levels. A candidate is the mean of
      the values that climb to one mode; its P_image is their sum.
    - "spread": the nearest values that lie APART grey levels or more from each other; the nearest of the
      others fill what is left.

    A sum S of probabilities stands as the distance -log(S) / lambda_image, rounded to a whole number, no
    less than the nearest distance - FAR (with lambda_image = 0 it is the nearest distance). The source of
    a cluster or mode is that of its nearest value. Where there are fewer clusters or modes, the first is
    repeated at the distance FAR. Sorted by distance, then source. step: called with the share done.
    """
    if method.selection == "nearest":
        return pool.first(method.candidates)
    pool = pool.first(pool_size(method))
    n, size = pool.distances.shape
    count = min(method.candidates, size)
    values, sources = np.empty((n, count, 3), np.uint8), np.empty((n, count), np.int64)
    distances = np.empty((n, count), np.int64)
    kernel = {"kmeans": _kmeans_all, "modes": _modes_all, "spread": _spread_all}[method.selection]

    def part(first, last):
        given = pool.values[first:last], pool.distances[first:last], pool.sources[first:last]
        share = weights(given[1], method.lambda_image)
        kernel(*given, share, float(method.lambda_image),
               values[first:last], distances[first:last], sources[first:last])  # fmt: skip

    in_parts(part, n, threads, step)
    return Candidates(values, distances, sources)


def weights(distances: np.ndarray, lambda_image: float) -> np.ndarray:
    """(n, K) int64, P_image over that of the nearest value, in steps of 2^-24 and never 0."""
    excess = (distances - distances[:, :1]).astype(np.float64)
    return 1 + np.rint((WHOLE - 1) * np.exp(-lambda_image * excess)).astype(np.int64)


@kernel
def _kmeans_all(values, distances, sources, share, lam, out_values, out_distances, out_sources):
    group = np.empty(values.shape[1], np.int64)
    for p in range(len(values)):
        colours = values[p].astype(np.int64)
        groups = _kmeans(colours, share[p], out_values.shape[1], group)
        _gather(colours, distances[p], sources[p], share[p], group, groups, lam,
                out_values[p], out_distances[p], out_sources[p])  # fmt: skip


@kernel
def _kmeans(colours, share, count, group):
    """The cluster of each colour, into group; returns their number."""
    centres = np.empty((count, 3))
    gap = np.full(len(colours), 2**30, np.int64)
    seed = 0
    for c in range(count):
        centres[c] = colours[seed]
        farthest, following = np.int64(-1), 0
        for k in range(len(colours)):
            gap[k] = min(gap[k], _apart(colours[k], colours[seed]))
            if share[k] * gap[k] > farthest:
                farthest, following = share[k] * gap[k], k
        seed = following
    totals, sums = np.empty(count, np.int64), np.empty((count, 3), np.int64)
    group[:] = -1
    for _ in range(ROUNDS):
        moved = False
        totals[:], sums[:] = 0, 0
        for k in range(len(colours)):
            best, at = np.inf, 0
            for c in range(count):
                off = _off(colours[k], centres[c])
                if off < best:
                    best, at = off, c
            moved |= group[k] != at
            group[k] = at
            totals[at] += share[k]
            for channel in range(3):
                sums[at, channel] += share[k] * colours[k, channel]
        if not moved:
            break
        for c in range(count):
            if totals[c] > 0:
                for channel in range(3):
                    centres[c, channel] = sums[c, channel] / totals[c]
    return count


@kernel
def _modes_all(values, distances, sources, share, lam, out_values, out_distances, out_sources):
    size = values.shape[1]
    group, modes = np.empty(size, np.int64), np.empty((size, 3))
    for p in range(len(values)):
        colours = values[p].astype(np.int64)
        groups = _modes(colours, share[p], modes, group)
        _gather(colours, distances[p], sources[p], share[p], group, groups, lam,
                out_values[p], out_distances[p], out_sources[p])  # fmt: skip


@kernel
def _modes(colours, share, modes, group):
    """The mode to which each colour climbs, into group; returns their number."""
    found = 0
    point, sums = np.empty(3), np.empty(3, np.int64)
    for start in range(len(colours)):
        point[:] = colours[start]
        for _ in range(STEPS):
            total = np.int64(0)
            sums[:] = 0
            for k in range(len(colours)):
                if _off(colours[k], point) <= RADIUS * RADIUS:
                    total += share[k]
                    for channel in range(3):
                        sums[channel] += share[k] * colours[k, channel]
            moved = False
            for channel in range(3):
                mean = sums[channel] / total
                moved |= mean != point[channel]
                point[channel] = mean
            if not moved:
                break
        at = 0
        while at < found and 4 * _off(modes[at], point) > RADIUS * RADIUS:
            at += 1
        if at == found:
            modes[at] = point
            found += 1
        group[start] = at
    return found


@kernel
def _gather(colours, distances, sources, share, group, groups, lam, out_values, out_distances, out_sources):
    """Make a candidate of each group of colours, and put the most probable into the output, sorted."""
    count, held = len(out_distances), 0
    nearest = np.full(groups, -1, np.int64)
    mass, totals, sums = np.zeros(groups), np.zeros(groups, np.int64), np.zeros((groups, 3), np.int64)
    for k in range(len(colours)):
        at = group[k]
        if nearest[at] < 0:
            nearest[at] = k
        mass[at] += exp(-lam * (distances[k] - distances[nearest[at]]))
        totals[at] += share[k]
        for channel in range(3):
            sums[at, channel] += share[k] * colours[k, channel]
    for at in range(groups):
        if nearest[at] < 0:
            continue
        gain = min(log(mass[at]) / lam, float(FAR)) if lam > 0 else 0.0
        distance = distances[nearest[at]] - np.int64(np.rint(gain))
        source = sources[nearest[at]]
        place = held
        while place > 0 and (distance < out_distances[place - 1] or (
                distance == out_distances[place - 1] and source < out_sources[place - 1])):  # fmt: skip
            place -= 1
        if place == count:
            continue
        held = min(held + 1, count)
        for i in range(held - 1, place, -1):
            out_values[i], out_distances[i] = out_values[i - 1], out_distances[i - 1]
            out_sources[i] = out_sources[i - 1]
        out_distances[place], out_sources[place] = distance, source
        for channel in range(3):
            out_values[place, channel] = (2 * sums[at, channel] + totals[at]) // (2 * totals[at])
    for i in range(held, count):
        out_values[i], out_distances[i], out_sources[i] = out_values[0], FAR, out_sources[0]


@kernel
def _spread_all(values, distances, sources, share, lam, out_values, out_distances, out_sources):
    size, count = values.shape[1], out_values.shape[1]
    taken = np.empty(size, np.bool_)
    for p in range(len(values)):
        colours = values[p].astype(np.int64)
        taken[:] = False
        left = count
        for k in range(size):
            apart = left > 0
            for other in range(k):
                if taken[other] and _apart(colours[k], colours[other]) < APART * APART:
                    apart = False
                    break
            if apart:
                taken[k] = True
                left -= 1
        place = 0
        for k in range(size):
            if left > 0 and not taken[k]:
                taken[k] = True
                left -= 1
            if taken[k]:
                out_values[p, place], out_distances[p, place] = values[p, k], distances[p, k]
                out_sources[p, place] = sources[p, k]
                place += 1


@kernel
def _apart(one, other):
    off = np.int64(0)
    for channel in range(3):
        step = one[channel] - other[channel]
        off += step * step
    return off


@kernel
def _off(one, other):
    off = 0.0
    for channel in range(3):
        step = float(one[channel]) - other[channel]
        off += step * step
    return off
