"""How deep each pixel lies in a mask."""

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage


def mask_depth(mask: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Distance of each pixel of a mask to the nearest pixel outside it.

    Parameters
    ----------
    mask : ndarray of bool, (H, W)
        What lies beyond the photo's frame counts as outside.

    Returns
    -------
    ndarray of float64, (H, W)
        Euclidean distance between the pixels' centers, in pixels: 1 at the mask's edge, 0 outside it.

    Examples
    --------
    >>> import numpy as np
    >>> from refocuslab.pictures.mask_depth import mask_depth
    >>> mask_depth(np.ones((3, 4), bool))
    array([[1., 1., 1., 1.],
           [1., 2., 2., 1.],
           [1., 1., 1., 1.]])
    """
    depth: NDArray[np.float64] = ndimage.distance_transform_edt(np.pad(mask, 1))[1:-1, 1:-1]
    return depth
