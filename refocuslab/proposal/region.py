"""From evidence to a region without confetti, with a soft seam."""

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from refocuslab.lens.lattice import between

_Single = NDArray[np.float32]
_Mask = NDArray[np.bool_]

# What a unit of the region's edge costs, in the evidence of blocks, and the most steps of the minimization.
# Double costs 0.2 dB of the whole picture on average of the pairs named in placing.py, half gains 0.1 dB and
# changes twice as many sharp pixels.
_EDGE, _STEPS = 1.5, 100
# Pixels by which the region is widened: evidence of a window ends before the edge. None costs 0.5 dB, two
# gain 0.5 dB and change two times as many sharp pixels, 0.27 % on average and 1.7 % of the noisiest pair.
_WIDER = 1
# Pixels over which a seam rises. One of the PSF's radius costs 1.0 to 1.3 dB, for U is soft up to the edge.
SEAM = 1.0
# A smaller part of the region, as a share of the photo, is a speck.
_SPECK = 0.0005
# A hole in the region in which blocks speak for no more than this, on average, against it is filled.
_SILENT = -0.1


def region(evidence: _Single, shape: tuple[int, int], side: int) -> _Mask:
    """The region that evidence speaks for, with a short edge.

    It has the greatest sum of evidence less a price for the length of its edge. The minimizer of total
    variation and squared distance to the evidence (Rudin, Osher and Fatemi) is above 0 just there. Specks are
    left out, and holes that nothing speaks for are filled.

    Parameters
    ----------
    evidence : ndarray of float32, (h, w)
        Above 0 for what belongs to it.
    shape : (int, int)
        Height and width of the photo, in pixels.
    side : int
        Pixels on the side of a block.

    Returns
    -------
    ndarray of bool, (H, W)
        The region.
    """
    from skimage.restoration import denoise_tv_chambolle  # slow to import

    smooth: _Single = denoise_tv_chambolle(  # type: ignore[no-untyped-call]
        evidence, weight=_EDGE, max_num_iter=_STEPS
    )
    smooth = np.where(_kept(smooth > 0, evidence), np.abs(smooth), -np.abs(smooth))
    if side > 1:
        # The middle of block b lies at pixel (b + 1/2) side - 1/2.
        places = [(np.arange(length) + 0.5) / side - 0.5 for length in shape]
        smooth = between(smooth, *places)
    found: _Mask = smooth > 0
    wider: _Mask = ndimage.binary_dilation(found, iterations=_WIDER)
    return wider


def _kept(inside: _Mask, evidence: _Single) -> _Mask:
    """The blocks of a region without its specks and its silent holes."""
    parts, count = ndimage.label(inside)
    if not count:
        return inside
    large = np.bincount(parts.ravel()) >= _SPECK * parts.size
    kept: _Mask = large[parts] & inside
    holes, count = ndimage.label(ndimage.binary_fill_holes(kept) & ~kept)
    if count:
        silent = ndimage.mean(evidence, holes, np.arange(1, count + 1)) > _SILENT
        kept |= np.concatenate([[False], silent])[holes]
    return kept


def seam(mask: _Mask, width: float = SEAM) -> _Single:
    """How much of the refocused photo each pixel takes: rises from the edge of a mask inwards.

    Parameters
    ----------
    mask : ndarray of bool, (H, W)
        The mask. The photo's frame is no edge.
    width : float
        Pixels from 0 to 1.

    Returns
    -------
    ndarray of float32, (H, W)
        0 outside the mask and more than 0 inside, at most 1; a smooth step.
    """
    if mask.all():
        return np.ones(mask.shape, np.float32)
    depth = ndimage.distance_transform_edt(mask)
    share = np.clip(depth / (max(width, 0.0) + 1), 0, 1)
    alpha: _Single = (share * share * (3 - 2 * share)).astype(np.float32)
    return alpha


def blended(below: NDArray[np.uint8], above: NDArray[np.uint8], alpha: _Single) -> NDArray[np.uint8]:
    """A photo over another, by the shares of a seam; where that is 0 or 1, to the byte.

    Gray levels are mixed. To mix light costs 0.3 to 1.3 dB in the seam, of four pairs of photos, as what is
    bright then counts more.

    Parameters
    ----------
    below, above : ndarray of uint8, (H, W, 3)
        sRGB.
    alpha : ndarray of float32, (H, W)
        The share of ``above``, 0 to 1.
    """
    mixed = below.copy()
    mixed[alpha >= 1] = above[alpha >= 1]
    partly = (alpha > 0) & (alpha < 1)
    share = alpha[partly][:, None].astype(float)
    mixed[partly] = np.rint(share * above[partly] + (1 - share) * below[partly])
    return mixed
