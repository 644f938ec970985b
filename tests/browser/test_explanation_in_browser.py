"""The page that explains a picture, in a real browser: by keys alone, in light and dark, at every width."""

import io
import re

import numpy as np
import pytest
from PIL import Image

import refocuslab as rl
from refocuslab.lab.cli.photos.explained import explained
from refocuslab.lab.cli.photos.proposed import Task

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    scene = rl.load_scene("coffee").middle(120)
    task = Task(scene)
    result = task.refocused(task.engine(), rl.Method.consistent())
    made = tmp_path_factory.mktemp("page") / "coffee.html"
    made.write_bytes(explained(task, result, 1.0))
    return made


def seen(locator) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(locator.screenshot())).convert("RGB")).astype(int)


def test_blink_and_wipe_answer_to_the_keyboard(page, path):
    asked = []
    page.on("request", lambda one: asked.append(one.url))
    page.goto(path.as_uri())
    stack = page.locator(".wipe .stack").first
    line = stack.locator("input")
    line.focus()
    line.press("End")
    before = seen(stack)
    line.press("Home")
    after = seen(stack)
    line.press("ArrowRight")
    assert line.input_value() == "1"
    middle = np.s_[60:-60, 60:-60]
    scene = rl.load_scene("coffee").middle(120)
    for shown, told in ((before, scene.misfocused), (after, None)):
        large = np.asarray(
            Image.fromarray(told if told is not None else scene.truth).resize(shown.shape[1::-1])
        )
        assert np.abs(shown - large)[middle].mean() < 12
    assert np.abs(before - after)[middle].mean() > 3

    blink = page.locator(".blink").first
    photos, told = blink.locator(".stack"), blink.locator(".corner")
    assert told.inner_text() == "misfocused"
    first = seen(photos)
    blink.get_by_role("button", name="Show the other").press("Enter")
    assert told.inner_text() == "focused"
    assert np.abs(seen(photos) - first)[middle].mean() > 1
    play = blink.get_by_role("button", name="Blink")
    play.press("Space")
    assert play.get_attribute("aria-pressed") == "true"
    for name in ("misfocused", "focused"):
        told.filter(has_text=re.compile(f"^{name}$")).wait_for()
    play.press("Space")
    assert play.get_attribute("aria-pressed") == "false"
    assert [one for one in asked if not one.startswith("data:")] == [path.as_uri()]
    assert not page.complaints


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [640, 1280, 1920])
def test_it_fits_every_width(browser, path, width, scheme):
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
    page = context.new_page()
    page.goto(path.as_uri())
    assert page.evaluate("document.documentElement.scrollWidth") == width
    pictures = page.locator("main img")
    assert all(pictures.nth(n).get_attribute("alt") for n in range(pictures.count()))
    ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (ground == "rgb(20, 22, 26)") == (scheme == "dark")
    context.close()


def test_all_is_seen_where_no_script_may_run(browser, path):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(path.as_uri())
    pictures = page.locator(".stack img")
    boxes = [pictures.nth(n).bounding_box() for n in range(pictures.count())]
    assert len({(box["x"], box["y"]) for box in boxes}) == len(boxes) >= 4
    assert not page.locator("button").first.is_visible()
    context.close()
