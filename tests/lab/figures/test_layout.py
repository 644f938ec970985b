"""What is true of a figure's bytes: photos on whole dots, readable texts, the same each time."""

import io

import numpy as np
import pytest
from matplotlib.text import Text
from PIL import Image

from refocuslab.lab.figures import drawing, layout


def noise(height, width, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)


def dots(data):
    with Image.open(io.BytesIO(data)) as picture:
        return np.array(picture.convert("RGB"))


def holds(whole, part):
    """Whether a picture holds another one, dot for dot."""
    height, width = part.shape[:2]
    starts = np.argwhere((whole[: 1 - height, : 1 - width] == part[0, 0]).all(axis=2))
    return any(np.array_equal(whole[y : y + height, x : x + width], part) for y, x in starts)


@pytest.mark.seconds
@pytest.mark.parametrize(
    ("side", "count"),
    [
        *[(300, 3), (340, 1), (90, 1), (31, 3)],
        *(pytest.param(*case, marks=pytest.mark.slow) for case in [(300, 1), (340, 3), (90, 3), (31, 1)]),
    ],
)
def test_every_pixel_of_a_photo_is_a_square_of_whole_dots(side, count):
    photos = [noise(side, side, seed) for seed in range(count)]
    box = (3, 5, 12, 18)
    titles = ["a title that is much too long for its panel, so that it takes several lines", "two", "three"]
    figure = drawing.photos(photos, titles[:count], details=[box])
    whole = dots(layout.png(figure))
    multiple = max(1, 319 // side)
    for photo in photos:
        detail = photo[3:15, 5:23].repeat(17, axis=0).repeat(17, axis=1)
        large = photo[-10:].repeat(multiple, axis=0).repeat(multiple, axis=1)  # below the frame
        assert holds(whole, detail)
        assert holds(whole, large)
    (first, *_) = (ax.get_title() for ax in figure.axes)
    assert "\n" in first


@pytest.mark.seconds
def test_a_photo_larger_than_the_page_is_reduced_and_smoothed():
    whole = dots(layout.png(drawing.photos([noise(900, 1200)], ["large"])))
    inner = whole[60:-20, 20:-20].astype(float)
    assert 300 <= whole.shape[1] <= 320  # a quarter
    assert 0 < inner.std() < 40  # noise of a standard deviation of 74, averaged


@pytest.mark.seconds
def test_a_photo_among_charts_lies_on_whole_dots_too():
    figure, (left, right) = drawing.panels(2)
    photo = noise(300, 300)
    drawing.draw_photo(left, photo)
    drawn = right.imshow(np.eye(3), interpolation="nearest")
    drawing.scale_beside(drawn, right, "a measure, gray levels")
    assert holds(dots(layout.png(figure)), photo)


@pytest.mark.seconds
def test_no_text_is_smaller_than_a_reader_needs():
    figure = drawing.curves([0.1, 1], {"a": [1, 2], "b": [2, 3]}, xlabel="x", ylabel="y", log=True)
    figure.axes[0].text(0.1, 2, "small", fontsize=5)
    layout.png(figure)
    assert {text.get_fontsize() for text in figure.findobj(Text) if text.get_text()} == {layout.TEXT}


def test_logarithmic_axes_have_ticks_enough():
    figure = drawing.curves([0.03, 0.1, 0.3], {"a": [1, 2, 3]}, xlabel="x", ylabel="y", log=True)
    (ax,) = figure.axes
    ax.set(yscale="log", ylim=(0.9, 12))
    drawing.plain_axes(ax)
    layout.lay_out(figure)
    assert [label.get_text() for label in ax.get_xticklabels()] == ["0.03", "0.1", "0.3"]
    within = [tick for tick in ax.get_yticks() if 0.9 <= tick <= 12]
    assert within == [1, 2, 5, 10]


@pytest.mark.seconds
def test_the_same_figure_gives_the_same_bytes_and_may_be_saved_twice():
    figures = [drawing.photos([noise(40, 50)], ["U"]) for _ in range(2)]
    first, again = map(layout.png, figures)
    assert first == again == layout.png(figures[0])


@pytest.mark.seconds
def test_a_notebook_shows_the_smaller_format_and_tells_what_it_shows():
    smooth = ((np.indices((300, 300)).sum(axis=0) % 128)[..., None] + noise(300, 300) % 9).astype(np.uint8)
    photo = layout.show(drawing.photos([smooth], ["U"]))
    chart = layout.show(drawing.bars(["one", "two"], {"a": [1, 2]}, xlabel="dB"))
    assert (photo.format, photo.alt) == ("jpeg", "(a) U")
    assert chart.format == "png"
    for shown in (photo, chart):
        assert dots(shown.data).ndim == 3
