"""The figures of a sweep: pictures on a grid of two parameters, and their scores as a heat map."""

from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from numpy.typing import NDArray
from PIL import Image

from refocuslab.lab.figures.drawing import ACCENT, INK, SOFT
from refocuslab.lab.figures.layout import DOTS
from refocuslab.lab.sweeps.sweep import Row

# Pixels: the longer side of a picture, the gap between two, the line of text above one.
SIDE, GAP, TITLE = 200, 10, 24
# The best row by its values of the two parameters, down and across.
Cells = dict[tuple[Any, Any], Row]


def grid_axes(axes: dict[str, list[Any]]) -> tuple[str | None, str | None]:
    """The parameters down and across: the first two axes other than the scene; None where there are fewer.

    Examples
    --------
    >>> from refocuslab.lab.sweeps.pictures import grid_axes
    >>> grid_axes({"scene": ["coffee", "rocket"], "passes": [1, 2]})
    (None, 'passes')
    """
    down, across = [None, None, *(name for name in axes if name != "scene")][-2:]
    return down, across


def cells(rows: list[Row], down: str | None, across: str | None) -> Cells:
    """The row of the highest rank for each pair of values; all other parameters vary."""
    found: Cells = {}
    for row in rows:
        key = row.parameters.get(down or ""), row.parameters.get(across or "")
        if key not in found or row.rank > found[key].rank:
            found[key] = row
    return found


def sheet(rows: list[Row], axes: dict[str, list[Any]], points: Path) -> Figure:
    """The contact sheet of one scene: its pictures with their scores, the best one framed.

    Parameters
    ----------
    rows : list of Row
        The points of the scene.
    axes : dict of str to list
        The axes of the sweep.
    points : Path
        The folder of the pictures.
    """
    down, across = grid_axes(axes)
    found = cells(rows, down, across)
    ups, lefts = _values(found)
    best = max(found.values(), key=lambda row: row.rank)
    pictures = {
        key: _thumbnail(points / f"{row.name}.png") for key, row in found.items() if row.made is not None
    }
    height, width = (max((p.shape[i] for p in pictures.values()), default=SIDE) for i in (0, 1))
    step_y, step_x = height + TITLE + GAP, width + GAP
    # One array holds all pictures: to lay out an Axes for each would take seconds.
    whole = np.full((len(ups) * step_y - GAP, len(lefts) * step_x - GAP, 3), 255, np.uint8)
    size = whole.shape[1] / DOTS + 0.7, whole.shape[0] / DOTS + 0.7
    figure = Figure(figsize=size, layout="constrained")
    ax = figure.subplots()
    for (up, left), row in found.items():
        y, x = ups.index(up) * step_y + TITLE, lefts.index(left) * step_x
        middle = x + width / 2 - 0.5
        if (up, left) not in pictures:
            ax.text(middle, y + height / 2, "failed", ha="center", va="center", color=SOFT, fontsize=7)
            continue
        picture = pictures[up, left]
        whole[y : y + picture.shape[0], x : x + picture.shape[1]] = picture
        color = ACCENT if row is best else INK
        ax.text(middle, y - 3, _score(row), ha="center", va="bottom", fontsize=6, color=color)
        if row is best:
            corner = x - 0.5, y - 0.5
            frame = Rectangle(corner, *picture.shape[1::-1], fill=False, ec=ACCENT, lw=2.5, clip_on=False)
            ax.add_patch(frame)
    ax.imshow(whole, interpolation="nearest")
    ax.set_xticks([i * step_x + width / 2 for i in range(len(lefts))], [_label(v) for v in lefts])
    ax.set_yticks([i * step_y + TITLE + height / 2 for i in range(len(ups))], [_label(v) for v in ups])
    ax.spines[:].set_visible(False)
    _name_axes(ax, down, across, 7)
    return figure


def heat_map(rows: list[Row], axes: dict[str, list[Any]]) -> Figure:
    """The scores of one scene on the grid of `sheet`, the best one framed.

    PSNR in dB, or ``reblur_rms`` in gray levels for a scene without truth.

    Parameters
    ----------
    rows : list of Row
        The points of the scene.
    axes : dict of str to list
        The axes of the sweep.
    """
    down, across = grid_axes(axes)
    found = cells(rows, down, across)
    ups, lefts = _values(found)
    values = np.full((len(ups), len(lefts)), np.nan)
    for (up, left), row in found.items():
        if row.made:
            values[ups.index(up), lefts.index(left)] = row.rank
    finite = np.where(np.isfinite(values), values, np.nan)
    figure = Figure(figsize=(0.8 * len(lefts) + 2.0, 0.5 * len(ups) + 1.3), layout="constrained")
    ax = figure.subplots()
    by_truth = any(row.scores["psnr"] is not None for row in found.values())
    drawn = ax.imshow(
        finite if by_truth else -finite, cmap="cividis" if by_truth else "cividis_r", aspect="auto"
    )
    middle = np.nanmean(finite) if np.isfinite(finite).any() else 0
    for y, x in np.ndindex(values.shape):
        cell = found.get((ups[y], lefts[x]))
        if cell is None or not cell.made:
            text, color = "failed", SOFT
        else:
            text, color = _score(cell).split()[0], "black" if values[y, x] > middle else "white"
        ax.text(x, y, text, ha="center", va="center", fontsize=7, color=color)
    if np.isfinite(finite).any():
        y, x = np.unravel_index(np.nanargmax(np.where(np.isnan(values), -np.inf, values)), values.shape)
        box = Rectangle((x - 0.5, y - 0.5), 1, 1, fill=False, ec=ACCENT, lw=2.5, clip_on=False)
        ax.add_patch(box)
    ax.set_xticks(range(len(lefts)), [_label(v) for v in lefts])
    ax.set_yticks(range(len(ups)), [_label(v) for v in ups])
    _name_axes(ax, down, across, 8)
    bar = figure.colorbar(drawn, ax=ax, pad=0.03)
    bar.set_label("PSNR, dB" if by_truth else "reblur RMS, gray levels", fontsize=8)
    bar.ax.tick_params(labelsize=7)
    bar.outline.set_visible(False)
    return figure


def _name_axes(ax: Axes, down: str | None, across: str | None, size: float) -> None:
    """The parameters' names beside the axes, with values of a font size and without ticks."""
    ax.tick_params(length=0, labelsize=size)
    ax.set_xlabel(across or "", fontsize=size + 1)
    ax.set_ylabel(down or "", fontsize=size + 1)


def _values(found: Cells) -> tuple[list[Any], list[Any]]:
    """The values down and those across, in the order of the grid."""
    return list(dict.fromkeys(up for up, _ in found)), list(dict.fromkeys(left for _, left in found))


def _thumbnail(path: Path) -> NDArray[np.uint8]:
    with Image.open(path) as file:
        picture = file.convert("RGB")
        share = SIDE / max(picture.size)
        width, height = (max(1, round(side * share)) for side in picture.size)
        kind = Image.Resampling.LANCZOS if share < 1 else Image.Resampling.NEAREST
        return np.asarray(picture.resize((width, height), kind))


def _score(row: Row) -> str:
    psnr, reblur = row.scores["psnr"], row.scores["reblur_rms"]
    return f"{float(psnr):.2f} dB" if psnr is not None else f"{float(reblur):.2f} gray levels"


def _label(value: bool | int | float | str | None) -> str:
    return f"{value:g}" if isinstance(value, float) else "" if value is None else str(value)
