"""The figures of notebook 8: the paper, its opponents and what goes beyond it."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from refocuslab.lab.figures.drawing import (
    ACCENT,
    INK,
    SOFT,
    Detail,
    close_figure,
    details,
    draw_photo,
    label_panels,
    plain_axes,
    scale_beside,
)
from refocuslab.lab.measures.all_methods import (
    BEST,
    CONSISTENT,
    DECONVOLUTIONS,
    METHODS,
    NOTHING,
    OPPONENT,
    PAPERS,
    PASTED,
    UNCORRECTED,
    Compared,
    Curve,
)
from refocuslab.lab.measures.picture_measures import error, psnr_of, truth_of

# Color, marker and dashes of each label, alike in all figures.
STYLES = {
    NOTHING: (SOFT, "x", ":"),
    OPPONENT: (INK, "s", "-"),
    PAPERS: ("#0f766e", "^", "-"),
    PASTED: ("#2563eb", "D", "-"),
    CONSISTENT: (ACCENT, "o", "-"),
    UNCORRECTED: (ACCENT, "o", "--"),
}
WORST = 60  # gray levels: the error that a map shows as its brightest, and all larger ones


def chosen(compared: Compared) -> dict[str, str]:
    """{label: the method that bears it on this scene}, of those that have a picture."""
    return {
        NOTHING: NOTHING,
        OPPONENT: compared.opponent,
        PAPERS: BEST,
        PASTED: PASTED,
        CONSISTENT: CONSISTENT,
    }


def scores(found: Mapping[str, Compared]) -> Figure:
    """PSNR on every scene, a row each; scenes whose focused photos have the view of U come first."""
    figure = Figure(figsize=(8.6, 0.42 * len(found) + 1.4), layout="constrained")
    ax = figure.subplots()
    names = sorted(found, key=lambda name: not found[name].same_view)
    for y, name in enumerate(names):
        ax.axhline(y, color="#e5e7eb", lw=0.8, zorder=0)
        for label, method in chosen(found[name]).items():
            color, marker, _ = STYLES[label]
            psnr = psnr_of(found[name].scores[method])
            ax.plot(psnr, y, marker, color=color, ms=7, mew=1.6, label=label if y == 0 else None)
    same = sum(found[name].same_view for name in names)
    if 0 < same < len(names):
        ax.axhline(same - 0.5, color=INK, lw=0.8)
    ax.set(yticks=range(len(names)), yticklabels=names, ylim=(len(names) - 0.5, -0.5), xlabel="PSNR, dB")
    place: dict[str, Any] = {"loc": "outside upper center", "ncols": 3}
    figure.legend(frameon=False, **place)
    plain_axes(ax)
    return figure


def deconvolved(compared: Compared, *, side: int = 60) -> Figure:
    """Two details of U, of each deconvolution and of the truth, ``side`` pixels wide."""
    names = [NOTHING, *DECONVOLUTIONS]
    images = [*(compared.images[name] for name in names), truth_of(compared.scene)]
    where = _details(compared, side)
    figure = close_figure(1.7 * 5, 1.7 * len(where) * 2 / 3 + 0.5)
    grid = figure.subplots(len(where), 5, squeeze=False)
    for row, (top, left, height, width) in zip(grid, where, strict=True):
        for ax, image in zip(row, images, strict=True):
            draw_photo(ax, image[top : top + height, left : left + width])
    told = [f"{name}\n{compared.scores[name].psnr:.1f} dB" for name in names]
    label_panels(grid[0], [*told, "truth"], letters=False)
    return figure


def sheet(found: Mapping[str, Compared], *, side: int = 64) -> Figure:
    """One detail of every scene, ``side`` pixels wide: by the methods, each with its PSNR, and the truth."""
    columns, width = 6, 1.2
    figure = close_figure(columns * width + 1.1, len(found) * (width * 2 / 3 + 0.3) + 0.5)
    grid = figure.subplots(len(found), columns, squeeze=False)
    for row, (name, compared) in zip(grid, found.items(), strict=True):
        top, left, height, wide = _details(compared, side)[0]
        methods = list(chosen(compared).values())
        images = [*(compared.images[method] for method in methods), truth_of(compared.scene)]
        for ax, image in zip(row, images, strict=True):
            draw_photo(ax, image[top : top + height, left : left + wide])
        for ax, method in zip(row, methods, strict=False):
            told = f"{compared.scores[method].psnr:.1f} dB"
            ax.text(0.5, -0.04, told, transform=ax.transAxes, color=INK, ha="center", va="top")
        row[0].set_ylabel(name.replace("-", "\n"), color=INK, rotation=0, ha="right", va="center")
    short = {OPPONENT: "best\ndeconvolution", PAPERS: "the paper's\nbest", PASTED: "warped,\npasted in"}
    labels = [short.get(label, label) for label in chosen(compared)]
    label_panels(grid[0], [*labels, "truth"], letters=False)
    return figure


def errors(compared: Compared) -> Figure:
    """Maps of each method's error, in gray levels, two in a row."""
    labels = {label: name for label, name in chosen(compared).items() if label != NOTHING}
    height = 2.8 * compared.scene.mask.shape[0] / compared.scene.mask.shape[1]
    figure = Figure(figsize=(2.8 * 2 + 0.6, 2 * (height + 0.3)), layout="constrained")
    axes = list(figure.subplots(2, 2).flat)
    for ax, name in zip(axes, labels.values(), strict=True):
        off = np.where(compared.scene.mask, error(compared.images[name], compared.scene), np.nan)
        ax.set_facecolor("#d4d4d8")
        drawn = ax.imshow(off, cmap="inferno", vmin=0, vmax=WORST, interpolation="nearest")
        ax.set(xticks=[], yticks=[])
    for ax in axes[1::2]:
        scale_beside(drawn, ax, "error, gray levels", extend="max")
    label_panels(axes, list(labels), letters=False)
    return figure


def curves(measured: Sequence[Curve]) -> Figure:
    """PSNR against one property of the scene after the other, a panel each."""
    rows = -(-len(measured) // 2)
    figure = Figure(figsize=(8.8, 2.9 * rows + 0.4), layout="constrained")
    axes = figure.subplots(rows, 2, squeeze=False)
    labels: dict[str, Any] = {}
    for ax, curve in zip(axes.flat, measured, strict=False):
        for label, psnr in curve.lines.items():
            color, marker, dashes = STYLES[label]
            (line,) = ax.plot(curve.x, psnr, dashes, color=color, marker=marker, ms=4.5, lw=1.4)
            labels[label] = line
        ax.set(xlabel=curve.xlabel, ylabel="PSNR, dB")
        ax.set_xticks(curve.x, [f"{x:g}" for x in curve.x])
        plain_axes(ax)
    label_panels(axes.flat, [curve.about for curve in measured])
    for ax in list(axes.flat)[len(measured) :]:
        ax.set_axis_off()
    place: dict[str, Any] = {"loc": "outside upper center", "ncols": 3}
    figure.legend(list(labels.values()), list(labels), frameon=False, **place)
    return figure


def seconds(found: Mapping[str, Compared], bar: float) -> Figure:
    """Seconds of each method, a dot for each scene, and the most that ``Method.consistent`` may take."""
    figure = Figure(figsize=(6.8, 3.4), layout="constrained")
    ax = figure.subplots()
    names = [name for name in METHODS if name != NOTHING]
    for y, name in enumerate(names):
        taken = [one.seconds[name] or 0.0 for one in found.values()]
        ax.plot(taken, [y] * len(taken), "o", color=ACCENT if name == CONSISTENT else INK, ms=5, alpha=0.7)
    ax.axvline(bar, color=SOFT, ls="--", lw=1)
    ax.set(xscale="log", xlabel="seconds", yticks=range(len(names)), yticklabels=names)
    ax.set_ylim(len(names) - 0.5, -0.5)
    plain_axes(ax)
    return figure


def _details(compared: Compared, side: int) -> list[Detail]:
    """Where misfocus took most away; the corner of a scene that has no such place."""
    return details(compared.scene, side=side) or [(0, 0, side, side)]
