"""What W rests on, as a map of colors and as a figure beside W."""

from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from numpy.typing import NDArray

from refocuslab.lab.figures.drawing import SOFT, Photo, close_figure, draw_photo, label_panels

# Of each share of ``Consistent.basis``: dark blue, orange of middle brightness, nearly white. So they differ
# for every kind of eye, and in gray as well.
BASIS = {"U": (0, 90, 170), "the library": (230, 150, 0), "a pasted photo": (245, 245, 245)}
OUTSIDE = 96  # gray: blue would pass for U


def colored(basis: NDArray[np.float32], mask: NDArray[np.bool_], outside: int = OUTSIDE) -> Photo:
    """Shares as the mixture of their colors; gray outside the mask.

    Parameters
    ----------
    basis : ndarray of float32, (H, W, 3)
        As of ``Consistent``.
    mask : ndarray of bool, (H, W)
        Where it is drawn.
    outside : int
        The gray level there.

    Returns
    -------
    ndarray of uint8, (H, W, 3)
        sRGB.
    """
    mixed = np.rint(basis @ np.array(list(BASIS.values()), np.float32)).astype(np.uint8)
    mixed[~mask] = outside
    return mixed


def means(basis: NDArray[np.float32], mask: NDArray[np.bool_]) -> dict[str, float]:
    """The mean of each share over a mask, by the names of ``BASIS``."""
    return dict(zip(BASIS, basis[mask].mean(axis=0, dtype=float).tolist(), strict=True))


def beside(image: Photo, basis: NDArray[np.float32], mask: NDArray[np.bool_]) -> Figure:
    """W, and beside it what it rests on, with the mean share of each in the mask.

    Parameters
    ----------
    image : ndarray of uint8, (H, W, 3)
        W, sRGB.
    basis, mask : ndarray
        As of ``colored``.
    """
    height = image.shape[0] / image.shape[1]
    figure = close_figure(6.4, 3.2 * height + 0.6)
    axes = figure.subplots(1, 2)
    draw_photo(axes[0], image)
    draw_photo(axes[1], colored(basis, mask))
    label_panels(axes, ["refocused W", "what it rests on"])
    keys = [
        Patch(
            facecolor="#{:02x}{:02x}{:02x}".format(*BASIS[name]),
            edgecolor=SOFT,
            lw=0.6,
            label=f"{name}, {share:.0%}",
        )
        for name, share in means(basis, mask).items()
    ]
    place: dict[str, Any] = {"loc": "outside lower center", "ncols": 3}
    figure.legend(handles=keys, frameon=False, **place)
    return figure
