"""The figures of notebook 5: what another view takes from the candidates, and what brings it back (§4)."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
from numpy.typing import ArrayLike, NDArray

from refocuslab.lab.figures.drawing import (
    OUTSIDE,
    SOFT,
    close_figure,
    draw_photo,
    label_panels,
    panels,
    scale_beside,
)
from refocuslab.lab.measures import candidate_quality, picture_measures
from refocuslab.optics.light import LightKind, decode, encode
from refocuslab.refocusing.result import Result
from refocuslab.registration import warp
from refocuslab.registration.register import Match, Registration
from refocuslab.scene import Scene

# Right, near candidate not taken, no near candidate. The color-blind tell blue from orange, too.
BLAME = ListedColormap(["#e4e6ea", "#2f78b7", "#e8730c"])
ARROWS = 11  # along the longer side of a map, about


def recall(scene: Scene, result: Result) -> Figure:
    """How far the nearest of a pixel's candidates is from the truth, and what made pixels wrong.

    Left a map in gray levels; right the grossly wrong pixels: orange without a candidate near the truth,
    blue with one that was not taken.
    """
    figure, (left, right) = panels(2, height=0.4)
    drawn = _map(left, candidate_quality.nearest_candidate(result, scene), scene.mask, picture_measures.GROSS)
    ticks = [0, picture_measures.NEAR, 16, picture_measures.GROSS]
    scale_beside(drawn, left, "gray levels", ticks=ticks, extend="max")
    choice, lacking = candidate_quality.blame(result, scene)
    kind = np.where(lacking, 2, np.where(choice, 1, 0))
    right.imshow(kind, cmap=BLAME, vmin=0, vmax=2, interpolation="nearest")
    right.set(xticks=[], yticks=[])
    right.contour(scene.mask, levels=[0.5], colors=SOFT, linewidths=0.6)
    without, untaken = (one[scene.mask].mean() for one in (lacking, choice))
    share = candidate_quality.recall(result, scene)
    told = [f"near candidate: {share:.1%}", f"orange {without:.1%}, blue {untaken:.1%}"]
    label_panels((left, right), told)
    return figure


def registration(
    scene: Scene, registration: Registration, light: LightKind = "linear", number: int = 0
) -> Figure:
    """One focused photo before and after registration.

    Above: the photo, the registered one, the displacements. Below: how far the photo, blurred as U is,
    differs from U: as given, and in each form that goes to the library.

    Parameters
    ----------
    scene : Scene
        As given.
    registration : Registration
        Of that scene, as ``register`` gives it.
    light : {"linear", "encoded"}
        Where the PSF acts: on light, or on the stored values.
    number : int
        Of the focused photo, from 0.
    """
    match, given = registration.matches[number], scene.focused[number]
    photos = zip(registration.origin, registration.scene.focused, strict=True)
    made = [photo for origin, photo in photos if origin == number]
    forms = {} if given.image.shape != scene.misfocused.shape else {"as given": given}
    if made[0] is not given:
        # register() puts the one with the flow first.
        forms |= dict(zip(("registered", "with the flow"), made[::-1], strict=False))
    figure = close_figure(8.4, 6.0, w_pad=0.03, h_pad=0.05)
    top, below = figure.subplots(2, 3)
    draw_photo(top[0], given.image)
    draw_photo(top[1], np.where(made[0].mask[..., None], made[0].image, 255))
    shown = made[0].mask if made[0].mask.shape == scene.mask.shape else True
    reach = _moved(top[2], scene.mask & shown, match)
    names = ["focused photo", "registered, if trusted", f"moved by up to {reach:.1f} pixels"]
    told = []
    for ax, (name, photo) in zip(below, forms.items(), strict=False):
        again = encode(registration.scene.convolved(decode(photo.image, light=light)), light=light)
        off = np.abs(again.astype(float) - scene.misfocused).max(axis=2)
        seen = scene.mask & photo.mask
        drawn = _map(ax, off, seen, picture_measures.GROSS)
        told.append(f"{name}: off by {np.sqrt(np.mean(off[seen] ** 2)):.1f}")
    if told:
        scale_beside(drawn, below[len(told) - 1], "gray levels", extend="max")
    for ax in below[len(told) :]:
        ax.set_visible(False)
    label_panels([*top, *below], [*names, *told])
    return figure


def displacement(match: Match, shape: tuple[int, ...]) -> NDArray[np.float64]:
    """The displacement of each pixel of U in the focused photo.

    Parameters
    ----------
    match : Match
        Of that photo.
    shape : tuple of int, (H, W)
        Of U.

    Returns
    -------
    ndarray of float64, (2, H, W)
        (dx, dy) in pixels.
    """
    y, x = np.mgrid[: shape[0], : shape[1]].astype(float)
    shift: NDArray[np.float64] = np.subtract(warp.positions(match.matrix, shape, match.flow), (x, y))
    return shift


def _moved(ax: Axes, where: NDArray[np.bool_], match: Match) -> float:
    """Draw the displacement: length as color, and as arrows up to its 99 % quantile; return that."""
    shift = displacement(match, where.shape)
    length = np.hypot(*shift)
    reach = float(np.quantile(length[where], 0.99))
    scale_beside(_map(ax, length, where, max(reach, 0.1)), ax, "pixels")
    step = max(1, max(where.shape) // ARROWS)
    grid = np.zeros_like(where)
    grid[step // 2 :: step, step // 2 :: step] = True
    y, x = np.nonzero(grid & where & (length <= reach))
    dx, dy = (part[y, x] * step / max(reach, 1e-6) for part in shift)
    ax.quiver(x, y, dx, dy, color="white", angles="xy", scale_units="xy", scale=1, width=0.006)
    return reach


def _map(ax: Axes, values: ArrayLike, mask: NDArray[np.bool_], most: float) -> AxesImage:
    """Values inside the mask, from dark (0) to bright (``most`` and more)."""
    ax.set_facecolor(OUTSIDE)
    shown = np.where(mask, values, np.nan)
    drawn = ax.imshow(shown, cmap="cividis", vmin=0, vmax=most, interpolation="nearest")
    ax.set(xticks=[], yticks=[])
    return drawn
