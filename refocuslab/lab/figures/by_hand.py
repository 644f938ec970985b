"""What the notebooks work out by hand, as pictures: what is given, patches, choices, turns."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from numpy.typing import ArrayLike, NDArray

from refocuslab.lab.figures.drawing import (
    INK,
    OUTSIDE,
    Detail,
    Photo,
    close_figure,
    draw_outline,
    draw_photo,
    label_panels,
    panels,
    scale_beside,
)
from refocuslab.lab.figures.layout import DOTS
from refocuslab.lab.measures.picture_measures import error
from refocuslab.scene import Scene

PATCH = 1.12  # inches, the side of a patch
NONE = 235  # gray of a pixel that does not count
WORST = 60  # gray levels: the error that a map shows as its brightest, and all larger ones


def given(scene: Scene, pixel: tuple[int, int] | None = None) -> Figure:
    """What the method is given: U, the focused photo that V is cut from, and the mask.

    Parameters
    ----------
    scene : Scene
        The scene.
    pixel : (y, x) or None
        A pixel of U to mark.
    """
    figure, axes = panels(3, height=0.3)
    draw_photo(axes[0], scene.misfocused)
    draw_outline(axes[0], scene.mask)
    photo, *others = scene.focused
    draw_photo(axes[1], photo.image)
    draw_outline(axes[1], photo.mask)
    axes[2].imshow(scene.mask, cmap="gray", vmin=0, vmax=1, interpolation="nearest")
    axes[2].set(xticks=[], yticks=[])
    if pixel:
        axes[0].plot(pixel[1], pixel[0], "o", ms=11, mfc="none", mec="white", mew=1.8)
    first = f"the first of {1 + len(others)} focused photos" if others else "focused photo"
    label_panels(axes, ["U, misfocused", f"{first}, gives V", "mask: white is refocused"])
    return figure


def matches(query: Photo, blurred: Photo, sharp: Photo, distances: Sequence[int]) -> Figure:
    """A query, the nearest blurred patches, and below each of them its sharp side.

    Parameters
    ----------
    query : ndarray of uint8, (size, size, 3)
        N(U, x, y).
    blurred, sharp : ndarray of uint8, (K, size, size, 3)
        Blur(v) and v, the nearest first.
    distances : sequence of int
        Of each blurred patch to the query.
    """
    columns = 1 + len(blurred)
    figure = close_figure(PATCH * columns, 2 * PATCH + 0.3, w_pad=0.05, h_pad=0.05)
    top, below = figure.subplots(2, columns)
    draw_photo(top[0], query)
    below[0].set_visible(False)
    for above, under, one, other in zip(top[1:], below[1:], blurred, sharp, strict=True):
        draw_photo(above, one)
        draw_photo(under, other)
        _frame_center(under, len(other))
    label_panels(top, ["query N(U)", *(f"{number:,}" for number in distances)], letters=False)
    top[1].set_ylabel("Blur(v)")
    below[1].set_ylabel("v")
    return figure


def choices(windows: Photo, counted: NDArray[np.bool_], nearest: Photo, titles: Sequence[str]) -> Figure:
    """What the texture constraint compares for each candidate: the window with it, and the nearest patch.

    Parameters
    ----------
    windows : ndarray of uint8, (K, size, size, 3)
        N(W', x, y) for each candidate.
    counted : ndarray of bool, (size, size)
        Which pixels of the window count.
    nearest : ndarray of uint8, (K, size, size, 3)
        The v of the library that is nearest to each window.
    titles : sequence of str
        One for each candidate.
    """
    figure = close_figure(PATCH * 1.3 * len(windows), 2.6 * PATCH + 0.7, w_pad=0.05, h_pad=0.05)
    rows = figure.subplots(2, len(windows), squeeze=False)
    for axes, patches in zip(rows, (windows, nearest), strict=True):
        for ax, patch in zip(axes, patches, strict=True):
            draw_photo(ax, np.where(counted[..., None], patch, NONE))
            _frame_center(ax, len(patch))
    label_panels(rows[0], titles, letters=False)
    rows[0, 0].set_ylabel("N(W′)")
    rows[1, 0].set_ylabel("nearest v")
    return figure


def numbers(maps: Mapping[str, ArrayLike], *, colors: str = "gray") -> Figure:
    """Small maps with the value of each pixel written on it, two in a row.

    Parameters
    ----------
    maps : mapping of str to array_like, (side, side)
        {title: values}; whole numbers are written as such.
    colors : str
        The color map, from the lowest value to the highest.
    """
    rows = -(-len(maps) // 2)
    figure = Figure(figsize=(6.4, 3.5 * rows), layout="constrained")
    grid = figure.subplots(rows, 2, squeeze=False)
    for ax, values in zip(grid.flat, map(np.asarray, maps.values()), strict=False):
        whole = np.issubdtype(values.dtype, np.integer)
        ax.imshow(values, cmap=colors, interpolation="nearest")
        middle = (values.min() + values.max()) / 2
        for (y, x), value in np.ndenumerate(values):
            text = str(value) if whole else f"{value:.2f}"
            ax.text(x, y, text, ha="center", va="center", color="black" if value > middle else "white")
        ax.set(xticks=[], yticks=[])
    for ax in grid.flat[len(maps) :]:
        ax.set_axis_off()
    label_panels(grid.flat, maps)
    return figure


def filled(image: Photo, orders: Mapping[str, NDArray[np.int64]], shares: Sequence[float]) -> Figure:
    """The pixels that have their value after a part of the turns: a row for each order.

    Parameters
    ----------
    image : ndarray of uint8, (H, W, 3)
        W, or any photo.
    orders : mapping of str to ndarray of int64, (H, W)
        {name: the turn of each pixel, -1 outside the mask}.
    shares : sequence of float
        The parts of the turns, 0 to 1: a column for each.
    """
    figure = close_figure(2.9 * len(shares), 3.2 * len(orders), w_pad=0.05, h_pad=0.05)
    grid = figure.subplots(len(orders), len(shares), squeeze=False)
    for row, (name, order) in zip(grid, orders.items(), strict=True):
        for ax, share in zip(row, shares, strict=True):
            done = (order >= 0) & (order < share * order.max())
            draw_photo(
                ax,
                np.where(done[..., None], image, np.where(order >= 0, NONE, 255)[..., None]).astype(np.uint8),
            )
        label_panels(row, [f"{name}, {share:.0%} assigned" for share in shares], letters=False)
    return figure


def variations(images: Mapping[str, Photo], scene: Scene, details: Sequence[Detail] = ()) -> Figure:
    """Pictures of one scene side by side, a map of each one's error, and details beside the truth.

    Parameters
    ----------
    images : mapping of str to ndarray of uint8, (H, W, 3)
        {title: picture}.
    scene : Scene
        Its truth is what errors are measured by, and the last column of the details.
    details : sequence of (top, left, height, width)
        Rectangles of the photos, in pixels, a row for each.
    """
    shown = [*images.values()]
    # A small photo is enlarged by a whole number; of its panel, a seventh is left for the scale and gaps.
    side = shown[0].shape[1]
    times = round(2.9 * DOTS / side)
    width = 7 / 6 * times * side / DOTS if times > 1 else 2.9
    heights = 2 * width + 0.3, width * 2 / 3 * len(shown) / (len(shown) + 1) * len(details) + 0.3
    figure = close_figure(width * len(shown), sum(heights) if details else heights[0], w_pad=0.02, h_pad=0.02)
    parts: Any = figure.subfigures(2, 1, height_ratios=heights, hspace=0) if details else [figure]
    top, below = parts[0].subplots(2, len(shown), squeeze=False)
    for ax, under, image in zip(top, below, shown, strict=True):
        draw_photo(ax, image)
        for box_top, left, tall, side in details:
            frame = Rectangle((left - 0.5, box_top - 0.5), side, tall, fill=False, ec="white", lw=0.9)
            ax.add_patch(frame)
        under.set_facecolor(OUTSIDE)
        off = np.where(scene.mask, error(image, scene), np.nan)
        drawn = under.imshow(off, cmap="inferno", vmin=0, vmax=WORST, interpolation="nearest")
        under.set(xticks=[], yticks=[])
    scale_beside(drawn, below[-1], "error, gray levels", extend="max")
    label_panels(top, images)
    if details and scene.truth is not None:
        grid = parts[1].subplots(len(details), len(shown) + 1, squeeze=False)
        for row, (box_top, left, tall, side) in zip(grid, details, strict=True):
            for ax, image in zip(row, [*shown, scene.truth], strict=True):
                draw_photo(ax, image[box_top : box_top + tall, left : left + side])
        label_panels(
            grid[0], [*("(" + letter + ")" for letter in "abcdefgh"[: len(shown)]), "truth"], letters=False
        )
    return figure


def _frame_center(ax: Axes, size: int) -> None:
    middle = size // 2 - 0.5
    for color, width in (("white", 3.6), (INK, 1.6)):
        ax.add_patch(Rectangle((middle, middle), 1, 1, fill=False, ec=color, lw=width))
