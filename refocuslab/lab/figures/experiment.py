"""An experiment as pictures: what each run reached, the effects with their draws, and causal windows."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from refocuslab.course.checks.unit3 import e10_order
from refocuslab.course.checks.unit3.own_crop import BASELINE, System
from refocuslab.lab.figures.drawing import ACCENT, INK, SOFT, close_figure, label_panels, plain_axes

Row = tuple[str, str, int, float]
_LINE = 0.27  # inches, of a system or an effect
_WIDTH = 7.6


def runs(table: Sequence[Row], *, xlabel: str) -> Figure:
    """What each system reached: a line a system, a dot a draw, a bar at the mean.

    Parameters
    ----------
    table : sequence of (order, neighborhood, draw, value)
        The runs, in any order.
    xlabel : str
        What was measured, with its unit.
    """
    systems = list(dict.fromkeys((str(row[0]), str(row[1])) for row in table))
    figure = Figure(figsize=(_WIDTH, 0.7 + _LINE * len(systems)), layout="constrained")
    ax = figure.subplots()
    for line, system in enumerate(systems):
        values = [float(row[3]) for row in table if (row[0], row[1]) == system]
        ax.plot(values, [line] * len(values), "o", ms=6, mfc="white", mec=INK, mew=1.1)
        ax.plot(np.mean(values), line, "|", ms=15, mew=2.4, color=ACCENT)
    names = ["no texture" if order == "none" else f"{order}, {kind}" for order, kind in systems]
    ax.set_yticks(range(len(systems)), names)
    ax.set_ylim(len(systems) - 0.5, -0.5)
    ax.set_xlabel(xlabel)
    ax.grid(axis="y", color="#e4e4e4", lw=0.8)
    ax.set_axisbelow(True)
    plain_axes(ax)
    return figure


def effects(table: Sequence[Row], *, xlabel: str) -> Figure:
    """The effects that the claims are judged by: a line each, a dot for each draw, the spread as a bar.

    The diamond is the mean, full where it is larger than the spread.

    Parameters
    ----------
    table : sequence of (order, neighborhood, draw, value)
        Every system and the baseline under each draw, in any order.
    xlabel : str
        What was measured, with its unit.
    """
    compared = [
        (claim, first, second) for claim, pairs in e10_order.COMPARED.items() for first, second in pairs
    ]
    figure = Figure(figsize=(_WIDTH, 0.95 + _LINE * len(compared)), layout="constrained")
    ax = figure.subplots()
    ax.axvline(0, color=SOFT, lw=1)
    for line, (_, first, second) in enumerate(compared):
        found = e10_order.differences(table, first, second)
        clear = abs(found.mean()) > np.ptp(found)
        color = ACCENT if clear else SOFT
        ax.plot([found.min(), found.max()], [line] * 2, color=color, lw=3, alpha=0.35)
        ax.plot(found, [line] * len(found), "o", ms=5, mfc="white", mec=color, mew=1.1)
        ax.plot(found.mean(), line, "D", ms=7, mfc=color if clear else "white", mec=color, mew=1.6)
    for line in range(1, len(compared)):
        if compared[line][0] != compared[line - 1][0]:
            ax.axhline(line - 0.5, color="#cccccc", lw=0.8)
    ax.set_yticks(range(len(compared)), [_named(*one) for one in compared])
    ax.set_ylim(len(compared) - 0.5, -0.5)
    ax.set_xlabel(xlabel)
    plain_axes(ax)
    return figure


def _named(claim: str, first: System, second: System) -> str:
    """What an effect compares: the second less the first."""
    if first == BASELINE:
        return f"{claim}: {second.order}, {second.neighborhood} − none"
    if first.order == second.order:
        return f"{claim}: {first.order}, symmetric − causal"
    return f"{claim}: {first.neighborhood}, {second.order} − {first.order}"


def causal_windows(known: Mapping[str, NDArray[np.bool_]]) -> Figure:
    """Causal windows side by side: white pixels are known, black ones not, the dot is the pixel itself.

    Parameters
    ----------
    known : mapping of str to ndarray of bool, (n, n)
        {title: which pixels of the window are known}.
    """
    figure = close_figure(1.9 * len(known), 2.2, w_pad=0.08)
    axes = list(np.atleast_1d(figure.subplots(1, len(known))))
    for ax, window in zip(axes, map(np.asarray, known.values()), strict=True):
        n = len(window)
        ax.imshow(window, cmap="gray", vmin=0, vmax=1, interpolation="nearest")
        ax.plot(n // 2, n // 2, "o", ms=7, color=ACCENT)
        ax.set_xticks(np.arange(n + 1) - 0.5, [])
        ax.set_yticks(np.arange(n + 1) - 0.5, [])
        ax.grid(color="#9a9a9a", lw=0.6)
        ax.tick_params(length=0)
    label_panels(axes, known, letters=False)
    return figure
