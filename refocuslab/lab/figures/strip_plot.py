"""The effects of a claim on every scene: a strip for each of its parts, a dot for each scene."""

import textwrap
from collections.abc import Sequence
from types import MappingProxyType

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullFormatter

from refocuslab.lab.evidence.cases import APART, OTHER, PLACE, VIEW
from refocuslab.lab.evidence.judgment import FAILS, HOLDS, Judged
from refocuslab.lab.figures.drawing import INK, SOFT, plain_axes

# Four colors that the color-blind tell apart (Okabe and Ito 2008), and a shape for each as well.
LOOKS = MappingProxyType(
    {PLACE: ("#0072B2", "o"), APART: ("#009E73", "s"), VIEW: ("#D55E00", "^"), OTHER: ("#CC79A7", "D")}
)
# Ticks of a logarithmic axis over little and over much, within each power of ten.
_TICKS = (1, 1.1, 1.2, 1.5, 2, 3, 5, 7, 9), (1, 2, 5)
_KINDS = MappingProxyType({"comparison": "", "explanation": " (one thing changed)", "control": " (control)"})
_ROW, _WIDTH, _WORDS = 0.66, 9.2, 52  # inches, inches, letters


def strips(judged: Sequence[Judged]) -> Figure:
    """A strip for each part: effects on the scenes, the threshold, and the mean with its interval.

    Parameters
    ----------
    judged : sequence of Judged
        The parts of one claim.

    Returns
    -------
    Figure
        Dots by what the focused photo shows; hollow where the part does not hold on the scene.
    """
    figure = Figure(figsize=(_WIDTH, _ROW * len(judged) + 0.75), layout="constrained")
    axes = figure.subplots(len(judged), 1, squeeze=False)[:, 0]
    for ax, one in zip(axes, judged, strict=True):
        _strip(ax, one)
    groups = [group for group in LOOKS if any(s.group == group for one in judged for s in one.scenes)]
    handles = [
        axes[0].plot([], [], LOOKS[group][1], color=LOOKS[group][0], ms=6, label=f"focused: {group}")[0]
        for group in groups
    ]
    figure.legend(handles=handles, loc="outside upper right", ncols=2, frameon=False, fontsize=8)
    return figure


def _strip(ax: Axes, judged: Judged) -> None:
    part, mean = judged.part, judged.over_scenes
    ratio = part.unit == "times"
    if ratio:
        ax.set_xscale("log")
    ax.axvline(part.threshold, color=SOFT, lw=1, ls=(0, (4, 3)))
    ax.plot([mean.low, mean.high], [-0.55, -0.55], color=INK, lw=2, solid_capstyle="butt")
    ax.plot(mean.mean, -0.55, "|", color=INK, ms=9, mew=2)
    for number, scene in enumerate(judged.scenes):
        color, shape = LOOKS[scene.group]
        face = color if scene.holds == HOLDS else "white" if scene.holds == FAILS else "#dddddd"
        # Dots of equal effect lie beside each other, in four heights.
        ax.plot(scene.effect.mean, 0.05 + 0.27 * (number % 4), shape, mfc=face, mec=color, mew=1.2, ms=6)
    ends = [s.effect.mean for s in judged.scenes] + [part.threshold, mean.mean]
    _frame(ax, min(ends), max(ends), ratio=ratio)
    words = "\n".join(textwrap.wrap(part.says + _KINDS[part.kind], _WORDS))
    ax.set_ylabel(words, rotation=0, ha="right", va="center", fontsize=8, color=INK, labelpad=8)
    ax.set_title(part.unit, loc="right", fontsize=7, color=SOFT, pad=1)


def _frame(ax: Axes, least: float, most: float, *, ratio: bool) -> None:
    if ratio:
        ax.set_xlim(least / 1.15, most * 1.15)
        ax.xaxis.set_major_locator(LogLocator(subs=_TICKS[most / least > 4]))
        ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
        ax.xaxis.set_minor_formatter(NullFormatter())
    else:
        room = 0.05 * (most - least) or 0.01
        ax.set_xlim(least - room, most + room)
        ax.xaxis.set_major_locator(MaxNLocator(6))
    ax.set_ylim(-1, 1.3)
    ax.set_yticks([])
    plain_axes(ax)
    ax.spines["left"].set_visible(False)
    ax.tick_params(labelsize=7, pad=1)
