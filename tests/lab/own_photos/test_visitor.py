"""Own photos before a visitor whom nobody knows: whatever a page sends opens and breaks nothing."""

import io
import re

import numpy as np
import pytest
from PIL import Image

from refocuslab.lab.own_photos import OwnPhotos, table, uploads

TIMEOUT = 120
HOSTILE = '../<img src=x onerror="window.hurt=1">; `touch hurt` \u202e%s\n.png'


def encoded(image) -> bytes:
    file = io.BytesIO()
    Image.fromarray(image).save(file, format="PNG")
    return file.getvalue()


UPLOAD = {"kind": "upload", "id": 1, "role": "misfocused", "name": "a.png", "size": 9}
STROKE = {"kind": "stroke", "erase": False, "radius": 3.0, "points": [[1, 2]]}
OUTLINE = {"kind": "outline", "erase": False, "points": [[1, 2], [3, 4], [5, 0]]}
LOOK = {"kind": "look", "serial": 1, "pictures": ["misfocused"], "box": [0, 0, 5, 5]}
ODD_MESSAGES = [
    None, 7, "upload", [], {}, {"kind": None}, {"kind": []}, {"kind": "open"}, {"kind": "save"},
    UPLOAD | {"path": "/etc/passwd"}, UPLOAD | {"id": "1"}, UPLOAD | {"id": -1}, UPLOAD | {"id": 2**60},
    UPLOAD | {"role": "truth"}, UPLOAD | {"name": ""}, UPLOAD | {"name": "x" * 256}, UPLOAD | {"name": 3},
    UPLOAD | {"size": -1}, UPLOAD | {"size": 1.5}, UPLOAD | {"size": True},
    {"kind": "piece", "id": 1}, {"kind": "piece", "id": 1, "at": 0.5}, {"kind": "piece", "at": 0},
    {"kind": "remove"}, {"kind": "swap", "id": None}, {"kind": "undo", "times": 9},
    STROKE | {"radius": 0}, STROKE | {"radius": float("nan")}, STROKE | {"radius": 1e9},
    STROKE | {"points": []}, STROKE | {"erase": 1}, STROKE | {"points": [[1, 1e7]]},
    STROKE | {"points": [[1]]}, STROKE | {"points": [[1, 2, 3]]}, STROKE | {"points": [[1, float("inf")]]},
    STROKE | {"points": [[0, 0]] * 4001}, STROKE | {"points": "ab"},
    OUTLINE | {"points": [[1, 2], [3, 4]]}, {"kind": "fill", "to": "the truth"}, {"kind": "fill"},
    LOOK | {"box": [0, 0, 5]}, LOOK | {"box": [0, 0, -5, 5]}, LOOK | {"pictures": []},
    LOOK | {"pictures": ["a"] * 9}, {"kind": "save", "what": "everything"},
    {"kind": "save", "what": "picture", "to": "elsewhere"}, {"kind": "cancel", "all": 1},
    {"kind": "open scene", "ids": []}, {"kind": "open scene", "path": "elsewhere"}, {"kind": "blur"},
    {"kind": "scene file", "id": 1, "name": "a", "size": 9, "path": "elsewhere"},
]  # fmt: skip


@pytest.mark.parametrize("message", ODD_MESSAGES, ids=lambda one: repr(one)[:60])
def test_a_message_of_another_form_is_refused_in_words(visitor, message):
    before = visitor.widget.get_state() | {"status": None}
    visitor.say(message)
    assert visitor.error.startswith("message must be one that the page of one's own photos sends")
    assert len(visitor.error) < 150 and not visitor.widget.status["busy"]
    assert visitor.widget.get_state() | {"status": None} == before


EARLY = [
    (STROKE, "There is no mask to paint yet"), (OUTLINE, "There is no mask to paint yet"),
    ({"kind": "undo"}, "There is no mask to paint yet"),
    ({"kind": "fill", "to": "nothing"}, "There is no mask to paint yet"),
    ({"kind": "refocus"}, "Both photos must be there"),
    ({"kind": "save", "what": "picture"}, "There is nothing to save"),
    ({"kind": "save", "what": "scene"}, "There is nothing to save"),
    ({"kind": "piece", "id": 5, "at": 0}, "piece must come with its bytes"),
]  # fmt: skip


@pytest.mark.parametrize(("message", "says"), EARLY, ids=lambda one: str(one)[:40])
def test_what_comes_too_early_is_refused_in_words(visitor, message, says):
    visitor.say(message)
    assert visitor.error.startswith(says)
    visitor.say({"kind": "cancel"})
    assert visitor.error == ""


def test_what_is_not_there_is_neither_removed_nor_swapped(visitor):
    for kind in ("remove", "swap"):
        visitor.say({"kind": kind, "id": 4})
    assert visitor.error == "" and visitor.widget.photos == []


def test_a_page_sets_no_trait(visitor):
    state = visitor.widget.get_state()
    visitor.widget.set_state(
        {"photos": [{"id": 1}], "mask": b"x", "status": {"busy": True}, "size": [9, 9], "_esm": "x"}
    )
    visitor.widget.set_state(None)
    assert visitor.widget.get_state() == state


@pytest.mark.seconds
def test_what_is_no_photo_is_told_and_the_page_lives_on(visitor, pair, known):
    visitor.upload(1, b"just some text\n" * 1000, name="notes.jpg")
    visitor.widget.settle(TIMEOUT)
    assert visitor.error.startswith("“notes.jpg” cannot be used: it holds text and no picture")
    assert visitor.widget.photos == [] and not visitor.widget.status["busy"]
    visitor.both(pair)
    assert visitor.error == "" and visitor.widget.checked is not None
    # Beside photos that were read, one that cannot be is told, and they stay.
    visitor.upload(8, b"x" * 9, "focused", "c.png")
    visitor.widget.settle(TIMEOUT)
    assert visitor.error.startswith("“c.png” cannot be used") and len(visitor.roles) == 2
    assert visitor.widget.checked is not None and len(known) == 1


def test_no_path_that_a_page_names_is_opened(visitor, pair, known, tmp_path, monkeypatch):
    secret = tmp_path / "secret.png"
    secret.write_bytes(encoded(pair.v))
    read = []
    for module in (uploads, table):
        inner = module.read_picture
        monkeypatch.setattr(
            module, "read_picture", lambda path, inner=inner: (read.append(str(path)), inner(path))[1]
        )
    for number, name in enumerate([str(secret), f"file://{secret}", HOSTILE, "..", "/"]):
        visitor.upload(number, encoded(pair.u), "focused", name)
    visitor.widget.settle(TIMEOUT)
    assert len(read) == 5 and not any(str(tmp_path) in path for path in read)
    for row in visitor.widget.photos:
        assert "/" not in row["name"] and row["name"].isprintable() and row["name"]


@pytest.mark.seconds
def test_a_hostile_name_gives_harmless_files(visitor, pair, known):
    visitor.both(pair, u=HOSTILE)
    visitor.say({"kind": "refocus"})
    visitor.widget.settle(TIMEOUT)
    for what in ("picture", "scene", "notebook"):
        name, content = visitor.saved(what)
        assert re.fullmatch(r"[\w-]+(\.refocused\.(png|ipynb)|\.zip)", name)
        if what == "notebook":
            assert b"<img" not in content


def test_pieces_of_nothing_and_of_too_much_are_refused(visitor):
    visitor.say(UPLOAD)
    for at, buffers in ((0, []), (0, [b"1", b"2"]), (3, [b"123"]), (0, [b"1234567890"]), (0, [b""])):
        visitor.say({"kind": "piece", "id": 1, "at": at}, buffers)
        assert visitor.error.startswith("piece must")
    visitor.say(UPLOAD)
    assert visitor.error.startswith("id must be new")


def test_the_front_end_loads_nothing_from_the_network():
    front = OwnPhotos._esm + OwnPhotos._css
    assert not re.search(r"https?://|import\s*\(|^import |url\(", front, re.MULTILINE)
    assert not re.search(r"innerHTML|insertAdjacentHTML|document\.write|eval\(", front)


def test_colors_are_told_apart_without_red_and_green():
    from refocuslab.lab.widgets.previews import difference

    ramp = np.tile(np.arange(25, dtype=np.uint8)[None, :, None], (1, 1, 3))
    blue = difference(ramp, np.zeros_like(ramp), np.ones((1, 25), bool))[0].astype(int)
    luminance = blue @ [0.2126, 0.7152, 0.0722]
    assert (np.diff(luminance) > 0).all()
