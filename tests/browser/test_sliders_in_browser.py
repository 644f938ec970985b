"""The page of sliders, opened as a file: its pictures and its reasons are those of the package."""

import numpy as np
import pytest
from slider_scene import slider_scene

import refocuslab as rl
from refocuslab.lab.explorer.pixel import explain
from refocuslab.lab.sliders.page import sliders_page

pytestmark = pytest.mark.slow

SIDE = 18
# The picture as it stands in the canvas, one value a pixel of the photo.
PIXELS = """() => {
  const canvas = document.querySelector('canvas[data-picture=refocused]');
  const data = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
  const found = [];
  for (let y = 3; y < data.height; y += 6)
    for (let x = 3; x < data.width; x += 6) {
      const at = 4 * (y * data.width + x);
      found.push([...data.data.slice(at, at + 3)]);
    }
  return [data.height / 6, data.width / 6, found];
}"""
WHY = """() => {
  const { y, x, turn, chosen, winner, sources, image_distances, texture_distances, product, holds, counted } =
    document.querySelector('.rl-still').why;
  return { y, x, turn, chosen, winner, sources, image_distances, texture_distances, product, holds, counted };
}"""


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    path = tmp_path_factory.mktemp("stick") / "sliders.html"
    path.write_text(sliders_page(slider_scene(), SIDE), encoding="utf-8")
    return path


@pytest.fixture
def opened(page, file):
    page.requests = []
    page.on("request", lambda request: page.requests.append(request.url))
    page.goto(file.as_uri())
    page.wait_for_selector(".rl-why", timeout=30_000)
    return page


def picture(page):
    height, width, pixels = page.evaluate(PIXELS)
    return np.array(pixels, np.uint8).reshape(int(height), int(width), 3)


def in_turn(page, *, size, order, causal, ratio):
    """Set the controls by the keyboard; the method that they then stand for."""
    for label, at in (("λ texture / λ image", ratio), ("neighborhood", size)):
        page.get_by_label(label, exact=True).focus()
        page.keyboard.press("Home")
        for _ in range(at):
            page.keyboard.press("ArrowRight")
    page.get_by_role("combobox", name="order of assignment").select_option(label=order)
    box = page.get_by_role("checkbox")
    box.focus()
    if box.is_checked() != causal:
        page.keyboard.press("Space")
    weight = (0.0, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0)[ratio] * 0.01
    return rl.Method(neighborhood=(3, 5, 7)[size], order=order, causal=causal, lambda_texture=weight)


@pytest.mark.parametrize(
    "way",
    [
        {"size": 0, "order": "scanline", "causal": True, "ratio": 5},
        {"size": 1, "order": "confidence", "causal": False, "ratio": 3},
        {"size": 2, "order": "random", "causal": True, "ratio": 7},
        {"size": 1, "order": "scanline", "causal": False, "ratio": 0},
    ],
    ids=lambda way: "-".join(map(str, way.values())),
)
def test_pictures_and_reasons_are_those_of_the_package(opened, way):
    part = slider_scene().middle(SIDE)
    result = rl.Refocuser(part).refocus(in_turn(opened, **way))
    assert np.array_equal(picture(opened), result.image)
    canvas = opened.locator("canvas[data-picture=refocused]")
    box = canvas.bounding_box()
    for y, x in np.argwhere(part.mask)[[0, 40, 77, -1]]:
        at = {"x": (x + 0.5) * box["width"] / SIDE, "y": (y + 0.5) * box["height"] / SIDE}
        canvas.click(position=at)
        told, known = opened.evaluate(WHY), explain(part, result, int(y), int(x))
        assert (told["y"], told["x"], told["turn"]) == (y, x, known.turn)
        assert told["chosen"] == told["winner"] == known.chosen
        assert told["sources"] == known.sources.tolist()
        assert told["image_distances"] == known.image_distances.tolist()
        assert told["texture_distances"] == known.texture_distances.tolist()
        assert told["holds"] == list(known.holds)
        assert told["counted"] == known.counted.ravel().tolist()
        assert np.allclose(told["product"], known.product, rtol=1e-12)
    assert opened.complaints == []
    assert [address for address in opened.requests if not address.startswith(("file:", "blob:"))] == []
    assert opened.title() == "Refocusing: sliders"


def test_a_pixel_is_chosen_and_left_by_the_keyboard(opened):
    opened.locator("canvas[data-picture=refocused]").focus()
    opened.keyboard.press("ArrowDown")
    first = opened.evaluate(WHY)
    opened.keyboard.press("ArrowRight")
    opened.keyboard.press("Shift+ArrowUp")
    then = opened.evaluate("() => document.querySelector('.rl-why').dataset.pixel")
    assert then == f"{first['y'] - 8},{first['x'] + 1}"
    for _ in range(3):
        opened.keyboard.press("Shift+ArrowUp")
    assert "keeps the value of the misfocused photo" in opened.locator(".rl-why").inner_text()
