"""What a misfocused lens may make of a point: disk, soft disk, polygon, ring, Gaussian (beyond the paper).

The paper's PSF is a disk (§3). Real lenses have blades, soft edges by aberration, or a rim or a middle that
is brighter or darker.
"""

import math

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from refocuslab.checks import check_count, check_number
from refocuslab.optics.psf import LARGEST_DIAMETER, LEAST_DIAMETER, disk

# Where a Gaussian ends, in standard deviations: a share of 1e-4 lies beyond.
_REACH = 4.0
# Softness below which a Gaussian, sampled, is a single pixel.
_SHARP = 0.1
# A polygon's pixels are divided into as many squares along each side; each vertex errs by less than a
# hundredth of a pixel's area.
_PARTS = 8
_FEWEST_BLADES, _MOST_BLADES = 3, 24


def soft_disk(diameter: float, softness: float) -> NDArray[np.float64]:
    """A disk with soft edges: convolved by a Gaussian.

    Parameters
    ----------
    diameter : float
        Of the disk in pixels, 0.01 to 1000.
    softness : float
        Standard deviation of the Gaussian in pixels, 0 to 250.

    Returns
    -------
    ndarray of float64, (n, n)
        The weights, with the sum 1, n odd.

    Raises
    ------
    RefocusError
        A number is out of range.

    Examples
    --------
    >>> from refocuslab.lens.psf_families import soft_disk
    >>> soft_disk(3, 0.5).shape
    (7, 7)
    """
    softness = check_number("softness", softness, 0, LARGEST_DIAMETER / 4)
    return _softened(disk(diameter), softness)


def gaussian(deviation: float) -> NDArray[np.float64]:
    """A Gaussian, averaged over pixels.

    Parameters
    ----------
    deviation : float
        Standard deviation along x and along y in pixels, greater than 0 and at most 250.

    Returns
    -------
    ndarray of float64, (n, n)
        The weights, with the sum 1, n odd.

    Raises
    ------
    RefocusError
        The deviation is out of range.

    Examples
    --------
    >>> from refocuslab.lens.psf_families import gaussian
    >>> gaussian(1).shape
    (9, 9)
    """
    deviation = check_number("deviation", deviation, 0, LARGEST_DIAMETER / 4, positive=True)
    return _softened(np.ones((1, 1)), deviation)


def ring(diameter: float, obstruction: float, softness: float = 0.0) -> NDArray[np.float64]:
    """A disk whose middle is brighter or darker than its rim.

    Parameters
    ----------
    diameter : float
        Of the disk in pixels, 0.01 to 1000.
    obstruction : float
        -1 to 1: the light that is missing in the middle half of the diameter, as a share of the rim's; less
        than 0 where the middle is brighter.
    softness : float
        As of ``soft_disk``.

    Returns
    -------
    ndarray of float64, (n, n)
        The weights, with the sum 1, n odd.

    Raises
    ------
    RefocusError
        A number is out of range.

    Examples
    --------
    >>> from refocuslab.lens.psf_families import ring
    >>> ring(5, 1)[2].round(3)
    array([0.067, 0.019, 0.   , 0.019, 0.067])
    """
    obstruction = check_number("obstruction", obstruction, -1, 1)
    softness = check_number("softness", softness, 0, LARGEST_DIAMETER / 4)
    outer, inner = disk(diameter), disk(max(diameter / 2, LEAST_DIAMETER))
    edge = (len(outer) - len(inner)) // 2
    # A disk of half the diameter holds a quarter of the light.
    weights = outer - obstruction / 4 * np.pad(inner, edge)
    weights = np.maximum(weights, 0)
    return _softened(weights / weights.sum(), softness)


def polygon(diameter: float, blades: int, angle: float, softness: float = 0.0) -> NDArray[np.float64]:
    """The image of an aperture of straight blades: a regular polygon of the area of a disk.

    Parameters
    ----------
    diameter : float
        Of the disk of the same area in pixels, 0.01 to 1000.
    blades : int
        How many corners it has, 3 to 24.
    angle : float
        Of a corner from the x axis, in degrees.
    softness : float
        As of ``soft_disk``.

    Returns
    -------
    ndarray of float64, (n, n)
        The weights, with the sum 1, n odd.

    Raises
    ------
    RefocusError
        A number is out of range.

    Examples
    --------
    >>> from refocuslab.lens.psf_families import polygon
    >>> polygon(3, 4, 45)[2].round(2)
    array([0.  , 0.12, 0.14, 0.12, 0.  ])
    """
    diameter = check_number("diameter", diameter, LEAST_DIAMETER, LARGEST_DIAMETER, positive=True)
    blades = check_count("blades", blades, _MOST_BLADES, least=_FEWEST_BLADES)
    angle = check_number("angle", angle, -360, 360)
    softness = check_number("softness", softness, 0, LARGEST_DIAMETER / 4)
    corner = math.sqrt(math.pi * diameter**2 / 2 / blades / math.sin(2 * math.pi / blades))
    apothem = corner * math.cos(math.pi / blades)
    side = 2 * math.ceil(corner - 0.5) + 1
    fine = side * _PARTS
    at = ((np.arange(fine) + 0.5) / _PARTS - side / 2)[:, None], (np.arange(fine) + 0.5) / _PARTS - side / 2
    middle = math.radians(angle) + math.pi / blades
    # How far inside each blade a point lies, and so which share of its little square is inside.
    inside = np.min(
        [
            apothem - at[1] * math.cos(turn) - at[0] * math.sin(turn)
            for turn in middle + 2 * math.pi * np.arange(blades) / blades
        ],
        axis=0,
    )
    share = np.clip(inside * _PARTS + 0.5, 0, 1)
    weights = share.reshape(side, _PARTS, side, _PARTS).mean(axis=(1, 3))
    if weights.sum() == 0:
        weights[side // 2, side // 2] = 1
    return _softened(weights / weights.sum(), softness)


def _softened(psf: NDArray[np.float64], softness: float) -> NDArray[np.float64]:
    if softness < _SHARP:
        return psf
    wider = np.pad(psf, math.ceil(_REACH * softness))
    soft: NDArray[np.float64] = ndimage.gaussian_filter(wider, softness, mode="constant", truncate=_REACH)
    weights: NDArray[np.float64] = soft / soft.sum()
    return weights
