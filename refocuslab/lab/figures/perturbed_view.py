"""The figures of notebook 5: what another view takes from the candidates, and what brings it back (§4)."""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
from numpy.typing import ArrayLike, NDArray

from refocuslab.lab.figures.drawing import (
    INK,
    OUTSIDE,
    SOFT,
    Detail,
    Photo,
    close_figure,
    draw_photo,
    label_panels,
    panels,
    plain_axes,
    scale_beside,
)
from refocuslab.lab.measures import candidate_quality, picture_measures
from refocuslab.optics.blur import blur
from refocuslab.optics.light import LightKind
from refocuslab.refocusing.result import Result
from refocuslab.registration import warp
from refocuslab.registration.register import Match, Registration
from refocuslab.scene import Scene

# Right, near candidate not taken, no near candidate. The color-blind tell blue from orange, too.
BLAME = ListedColormap(["#e4e6ea", "#2f78b7", "#e8730c"])
CHANNELS = ("#c0392b", "#2e8b57", "#2f6fb7")  # red, green, blue
ARROWS = 11  # along the longer side of a map, about


def recall(scenes: Sequence[Scene], results: Sequence[Result], titles: Iterable[str]) -> Figure:
    """How far the nearest of a pixel's candidates is from the truth, and what made pixels wrong.

    Parameters
    ----------
    scenes, results : sequence of Scene, sequence of Result
        A map for each pair, in gray levels; and a map of the last result's grossly wrong pixels: orange
        without a candidate near the truth, blue with one that was not taken.
    titles : iterable of str
        One for each pair.
    """
    figure, axes = panels(len(results) + 1, width=2.8, height=0.4)
    for ax, scene, result in zip(axes[:-1], scenes, results, strict=True):
        drawn = _map(
            ax, candidate_quality.nearest_candidate(result, scene), scene.mask, picture_measures.GROSS
        )
    scale_beside(drawn, axes[-2], "gray levels", ticks=[0, picture_measures.NEAR, 16, picture_measures.GROSS])
    shares = [candidate_quality.recall(result, scene) for scene, result in zip(scenes, results, strict=True)]
    told = [
        f"{title}:\n{share:.1%} have a near candidate" for title, share in zip(titles, shares, strict=True)
    ]
    choice, lacking = candidate_quality.blame(result, scene)
    kind = np.where(lacking, 2, np.where(choice, 1, 0))
    axes[-1].imshow(kind, cmap=BLAME, vmin=0, vmax=2, interpolation="nearest")
    axes[-1].set(xticks=[], yticks=[])
    axes[-1].contour(scene.mask, levels=[0.5], colors=SOFT, linewidths=0.6)
    first, second = (one[scene.mask].mean() for one in (lacking, choice))
    told.append(f"grossly wrong: {first:.1%} had no near\ncandidate, {second:.1%} did not take theirs")
    label_panels(axes, told, letters=False)
    return figure


def registration(
    scene: Scene, registration: Registration, light: LightKind = "linear", number: int = 0
) -> Figure:
    """One focused photo before and after registration.

    Above: the photo, the registered one, the displacements, the gain of each channel. Below: U, and how far
    the photo, blurred as U is, differs from U: as given, and in each form that goes to the library.

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
    figure = close_figure(9.2, 5.2, w_pad=0.03, h_pad=0.05)
    top, below = figure.subplots(2, 4)
    draw_photo(top[0], given.image)
    draw_photo(top[1], np.where(made[0].mask[..., None], made[0].image, 255))
    shown = made[0].mask if made[0].mask.shape == scene.mask.shape else True
    reach = _moved(top[2], scene.mask & shown, match)
    _gains(top[3], match)
    moved = f"moved by up to {reach:.1f} pixels"
    names = ["focused photo", "registered, if trusted", moved, "gain of each channel"]
    label_panels(top, names, letters=False)
    draw_photo(below[0], scene.misfocused)
    told = ["misfocused, U"]
    for ax, (name, photo) in zip(below[1:], forms.items(), strict=False):
        off = np.abs(blur(photo.image, scene.known_psf, light=light).astype(float) - scene.misfocused).max(
            axis=2
        )
        seen = scene.mask & photo.mask
        drawn = _map(ax, off, seen, picture_measures.GROSS)
        told.append(f"{name}: off by {np.sqrt(np.mean(off[seen] ** 2)):.1f}")
    if len(told) > 1:
        scale_beside(drawn, below[len(told) - 1], "gray levels")
    for ax in below[len(told) :]:
        ax.set_visible(False)
    label_panels(below, told, letters=False)
    return figure


def closely(images: Sequence[Photo], titles: Iterable[str], details: Sequence[Detail]) -> Figure:
    """Details of photos: a column for each photo, a row for each (top, left, height, width) in pixels."""
    width = 1.7
    heights = [height / side for _, _, height, side in details]
    figure = close_figure(width * len(images), width * sum(heights) + 0.3)
    grid = figure.subplots(len(details), len(images), squeeze=False, height_ratios=heights)
    for row, (top, left, height, side) in zip(grid, details, strict=True):
        for ax, image in zip(row, images, strict=True):
            draw_photo(ax, image[top : top + height, left : left + side])
    label_panels(grid[0], titles, letters=False)
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


def _gains(ax: Axes, match: Match) -> None:
    for place, (gain, color) in enumerate(zip(match.gain, CHANNELS, strict=True)):
        ax.bar(place, gain - 1, bottom=1, width=0.6, color=color)
        above = (0, 3 if gain >= 1 else -11)
        style: dict[str, Any] = {"textcoords": "offset points", "ha": "center", "color": INK}
        ax.annotate(f"{gain:.3f}", (place, gain), xytext=above, **style)
    ax.axhline(1, color=SOFT, lw=1)
    reach = 1.3 * max(0.02, np.abs(match.gain - 1).max())
    ax.set(xticks=range(3), xticklabels=["red", "green", "blue"], ylim=(1 - reach, 1 + reach))
    ax.set_box_aspect(1)
    plain_axes(ax)


def _map(ax: Axes, values: ArrayLike, mask: NDArray[np.bool_], most: float) -> AxesImage:
    """Values inside the mask, from dark (0) to bright (``most`` and more)."""
    ax.set_facecolor(OUTSIDE)
    shown = np.where(mask, values, np.nan)
    drawn = ax.imshow(shown, cmap="cividis", vmin=0, vmax=most, interpolation="nearest")
    ax.set(xticks=[], yticks=[])
    return drawn
