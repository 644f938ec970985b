"""The figures of notebook 11: the blur that the photos tell, beside a disk and beside the truth."""

from collections.abc import Mapping

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from refocuslab.errors import RefocusError
from refocuslab.lab.figures.drawing import (
    ACCENT,
    INK,
    SOFT,
    close_figure,
    details,
    draw_photo,
    label_panels,
    plain_axes,
    scale_beside,
)
from refocuslab.lab.measures.picture_measures import truth_of
from refocuslab.lab.measures.real_lens import FOUND, NOTHING, PASTED, TRUE, WHOLE, Told
from refocuslab.lens.psf_choice import PsfEstimate
from refocuslab.optics.psf import disk

_Array = NDArray[np.float64]


def psf_figure(estimate: PsfEstimate, truth: _Array | None = None, *, called: str = "true") -> Figure:
    """The PSF that was found (a), the nearest disk (b), profiles (c), and the error of every family (d).

    Parameters
    ----------
    estimate : PsfEstimate
        Found, not given.
    truth : ndarray of float64, (n, n), or None
        The true PSF, whose profile is drawn too.
    called : str
        What the legend calls that.

    Raises
    ------
    RefocusError
        The PSF was given, so that no family was tried.
    """
    if estimate.family == "given":
        raise RefocusError("estimate", "must be found from photos", "a PSF as given")
    found = _trimmed(estimate.psf)
    diameter = nearest_disk(found)
    nearest = disk(diameter)
    # Two pixels more on each side, so that the rim is seen.
    side = max(len(found), len(nearest), 0 if truth is None else len(truth)) + 4
    figure = Figure(figsize=(9.6, 2.7), layout="constrained")
    axes = figure.subplots(1, 4, width_ratios=(1, 1, 1.25, 1.5))
    kernels = [_padded(one, side) for one in (found, nearest)]
    for ax, kernel in zip(axes, kernels, strict=False):
        ax.imshow(
            kernel, cmap="gray", vmin=0, vmax=max(one.max() for one in kernels), interpolation="nearest"
        )
        ax.set(xticks=[], yticks=[])
    middle = len(kernels[0]) // 2
    across = np.arange(len(kernels[0])) - middle
    if truth is not None:
        row = 100 * _padded(truth, side)[middle]
        axes[2].step(across, row, where="mid", color=SOFT, lw=4, alpha=0.6, label=called)
    for kernel, color, dashes, label in zip(
        kernels, (ACCENT, INK), ("-", ":"), ("found", "disk"), strict=True
    ):
        axes[2].step(
            across, 100 * kernel[len(kernel) // 2], dashes, where="mid", color=color, lw=1.5, label=label
        )
    axes[2].set(xlabel="pixels from the middle", ylabel="weight, %")
    # Room for the legend above the curves.
    axes[2].set_ylim(0, 1.75 * axes[2].get_ylim()[1])
    axes[2].legend(frameon=False, loc="upper center", handlelength=1.2, labelspacing=0.2)
    names, errors = list(estimate.errors), np.array(list(estimate.errors.values()))
    colors = [ACCENT if name == estimate.family else SOFT for name in names]
    axes[3].barh(range(len(names)), errors, 0.7, color=colors)
    decibels = 20 * np.log10(estimate.contrast / np.maximum(errors, 1e-9))
    for y, (error, ratio) in enumerate(zip(errors, decibels, strict=True)):
        axes[3].text(error, y, f" {error:.2f} ({ratio:.0f} dB)", color=INK, va="center")
    axes[3].set(yticks=range(len(names)), yticklabels=names, xlabel="error, gray levels")
    axes[3].set(ylim=(len(names) - 0.4, -0.6), xlim=(0, 1.75 * errors.max()))
    for ax in axes[2:]:
        plain_axes(ax)
    label_panels(axes, ["PSF found", f"disk, {diameter:.1f} px", "middle row", "error of each family"])
    return figure


def width_figure(found: _Array, truth: _Array | None = None) -> Figure:
    """The map of the diameter that was found, and beside it the true one and their difference.

    Parameters
    ----------
    found : ndarray of float64, (H, W)
        In pixels, as ``PsfEstimate.map`` has it.
    truth : ndarray of float64, (H, W), or None
        The true map, where it is known: NaN where nothing is shown.
    """
    maps = [found] if truth is None else [found, truth]
    least, most = (
        float(edge([np.nanmin(m) for m in maps] + [np.nanmax(m) for m in maps])) for edge in (min, max)
    )
    figure = Figure(figsize=(3.0 * (1 if truth is None else 3) + 0.8, 3.1), layout="constrained")
    axes = list(figure.subplots(1, 1 if truth is None else 3, squeeze=False).flat)
    for ax, one in zip(axes, maps, strict=False):
        drawn = ax.imshow(
            one, cmap="viridis", vmin=least, vmax=max(most, least + 0.1), interpolation="nearest"
        )
    scale_beside(drawn, axes[len(maps) - 1], "pixels")
    names = ["diameter found", "true diameter"]
    if truth is not None:
        off = found - truth
        reach = max(float(np.nanmax(np.abs(off))), 0.1)
        drawn = axes[2].imshow(off, cmap="RdBu", vmin=-reach, vmax=reach, interpolation="nearest")
        scale_beside(drawn, axes[2], "pixels")
        names.append(f"found less true, RMS {np.sqrt(np.nanmean(off**2)):.1f}")
    for ax in axes:
        ax.set(xticks=[], yticks=[])
    label_panels(axes, names)
    return figure


def blurs(found: Mapping[str, Told]) -> Figure:
    """What every lens did, above, and what the photos told of it, below: PSFs, or maps of the diameter."""
    columns = len(found)
    figure = close_figure(1.25 * columns + 0.6, 2.7, w_pad=0.04, h_pad=0.02)
    grid = figure.subplots(2, columns, squeeze=False)
    steady = [one for one in found.values() if not one.lens.varies]
    side = max((len(one.lens.psf) for one in steady), default=1) + 4
    maps = [one.lens.width for one in found.values() if one.lens.varies]
    least = min((float(one.min()) for one in maps), default=0.0)
    most = max((float(one.max()) for one in maps), default=1.0)
    drawn = None
    for (above, below), one in zip(grid.T, found.values(), strict=True):
        for ax in (above, below):
            ax.set(xticks=[], yticks=[], box_aspect=1)
        if not one.lens.varies:
            for ax, psf in ((above, one.lens.psf), (below, _trimmed(one.found.psf) if one.found else None)):
                if psf is not None:
                    kernel = _padded(psf, side)
                    ax.imshow(kernel, cmap="gray", vmin=0, aspect="auto", interpolation="nearest")
        else:
            told = one.found.map.width if one.found and one.found.map else None
            for ax, width in ((above, one.lens.width), (below, told)):
                if width is not None:
                    shown = width[one.lens.box]
                    drawn = ax.imshow(shown, cmap="viridis", vmin=least, vmax=most, aspect="auto")
        if one.found is None:
            below.text(0.5, 0.5, "nothing", transform=below.transAxes, ha="center", va="center", color=INK)
    if drawn is not None:
        for ax in grid[:, -1]:
            if ax.images:
                scale_beside(ax.images[0], ax, "px")
    grid[0, 0].set_ylabel("true", color=INK)
    grid[1, 0].set_ylabel("found", color=INK)
    label_panels(grid[0], found, letters=False)
    return figure


def sheet(found: Mapping[str, Told], *, side: int = 48) -> Figure:
    """One detail of every lens, ``side`` pixels wide: U, each model's W, the photo pasted in, the truth."""
    shown = (NOTHING, WHOLE, FOUND, TRUE, PASTED)
    columns, width = len(shown) + 1, 1.35
    figure = close_figure(columns * width + 0.9, len(found) * (width * 2 / 3 + 0.22) + 0.5)
    grid = figure.subplots(len(found), columns, squeeze=False)
    for row, (name, one) in zip(grid, found.items(), strict=True):
        scene, truth = one.lens.scene, truth_of(one.lens.scene)
        corner = (one.lens.box[0].start, one.lens.box[1].start, side * 2 // 3, side)
        top, left, height, wide = (details(scene, one.images[WHOLE], side=side, count=1) or [corner])[0]
        for ax, label in zip(row, shown, strict=False):
            ax.set(xticks=[], yticks=[])
            if label in one.images:
                draw_photo(ax, one.images[label][top : top + height, left : left + wide])
                told = f"{one.psnrs[label]:.1f} dB"
                ax.text(0.5, -0.04, told, transform=ax.transAxes, color=INK, ha="center", va="top")
            else:
                ax.text(0.5, 0.5, "no PSF", transform=ax.transAxes, color=INK, ha="center", va="center")
        draw_photo(row[-1], truth[top : top + height, left : left + wide])
        row[0].set_ylabel(name.replace(" ", "\n"), color=INK, rotation=0, ha="right", va="center")
    short = {WHOLE: "whole\ndisk", FOUND: "PSF\nfound", TRUE: "true\nPSF", PASTED: "pasted\nin"}
    label_panels(grid[0], [*(short.get(label, label) for label in shown), "truth"], letters=False)
    return figure


def nearest_disk(psf: _Array) -> float:
    """The diameter of the disk whose weights differ least from a PSF's, the squares summed, to 0.1 pixels.

    Examples
    --------
    >>> from refocuslab import disk
    >>> from refocuslab.lab.figures.real_lens import nearest_disk
    >>> nearest_disk(disk(4.5))
    4.5
    """
    tried = np.arange(1.0, len(psf) + 0.05, 0.1).round(1)
    padded = _padded(psf, len(psf) + 2)
    off = [float(((_padded(disk(float(one)), len(padded)) - padded) ** 2).sum()) for one in tried]
    return float(tried[int(np.argmin(off))])


def _padded(psf: _Array, side: int) -> _Array:
    """A PSF in the middle of a square of ``side`` pixels, or one more or less; cut if larger."""
    over = max(0, -(-(len(psf) - side) // 2))
    psf = psf[over : len(psf) - over, over : len(psf) - over]
    wanted = side - (side - len(psf)) % 2
    return np.pad(psf, (wanted - len(psf)) // 2)


def _trimmed(psf: _Array) -> _Array:
    """A PSF without the rim in which less than a thousandth of the largest weight lies."""
    rim = 0
    while len(psf) - 2 * rim > 3:
        inner = np.s_[rim + 1 : len(psf) - rim - 1]
        outside = psf.copy()
        outside[inner, inner] = 0
        if outside.max() > psf.max() / 1000:
            break
        rim += 1
    return psf[rim : len(psf) - rim, rim : len(psf) - rim]
