"""Scenes as lines, and on a page: dark where nothing is refocused, a truth where there is one."""

import base64
import io
import re

import numpy as np
from PIL import Image

from refocuslab.lab.pages import scenes
from refocuslab.optics.psf import disk
from refocuslab.scene import FocusedPhoto, Scene

SIDES = 400, 300


def a_scene(count=1, truth=True, title="A <b> & c"):
    white = np.full((*SIDES, 3), 255, np.uint8)
    mask = np.zeros(SIDES, bool)
    mask[:200] = True
    photos = [FocusedPhoto(np.full((*SIDES, 3), 100, np.uint8))] * count
    kept = white // 2 if truth else None
    return Scene(white, mask, photos, psf=disk(3), truth=kept, name="made", title=title)


def pictures(text):
    found = re.findall(r'src="data:image/jpeg;base64,([^"]+)"', text)
    return [np.asarray(Image.open(io.BytesIO(base64.b64decode(one)))).astype(int) for one in found]


def test_a_line_tells_what_is_to_be_refocused_from_how_many_photos():
    assert scenes.line(a_scene()) == f"{'made':24}  400 x 300, 60,000 to refocus, 1 focused photo  A <b> & c"
    assert scenes.line(a_scene(2, title="")).endswith(" to refocus, 2 focused photos")


def test_a_page_has_small_pictures_dimmed_outside_the_mask():
    misfocused, focused, truth = pictures(scenes.scene_page([a_scene()], "today"))
    assert max(misfocused.shape) == scenes.SIDE and misfocused.shape == (260, 195, 3)
    for shown, level in ((misfocused[:120], 255), (misfocused[140:], 85), (focused, 100), (truth, 127)):
        assert abs(shown - level).max() <= 4  # JPEG
    assert len(pictures(scenes.scene_page([a_scene(truth=False)], "today"))) == 2


def test_a_page_tells_titles_as_text():
    text = scenes.scene_page([a_scene()], "today")
    assert "A &lt;b&gt; &amp; c" in text and "today" in text
