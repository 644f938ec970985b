"""What a homography leaves over: parallax, as an optical flow between two equally blurred photos."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from refocuslab.registration import warp
from refocuslab.registration.alignment import Alignment, measured
from refocuslab.registration.pair import Pair

# A flow is looked for where detail correlates to less. Of the shipped scenes only motorcycle-perturbed needs
# one: with 0.97 its crop of 200 pixels gets none, and has 21.9 dB instead of 25.5; with 0.9925 its crop of
# 128 pixels gets one, and 26.1 dB instead of 21.6.
_GOOD_ENOUGH = 0.985
# The share of the error, and of what the correlation lacks, that a flow may leave. Half and double change
# nothing there: it leaves less than a fourth.
_WORTH = 0.5
# Pixels within which the flow forth and the flow back must meet to be trusted. Half gains the flowed photo
# 0.7 dB, of fewer pixels; double costs 0.3 to 0.6 dB.
_CLOSED = 0.75
# The least share of the object where a flow is trusted. Half and double change nothing; 0.9 refuses that of
# motorcycle-perturbed.
_LEAST_TRUSTED = 0.3
# Photos are scaled to this standard deviation before total variation weighs flow against brightness. Half and
# double cost 0.0 to 0.3 dB.
_CONTRAST = 0.4


class Flow(NamedTuple):
    """An optical flow on top of a geometry.

    Attributes
    ----------
    displacements : ndarray of float64, (2, H, W)
        (dx, dy) in pixels of U, made before the homography.
    trusted : ndarray of bool, (H, W)
        Where the flow from one photo to the other and the one back cancel.
    alignment : Alignment
        How well geometry and flow fit together.
    """

    displacements: NDArray[np.float64]
    trusted: NDArray[np.bool_]
    alignment: Alignment

    def enlarged(
        self, here: NDArray[np.float64], shape: Sequence[int]
    ) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
        """The displacements for all of a photo of this shape, (2, H, W), and where they are trusted, (H, W).

        ``here`` is the homography (3, 3) from pixels of the pair to those of the photo, as ``Place.here``.
        """
        trusted = enlarged(self.trusted[None].astype(float), here, shape)[0] >= 0.5 * here[0, 0]
        return enlarged(self.displacements, here, shape), trusted


def find_flow(pair: Pair, found: Alignment) -> Flow | None:
    """The flow that mends a geometry.

    Returns
    -------
    Flow or None
        None if the geometry needs none, if the flow leaves more than half of the error or of what the
        correlation lacks, or if forth and back agree on too little of the object.
    """
    if found.agreement >= _GOOD_ENOUGH:
        return None
    image, seen = pair.view(found.matrix)
    forth, back = _flow(pair.target, image, seen), _flow(image, pair.target, seen)
    y, x = np.mgrid[: seen.shape[0], : seen.shape[1]].astype(float)
    returned = warp.sample(np.moveaxis(back, 0, 2), x + forth[0], y + forth[1], order=1)
    gap = np.hypot(forth[0] + returned[:, :, 0], forth[1] + returned[:, :, 1])
    # Specks are left out: a blurred pixel tells of all that its PSF gathers.
    trusted = ndimage.binary_opening(gap < _CLOSED, iterations=2)
    mended = measured(pair, found.matrix, found.model, forth)
    share = (trusted & seen).sum() / max(seen.sum(), 1)
    if mended.error > _WORTH * found.error or 1 - mended.agreement > _WORTH * (1 - found.agreement):
        return None
    if share < _LEAST_TRUSTED:
        return None
    return Flow(forth, trusted, mended)


def _flow(
    first: NDArray[np.float64], second: NDArray[np.float64], seen: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """(2, H, W) displacements (dx, dy) from pixels of the first photo to their like in the second."""
    from skimage.registration import optical_flow_tvl1  # slow to import

    scaled = []
    for photo in (first, second):
        middle, spread = photo[seen].mean(), photo[seen].std()
        scaled.append(((photo - middle) * (_CONTRAST / max(spread, 1e-6))).astype(np.float32))
    dy, dx = optical_flow_tvl1(*scaled).astype(np.float64)  # type: ignore[no-untyped-call]
    # Where total variation steps, the steps are ragged, and a ragged flow tears texture.
    return np.stack([ndimage.median_filter(part, 5) for part in (dx, dy)])


def enlarged(
    flow: NDArray[np.float64], here: NDArray[np.float64], shape: Sequence[int]
) -> NDArray[np.float64]:
    """A flow of a part of a photo, shrunk, (2, h, w), for all of the photo, of this shape, as (2, H, W).

    ``here`` is the homography from pixels of the part to those of the photo, as ``Place.here``.
    """
    scale = here[0, 0]
    if scale == 1 and flow.shape[1:] == tuple(shape):
        return flow
    x, y = warp.positions(warp.inv(here), shape)
    height, width = flow.shape[1:]
    x, y = np.clip(x, 0, width - 1), np.clip(y, 0, height - 1)
    large: NDArray[np.float64] = scale * np.moveaxis(
        warp.sample(np.moveaxis(flow, 0, 2), x, y, order=1), 2, 0
    )
    return large
