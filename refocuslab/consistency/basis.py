"""What W rests on, pixel by pixel: U, the library, a focused photo pasted in.

W of least energy is linear in U and Z (agreement.py): W = A U + R Z. Where U is the blur of Z, W is Z; so R,
and what is left of the identity, 1 - R, tell what of W comes from Z and what from U. Of interest is the
detail that misfocus took: what it left, both tell alike. So R is asked about a random image t of such detail,
whose power is V |1 - OTF|^2, with V that of focused photos:

    share of the library at x  =  sum of t (R t)  /  sum of t^2,

over the surroundings of x (a Gaussian of the PSF's radius) and all channels, in gray levels. It is the mean
of R over frequencies, each counted by what misfocus took of it. One random image tells it with a standard
deviation of 0.01 to 0.03 (bench-perturbed, astronaut-perspective, motorcycle-perturbed), at the cost of one
more solution for W beside the two of every round.

It tells who decides in the last step. The patches of the library were chosen by U, so that U has a part in
all.
"""

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from refocuslab.consistency.agreement import Agreement
from refocuslab.consistency.error_spectra import ROUNDING, Numbers
from refocuslab.optics.blur_operator import TYPE, Floats

_SEED = 5
# The least share that misfocus takes of a frequency: where the PSF takes nothing, all frequencies count. And
# what keeps a division by the power of t, (gray levels)^2, from one by 0.
_LEAST, _NONE = 1e-3, 1e-9


def library_share(
    agreement: Agreement,
    detail: Numbers,
    levels: Floats,
    mask: NDArray[np.bool_],
    *,
    threads: int | None = None,
) -> NDArray[np.float32]:
    """The library's share of W in the detail that misfocus took; the rest of that is U's.

    Parameters
    ----------
    agreement : Agreement
        What W was made by.
    detail : ndarray of float64, the shape of ``agreement.blur.frequencies``
        V, the power of focused photos at each frequency.
    levels : ndarray of float, (H, W, 3)
        Gray levels per unit of the light of W.
    mask : ndarray of bool, (H, W)
        What counts.
    threads : int or None
        How many threads to use; the result does not depend on it.

    Returns
    -------
    ndarray of float32, (H, W)
        0 where W is what U tells, 1 where it is Z; 0 outside the mask.
    """
    blur = agreement.blur
    white = np.random.default_rng(_SEED).standard_normal((*blur.extended_shape, 3), TYPE)
    taken = np.maximum(np.abs(1 - blur.transfer[..., 0]), _LEAST)
    probe = blur.filtered(white, np.sqrt(np.maximum(detail, ROUNDING)) * taken)
    units = blur.extended(levels)
    kept = agreement.from_prior(probe / units, threads=threads) * units

    def around(values: Floats) -> Floats:
        inside = values[blur.inner].sum(axis=2) * mask
        smooth: Floats = ndimage.gaussian_filter(inside, blur.radius + 1, mode="constant")
        return smooth

    share = np.clip(around(probe * kept) / np.maximum(around(probe**2), _NONE), 0, 1)
    return np.where(mask, share, 0).astype(TYPE)


def basis(library: NDArray[np.float32], pasted: Numbers, mask: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Shares of U, the library and the pasted photo in each pixel.

    Parameters
    ----------
    library : ndarray of float32, (H, W)
        As ``library_share`` gives it: of W before anything was pasted.
    pasted : ndarray of float64, (H, W)
        How much of each pixel was then taken from a focused photo.
    mask : ndarray of bool, (H, W)
        Outside it W is U.

    Returns
    -------
    ndarray of float32, (H, W, 3)
        They sum to 1.
    """
    kept = 1 - pasted
    shares = np.stack([kept * (1 - library), kept * library, pasted], axis=2)
    return np.where(mask[..., None], shares, (1, 0, 0)).astype(TYPE)
