"""Which of the values near to a pixel become its candidates (paper, §5.1).

The nearest candidates may be many near-equal colors that split the probability of one. Here are three
other selections, each from a pool of nearest values: clusters, modes, and values spread apart in color.
"""

from math import exp, log
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from refocuslab.method import Method
from refocuslab.paper.candidates import Candidates
from refocuslab.running.kernels import kernel
from refocuslab.running.progress import Step
from refocuslab.running.threads import in_parts

# A probability of 1 in integer steps: sums of integers are the same in any order.
WHOLE = 2**24
# Distance of a place that holds no candidate, and how much nearer a cluster may be than its nearest value.
FAR = 2**40
# Measured on the middle 140 x 140 pixels of coffee and motorcycle-perturbed (PSNR in dB; 20 of 100 values).
# The most rounds of k-means and steps of mean shift; both end sooner where nothing moves. Half or double
# changes PSNR by at most 0.01 (35.60, 22.74 and 35.45, 22.72) and the seconds by less than a fifth.
ROUNDS, STEPS = 10, 50
# In gray levels of RGB: the radius of the flat kernel of mean shift, within half of which two modes are one,
# and the least distance of values that are spread. RADIUS 6, 12, 24: 34.89, 35.45, 35.48 on coffee, 22.78,
# 22.72, 22.73 on the other. APART 6, 12, 24: 36.02, 36.37, 36.36, and 22.68, 22.71, 22.71.
RADIUS, APART = 12, 12


class _Pool(NamedTuple):
    """The pools of n pixels, P values each, nearest first.

    Attributes
    ----------
    values : ndarray of uint8, (n, P, 3)
        sRGB.
    distances, sources : ndarray of int64, (n, P)
        As for ``Candidates``.
    weights : ndarray of int64, (n, P)
        As ``weights`` gives them.
    lambda_image : float
        In 1/(8-bit gray level)^2.
    """

    values: NDArray[np.uint8]
    distances: NDArray[np.int64]
    sources: NDArray[np.int64]
    weights: NDArray[np.int64]
    lambda_image: float


class _Selected(NamedTuple):
    """The candidates of n pixels, written by a kernel: (n, K, 3) uint8 and (n, K) int64 twice."""

    values: NDArray[np.uint8]
    distances: NDArray[np.int64]
    sources: NDArray[np.int64]


def pool_size(method: Method) -> int:
    """How many of the nearest values the candidates are selected from."""
    return method.candidates if method.selection == "nearest" else max(method.pool, method.candidates)


def select(
    pool: Candidates,
    method: Method,
    threads: int | None = None,
    step: Step | None = None,
) -> Candidates:
    """At most ``method.candidates`` candidates for every pixel, from the nearest values of a pool (§5.1).

    Each value of the pool weighs P_image = exp(-lambda_image d). ``method.selection`` is one of

    - "nearest": the first of them, as in the paper.
    - "kmeans": weighted k-means in RGB (encoded, 0..255). A candidate is the mean of a cluster; its
      P_image is the sum over the cluster, so near-equal colors no longer split it. Seeds: the nearest
      value, then repeatedly the value with the largest weight x squared distance to the seeds.
    - "modes": weighted mean shift with a flat kernel of RADIUS gray levels. A candidate is the mean of
      the values that climb to one mode; its P_image is their sum.
    - "spread": the nearest values that lie APART gray levels or more from each other; the nearest of the
      others fill what is left.

    A sum S of probabilities is kept as the distance -log(S) / lambda_image, rounded to an integer, no
    less than the nearest distance - FAR (with lambda_image = 0 it is the nearest distance). The source of
    a cluster or mode is that of its nearest value. Where there are fewer clusters or modes, the first is
    repeated at the distance FAR.

    Parameters
    ----------
    pool : Candidates
        The nearest values, at least ``pool_size(method)`` of them where the library has so many.
    method : Method
        The selection, the number of candidates, the pool's size, lambda_image.
    threads : int or None
        As for ``refocus``; the result does not depend on it.
    step : callable or None
        Called with the share done, 0 to 1.

    Returns
    -------
    Candidates
        Sorted by distance, then source.
    """
    if method.selection == "nearest":
        return pool.first(method.candidates)
    pool = pool.first(pool_size(method))
    n, size = pool.distances.shape
    count = min(method.candidates, size)
    values, sources = np.empty((n, count, 3), np.uint8), np.empty((n, count), np.int64)
    distances = np.empty((n, count), np.int64)
    choose = {"kmeans": _kmeans_all, "modes": _modes_all, "spread": _spread_all}[method.selection]

    def part(first: int, last: int) -> None:
        given = (
            pool.values[first:last],
            pool.distances[first:last].astype(np.int64),
            pool.sources[first:last].astype(np.int64),
        )
        selected = _Selected(values[first:last], distances[first:last], sources[first:last])
        lambda_image = float(method.lambda_image)
        choose(_Pool(*given, weights(given[1], lambda_image), lambda_image), selected)

    in_parts(part, n, threads, step)
    return Candidates(values, distances, sources)


def weights(distances: NDArray[np.int64], lambda_image: float) -> NDArray[np.int64]:
    """P_image of each value over that of the nearest, (n, P), in steps of 2^-24 and at least 1.

    ``distances``: (n, P), squared gray levels, nearest first. ``lambda_image``: in 1/(gray level)^2.
    """
    excess = (distances - distances[:, :1]).astype(np.float64)
    steps: NDArray[np.int64] = 1 + np.rint((WHOLE - 1) * np.exp(-lambda_image * excess)).astype(np.int64)
    return steps


@kernel
def _kmeans_all(pool: _Pool, selected: _Selected) -> None:
    """Select by weighted k-means (§5.1)."""
    group = np.empty(pool.values.shape[1], np.int64)
    for p in range(len(pool.values)):
        colors = pool.values[p].astype(np.int64)
        groups = _kmeans(colors, pool.weights[p], selected.values.shape[1], group)
        _gather(pool, p, colors, group, groups, selected)


@kernel
def _kmeans(colors: NDArray[np.int64], share: NDArray[np.int64], count: int, group: NDArray[np.int64]) -> int:
    """The cluster of each color (P, 3), of weights (P,), into ``group`` (P,); returns their number."""
    centers = np.empty((count, 3))
    gap = np.full(len(colors), 2**30, np.int64)
    seed = 0
    for c in range(count):
        centers[c] = colors[seed]
        farthest, following = np.int64(-1), 0
        for k in range(len(colors)):
            gap[k] = min(gap[k], _apart(colors[k], colors[seed]))
            if share[k] * gap[k] > farthest:
                farthest, following = share[k] * gap[k], k
        seed = following
    totals, sums = np.empty(count, np.int64), np.empty((count, 3), np.int64)
    group[:] = -1
    for _ in range(ROUNDS):
        moved = False
        totals[:], sums[:] = 0, 0
        for k in range(len(colors)):
            best, at = np.inf, 0
            for c in range(count):
                off = _off(colors[k], centers[c])
                if off < best:
                    best, at = off, c
            moved |= group[k] != at
            group[k] = at
            totals[at] += share[k]
            for channel in range(3):
                sums[at, channel] += share[k] * colors[k, channel]
        if not moved:
            break
        for c in range(count):
            if totals[c] > 0:
                for channel in range(3):
                    centers[c, channel] = sums[c, channel] / totals[c]
    return count


@kernel
def _modes_all(pool: _Pool, selected: _Selected) -> None:
    """Select by weighted mean shift (§5.1)."""
    size = pool.values.shape[1]
    group, modes = np.empty(size, np.int64), np.empty((size, 3))
    for p in range(len(pool.values)):
        colors = pool.values[p].astype(np.int64)
        groups = _modes(colors, pool.weights[p], modes, group)
        _gather(pool, p, colors, group, groups, selected)


@kernel
def _modes(
    colors: NDArray[np.int64],
    share: NDArray[np.int64],
    modes: NDArray[np.float64],
    group: NDArray[np.int64],
) -> int:
    """The mode to which each color (P, 3) climbs, into ``group`` (P,); returns the number of modes."""
    found = 0
    point, sums = np.empty(3), np.empty(3, np.int64)
    for start in range(len(colors)):
        point[:] = colors[start]
        for _ in range(STEPS):
            total = np.int64(0)
            sums[:] = 0
            for k in range(len(colors)):
                if _off(colors[k], point) <= RADIUS * RADIUS:
                    total += share[k]
                    for channel in range(3):
                        sums[channel] += share[k] * colors[k, channel]
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
def _gather(
    pool: _Pool,
    p: int,
    colors: NDArray[np.int64],
    group: NDArray[np.int64],
    groups: int,
    selected: _Selected,
) -> None:
    """Make a candidate of each group of pixel p's values, and keep the most probable, sorted (§5.1).

    Parameters
    ----------
    pool : _Pool
        The pools of all pixels.
    p : int
        The pixel.
    colors : ndarray of int64, (P, 3)
        The values of its pool.
    group : ndarray of int64, (P,)
        The group of each value.
    groups : int
        Their number; a group may be empty.
    selected : _Selected
        Written in row p.
    """
    sources, distances, share = pool.sources[p], pool.distances[p], pool.weights[p]
    out_distances, out_sources = selected.distances[p], selected.sources[p]
    out_values, lam = selected.values[p], pool.lambda_image
    count, held = len(out_distances), 0
    nearest = np.full(groups, -1, np.int64)
    mass, totals, sums = np.zeros(groups), np.zeros(groups, np.int64), np.zeros((groups, 3), np.int64)
    for k in range(len(colors)):
        at = group[k]
        if nearest[at] < 0:
            nearest[at] = k
        mass[at] += exp(-lam * (distances[k] - distances[nearest[at]]))
        totals[at] += share[k]
        for channel in range(3):
            sums[at, channel] += share[k] * colors[k, channel]
    for at in range(groups):
        if nearest[at] < 0:
            continue
        gain = min(log(mass[at]) / lam, float(FAR)) if lam > 0 else 0.0
        distance = distances[nearest[at]] - np.int64(np.rint(gain))
        source = sources[nearest[at]]
        place = held
        while place > 0 and (
            distance < out_distances[place - 1]
            or (distance == out_distances[place - 1] and source < out_sources[place - 1])
        ):
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
def _spread_all(pool: _Pool, selected: _Selected) -> None:
    """Select values that lie apart from each other (§5.1)."""
    values, size, count = pool.values, pool.values.shape[1], selected.values.shape[1]
    taken = np.empty(size, np.bool_)
    for p in range(len(values)):
        colors = values[p].astype(np.int64)
        taken[:] = False
        left = count
        for k in range(size):
            apart = left > 0
            for other in range(k):
                if taken[other] and _apart(colors[k], colors[other]) < APART * APART:
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
                selected.values[p, place] = values[p, k]
                selected.distances[p, place] = pool.distances[p, k]
                selected.sources[p, place] = pool.sources[p, k]
                place += 1


@kernel
def _apart(one: NDArray[np.int64], other: NDArray[np.int64]) -> np.int64:
    """Squared distance of two colors, an integer."""
    off = np.int64(0)
    for channel in range(3):
        step = one[channel] - other[channel]
        off += step * step
    return off


@kernel
def _off(one: NDArray[np.int64] | NDArray[np.float64], other: NDArray[np.float64]) -> float:
    """Squared distance of a color from a mean."""
    off = 0.0
    for channel in range(3):
        step = float(one[channel]) - other[channel]
        off += step * step
    return off
