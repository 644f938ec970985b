"""A figure as bytes: its photos on whole dots, its texts large enough to read.

A photo that is drawn at 5/6 of its size loses one row in six. So a figure is laid out twice: once as it was
drawn, and once more with every photo at the nearest whole multiple of its own pixels.
"""

import io
import textwrap
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.transforms import Bbox

from refocuslab.lab.figures.drawing import SOFT

if TYPE_CHECKING:  # slow to import
    from IPython.display import Image

DOTS = 110  # per inch: three photos of 300 pixels side by side fit into a notebook's page
TEXT = 12  # points, of the smallest text
MARGIN = 6  # dots, of white round all that is drawn
# The least scale that is rounded up to 1: a photo with less room is reduced to a half, a third and so on.
LEAST = 0.6
ROUNDS = 6  # of enlarging a figure until all its photos have the room that they need


def png(figure: Figure, dots: int = DOTS) -> bytes:
    """The figure as a PNG file of ``dots`` per inch: the same bytes from the same versions of libraries."""
    return _saved(figure, dots, format="png", metadata={"Software": None})


def jpeg(figure: Figure, dots: int = DOTS) -> bytes:
    """The figure as a JPEG file of ``dots`` per inch, which is smaller where photos fill it."""
    options = {"quality": 80, "subsampling": 0, "optimize": True}
    return _saved(figure, dots, format="jpeg", pil_kwargs=options)


def show(figure: Figure) -> "Image":
    """The figure as a notebook displays it, in the smaller of both formats, with what it shows in words."""
    from IPython.display import Image

    drawn = {"png": png(figure), "jpeg": jpeg(figure)}
    format = min(drawn, key=lambda name: len(drawn[name]))
    return Image(data=drawn[format], format=format, alt=in_words(figure))


def add_note(figure: Figure, text: str) -> None:
    """Put a line below all that a figure shows, at its left edge."""
    figure.text(0, -0.02, text, va="top", color=SOFT, parse_math=False)


def in_words(figure: Figure) -> str:
    """What the panels of a figure show: their titles, and what their axes measure.

    Examples
    --------
    >>> from refocuslab.lab.figures import drawing, layout
    >>> layout.in_words(drawing.curves([1, 2], {"a": [3, 4]}, xlabel="pass", ylabel="PSNR, dB"))
    'PSNR, dB against pass'
    """
    told = []
    for ax in figure.axes:
        title, x, y = (" ".join(text.split()) for text in (ax.get_title(), ax.get_xlabel(), ax.get_ylabel()))
        measured = f"{y} against {x}" if x and y else ""
        if title or measured:
            told.append(": ".join(filter(None, (title, measured))))
    return "; ".join(told)


def lay_out(figure: Figure, dots: int = DOTS) -> None:
    """Give every text its least size, and every photo a whole number of dots for each of its pixels.

    Photos are axes of equal aspect with an image. One that has less than ``LEAST`` dots for a pixel is
    reduced to a half, a third and so on, and smoothed. The figure is enlarged where that takes more room.
    The layout is final: what is added later does not move it.

    Parameters
    ----------
    figure : Figure
        What to lay out.
    dots : int
        Per inch.
    """
    figure.set_dpi(dots)
    for text in figure.findobj(Text):
        text.set_fontsize(max(text.get_fontsize(), TEXT))
    for ax in figure.findobj(Axes):
        ax.tick_params(labelsize=TEXT)
    figure.draw_without_rendering()
    for ax in figure.axes:
        _wrap(ax)
    photos = [ax for ax in figure.axes if ax.images and ax.get_aspect() == 1]
    wanted = {ax: _multiple(ax) for ax in photos}
    for _ in range(ROUNDS):
        figure.draw_without_rendering()
        lacking = np.max([_lacking(ax, wanted[ax]) for ax in photos] or [(1.0, 1.0)], axis=0)
        if (lacking <= 1).all():
            break
        figure.set_size_inches(np.asarray(figure.get_size_inches()) * np.maximum(lacking, 1))
    figure.set_layout_engine("none")
    figure.set_size_inches(np.ceil(np.asarray(figure.get_size_inches()) * dots) / dots)
    for ax in photos:
        _place(ax, wanted[ax])


def _saved(figure: Figure, dots: int, **how: Any) -> bytes:
    lay_out(figure, dots)
    figure.draw_without_rendering()
    # In inches. Whole dots, or the photos would lie between the dots.
    inches = figure.get_tightbbox()
    low, high = np.floor(inches.min * dots) - MARGIN, np.ceil(inches.max * dots) + MARGIN
    file = io.BytesIO()
    figure.savefig(file, dpi=dots, bbox_inches=Bbox([low / dots, high / dots]), facecolor="white", **how)
    return file.getvalue()


def _pixels(ax: Axes) -> tuple[float, float]:
    """How many pixels of its photo an Axes shows, across and down."""
    return abs(float(np.ptp(ax.get_xlim()))), abs(float(np.ptp(ax.get_ylim())))


def _multiple(ax: Axes) -> float:
    """Dots for a pixel: a whole number, or one over a whole number."""
    scale = ax.get_window_extent().width / _pixels(ax)[0]
    if scale >= LEAST:
        return max(1, int(scale + 0.15))
    for image in ax.images:
        image.set_interpolation("antialiased")
    return 1 / int(np.ceil(1 / scale))


def _lacking(ax: Axes, multiple: float) -> tuple[float, float]:
    """How many times the room of an Axes its photo needs, across and down."""
    room = ax.get_position(original=True).transformed(ax.figure.transSubfigure)
    across, down = _pixels(ax)
    return multiple * across / room.width, multiple * down / room.height


def _place(ax: Axes, multiple: float) -> None:
    """Put a photo on whole dots, in the middle of its room."""
    across, down = _pixels(ax)
    now, size = ax.get_window_extent(), np.array([multiple * across, multiple * down])
    corner = np.round((now.min + now.max - size) / 2)
    whole = Bbox([corner, corner + size])
    ax.set_position(whole.transformed(ax.figure.transSubfigure.inverted()))


def _wrap(ax: Axes) -> None:
    """Break a title that is wider than its panel."""
    title = ax.title
    room, width = ax.get_window_extent().width, title.get_window_extent().width
    if title.get_text() and width > room:
        letters = max(map(len, title.get_text().splitlines()))
        title.set_text(textwrap.fill(title.get_text(), max(12, int(0.95 * letters * room / width))))
