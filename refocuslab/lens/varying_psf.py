"""A PSF that is of another width at each pixel: objects at a slant or with depth (beyond the paper)."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from refocuslab.checks import check_reals, require
from refocuslab.errors import RefocusError
from refocuslab.optics.psf import LARGEST_DIAMETER, LEAST_DIAMETER, check_psf, disk

_Array = NDArray[np.float64]

# The step from one PSF to the next, in pixels of width, and the most PSFs: between two the blur is mixed.
_STEP, _MOST = 0.5, 13


@dataclass(frozen=True, eq=False)
class VaryingPsf:
    """PSFs of several widths, and which of them holds where.

        U(x) = sum over j of w_j(x) (k_j * W)(x)

    The weight acts *after* the convolution: a pixel of U gathers light by the PSF of its own place, whatever
    lies there. w_j are linear in the width at x between those of two neighboring PSFs, and sum to 1. (Weights
    before the convolution would spread the light of each point by the PSF of the point.)

    Attributes
    ----------
    psfs : tuple of ndarray of float64, (n, n)
        k_j, from the narrowest to the widest.
    widths : ndarray of float64, (J,)
        Their widths in pixels, rising.
    width : ndarray of float64, (H, W)
        The width at each pixel of U, within those of the PSFs.

    Raises
    ------
    RefocusError
        A PSF is none, the widths do not rise, or the map is not finite and of two dimensions.

    Examples
    --------
    >>> import numpy as np
    >>> from refocuslab.lens.varying_psf import VaryingPsf
    >>> varying = VaryingPsf.of(np.array([[3.0, 3.2], [3.4, 4.0]]))
    >>> varying.widths
    array([3. , 3.5, 4. ])
    >>> varying.weights()[:, 0, 1]
    array([0.6, 0.4, 0. ], dtype=float32)
    """

    psfs: tuple[_Array, ...]
    widths: _Array
    width: _Array

    if TYPE_CHECKING:  # what is given, where the fields say what is kept

        def __init__(self, psfs: Sequence[ArrayLike], widths: ArrayLike, width: ArrayLike) -> None: ...

    def __post_init__(self) -> None:
        psfs = tuple(check_psf(psf) for psf in self.psfs)
        widths = check_reals("widths", self.widths, "must be numbers that rise", len(psfs))
        good = widths.shape == (len(psfs),) and len(psfs) > 0 and bool((np.diff(widths) > 0).all())
        require(good, "widths", f"must be {len(psfs)} numbers that rise", "others")
        width = check_width(self.width)
        inside = bool((width >= widths[0] - 1e-9).all() and (width <= widths[-1] + 1e-9).all())
        got = f"{width.min():g} to {width.max():g}"
        require(inside, "width", f"must be from {widths[0]:g} to {widths[-1]:g}", got)
        for name, value in (("psfs", psfs), ("widths", widths), ("width", width)):
            object.__setattr__(self, name, value)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, VaryingPsf):
            return NotImplemented
        same = np.array_equal(self.width, other.width) and np.array_equal(self.widths, other.widths)
        return same and all(map(np.array_equal, self.psfs, other.psfs))

    __hash__ = None  # type: ignore[assignment]

    def within(self, box: tuple[slice, slice]) -> "VaryingPsf":
        """The same for a part of the photo."""
        return VaryingPsf(self.psfs, self.widths, self.width[box])

    @classmethod
    def of(cls, width: ArrayLike, make: Callable[[float], _Array] = disk) -> "VaryingPsf":
        """The PSFs that a map of widths asks for: half a pixel apart, or farther if they are more than 13.

        Parameters
        ----------
        width : array_like of float, (H, W)
            The width at each pixel, 0.01 to 1000 pixels.
        make : callable
            The PSF of a width; the disk of that diameter by default.
        """
        checked = check_width(width)
        least, most = float(checked.min()), float(checked.max())
        count = min(math.ceil((most - least) / _STEP - 1e-9) + 1, _MOST)
        widths = np.linspace(least, most, count) if count > 1 else np.array([least])
        return cls(tuple(make(float(one)) for one in widths), widths, checked)

    @property
    def middle(self) -> _Array:
        """The PSF of the median width, (n, n): what stands for all where only one can."""
        place = int(np.argmin(np.abs(self.widths - np.median(self.width))))
        return self.psfs[place]

    def weights(self) -> NDArray[np.float32]:
        """w_j, (J, H, W) float32."""
        if len(self.widths) == 1:
            return np.ones((1, *self.width.shape), np.float32)
        upper = np.clip(np.searchsorted(self.widths, self.width, side="right"), 1, len(self.widths) - 1)
        low, high = self.widths[upper - 1], self.widths[upper]
        part = np.clip((self.width - low) / (high - low), 0, 1)
        weights = np.zeros((len(self.widths), *self.width.shape), np.float32)
        rows, columns = np.indices(self.width.shape)
        weights[upper - 1, rows, columns] = 1 - part
        weights[upper, rows, columns] += part
        return weights


def check_width(width: ArrayLike) -> _Array:
    """A map of widths as float64, (H, W).

    Raises
    ------
    RefocusError
        It is none: of other dimensions, not finite, or out of range.
    """
    checked = check_reals("width", width, "must be a map of numbers, (H, W)", 10**9)
    if checked.ndim != 2 or checked.size == 0:
        raise RefocusError("width", "must be a map of numbers, (H, W)", f"shape {checked.shape}")
    rule = f"must be from {LEAST_DIAMETER:g} to {LARGEST_DIAMETER} pixels everywhere"
    good = bool(np.isfinite(checked).all()) and checked.min() >= LEAST_DIAMETER
    require(good and bool(checked.max() <= LARGEST_DIAMETER), "width", rule, "others")
    return checked
