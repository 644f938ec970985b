"""The page of a large photo: the part that changed, and bytes within bounds."""

import base64
import io
import re
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

import refocuslab as rl
from refocuslab.lab.cli.photos.explained import explained
from refocuslab.lab.cli.photos.proposed import Task
from refocuslab.refocusing.result import Paper, Result

SIDES = 640, 1240
TOP, LEFT = 30, 380


def made(photo, count):
    """A result that changed the photo in a box, as the paper's system without registration."""
    image, mask = photo.copy(), np.zeros(SIDES, bool)
    changed = np.s_[TOP : TOP + 560, LEFT : LEFT + 840]
    image[changed], mask[changed] = 255 - photo[changed], True
    task = Task(rl.Scene(photo, mask, [rl.FocusedPhoto(photo)] * count, psf=rl.disk(3)))
    paper = Paper(lambda: SimpleNamespace(confidence=np.where(mask, 0.5, np.nan)))
    return task, Result(image, paper, None, None, rl.Method(), {}), changed


def pictures(page):
    found = re.findall(r'src="data:image/jpeg;base64,([^"]*)"', page.decode())
    return [np.asarray(Image.open(io.BytesIO(base64.b64decode(one)))).astype(int) for one in found]


@pytest.mark.seconds
def test_the_part_at_full_size_is_that_which_changed_most():
    rows, columns = np.indices(SIDES)
    photo = np.stack([rows // 4, columns // 8, rows // 8 + columns // 16], axis=2).astype(np.uint8)
    task, result, box = made(photo, 1)
    _, _, after, before, *_ = pictures(explained(task, result, 1.0))
    assert np.abs(after - result.image[box]).max() < 8 and np.abs(before - photo[box]).max() < 8


@pytest.mark.seconds
def test_a_page_of_too_many_bytes_has_smaller_pictures():
    noise = np.random.default_rng(0).integers(0, 256, (*SIDES, 3), dtype=np.uint8)
    task, result, _ = made(noise, 1)
    page = explained(task, result, 1.0)
    assert 4_000_000 < len(page) <= 10_000_000
    assert max(pictures(page)[0].shape) < SIDES[1]
