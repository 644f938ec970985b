"""Every patch of a library, compared by matrix products: the linear search that a tree has to beat.

A squared distance is |v|^2 - 2 v q + |q|^2, and all products v q of a block of queries and a block of
patches are one matrix product. Values are taken less 128, so that all sums are whole numbers that the
floating-point type holds exactly: the distances are the integers that a plain loop gives.
"""

import numpy as np

from refocuslab.running.kernels import kernel

# Patches in a block, and in a run of which it is asked first whether any is near.
BLOCK, RUN = 2048, 32
# Whole numbers up to this are exact in float32, in whatever order they are added.
EXACT = 2**24


class Table:
    """A library's patches, ready for products; 4 or 8 times the memory of the patches themselves.

    some: for distances in any subset of the dimensions, a different one for every query.
    """

    def __init__(self, rows: np.ndarray, *, dimensions: np.ndarray | None = None, some: bool = False):
        depth = rows.shape[1]
        self.kind = np.float32 if 3 * depth * 128**2 < EXACT else np.float64
        values = rows.astype(self.kind) - 128
        if dimensions is not None:
            values *= dimensions
        squares = values**2
        self.norms = np.zeros(len(rows), self.kind) if some else squares.sum(axis=1)
        self.some = some
        self.values = np.hstack([values, squares]) if some else values

    def __len__(self) -> int:
        return len(self.values)

    def queries(self, windows: np.ndarray, counted: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """What a block of (n, D) uint8 windows is multiplied with, and their (n,) int64 norms.

        counted: (n, D) or (D,) bool, the dimensions of the distance.
        """
        values = (windows.astype(self.kind) - 128) * counted
        norms = (values**2).sum(axis=1, dtype=np.int64)
        values *= -2
        if self.some:
            values = np.hstack([values, np.broadcast_to(counted, values.shape).astype(self.kind)])
        return values, norms

    def blocks(self, queries: np.ndarray):
        """(first patch, (n, block) products) over all blocks of patches."""
        for first in range(0, len(self), BLOCK):
            yield first, queries @ self.values[first : first + BLOCK].T


@kernel
def any_within(products, norms, limit):
    """Whether any of products + norms is within the limit, without a branch for each."""
    within = np.int32(0)
    for j in range(len(products)):
        within += np.int32(products[j] + norms[j] <= limit)
    return within > 0
