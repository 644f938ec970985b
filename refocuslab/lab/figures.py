"""Every figure of the paper, as a function that returns a matplotlib Figure.

pyplot is never used: a figure belongs to whoever asked for it, in whichever thread. `png` and `jpeg`
turn one into bytes, `show` into something that a notebook displays.
"""

import io
from itertools import cycle

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.ticker import NullFormatter

from refocuslab.optics import disk, disk_mtf, mtf
from refocuslab.patches import Neighborhood

DOTS = 150
TRIM = {"bbox_inches": "tight", "pad_inches": 0.05, "facecolor": "white"}
INK, ACCENT, SOFT = "#22262d", "#c2410c", "#8a8f98"
CONFIDENCE = {"cmap": "gray", "vmin": 0.0, "vmax": 1.0, "interpolation": "nearest"}


def figure1a(size: int = 5) -> Figure:
    """Figure 1a: the fixed causal neighborhood of scanline order; black is left out."""
    neighborhood = Neighborhood(size)
    figure, axes = _panels(1, width=1.9)
    _window(axes[0], neighborhood.before_centre, size)
    _letters(axes, ["fixed, scanline order"])
    return figure


def figure1(size: int, known: np.ndarray) -> Figure:
    """Figure 1: causal neighborhoods under scanline (a) and confidence order (b, c, d).

    known: (3, size^2) bool, three neighborhoods met in confidence order.
    """
    figure, axes = _panels(4, width=1.6, height=0.15)
    for ax, one in zip(axes, [Neighborhood(size).before_centre, *known], strict=True):
        _window(ax, one, size)
    _letters(axes, ["scanline order", *["confidence order"] * 3])
    return figure


def figure2(scene, result) -> Figure:
    """Figure 2: U (a), the pixel confidence (b) and the neighborhood confidence (c)."""
    figure, axes = _panels(3, height=0.05)
    _photo(axes[0], scene.misfocused)
    _outline(axes[0], scene.mask)
    for ax, values in zip(axes[1:], (result.confidence, result.neighborhood_confidence), strict=True):
        ax.set_facecolor("#31465f")
        drawn = ax.imshow(values, **CONFIDENCE)
        ax.set(xticks=[], yticks=[])
    bar = figure.colorbar(drawn, ax=axes[2], fraction=0.046, pad=0.03)
    bar.outline.set_visible(False)
    _letters(axes, ["misfocused, object outlined", "pixel confidence", "neighborhood confidence"])
    return figure


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
        _photo(grid[0, column], image)
        for row, (top, left, height, side) in enumerate(details, 1):
            _photo(grid[row, column], image[top : top + height, left : left + side])
            box = Rectangle((left - 0.5, top - 0.5), side, height, fill=False, ec="white", lw=0.9)
            grid[0, column].add_patch(box)
    _letters(grid[0], titles, letters=letters)
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


def order_figure(scene, result) -> Figure:
    """The turn at which each pixel is assigned, beside the photo."""
    figure, axes = _panels(2, height=0.05)
    _photo(axes[0], scene.misfocused)
    turn = np.where(scene.mask, result.order / max(1, result.order.max()), np.nan)
    drawn = axes[1].imshow(turn, cmap="cividis", vmin=0, vmax=1, interpolation="nearest")
    axes[1].set(xticks=[], yticks=[])
    bar = figure.colorbar(drawn, ax=axes[1], fraction=0.046, pad=0.03, ticks=[0, 1])
    bar.ax.set_yticklabels(["first", "last"])
    bar.outline.set_visible(False)
    _letters(axes, ["misfocused", "order of assignment"], letters=False)
    return figure


def calibration_figure(scene, calibration) -> Figure:
    """The light in focus and out of focus, the error of every disk, and the disk itself (§3)."""
    figure, axes = _panels(4, width=2.6)
    for ax, shot in zip(axes, scene.calibration, strict=False):
        _photo(ax, shot)
    diameters = np.array(list(calibration.errors))
    errors = np.array(list(calibration.errors.values()))
    axes[2].semilogy(diameters, errors, "o-", color=INK, ms=3, lw=1)
    axes[2].yaxis.set_minor_formatter(NullFormatter())
    best = calibration.diameter
    axes[2].plot(best, calibration.errors[best], "o", color=ACCENT, ms=7)
    axes[2].set(xlabel="diameter of the disk, pixels", ylabel="RMS error, share of full light")
    axes[2].set_box_aspect(1)
    _plain(axes[2])
    axes[3].imshow(calibration.psf, cmap="gray", interpolation="nearest")
    axes[3].set(xticks=[], yticks=[])
    _letters(axes, ["light, focused", "light, misfocused", "error of every disk",
                    f"the PSF: {best} pixels"])  # fmt: skip
    return figure


def mtf_figure(diameter: int) -> Figure:
    """The MTF of the PSF beside that of an ideal disk and of a focused lens (§1)."""
    figure = Figure(figsize=(6.4, 3.0), layout="constrained")
    ax = figure.subplots()
    frequencies, magnitude = mtf(disk(diameter))
    ax.axhline(1, color=SOFT, lw=1.2, label="in focus, as far as pixels tell")
    ax.plot(frequencies, magnitude, color=INK, label=f"disk of {diameter} pixels, antialiased")
    ax.plot(frequencies, disk_mtf(diameter, frequencies), "--", color=ACCENT, label="ideal disk")
    ax.set(xlabel="spatial frequency, cycles per pixel", ylabel="MTF", xlim=(0, 0.5), ylim=(0, 1.05))
    ax.legend(frameon=False, loc="upper right", bbox_to_anchor=(1, 0.95))
    _plain(ax)
    return figure


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
    _plain(ax)
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
    _plain(ax)
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


def _panels(count: int, width: float = 2.9, height: float = 0.25):
    figure = Figure(figsize=(width * count, width + height), layout="constrained")
    return figure, np.atleast_1d(figure.subplots(1, count))


def _photo(ax, image) -> None:
    ax.imshow(image, interpolation="nearest")
    ax.set(xticks=[], yticks=[])
    for side in ax.spines.values():
        side.set_visible(False)


def _outline(ax, mask) -> None:
    if not mask.all():
        ax.contour(mask, levels=[0.5], colors="white", linewidths=0.8)


def _letters(axes, titles, *, letters: bool = True) -> None:
    for letter, ax, title in zip("abcdefgh", axes, titles, strict=False):
        ax.set_title(f"({letter}) {title}" if letters else title, fontsize=9, color=INK)


def _window(ax, included, size: int) -> None:
    cells = np.where(included, 1.0, 0.0).reshape(size, size)
    ax.imshow(cells, cmap="gray", vmin=0, vmax=1, interpolation="nearest")
    ax.set(xticks=np.arange(0.5, size - 1), yticks=np.arange(0.5, size - 1))
    ax.tick_params(length=0, labelbottom=False, labelleft=False)
    ax.grid(color=SOFT, lw=0.7)
    ax.plot(size // 2, size // 2, "o", color=ACCENT, ms=22 / size)


def _plain(ax) -> None:
    ax.spines[["top", "right"]].set_visible(False)
    ax.tick_params(labelsize=8)
