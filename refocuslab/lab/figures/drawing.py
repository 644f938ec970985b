"""The drawing kit: panels, photos, curves.

pyplot is never used: it keeps the current figure of the whole process, and figures are drawn in several
threads. ``figures/layout.py`` turns a figure into bytes.
"""

from collections.abc import Iterable, Mapping, Sequence
from itertools import cycle
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.patches import Rectangle
from matplotlib.ticker import FixedLocator, FuncFormatter, LogLocator, NullFormatter, NullLocator
from numpy.typing import ArrayLike, NDArray

from refocuslab.scene import Scene

# Colors of text and main lines, of what matters most, and of what is drawn for comparison.
INK, ACCENT, SOFT = "#22262d", "#c2410c", "#8a8f98"
COLORS = (INK, ACCENT, "#0f766e", SOFT)  # of several lines or bars
OUTSIDE = "#31465f"  # of pixels outside the mask, beside a gray or colored map
# Arguments of imshow for a map of confidence.
CONFIDENCE: dict[str, Any] = {"cmap": "gray", "vmin": 0.0, "vmax": 1.0, "interpolation": "nearest"}
# A rectangle of a photo: top, left, height, width, in pixels.
Detail = tuple[int, int, int, int]
SMALLEST_DETAIL = 12  # pixels across: an edge with some of both its sides
# A photo, (H, W, 3) uint8, sRGB.
Photo = NDArray[np.uint8]


def photos(
    images: Sequence[Photo],
    titles: Iterable[str],
    *,
    details: Sequence[Detail] = (),
    letters: bool = True,
) -> Figure:
    """Photos side by side, and below them enlarged details: Figures 3, 4 and 5.

    Parameters
    ----------
    images : sequence of ndarray of uint8, (H, W, 3)
        A column for each.
    titles : iterable of str
        One for each.
    details : sequence of (top, left, height, width)
        Rectangles of the photos, in pixels: a row for each.
    letters : bool
        Whether the titles begin with (a), (b) and so on.
    """
    rows = 1 + len(details)
    heights = [images[0].shape[0] / images[0].shape[1], *(d[2] / d[3] for d in details)]
    width = 2.9
    figure = close_figure(width * len(images), width * sum(heights) + 0.3, w_pad=0.03, h_pad=0.03)
    grid = figure.subplots(rows, len(images), squeeze=False, height_ratios=heights)
    for column, image in enumerate(images):
        draw_photo(grid[0, column], image)
        for row, (top, left, height, side) in enumerate(details, 1):
            draw_photo(grid[row, column], image[top : top + height, left : left + side])
            box = Rectangle((left - 0.5, top - 0.5), side, height, fill=False, ec="white", lw=0.9)
            grid[0, column].add_patch(box)
    label_panels(grid[0], titles, letters=letters)
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


def details(scene: Scene, image: Photo | None = None, *, side: int = 72, count: int = 2) -> list[Detail]:
    """Rectangles of a scene that are worth enlarging: more than 90 % in the mask, and without overlap.

    Parameters
    ----------
    scene : Scene
        Without a truth there are none.
    image : ndarray of uint8, (H, W, 3), or None
        The rectangles lie where it differs most from the truth; None for U.
    side : int
        The width in pixels, at most 3/8 of the smaller side of the photo; the height is 2/3 of it.
    count : int
        The most rectangles.

    Returns
    -------
    list of (top, left, height, width)
        The one with the largest sum of differences first.
    """
    if scene.truth is None:
        return []
    # Of a small photo 3/8: a frame of more would hold nearly all of it, and show nothing closer.
    side = min(side, max(SMALLEST_DETAIL, 3 * min(scene.mask.shape) // 8))
    height, width = min(side * 2 // 3, scene.mask.shape[0]), min(side, scene.mask.shape[1])
    shown = scene.misfocused if image is None else image
    lost = np.abs(scene.truth.astype(float) - shown).sum(axis=2)
    weight, inside = sum_over(np.where(scene.mask, lost, 0), height, width), scene.mask.astype(float)
    weight = np.where(sum_over(inside, height, width) > 0.9 * height * width, weight, 0)
    found: list[Detail] = []
    while len(found) < count and weight.max() > 0:
        top, left = np.unravel_index(weight.argmax(), weight.shape)
        found.append((int(top), int(left), height, width))
        weight[max(0, top - height) : top + height, max(0, left - width) : left + width] = 0
    return found


def sum_over(values: NDArray[np.float64], height: int, width: int) -> NDArray[np.float64]:
    """Sums over all rectangles of a size.

    Parameters
    ----------
    values : ndarray of float64, (H, W)
        What to sum.
    height, width : int
        Of the rectangles, at most H and W.

    Returns
    -------
    ndarray of float64, (H - height + 1, W - width + 1)
        The sum for each place of a rectangle's upper left corner.

    Examples
    --------
    >>> import numpy as np
    >>> from refocuslab.lab.figures.drawing import sum_over
    >>> sum_over(np.ones((2, 3)), 2, 2)
    array([[4., 4.]])
    """
    whole = np.pad(values.cumsum(axis=0).cumsum(axis=1), ((1, 0), (1, 0)))
    upper, lower = whole[:-height], whole[height:]
    # The order of the terms is part of the result, which is rounded after each.
    sums: NDArray[np.float64] = lower[:, width:] - upper[:, width:] - lower[:, :-width] + upper[:, :-width]
    return sums


def curves(
    x: ArrayLike, series: Mapping[str, ArrayLike], *, xlabel: str, ylabel: str, log: bool = False
) -> Figure:
    """Lines through measured points.

    Parameters
    ----------
    x : array_like, (n,)
        Of all points.
    series : mapping of str to array_like, (n,)
        {label: y of its points}; the labels are shown where there are several.
    xlabel, ylabel : str
        What is measured, with its unit.
    log : bool
        Whether x has a logarithmic scale.
    """
    figure = Figure(figsize=(6.4, 3.0), layout="constrained")
    ax = figure.subplots()
    for (label, y), color in zip(series.items(), cycle(COLORS), strict=False):
        ax.plot(x, y, "o-", ms=4, lw=1.3, color=color, label=label)
    ax.set(xlabel=xlabel, ylabel=ylabel, xscale="log" if log else "linear")
    if log:
        ax.set_xticks(x, [f"{value:g}" for value in np.asarray(x)])
        ax.xaxis.set_minor_locator(NullLocator())
    if len(series) > 1:
        ax.legend(frameon=False)
    plain_axes(ax)
    return figure


def bars(names: Sequence[str], series: Mapping[str, ArrayLike], *, xlabel: str) -> Figure:
    """Horizontal bars, one below the other for each name: names may be long.

    Parameters
    ----------
    names : sequence of str
        Such as those of scenes, from the top.
    series : mapping of str to array_like
        {label: a value for each of the names}; the labels are shown where there are several.
    xlabel : str
        What is measured, with its unit.
    """
    figure = Figure(figsize=(6.4, 1.1 + 0.12 * len(names) * (1 + len(series))), layout="constrained")
    ax = figure.subplots()
    height = 0.8 / len(series)
    for number, ((label, values), color) in enumerate(zip(series.items(), cycle(COLORS), strict=False)):
        at = np.arange(len(names)) + (number - (len(series) - 1) / 2) * height
        ax.barh(at, values, height, color=color, label=label)
    ax.axvline(0, color=INK, lw=0.8)
    ax.set(xlabel=xlabel, yticks=range(len(names)), yticklabels=names)
    ax.set_ylim(len(names) - 0.5, -0.5)
    ax.locator_params(axis="x", nbins=8)
    if len(series) > 1:
        place: dict[str, Any] = {"loc": "outside upper center", "ncols": len(series)}
        figure.legend(frameon=False, **place)
    plain_axes(ax)
    return figure


def panels(count: int, width: float = 2.9, height: float = 0.25) -> tuple[Figure, list[Axes]]:
    """A figure with square panels side by side.

    Parameters
    ----------
    count : int
        Of the panels.
    width : float
        Of each, in inches.
    height : float
        Of the titles above them, in inches.
    """
    figure = Figure(figsize=(width * count, width + height), layout="constrained")
    return figure, list(np.atleast_1d(figure.subplots(1, count)))


def close_figure(width: float, height: float, *, w_pad: float = 0.02, h_pad: float = 0.02) -> Figure:
    """A figure whose panels lie close together: all in inches, the pads on each side of a panel."""
    engine = ConstrainedLayoutEngine(w_pad=w_pad, h_pad=h_pad, wspace=0, hspace=0)
    return Figure(figsize=(width, height), layout=engine)


def draw_photo(ax: Axes, image: ArrayLike) -> None:
    """A photo, (H, W, 3) uint8, or a map of colors, (H, W, 3) float from 0 to 1, without axes."""
    ax.imshow(image, interpolation="nearest")
    ax.set(xticks=[], yticks=[])
    for side in ax.spines.values():
        side.set_visible(False)


def draw_outline(ax: Axes, mask: NDArray[np.bool_]) -> None:
    """The outline of a mask, (H, W) bool, in white; none where it holds all pixels."""
    if not mask.all():
        ax.contour(mask, levels=[0.5], colors="white", linewidths=0.8)


def label_panels(axes: Iterable[Axes], titles: Iterable[str], *, letters: bool = True) -> None:
    """Titles above panels, by default each with its letter: (a), (b) and so on."""
    for letter, ax, title in zip("abcdefgh", axes, titles, strict=False):
        ax.set_title(f"({letter}) {title}" if letters else title, color=INK)


def scale_beside(
    drawn: AxesImage, ax: Axes, label: str = "", ticks: Sequence[float] | None = None, **more: Any
) -> Axes:
    """The scale at the right of a map, as high as the map; its axes."""
    beside = ax.inset_axes((1.03, 0, 0.045, 1))
    bar = ax.figure.colorbar(drawn, cax=beside, ticks=ticks, **more)
    bar.set_label(label)
    bar.outline.set_visible(False)
    return beside


def plain_axes(ax: Axes) -> None:
    """Axes without the lines at the top and at the right; a logarithmic one with plain numbers."""
    ax.spines[["top", "right"]].set_visible(False)
    for axis, limits in ((ax.xaxis, ax.get_xlim()), (ax.yaxis, ax.get_ylim())):
        if axis.get_scale() == "log" and not isinstance(axis.get_major_locator(), FixedLocator):
            decades = abs(np.log10(limits[1] / limits[0]))
            if decades < 3:
                axis.set_major_locator(LogLocator(subs=(1, 2, 5) if decades < 2 else (1, 3)))
                axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.10g}"))
                axis.set_minor_formatter(NullFormatter())
