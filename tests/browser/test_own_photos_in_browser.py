"""Own photos in a real browser: from two files to the saved picture, in JupyterLab, Voilà and the app."""

import contextlib
import io
import json
import os
import re
import signal
import struct
import subprocess
import sys
import time
import zlib
from pathlib import Path

import numpy as np
import psutil
import pytest
from PIL import Image
from scipy.ndimage import gaussian_filter
from skimage import data

import refocuslab as rl
from refocuslab.lab.widgets import painting
from refocuslab.optics.light import decode, encode

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
WIDGET = "from refocuslab.lab.own_photos import OwnPhotos\nwidget = OwnPhotos()\nwidget"
NOT_OURS = ("/lsp/status", "favicon", "cdn.jsdelivr.net", "cdnjs.cloudflare.com", "fonts.g")


def pictures() -> tuple[np.ndarray, np.ndarray]:
    """A photo misfocused in a soft polygon, and the same one shifted and exposed otherwise, all in focus."""
    whole = np.ascontiguousarray(data.coffee()[60:300, 150:470])
    lit = decode(whole)
    corners = [[95, 60], [215, 70], [235, 165], [160, 205], [90, 160]]
    inside = rl.Scene(whole, None, [rl.FocusedPhoto(whole)]).mask.copy()
    inside[:] = painted(inside.shape, corners)
    soft = gaussian_filter(inside.astype(float), 2)[..., None]
    misfocused = soft * decode(rl.blur(whole, rl.disk(9))) + (1 - soft) * lit
    shifted = np.roll(0.8 * lit, (3, -4), (0, 1))
    noise = np.random.default_rng(0).normal(0, 1, (2, *whole.shape))
    noisy = [encode(one).astype(float) + two for one, two in zip((misfocused, shifted), noise, strict=True)]
    u, v = (np.rint(one.clip(0, 255)).astype(np.uint8)[8:-8, 8:-8] for one in noisy)
    return np.ascontiguousarray(u), np.ascontiguousarray(v)


def painted(shape, corners) -> np.ndarray:
    made = painting.Painting(np.zeros(shape, bool))
    made.outline(corners)
    return made.mask


def enormous() -> bytes:
    """A PNG file of 30,000 x 30,000 pixels in a few kB."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return (
            struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
        )

    head = struct.pack(">IIBBBBB", 30_000, 30_000, 1, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(bytes(2_000_000), 9))
        + chunk(b"IEND", b"")
    )  # fmt: skip


@pytest.fixture(scope="module")
def photos(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("photos")
    u, v = pictures()
    Image.fromarray(u).save(folder / "cup.png")
    Image.fromarray(v).save(folder / "sharp.png")
    Image.fromarray(data.chelsea()).save(folder / "cat.jpg")
    (folder / "notes.jpg").write_text("no photo, only words\n" * 50)
    (folder / "vast.png").write_bytes(enormous())
    return folder


class Visit:
    """The page as a person meets it."""

    def __init__(self, page, photos: Path) -> None:
        self.page, self.photos = page, photos
        page.wait_for_selector(".rl-own", timeout=120_000)
        self.root = page.locator(".rl-own").first
        self.canvas = self.root.locator(".ro-canvas")

    def choose(self, role: str, *names: str) -> None:
        self.root.locator(f"input[data-role={role}]").set_input_files([self.photos / name for name in names])

    def proposed(self) -> None:
        self.page.wait_for_selector(".rl-own[data-ready=true][data-busy=false]", timeout=120_000)

    def steps(self, count: int) -> None:
        """Wait until so many changes of the mask can be taken back."""
        self.page.wait_for_selector(f".rl-own[data-undo='{count}']", timeout=10_000)

    def says(self, text: str) -> None:
        self.root.locator(".rl-error", has_text=text).wait_for(timeout=30_000)

    def button(self, name: str):
        return self.root.get_by_role("button", name=name, exact=True)

    def made(self, count: int = 1) -> None:
        self.page.wait_for_selector(f".rl-own[data-made='{count}'][data-busy=false]", timeout=300_000)

    def stroke(self, *points) -> None:
        """Paint along points, shares of the picture's width and height."""
        box = self.canvas.bounding_box()
        at = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in points]
        self.page.mouse.move(*at[0])
        self.page.mouse.down()
        for x, y in at[1:]:
            self.page.mouse.move(x, y, steps=5)
        self.page.mouse.up()

    def color(self, x: float, y: float) -> list[int]:
        """The color that the canvas shows there."""
        return self.page.evaluate(
            """([x, y]) => {
              const canvas = document.querySelector('.ro-canvas');
              const at = [Math.floor(x * canvas.width), Math.floor(y * canvas.height), 1, 1];
              return [...canvas.getContext('2d').getImageData(...at).data].slice(0, 3);
            }""",
            [x, y],
        )

    def saved(self, what: str) -> tuple[str, bytes]:
        with self.page.expect_download() as taken:
            self.root.locator(f"[data-save={what}]").click()
        return taken.value.suggested_filename, Path(taken.value.path()).read_bytes()

    def no_complaints(self) -> None:
        ours = [one for one in self.page.complaints if not any(known in one for known in NOT_OURS)]
        assert not ours, "\n".join(ours)

    def photograph(self, name: str) -> None:
        (ROOT / "results").mkdir(exist_ok=True)
        self.page.screenshot(path=ROOT / "results" / f"{name}.png")


def in_python(photos: Path) -> np.ndarray:
    """What the page should save: the same calls."""
    u, v = (np.asarray(Image.open(photos / name)) for name in ("cup.png", "sharp.png"))
    scene = rl.Scene(u, None, [rl.FocusedPhoto(v)])
    proposal = rl.propose_mask(scene)
    engine = rl.Refocuser(scene.replace(mask=proposal.mask), psf_estimate=proposal.psf)
    return proposal.over(u, engine.refocus(rl.Method.consistent()).image)


def notebook(folder: Path) -> str:
    cell = {
        "cell_type": "code",
        "id": "a",
        "metadata": {},
        "source": WIDGET,
        "outputs": [],
        "execution_count": None,
    }
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    book = {"cells": [cell], "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5}
    (folder / "own.ipynb").write_text(json.dumps(book), encoding="utf-8")
    return "own.ipynb"


def whole_visit(visit: Visit) -> None:
    """From two photos to the saved picture, as a person goes."""
    visit.choose("misfocused", "cup.png")
    visit.choose("focused", "sharp.png")
    visit.proposed()
    assert visit.root.locator(".ro-photos li").count() == 2
    assert "304 × 224 pixels" in visit.root.locator(".ro-photos li").first.inner_text()

    # A stroke is seen, counts, and is taken back: by button and by key.
    told = visit.root.get_attribute("data-painted")
    before = visit.color(0.06, 0.08)
    visit.stroke((0.03, 0.08), (0.12, 0.08))
    visit.steps(1)
    assert visit.root.get_attribute("data-painted") != told
    visit.page.wait_for_function(f"old => `${{({COLOR})(0.06, 0.08)}}` !== `${{old}}`", arg=before)
    visit.button("undo").click()
    visit.steps(0)
    assert visit.root.get_attribute("data-painted") == told
    visit.canvas.focus()
    for key in ("e", "ArrowRight", "ArrowRight", " "):
        visit.canvas.press(key)
    visit.steps(1)
    visit.canvas.press("Control+z")
    visit.steps(0)

    # Blink and difference.
    for look in ("blink", "difference"):
        visit.root.get_by_role("radio", name=look, exact=True).check()
        visit.page.wait_for_selector(f".ro-canvas[data-look={look}]")

    place = visit.button("Refocus").bounding_box()
    visit.button("Refocus").click()
    assert visit.button("Refocusing …").is_disabled()
    visit.button("Cancel").click()
    told = visit.root.get_by_text("Cancelled.", exact=True)
    told.wait_for()
    # Beside the button, which stays where it is.
    assert 0 < told.bounding_box()["y"] - place["y"] < 60
    assert visit.button("Refocus").bounding_box() == place
    visit.button("Refocus").click()
    visit.made()
    assert visit.button("Refocus").bounding_box() == place
    # The result is looked at by itself: before on the left of the divider, after on its right.
    visit.page.wait_for_selector(".ro-canvas[data-look=wipe]")
    divider = visit.root.get_by_label("place of the divider")
    divider.fill("0")
    visit.page.wait_for_timeout(100)
    after = visit.color(0.5, 0.5)
    divider.fill("100")
    visit.page.wait_for_timeout(100)
    assert visit.color(0.5, 0.5) != after
    divider.focus()
    divider.press("ArrowLeft")
    assert divider.input_value() == "99.5"

    expected = in_python(visit.photos)
    name, content = visit.saved("picture")
    assert name == "cup.refocused.png"
    visit.root.get_by_text("Given to your browser as cup.refocused.png.").wait_for()
    assert np.array_equal(np.asarray(Image.open(io.BytesIO(content)).convert("RGB")), expected)
    # Who presses all three at once gets all three.
    taken = []
    visit.page.on("download", lambda one: taken.append(one.suggested_filename))
    for what in ("notebook", "scene", "picture"):
        visit.root.locator(f"[data-save={what}]").click()
    until(lambda: len(taken) == 3 or visit.page.wait_for_timeout(50))
    assert sorted(taken) == ["cup.refocused.ipynb", "cup.refocused.png", "cup.zip"]
    visit.no_complaints()


COLOR = """(x, y) => {
  const canvas = document.querySelector('.ro-canvas');
  const at = [Math.floor(x * canvas.width), Math.floor(y * canvas.height), 1, 1];
  return [...canvas.getContext('2d').getImageData(...at).data].slice(0, 3);
}"""


def test_from_two_photos_to_the_saved_picture_in_jupyterlab(tmp_path, page, servers, photos):
    page.set_viewport_size({"width": 1280, "height": 800})
    with servers.jupyterlab(tmp_path, subshells=True) as address:
        servers.open_notebook(page, address, notebook(tmp_path))
        visit = Visit(page, photos)
        visit.root.scroll_into_view_if_needed()
        whole_visit(visit)
        visit.photograph("own-photos-lab")
        page.evaluate(
            "() => window.jupyterapp.commands.execute('apputils:change-theme', { theme: 'JupyterLab Dark' })"
        )
        page.wait_for_selector("body[data-jp-theme-light=false]", state="attached")
        visit.photograph("own-photos-lab-dark")


def test_what_is_no_photo_or_of_something_else_is_told_in_voila(tmp_path, page, servers, photos):
    with servers.voila(tmp_path, notebook(tmp_path)) as address:
        page.goto(address, timeout=90_000)
        visit = Visit(page, photos)
        visit.choose("misfocused", "notes.jpg")
        visit.says("“notes.jpg” cannot be used: it holds text and no picture")
        visit.choose("misfocused", "vast.png")
        visit.says("“vast.png” cannot be used: it has 30000 x 30000 pixels")
        assert visit.root.locator(".ro-photos li").count() == 0

        visit.choose("misfocused", "cup.png")
        visit.choose("focused", "cat.jpg")
        visit.proposed()
        assert visit.root.locator(".rl-doubts[aria-label=advice] .rl-grave").count() == 1
        # Nothing to press that cannot help; both photos, so that one sees why.
        assert visit.button("Refocus").count() == visit.button("undo").count() == 0
        page.wait_for_selector(".ro-canvas[data-look=blink]")
        visit.root.get_by_text("Both as they came").wait_for()

        # The page lives on: the right photo in the place of the wrong one.
        visit.root.get_by_role("button", name="remove cat.jpg").click()
        page.wait_for_selector(".rl-own[data-ready=false][data-busy=false]")
        visit.choose("focused", "sharp.png")
        visit.proposed()
        assert visit.root.locator(".rl-doubts .rl-grave").count() == 0
        visit.stroke((0.03, 0.08), (0.12, 0.08))
        visit.steps(1)

        # The blur that was measured is shown, and those who know set it.
        visit.root.locator(".ro-blur summary").click()
        visit.root.locator(".ro-blur", has_text="each point of light became").wait_for()
        diameter = visit.root.get_by_label("diameter of the disk, in pixels")
        measured = diameter.input_value()
        assert abs(float(measured) - 9) < 1
        diameter.fill("7")
        diameter.press("Enter")
        visit.root.locator(".ro-blur", has_text="A disk of 7 pixels, as you say.").wait_for()
        visit.root.get_by_text(re.compile("It will take .* on this machine")).wait_for(timeout=60_000)

        # As a scene it goes and comes back, with its mask and its blur.
        painted = visit.root.get_attribute("data-painted")
        name, content = visit.saved("scene")
        (visit.photos / name).write_bytes(content)
        visit.button("as measured").click()
        visit.root.locator(".ro-blur", has_text="each point of light became").wait_for()
        assert diameter.input_value() == measured
        visit.root.locator("input[data-role=scene]").set_input_files([visit.photos / name])
        page.wait_for_selector(".rl-own[data-ready=false]")
        visit.proposed()
        assert visit.root.get_attribute("data-painted") == painted and diameter.input_value() == "7"
        visit.no_complaints()


@contextlib.contextmanager
def app(folder: Path):
    """``refocuslab app`` in a process of its own; gives its address and the process."""
    environment = os.environ | {"PYTHONPATH": str(ROOT), "TMPDIR": str(folder), "PYTHONUNBUFFERED": "1"}
    command = [sys.executable, "-m", "refocuslab.lab", "app", "--no-browser"]
    pipes = {"stdout": subprocess.PIPE, "stderr": (folder / "errors.txt").open("w"), "text": True}
    with pipes["stderr"], subprocess.Popen(command, cwd=folder, env=environment, **pipes) as running:
        try:
            line = running.stdout.readline()
            yield re.search(r"http://127\.0\.0\.1:\d+/\?token=[\w-]+", line)[0], running
        finally:
            running.send_signal(signal.SIGTERM)
            running.wait(30)


def test_the_app_serves_this_machine_only_and_keeps_nothing(tmp_path, page, photos):
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    arrived = []
    page.on("response", lambda response: arrived.append(response.url))
    with app(tmp_path) as (address, running):
        bare = address.partition("?")[0]
        page.goto(bare)
        assert page.locator(".rl-own").count() == 0 and "login" in page.url
        page.goto(address, timeout=90_000)
        visit = Visit(page, photos)
        visit.choose("misfocused", "cup.png", "sharp.png")
        visit.proposed()
        roles = visit.root.locator(".ro-photos li").evaluate_all("all => all.map((one) => one.dataset.role)")
        assert roles == ["misfocused", "focused"]
        assert "cup.png" in visit.root.locator(".ro-photos li").first.inner_text()
        # What Voilà's own page names on the web is not fetched: the browser is told not to.
        assert all(url.startswith((bare, "blob:", "data:")) for url in arrived)
        assert page.request.get(f"{bare}voila/files/your-photos.ipynb").status == 403

        # What is not saved is asked after, before it is lost: on the page, and when the page is left.
        visit.stroke((0.03, 0.08), (0.12, 0.08))
        visit.steps(1)
        visit.root.get_by_role("button", name="swap the two").click()
        visit.root.get_by_text("To swap them takes away what you painted, which is not saved.").wait_for()
        visit.page.keyboard.press("Escape")
        asked_after = []
        page.once("dialog", lambda dialog: (asked_after.append(dialog.type), dialog.dismiss()))
        page.close(run_before_unload=True)
        page.wait_for_timeout(500)
        assert asked_after == ["beforeunload"] and not page.is_closed()
        # Who stays finds all as it was.
        visit.button("undo").click()
        visit.steps(0)
        visit.button("redo").click()
        visit.steps(1)

        # Who leaves leaves nothing behind: neither loaded again nor closed, by the page or by a stranger.
        (first,) = kernels(running)
        page.once("dialog", lambda dialog: dialog.accept())
        page.reload(timeout=90_000)
        page.wait_for_selector(".rl-own", timeout=120_000)
        until(lambda: first not in kernels(running))
        (second,) = kernels(running)
        named = json.loads(page.locator("#jupyter-config-data").text_content())["kernelId"]
        for form in (None, {"_xsrf": "a guess"}):
            answer = page.request.post(f"{bare}voila/api/shutdown/{named}", form=form)
            assert answer.status == 403 and kernels(running) == [second]
        errors = tmp_path / "errors.txt"
        # Two lines for each of the two goodbyes.
        until(lambda: errors.read_text().count("403 POST") == 4)
        refused = errors.read_text()
        page.close(run_before_unload=True)
        until(lambda: not kernels(running))
        # The terminal tells of what was refused above, and of nothing else.
        assert errors.read_text() == refused and all(line.startswith("403") for line in refused.splitlines())
    assert list(tmp_path.iterdir()) == [errors]


def kernels(running) -> list[int]:
    """The processes of kernels that a server has."""
    found = []
    for child in psutil.Process(running.pid).children(recursive=True):
        with contextlib.suppress(psutil.NoSuchProcess):  # it ends just now
            if "ipykernel" in " ".join(child.cmdline()):
                found.append(child.pid)
    return found


def until(true, seconds: float = 30) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end
        time.sleep(0.1)
