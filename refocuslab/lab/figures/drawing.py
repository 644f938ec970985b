"""The drawing kit: panels, photos, curves, and the bytes of a figure.

pyplot is never used: a figure belongs to whoever asked for it, in whichever thread. `png` and `jpeg`
turn one into bytes, `show` into something that a notebook displays.
"""

import io
from itertools import cycle

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

DOTS = 150
TRIM = {"bbox_inches": "tight", "pad_inches": 0.05, "facecolor": "white"}
INK, ACCENT, SOFT = "#22262d", "#c2410c", "#8a8f98"
CONFIDENCE = {"cmap": "gray", "vmin": 0.0, "vmax": 1.0, "interpolation": "nearest"}


def photos(images, titles, *, details=(), letters: bool = True) -> Figure:
    """Photos side by side, and below them enlarged details: Figures 3, 4 and 5.

    images: (H, W, 3) uint8 each. details: (top, left, height, width) of rectangles, a row for each.
    """
    rows = 1 + len(details)
    heights = [images[0].shape[0] / images[0].shape[1], *(d[2] / d[3] for d in details)]
    width = 2.9
    figure = Figure(figsize=(width * len(images), width * sum(heights) + 0.3), layout="constrained")
    figure.get_layout_engine().set(w_pad=0.03, h_pad=0.03, wspace=0, hspace=0)
    grid = figure.subplots(rows, len(images), squeeze=False, height_ratios=heights)
    for column, image in enumerate(images):
        draw_photo(grid[0, column], image)
        for row, (top, left, height, side) in enumerate(details, 1):
            draw_photo(grid[row, column], image[top : top + height, left : left + side])
            box = Rectangle((left - 0.5, top - 0.5), side, height, fill=False, ec="white", lw=0.9)
            grid[0, column].add_patch(box)
    label_panels(grid[0], titles, letters=letters)
    return figure


def details(scene, image=None, *, side: int = 72, count: int = 2) -> list[tuple[int, int, int, int]]:
    """Rectangles (top, left, height, width) of a scene that are worth enlarging.

    They lie in the mask, where `image` is farthest from the truth, or, without an image, where misfocus
    took most away; each further one lies clear of those before.
    """
    if scene.truth is None:
        return []
    height, width = min(side * 2 // 3, scene.mask.shape[0]), min(side, scene.mask.shape[1])
    shown = scene.misfocused if image is None else image
    lost = np.abs(scene.truth.astype(float) - shown).sum(axis=2)
    weight, inside = sum_over(np.where(scene.mask, lost, 0), height, width), scene.mask.astype(float)
    weight = np.where(sum_over(inside, height, width) > 0.9 * height * width, weight, 0)
    found = []
    while len(found) < count and weight.max() > 0:
        top, left = np.unravel_index(weight.argmax(), weight.shape)
        found.append((int(top), int(left), height, width))
        weight[max(0, top - height) : top + height, max(0, left - width) : left + width] = 0
    return found


def sum_over(values: np.ndarray, height: int, width: int) -> np.ndarray:
    """Sums over all rectangles of a size, by the place of their upper left corner."""
    whole = np.pad(values.cumsum(axis=0).cumsum(axis=1), ((1, 0), (1, 0)))
    return (
        whole[height:, width:] - whole[:-height, width:]
        - whole[height:, :-width] + whole[:-height, :-width]
    )  # fmt: skip


def curves(x, series: dict, *, xlabel: str, ylabel: str, log: bool = False) -> Figure:
    """Lines through measured points: {label: y}."""
    figure = Figure(figsize=(6.4, 3.0), layout="constrained")
    ax = figure.subplots()
    colours = cycle((INK, ACCENT, "#0f766e", SOFT))
    for (label, y), colour in zip(series.items(), colours, strict=False):
        ax.plot(x, y, "o-", ms=4, lw=1.3, color=colour, label=label)
    ax.set(xlabel=xlabel, ylabel=ylabel, xscale="log" if log else "linear")
    if len(series) > 1:
        ax.legend(frameon=False)
    plain_axes(ax)
    return figure


def bars(names, series: dict, *, ylabel: str) -> Figure:
    """Bars side by side for each name: {label: a value for each of the names}."""
    figure = Figure(figsize=(8.6, 3.2), layout="constrained")
    ax = figure.subplots()
    width = 0.8 / len(series)
    colours = cycle((INK, ACCENT, "#0f766e", SOFT))
    for number, ((label, values), colour) in enumerate(zip(series.items(), colours, strict=False)):
        at = np.arange(len(names)) + (number - (len(series) - 1) / 2) * width
        ax.bar(at, values, width, color=colour, label=label)
    ax.axhline(0, color=INK, lw=0.8)
    ax.set(ylabel=ylabel)
    ax.set_xticks(range(len(names)), [name.replace("-", "-\n") for name in names], fontsize=8)
    if len(series) > 1:
        ax.legend(frameon=False)
    plain_axes(ax)
    return figure


def png(figure: Figure, dots: int = DOTS) -> bytes:
    """The figure as a PNG file: the same bytes whenever it is drawn with the same versions."""
    file = io.BytesIO()
    figure.savefig(file, format="png", dpi=dots, metadata={"Software": None}, **TRIM)
    return file.getvalue()


def jpeg(figure: Figure, dots: int = 88) -> bytes:
    """The figure as a JPEG file, a fifth of the PNG's size, for photographs in a notebook."""
    file = io.BytesIO()
    options = {"quality": 88, "subsampling": 0, "optimize": True}
    figure.savefig(file, format="jpeg", dpi=dots, pil_kwargs=options, **TRIM)
    return file.getvalue()


def show(figure: Figure):
    """The figure as a notebook displays it."""
    from IPython.display import Image

    return Image(data=jpeg(figure), format="jpeg")


def panels(count: int, width: float = 2.9, height: float = 0.25):
    figure = Figure(figsize=(width * count, width + height), layout="constrained")
    return figure, np.atleast_1d(figure.subplots(1, count))


def draw_photo(ax, image) -> None:
    ax.imshow(image, interpolation="nearest")
    ax.set(xticks=[], yticks=[])
    for side in ax.spines.values():
        side.set_visible(False)


def draw_outline(ax, mask) -> None:
    if not mask.all():
        ax.contour(mask, levels=[0.5], colors="white", linewidths=0.8)


def label_panels(axes, titles, *, letters: bool = True) -> None:
    for letter, ax, title in zip("abcdefgh", axes, titles, strict=False):
        ax.set_title(f"({letter}) {title}" if letters else title, fontsize=9, color=INK)


def plain_axes(ax) -> None:
    ax.spines[["top", "right"]].set_visible(False)
    ax.tick_params(labelsize=8)
