"""Every patch of a library, compared by matrix products: the linear search that a tree has to beat (§5.2).

A squared distance is |v|^2 - 2 v q + |q|^2, and all products v q of a block of queries and a block of
patches are one matrix product. 128 is subtracted from all values, so that all sums are whole numbers that
the floating-point type holds exactly: the distances are the integers that a plain loop gives.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from refocuslab.running.kernels import kernel
from refocuslab.running.progress import breathe

# Patches in a block, and in a run of which it is asked first whether any is near.
BLOCK, RUN = 2048, 32
# float32 holds all whole numbers up to this, so that sums are exact in any order.
EXACT = 2**24


class Products(NamedTuple):
    """A block of B patches for m queries: the squared distance is value + norm + patch norm.

    Attributes
    ----------
    values : ndarray of float32 or float64, (m, B)
        -2 v q, and |v|^2 too where that depends on the query.
    first : int
        Number of the block's first patch.
    norms : ndarray of int64 or float64, (m,)
        |q|^2.
    patch_norms : ndarray of float32 or float64, (N,)
        |v|^2 of all patches of the library; 0 where it is in ``values``.
    """

    values: NDArray[np.floating[Any]]
    first: int
    norms: NDArray[np.int64] | NDArray[np.float64]
    patch_norms: NDArray[np.floating[Any]]


class Table:
    """A library's patches, ready for products; 4 or 8 times the memory of the patches themselves.

    Parameters
    ----------
    rows : ndarray of uint8, (N, D)
        The patches.
    dimensions : ndarray of bool, (D,), optional
        The dimensions of all distances; all by default.
    some : bool
        For distances in any subset of the dimensions, a different one for every query; twice the memory.

    Attributes
    ----------
    kind : type
        float32 where that is exact, which it is up to 9 x 9 pixels, else float64.
    values : ndarray of ``kind``, (N, D) or (N, 2 D)
        The patches less 128; with ``some``, their squares follow.
    norms : ndarray of ``kind``, (N,)
        Their squared lengths; 0 with ``some``, where the products hold them.
    some : bool
        As given.
    """

    def __init__(
        self, rows: NDArray[np.uint8], *, dimensions: NDArray[np.bool_] | None = None, some: bool = False
    ) -> None:
        depth = rows.shape[1]
        self.kind: type[np.float32] | type[np.float64]
        self.kind = np.float32 if 3 * depth * 128**2 < EXACT else np.float64
        values: NDArray[Any] = rows.astype(self.kind) - 128
        if dimensions is not None:
            values *= dimensions
        squares = values**2
        self.norms: NDArray[Any] = np.zeros(len(rows), self.kind) if some else squares.sum(axis=1)
        self.some = some
        self.values: NDArray[Any] = np.hstack([values, squares]) if some else values

    def __len__(self) -> int:
        return len(self.values)

    def queries(
        self, windows: NDArray[np.uint8], counted: NDArray[np.bool_]
    ) -> tuple[NDArray[Any], NDArray[np.int64]]:
        """Prepare windows for ``blocks``.

        Parameters
        ----------
        windows : ndarray of uint8, (m, D)
            The queries.
        counted : ndarray of bool, (m, D) or (D,)
            The dimensions of the distance.

        Returns
        -------
        values : ndarray of ``kind``, (m, D) or (m, 2 D)
            What the table is multiplied with.
        norms : ndarray of int64, (m,)
            The queries' squared lengths.
        """
        values: NDArray[Any] = (windows.astype(self.kind) - 128) * counted
        norms = (values**2).sum(axis=1, dtype=np.int64)
        values *= -2
        if self.some:
            values = np.hstack([values, np.broadcast_to(counted, values.shape).astype(self.kind)])
        return values, norms

    def blocks(self, queries: NDArray[Any]) -> Iterator[tuple[int, NDArray[Any]]]:
        """The first patch of each block, and its (m, B) products; queries: the values of ``queries()``."""
        for first in range(0, len(self), BLOCK):
            breathe()
            yield first, queries @ self.values[first : first + BLOCK].T


@kernel
def any_within(products: NDArray[np.floating[Any]], norms: NDArray[np.floating[Any]], limit: float) -> bool:
    """Whether any of products + norms, (B,) each, is at most the limit; without a branch for each."""
    within = np.int32(0)
    for j in range(len(products)):
        within += np.int32(products[j] + norms[j] <= limit)
    return bool(within > 0)
