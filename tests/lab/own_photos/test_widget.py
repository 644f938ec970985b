"""Own photos without a browser: what comes of what a page sends."""

import io
import json
import re
import threading
import zipfile

import numpy as np
import pytest
from PIL import Image
from skimage import data

import refocuslab as rl
from refocuslab.lab.own_photos import OwnPhotos, making
from refocuslab.lab.own_photos.uploads import MOST_PHOTOS
from refocuslab.lab.widgets import previews
from refocuslab.proposal.region import blended, seam
from refocuslab.refocusing import refocuser

TIMEOUT = 120


def encoded(image, kind: str = "PNG", **options) -> bytes:
    file = io.BytesIO()
    Image.fromarray(image).save(file, format=kind, **options)
    return file.getvalue()


def opened(content: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(content)).convert("RGB"))


@pytest.mark.seconds
def test_two_photos_are_read_and_checked(visitor, pair, known):
    visitor.both(pair)
    page = visitor.widget
    assert len(known) == 1 and np.array_equal(known[0].misfocused, pair.u)
    assert np.array_equal(known[0].focused[0].image, pair.v) and known[0].mask.all()
    assert visitor.roles == {1: "misfocused", 2: "focused"} and page.size == [72, 72]
    assert [row["name"] for row in page.photos] == ["a.png", "b.png"]
    assert opened(page.photos[0]["thumb"]).shape == opened(page.jpeg_misfocused).shape == pair.u.shape
    assert np.array_equal(opened(page.mask)[..., 0] > 0, pair.mask)
    # Grave advice first, and what was found in its own words.
    assert [row["grave"] for row in page.advice] == [True, False]
    assert page.found == ["They fit.", "Nothing moved."]
    assert page.forecast == "It will take about 77 s on this machine, and 0.0 GB of memory."
    assert page.painted["any"] and "Blue is refocused, 29 % of the photo" in page.painted["told"]
    assert not page.status["busy"] and visitor.error == ""


@pytest.mark.seconds
def test_the_difference_is_dark_where_the_blurred_photo_explains_u(visitor, pair, known):
    visitor.both(pair)
    shown = visitor.widget._full["difference"].astype(int)
    brightness = shown[..., 0]
    inner = pair.mask & (np.hypot(*(np.mgrid[:72, :72] - np.array([36, 34])[:, None, None])) < 15)
    assert np.median(brightness[inner]) == 0 < np.mean(brightness[~pair.mask])


@pytest.mark.seconds
def test_the_saved_picture_scene_and_notebook_make_the_same_picture(
    visitor, pair, known, tmp_path, monkeypatch
):
    visitor.both(pair, u="my cup.png")
    visitor.say({"kind": "stroke", "erase": True, "radius": 4, "points": [[30, 30], [40, 38]]})
    visitor.say({"kind": "refocus"})
    visitor.widget.settle(TIMEOUT)
    mask = visitor.widget.mask_now
    assert mask.sum() < pair.mask.sum()
    scene = rl.Scene(pair.u, mask, [rl.FocusedPhoto(pair.v)])
    result = rl.Refocuser(scene, threads=2).refocus(rl.Method.consistent())
    expected = blended(pair.u, result.image, seam(mask))
    assert np.array_equal(expected[~mask], pair.u[~mask]) and not np.array_equal(expected, pair.u)
    name, content = visitor.saved("picture")
    assert name == "my-cup.refocused.png" and np.array_equal(opened(content), expected)
    assert np.abs(opened(visitor.widget.jpeg_refocused).astype(int) - expected).mean() < 4

    name, packed = visitor.saved("scene")
    assert name == "my-cup.zip"
    zipfile.ZipFile(io.BytesIO(packed)).extractall(tmp_path)
    assert rl.load_scene(tmp_path / "my-cup") == scene.replace(title="my cup.png")
    assert visitor.saved("scene")[1] == packed

    # Who asks for all at once gets all.
    visitor.sent.clear()
    for what in ("picture", "scene", "notebook"):
        visitor.say({"kind": "save", "what": what})
    visitor.widget.settle(TIMEOUT)
    given = {told["name"] for told, _ in visitor.sent if told["kind"] == "file"}
    assert given == {"my-cup.refocused.png", "my-cup.zip", "my-cup.refocused.ipynb"}

    name, text = visitor.saved("notebook")
    assert name == "my-cup.refocused.ipynb"
    (code,) = [cell for cell in json.loads(text)["cells"] if cell["cell_type"] == "code"]
    monkeypatch.chdir(tmp_path)
    exec("".join(code["source"]), {})
    assert np.array_equal(opened((tmp_path / "my-cup.refocused.png").read_bytes()), expected)


@pytest.mark.seconds
def test_the_psf_of_the_proposed_mask_is_not_looked_for_again(visitor, pair, known, monkeypatch):
    visitor.both(pair)
    monkeypatch.setattr(refocuser, "estimate_psf", lambda *_, **__: pytest.fail("looked for"))
    visitor.say({"kind": "refocus"})
    visitor.widget.settle(TIMEOUT)
    scene = rl.Scene(pair.u, pair.mask, [rl.FocusedPhoto(pair.v)])
    proposal = rl.propose_mask(scene, step=lambda _: None, early=lambda _: None)
    result = rl.Refocuser(scene, psf_estimate=proposal.psf).refocus(rl.Method.consistent())
    assert np.array_equal(visitor.widget.made.image, blended(pair.u, result.image, seam(pair.mask)))


@pytest.mark.seconds
def test_a_picture_is_saved_without_loss_with_its_exif_data(visitor, pair, known):
    exif = Image.Exif()
    exif[0x0110] = "A camera"
    visitor.upload(1, encoded(pair.u, "TIFF", exif=exif), name="shot.tif")
    visitor.upload(2, encoded(pair.v), "focused")
    visitor.widget.settle(TIMEOUT)
    visitor.say({"kind": "refocus"})
    visitor.widget.settle(TIMEOUT)
    name, content = visitor.saved("picture")
    file = Image.open(io.BytesIO(content))
    assert (name, file.format, file.getexif()[0x0110]) == ("shot.refocused.png", "PNG", "A camera")


@pytest.mark.seconds
def test_of_two_photos_at_once_the_softer_one_is_misfocused(visitor, pair, known):
    soft, sharp = encoded(rl.blur(pair.v, rl.disk(5))), encoded(pair.v)
    for number, content in ((1, sharp), (2, soft)):
        told = {"kind": "upload", "id": number, "role": "either", "name": "a.png", "size": len(content)}
        visitor.say(told)
    visitor.say({"kind": "piece", "id": 1, "at": 0}, [sharp])
    visitor.widget.settle(TIMEOUT)
    assert visitor.roles == {1: "either"} and known == []  # nobody knows yet
    visitor.say({"kind": "piece", "id": 2, "at": 0}, [soft])
    visitor.widget.settle(TIMEOUT)
    assert visitor.roles == {1: "focused", 2: "misfocused"} and len(known) == 1


@pytest.mark.seconds
def test_photos_are_swapped_replaced_and_removed(visitor, pair, known):
    visitor.both(pair)
    visitor.say({"kind": "swap", "id": 2})
    visitor.widget.settle(TIMEOUT)
    assert visitor.roles == {1: "focused", 2: "misfocused"}
    assert np.array_equal(known[-1].misfocused, pair.v)
    visitor.upload(3, encoded(pair.u))
    visitor.widget.settle(TIMEOUT)
    assert visitor.roles == {1: "focused", 3: "misfocused"} and len(known) == 3
    visitor.say({"kind": "remove", "id": 1})
    visitor.widget.settle(TIMEOUT)
    page = visitor.widget
    assert visitor.roles == {3: "misfocused"} and page.checked is None
    assert page.mask == page.jpeg_aligned == b"" and page.advice == page.found == [] and page.forecast == ""
    visitor.say({"kind": "remove", "id": 3})
    visitor.widget.settle(TIMEOUT)
    assert page.photos == [] and page.size == [] and page.jpeg_misfocused == b"" and len(known) == 3


@pytest.mark.seconds
def test_what_was_painted_stays_when_a_focused_photo_is_added_and_goes_with_the_photo(visitor, pair, known):
    visitor.both(pair)
    visitor.say({"kind": "stroke", "erase": False, "radius": 3, "points": [[5, 5]]})
    painted = visitor.widget.mask_now
    visitor.upload(3, encoded(pair.v), "focused")
    visitor.widget.settle(TIMEOUT)
    assert len(known[-1].focused) == 2
    assert np.array_equal(visitor.widget.mask_now, painted) and visitor.widget.painted["undo"] == 1
    visitor.upload(4, encoded(np.ascontiguousarray(pair.u[::-1])))
    visitor.widget.settle(TIMEOUT)
    assert np.array_equal(visitor.widget.mask_now, pair.mask) and visitor.widget.painted["undo"] == 0


@pytest.mark.seconds
def test_strokes_are_taken_back_and_a_result_is_told_to_be_older_than_they(visitor, pair, known):
    visitor.both(pair)
    visitor.say({"kind": "refocus"})
    visitor.widget.settle(TIMEOUT)
    assert not visitor.widget.stale and visitor.widget.status["made"] == 1
    assert visitor.widget.forecast == ""  # beside "Made in 3 s." it would contradict
    visitor.say({"kind": "outline", "erase": False, "points": [[2, 2], [9, 2], [9, 9]]})
    assert visitor.widget.stale and visitor.widget.mask_now[3, 7]
    visitor.say({"kind": "undo"})
    assert np.array_equal(visitor.widget.mask_now, pair.mask)
    assert visitor.widget.painted["undo"] == 0 and visitor.widget.painted["redo"] == 1
    visitor.say({"kind": "fill", "to": "nothing"})
    visitor.say({"kind": "refocus"})
    assert visitor.error == "Nothing is painted: paint what is to be refocused first."
    visitor.widget.settle(TIMEOUT)
    assert visitor.widget.forecast == ""


@pytest.mark.seconds
def test_parts_at_full_size_are_those_of_the_pictures(visitor, pair, known):
    visitor.both(pair)
    visitor.sent.clear()
    box = [10, 20, 30, 500]
    visitor.say({"kind": "look", "serial": 7, "pictures": ["misfocused", "refocused", "aligned"], "box": box})
    ((told, buffers),) = visitor.sent
    assert told["serial"] == 7 and told["pictures"] == ["misfocused", "aligned"]
    assert told["boxes"] == [[10, 20, 30, 52]] * 2
    for content, image in zip(buffers, (pair.u, pair.v), strict=True):
        part = opened(content).astype(int)
        assert part.shape == (30, 52, 3) and np.abs(part - image[10:40, 20:]).mean() < 4
    visitor.sent.clear()
    for box in ([72, 0, 5, 5], [0, 0, 0, 5], [10**6, 10**6, 1, 1]):
        visitor.say({"kind": "look", "serial": 8, "pictures": ["misfocused"], "box": box})
    assert visitor.sent == [] and visitor.error == ""


@pytest.mark.seconds
def test_a_large_photo_is_sent_small(visitor, pair, known, monkeypatch):
    monkeypatch.setattr(previews.size, "__defaults__", (36,))
    monkeypatch.setattr(previews.jpeg, "__defaults__", (36,))
    visitor.both(pair)
    page = visitor.widget
    assert opened(page.jpeg_misfocused).shape == opened(page.mask).shape == (36, 36, 3)
    assert page.size == [72, 72] and page.mask_now.shape == (72, 72)


@pytest.mark.seconds
def test_work_is_cancelled_and_may_begin_again(visitor, pair, known, monkeypatch):
    begun = threading.Event()
    inner = rl.propose_mask

    def slow(scene, **options):
        begun.set()
        for _ in range(2000):
            options["step"](0.1)
            threading.Event().wait(0.01)
        raise AssertionError("not cancelled")

    monkeypatch.setattr(rl, "propose_mask", slow)
    visitor.upload(1, encoded(pair.u))
    visitor.upload(2, encoded(pair.v), "focused")
    assert begun.wait(TIMEOUT)
    visitor.say({"kind": "cancel"})
    visitor.widget.settle(5)
    # Told where the work was asked for.
    assert visitor.widget.status["message"] == "Cancelled." and visitor.widget.status["work"] == "checking"
    assert visitor.widget.checked is None
    monkeypatch.setattr(rl, "propose_mask", inner)
    visitor.say({"kind": "check"})
    visitor.widget.settle(TIMEOUT)
    assert visitor.widget.checked is not None


@pytest.mark.seconds
def test_the_mask_is_there_before_blur_and_advice_and_what_is_painted_meanwhile_stays(
    visitor, pair, known, monkeypatch
):
    inner, seen, go_on = rl.propose_mask, threading.Event(), threading.Event()

    def halting(scene, early, **options):
        def halted(proposal):
            early(proposal)
            seen.set()
            while not go_on.wait(0.01):
                options["step"](0.5)

        return inner(scene, early=halted, **options)

    monkeypatch.setattr(rl, "propose_mask", halting)
    page = visitor.widget
    visitor.upload(1, encoded(pair.u))
    visitor.upload(2, encoded(pair.v), "focused")
    assert seen.wait(TIMEOUT)
    assert np.array_equal(opened(page.mask)[..., 0] > 0, pair.mask) and page.jpeg_aligned
    assert page.blur["told"] == "It is being measured."
    assert page.status["busy"] and not page.jpeg_difference and page.found == page.advice == []
    visitor.say({"kind": "refocus"})
    assert visitor.error.startswith("Both photos must be there, and their check be done")
    visitor.say({"kind": "cancel"})
    page.settle(5)
    assert page.found == [] and page.mask and not page.checked.done  # so that the page offers to check again
    visitor.say({"kind": "outline", "erase": False, "points": [[2, 2], [9, 2], [9, 9]]})
    seen.clear()
    visitor.say({"kind": "check"})
    assert seen.wait(TIMEOUT)
    visitor.say({"kind": "outline", "erase": False, "points": [[60, 60], [70, 60], [70, 70]]})
    go_on.set()
    page.settle(TIMEOUT)
    assert page.mask_now[3, 7] and page.mask_now[62, 67] and page.mask_now[36, 34]
    assert page.found and page.advice and page.jpeg_difference and "disk 5 pixels across" in page.blur["told"]


@pytest.mark.seconds
def test_a_fault_of_the_work_is_told_in_words_and_the_page_lives_on(visitor, pair, known, monkeypatch):
    inner = rl.propose_mask
    monkeypatch.setattr(rl, "propose_mask", lambda *_, **__: 1 / 0)
    visitor.upload(1, encoded(pair.u))
    visitor.upload(2, encoded(pair.v), "focused")
    with pytest.raises(ZeroDivisionError):
        visitor.widget.settle(TIMEOUT)
    assert visitor.error.startswith("The work ended with an unexpected ZeroDivisionError")
    monkeypatch.setattr(rl, "propose_mask", inner)
    visitor.say({"kind": "check"})
    visitor.widget.settle(TIMEOUT)
    assert visitor.widget.checked is not None and visitor.error == ""


@pytest.mark.seconds
def test_what_would_be_lost_is_known_until_it_is_saved(visitor, pair, known):
    page, stroke = visitor.widget, {"kind": "outline", "erase": False, "points": [[2, 2], [9, 2], [9, 9]]}
    painted = {"picture": "", "all": "what you painted"}
    none, picture = {"picture": "", "all": ""}, dict.fromkeys(("picture", "all"), "the refocused picture")
    visitor.both(pair)
    assert page.unsaved == none
    visitor.say(stroke)
    assert page.unsaved == painted
    visitor.saved("scene")
    assert page.unsaved == none  # the mask is in it
    visitor.say({"kind": "undo"})
    visitor.say(stroke)
    assert page.unsaved == painted
    visitor.say({"kind": "refocus"})
    page.settle(TIMEOUT)
    assert page.unsaved == picture
    visitor.saved("scene")
    visitor.saved("notebook")
    assert page.unsaved == picture  # which neither of them holds
    visitor.saved("picture")
    assert page.unsaved == none
    visitor.say(stroke | {"erase": True})
    assert page.unsaved == painted
    visitor.say({"kind": "swap", "id": 2})
    page.settle(TIMEOUT)
    assert page.unsaved == none  # there is nothing any longer


@pytest.mark.seconds
def test_a_photo_that_does_not_fit_is_shown_as_it_came_and_nothing_is_refocused(visitor, pair):
    page, other = visitor.widget, np.ascontiguousarray(data.chelsea()[:60, :90])
    visitor.upload(1, encoded(pair.u))
    visitor.upload(2, encoded(other), "focused")
    page.settle(TIMEOUT)
    assert not page.fits and page.advice[0]["about"] == "view" and not page.jpeg_difference
    shown = page._full["aligned"]
    # All of it, within the frame of the photo to repair.
    assert shown.shape == pair.u.shape and not shown[:10].any() and not shown[-10:].any()
    assert np.abs(shown[12:60].mean((0, 1)) - other.mean((0, 1))).max() < 3
    visitor.say({"kind": "outline", "erase": False, "points": [[20, 20], [50, 20], [50, 50]]})
    visitor.say({"kind": "refocus"})
    assert visitor.error == making.APART
    page.settle(TIMEOUT)
    assert page.forecast == ""
    visitor.say({"kind": "remove", "id": 2})
    page.settle(TIMEOUT)
    assert page.fits


def test_what_is_on_its_way_can_be_taken_back(visitor, pair, known):
    sharp = encoded(pair.v)
    for number in (1, 2):
        told = {"kind": "upload", "id": number, "role": "either", "name": "a.png", "size": len(sharp)}
        visitor.say(told)
    visitor.say({"kind": "piece", "id": 1, "at": 0}, [sharp])
    visitor.widget.settle(TIMEOUT)
    visitor.say({"kind": "remove", "id": 2})
    visitor.widget.settle(TIMEOUT)
    assert visitor.roles == {1: "misfocused"}  # it waits for nothing any longer
    for number in (8, 9):
        visitor.say({"kind": "scene file", "id": number, "name": "scene.toml", "size": 9})
    visitor.say({"kind": "remove", "id": 9})
    visitor.say({"kind": "piece", "id": 8, "at": 0}, [b"1"])
    assert visitor.error.startswith("id must be that of a file on its way")


@pytest.mark.seconds
def test_photos_can_be_given_in_python(pair, known, tmp_path):
    for name, image in (("u.png", pair.u), ("v.png", pair.v)):
        Image.fromarray(image).save(tmp_path / name)
    page = OwnPhotos(tmp_path / "u.png", [tmp_path / "v.png"], threads=1)
    page.settle(TIMEOUT)
    assert [row["role"] for row in page.photos] == ["misfocused", "focused"]
    assert np.array_equal(page.mask_now, pair.mask)
    page.refocus()
    page.settle(TIMEOUT)
    assert page.made.image.shape == pair.u.shape


@pytest.mark.seconds
def test_what_is_transparent_is_left_out(visitor, pair, known):
    alpha = np.full(pair.u.shape[:2], 255, np.uint8)
    alpha[:, :10] = 0
    visitor.upload(1, encoded(pair.u))
    visitor.upload(2, encoded(np.dstack([pair.v, alpha])), "focused")
    visitor.widget.settle(TIMEOUT)
    assert np.array_equal(known[0].focused[0].mask, alpha > 0) and known[0].mask.all()
    assert "transparent" in visitor.widget.photos[1]["doubts"][0]


@pytest.mark.seconds
def test_too_little_memory_is_told_before(visitor, pair, known, monkeypatch):
    monkeypatch.setattr(making, "there_is", lambda: 10**6)
    visitor.both(pair)
    assert re.fullmatch(
        r"It needs \d+\.\d GB of memory, and there are 0\.0 GB: paint less, or give smaller photos\.",
        visitor.widget.forecast,
    )


def test_no_more_photos_than_are_taken(visitor, pair):
    content = encoded(pair.v)
    for number in range(MOST_PHOTOS + 1):
        visitor.upload(number + 1, content, "focused")
    assert visitor.error  # of the last
    visitor.widget.settle(TIMEOUT)
    assert len(visitor.widget.photos) == MOST_PHOTOS
    assert ({"kind": "refused", "id": MOST_PHOTOS + 1}, None) in visitor.sent


@pytest.mark.seconds
def test_where_nothing_is_proposed_it_can_be_painted(visitor, pair, known, monkeypatch):
    inner = rl.propose_mask

    def nothing(scene, **options):
        proposal = inner(scene, **options)
        proposal.mask, proposal.psf = np.zeros_like(pair.mask), None
        return proposal

    monkeypatch.setattr(rl, "propose_mask", nothing)
    visitor.both(pair)
    assert not visitor.widget.painted["any"] and visitor.widget.forecast == ""
    visitor.say({"kind": "refocus"})
    assert visitor.error == making.NOTHING
    visitor.say({"kind": "outline", "erase": False, "points": [[20, 20], [50, 20], [50, 50]]})
    visitor.say({"kind": "refocus"})
    visitor.widget.settle(TIMEOUT)
    assert visitor.widget.status["made"] == 1 and visitor.error == ""


def test_own_photos_are_refocused_by_registration_and_consistency():
    assert rl.Method.consistent() == making.METHOD
