"""What a homography leaves over: parallax, as an optical flow between two equally blurred photos."""

import numpy as np
from scipy import ndimage

from refocuslab.registration import warp
from refocuslab.registration.alignment import Alignment, Pair, measured

# A match this good has nothing left that a flow could be trusted to mend.
GOOD_ENOUGH = 0.985
# The flow must take away this share of the error, and lower disagreement likewise.
WORTH = 0.5
# Pixels within which the flow forth and the flow back must meet.
CLOSED = 0.75
LEAST_TRUSTED = 0.3
# Photos are scaled to this deviation before total variation weighs flow against brightness.
_CONTRAST = 0.4


def find_flow(pair: Pair, found: Alignment) -> tuple[np.ndarray, np.ndarray, Alignment] | None:
    """The flow that mends a geometry, if there is one to trust.

    Returns ``(flow, trusted, alignment)``: (2, H, W) displacements (dx, dy) in the frame of the misfocused
    photo, to be made before the homography; (H, W) bool, where the flow from one photo to the other
    and the one back cancel; and how well both together fit. None if no flow is needed, or none helps
    enough, or too little of it is consistent.
    """
    if found.agreement >= GOOD_ENOUGH:
        return None
    image, seen = pair.view(found.matrix)
    forth, back = _flow(pair.target, image, seen), _flow(image, pair.target, seen)
    y, x = np.mgrid[: seen.shape[0], : seen.shape[1]].astype(float)
    returned = warp.sample(np.moveaxis(back, 0, 2), x + forth[0], y + forth[1], order=1)
    gap = np.hypot(forth[0] + returned[:, :, 0], forth[1] + returned[:, :, 1])
    # A blurred pixel tells of all that its PSF gathers.
    trusted = ndimage.binary_opening(gap < CLOSED, iterations=2)
    mended = measured(pair, found.matrix, found.model, forth)
    share = (trusted & seen).sum() / max(seen.sum(), 1)
    if mended.error > WORTH * found.error or 1 - mended.agreement > WORTH * (1 - found.agreement):
        return None
    if share < LEAST_TRUSTED:
        return None
    return forth, trusted, mended


def _flow(first: np.ndarray, second: np.ndarray, seen: np.ndarray) -> np.ndarray:
    """(2, H, W) displacements (dx, dy) from pixels of the first photo to their like in the second."""
    from skimage.registration import optical_flow_tvl1  # slow to import

    scaled = []
    for photo in (first, second):
        middle, spread = photo[seen].mean(), photo[seen].std()
        scaled.append(((photo - middle) * (_CONTRAST / max(spread, 1e-6))).astype(np.float32))
    dy, dx = optical_flow_tvl1(*scaled).astype(np.float64)
    # Where total variation steps, the steps are ragged, and a ragged flow tears texture.
    return np.stack([ndimage.median_filter(part, 5) for part in (dx, dy)])


def enlarged(flow: np.ndarray, scale: int, shape) -> np.ndarray:
    """A flow of photos ``scale`` times smaller, for those of (H, W) = ``shape``."""
    if scale == 1:
        return flow
    y, x = np.mgrid[: shape[0], : shape[1]].astype(float)
    x, y = (x - (scale - 1) / 2) / scale, (y - (scale - 1) / 2) / scale
    height, width = flow.shape[1:]
    x, y = np.clip(x, 0, width - 1), np.clip(y, 0, height - 1)
    return scale * np.moveaxis(warp.sample(np.moveaxis(flow, 0, 2), x, y, order=1), 2, 0)
