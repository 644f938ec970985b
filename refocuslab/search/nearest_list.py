"""The list of the nearest patches of distinct colors, as a search fills it (paper, §2.1)."""

import numpy as np
from numpy.typing import NDArray

from refocuslab.running.kernels import kernel

# The bits of a patch's number in ``key``; a distance of 31 x 31 pixels has 28 more.
BITS = 32


@kernel
def key(distance: int, patch: int) -> np.int64:
    """Distance and patch as one number, of which the lower one comes first."""
    return np.int64(distance) << BITS | np.int64(patch)


@kernel
def write(
    keys: NDArray[np.int64],
    held: int,
    distances: NDArray[np.int32],
    sources: NDArray[np.int32],
    p: int,
) -> None:
    """The list of one pixel into row p."""
    for k in range(held):
        distances[p, k], sources[p, k] = keys[k] >> BITS, keys[k] & (1 << BITS) - 1


@kernel
def offer(nearness: int, color: int, keys: NDArray[np.int64], colors: NDArray[np.int32], held: int) -> int:
    """Put a patch among the nearest of distinct colors, sorted by distance, then index.

    ``keys`` and ``colors``, (K,) each, hold ``held`` patches; returns how many they hold then. Patches may
    come in any order, and more than once.
    """
    count = len(keys)
    if held == count and nearness >= keys[held - 1]:
        return held
    # Colors differ, so at most one term is not 0; a loop with a way out would not become vector instructions.
    same = np.int32(0)
    for k in range(held):
        same += np.int32(k + 1) * np.int32(colors[k] == color)
    at = int(same) - 1
    if at >= 0:
        if nearness >= keys[at]:
            return held
    elif held < count:
        at = held
        held += 1
    else:
        at = held - 1
    while at > 0 and nearness < keys[at - 1]:
        keys[at], colors[at] = keys[at - 1], colors[at - 1]
        at -= 1
    keys[at], colors[at] = nearness, color
    return held
