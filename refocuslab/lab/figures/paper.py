"""Every figure of the paper, as a function that returns a matplotlib Figure."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from refocuslab.errors import RefocusError
from refocuslab.lab.figures.drawing import (
    ACCENT,
    CONFIDENCE,
    INK,
    OUTSIDE,
    SOFT,
    draw_outline,
    draw_photo,
    label_panels,
    panels,
    plain_axes,
    scale_beside,
)
from refocuslab.optics.calibration import Calibration
from refocuslab.optics.psf import disk, disk_mtf, mtf
from refocuslab.paper.patches import Neighborhood
from refocuslab.refocusing.result import Result
from refocuslab.scene import Scene


def figure1a(size: int = 5) -> Figure:
    """Figure 1a: the fixed causal neighborhood of scanline order, ``size`` pixels wide.

    Black pixels are left out. The pixel itself, a dot, counts: it holds the candidate.
    """
    neighborhood = Neighborhood(size)
    figure, axes = panels(1, width=1.9)
    _window(axes[0], neighborhood.before_center, size)
    label_panels(axes, ["fixed, scanline order"])
    return figure


def figure1(size: int, known: NDArray[np.bool_]) -> Figure:
    """Figure 1: causal neighborhoods under scanline (a) and confidence order (b, c, d).

    Parameters
    ----------
    size : int
        Side of the neighborhood, pixels, odd.
    known : ndarray of bool, (3, size^2)
        Which pixels of three neighborhoods had a value when confidence order met them.
    """
    figure, axes = panels(4, width=1.6, height=0.15)
    for ax, one in zip(axes, [Neighborhood(size).before_center, *known], strict=True):
        _window(ax, one, size)
    label_panels(axes, ["scanline order", *["confidence order"] * 3])
    return figure


def figure2(scene: Scene, result: Result) -> Figure:
    """Figure 2: U (a), the pixel confidence (b) and the neighborhood confidence (c)."""
    figure, axes = panels(3, height=0.05)
    draw_photo(axes[0], scene.misfocused)
    draw_outline(axes[0], scene.mask)
    for ax, values in zip(axes[1:], (result.confidence, result.neighborhood_confidence), strict=True):
        ax.set_facecolor(OUTSIDE)
        drawn = ax.imshow(values, **CONFIDENCE)
        ax.set(xticks=[], yticks=[])
    scale_beside(drawn, axes[2])
    label_panels(axes, ["misfocused, object outlined", "pixel confidence", "neighborhood confidence"])
    return figure


def order_figure(scene: Scene, result: Result) -> Figure:
    """The turn at which each pixel is assigned, beside the photo."""
    figure, axes = panels(2, height=0.05)
    draw_photo(axes[0], scene.misfocused)
    turn = np.where(scene.mask, result.order / max(1, result.order.max()), np.nan)
    drawn = axes[1].imshow(turn, cmap="cividis", vmin=0, vmax=1, interpolation="nearest")
    axes[1].set(xticks=[], yticks=[])
    scale_beside(drawn, axes[1], ticks=[0, 1]).set_yticklabels(["first", "last"])
    label_panels(axes, ["misfocused", "order of assignment"], letters=False)
    return figure


def calibration_figure(scene: Scene, calibration: Calibration) -> Figure:
    """The light in focus and out of focus, the error of every disk, and the disk itself (§3).

    Raises
    ------
    RefocusError
        The scene has no calibration shots.
    """
    if scene.calibration is None:
        raise RefocusError("scene", "must have calibration shots", scene.name)
    figure, axes = panels(4, width=2.35)
    for ax, shot in zip(axes, scene.calibration, strict=False):
        draw_photo(ax, shot)
    diameters = np.array(list(calibration.errors))
    errors = np.array(list(calibration.errors.values()))
    axes[2].semilogy(diameters, errors, "o-", color=INK, ms=3, lw=1)
    best = calibration.diameter
    axes[2].plot(best, calibration.errors[best], "o", color=ACCENT, ms=7)
    axes[2].set(xlabel="diameter of the disk, pixels", ylabel="RMS error, share of full light")
    axes[2].set_box_aspect(1)
    plain_axes(axes[2])
    axes[3].imshow(calibration.psf, cmap="gray", interpolation="nearest")
    axes[3].set(xticks=[], yticks=[])
    names = ["light, focused", "light, misfocused", "error of every disk", f"the PSF: {best} pixels"]
    label_panels(axes, names)
    return figure


def mtf_figure(diameter: int) -> Figure:
    """The MTF of the disk of ``diameter`` pixels, beside that of an ideal disk and a focused lens (§1)."""
    figure = Figure(figsize=(6.4, 3.0), layout="constrained")
    ax = figure.subplots()
    frequencies, magnitude = mtf(disk(diameter))
    ax.axhline(1, color=SOFT, lw=1.2, label="in focus, as far as pixels tell")
    ax.plot(frequencies, magnitude, color=INK, label=f"disk of {diameter} pixels, antialiased")
    ax.plot(frequencies, disk_mtf(diameter, frequencies), "--", color=ACCENT, label="ideal disk")
    ax.set(xlabel="spatial frequency, cycles per pixel", ylabel="MTF", xlim=(0, 0.5), ylim=(0, 1.05))
    ax.legend(frameon=False, loc="upper right", bbox_to_anchor=(1, 0.95))
    plain_axes(ax)
    return figure


def _window(ax: Axes, included: NDArray[np.bool_], size: int) -> None:
    cells = np.where(included, 1.0, 0.0).reshape(size, size)
    cells[size // 2, size // 2] = 1  # of the pixel itself, where the candidate stands
    ax.imshow(cells, cmap="gray", vmin=0, vmax=1, interpolation="nearest")
    ax.set(xticks=np.arange(0.5, size - 1), yticks=np.arange(0.5, size - 1))
    ax.tick_params(length=0, labelbottom=False, labelleft=False)
    ax.grid(color=SOFT, lw=0.7)
    ax.plot(size // 2, size // 2, "o", color=ACCENT, ms=22 / size)
