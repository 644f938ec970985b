"""What a sweep looks like: its pictures on a grid of two parameters, and its scores as a heat map."""

from pathlib import Path

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from PIL import Image

from refocuslab.lab.figures.drawing import ACCENT, DOTS, INK, SOFT
from refocuslab.lab.sweeps.sweep import Row

SIDE, GAP, TITLE = 200, 10, 24  # pixels: of a picture at most, between two, for the score above one
Cells = dict[tuple, Row]


def grid_axes(axes: dict[str, list]) -> tuple[str | None, str | None]:
    """The parameters down and across: the first two that are swept, besides the scene."""
    names = [name for name in axes if name != "scene"][:2]
    return (None,) * (2 - len(names)) + tuple(names)


def cells(rows: list[Row], down: str | None, across: str | None) -> Cells:
    """For each pair of values the best of the rows that have them (the other parameters vary)."""
    found: Cells = {}
    for row in rows:
        key = row.parameters.get(down), row.parameters.get(across)
        if key not in found or row.rank > found[key].rank:
            found[key] = row
    return found


def sheet(rows: list[Row], axes: dict[str, list], points: Path) -> Figure:
    """The contact sheet: the pictures of one scene, the best framed, each with its score."""
    down, across = grid_axes(axes)
    found = cells(rows, down, across)
    ups, lefts = _values(found)
    best = max(found.values(), key=lambda row: row.rank)
    pictures = {
        key: _thumbnail(points / f"{row.name}.png") for key, row in found.items() if row.made is not None
    }
    height, width = (max((p.shape[i] for p in pictures.values()), default=SIDE) for i in (0, 1))
    step_y, step_x = height + TITLE + GAP, width + GAP
    # One picture of all pictures: an axes for each would take seconds to lay out.
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
        colour = ACCENT if row is best else INK
        ax.text(middle, y - 3, _score(row), ha="center", va="bottom", fontsize=6, color=colour)
        if row is best:
            corner = x - 0.5, y - 0.5
            frame = Rectangle(corner, *picture.shape[1::-1], fill=False, ec=ACCENT, lw=2.5, clip_on=False)
            ax.add_patch(frame)
    ax.imshow(whole, interpolation="nearest")
    ax.set_xticks([i * step_x + width / 2 for i in range(len(lefts))], [_label(v) for v in lefts], fontsize=7)
    ax.set_yticks([i * step_y + TITLE + height / 2 for i in range(len(ups))], [_label(v) for v in ups])
    ax.tick_params(length=0, labelsize=7)
    ax.spines[:].set_visible(False)
    ax.set_xlabel(across or "", fontsize=8)
    ax.set_ylabel(down or "", fontsize=8)
    return figure


def heat_map(rows: list[Row], axes: dict[str, list]) -> Figure:
    """The scores of one scene on the same grid, the best framed."""
    down, across = grid_axes(axes)
    found = cells(rows, down, across)
    ups, lefts = _values(found)
    values = np.array(
        [
            [np.nan if (row := found.get((u, v))) is None or not row.made else row.rank for v in lefts]
            for u in ups
        ]
    )
    finite = np.where(np.isfinite(values), values, np.nan)
    figure = Figure(figsize=(0.8 * len(lefts) + 2.0, 0.5 * len(ups) + 1.3), layout="constrained")
    ax = figure.subplots()
    by_truth = any(row.scores["psnr"] is not None for row in found.values())
    drawn = ax.imshow(
        finite if by_truth else -finite, cmap="cividis" if by_truth else "cividis_r", aspect="auto"
    )
    middle = np.nanmean(finite) if np.isfinite(finite).any() else 0
    for y, x in np.ndindex(values.shape):
        row = found.get((ups[y], lefts[x]))
        text = "failed" if row is None or not row.made else _score(row).split()[0]
        colour = "white" if not values[y, x] > middle else "black"
        ax.text(x, y, text, ha="center", va="center", fontsize=7, color=SOFT if text == "failed" else colour)
    if np.isfinite(finite).any():
        y, x = np.unravel_index(np.nanargmax(np.where(np.isnan(values), -np.inf, values)), values.shape)
        box = Rectangle((x - 0.5, y - 0.5), 1, 1, fill=False, ec=ACCENT, lw=2.5, clip_on=False)
        ax.add_patch(box)
    ax.set_xticks(range(len(lefts)), [_label(v) for v in lefts], fontsize=8)
    ax.set_yticks(range(len(ups)), [_label(v) for v in ups], fontsize=8)
    ax.tick_params(length=0)
    ax.set_xlabel(across or "", fontsize=9)
    ax.set_ylabel(down or "", fontsize=9)
    bar = figure.colorbar(drawn, ax=ax, pad=0.03)
    bar.set_label("PSNR, dB" if by_truth else "reblur RMS, grey levels", fontsize=8)
    bar.ax.tick_params(labelsize=7)
    bar.outline.set_visible(False)
    return figure


def _values(found: Cells) -> tuple[list, list]:
    return tuple(list(dict.fromkeys(key[place] for key in found)) for place in (0, 1))


def _thumbnail(path: Path) -> np.ndarray:
    with Image.open(path) as picture:
        picture = picture.convert("RGB")
        share = SIDE / max(picture.size)
        size = [max(1, round(side * share)) for side in picture.size]
        kind = Image.Resampling.LANCZOS if share < 1 else Image.Resampling.NEAREST
        return np.asarray(picture.resize(size, kind))


def _score(row: Row) -> str:
    psnr, reblur = row.scores["psnr"], row.scores["reblur_rms"]
    return f"{float(psnr):.2f} dB" if psnr is not None else f"{float(reblur):.2f} grey levels"


def _label(value) -> str:
    return f"{value:g}" if isinstance(value, float) else "" if value is None else str(value)
