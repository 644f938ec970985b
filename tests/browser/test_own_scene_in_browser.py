"""What users have in a real browser: a folder of their own without truth, two views, a page loaded again."""

import dataclasses
import json
import warnings
import zipfile

import numpy as np
import pytest
from skimage import data, io

import refocuslab as rl
from refocuslab.optics.blur import blur
from refocuslab.optics.psf import disk

pytestmark = pytest.mark.slow

SIDE = 96
HOSTILE = '<img src=x onerror="window.hurt=1"><script>window.hurt=1</script>'
# The pictures that stand in the panes of a view; whether a canvas shows one, its middle row tells.
PANES = """view => {
  const root = document.querySelectorAll('.rl-explorer')[view];
  return [...root.querySelectorAll('.rl-pane')].map((pane) => {
    const shown = pane.querySelector('canvas');
    if (!shown.bitmap) return null;
    const row = shown.getContext('2d').getImageData(0, shown.height >> 1, shown.width, 1).data;
    const canvas = document.createElement('canvas');
    [canvas.width, canvas.height] = [shown.bitmap.width, shown.bitmap.height];
    canvas.getContext('2d').drawImage(shown.bitmap, 0, 0);
    return { name: shown.dataset.picture, chosen: pane.querySelector('select').value,
      size: [canvas.width, canvas.height], painted: new Set(row).size > 3, png: canvas.toDataURL() };
  });
}"""
# In both views.
CANDIDATES = """number => {
  const sliders = [...document.querySelectorAll('[data-control=candidates]')];
  return sliders.length === 2 && sliders.every((one) => one.value === number);
}"""


def own_scene(folder):
    """A folder as a user has it: no truth, and a focused photo larger than the misfocused one."""
    photo = np.ascontiguousarray(data.astronaut()[100:280, 130:310])
    misfocused = blur(photo, disk(5))[40 : 40 + SIDE, 40 : 40 + SIDE]
    mask = np.zeros((SIDE, SIDE), bool)
    mask[20:70, 20:70] = True
    scene = rl.Scene(misfocused, mask, [rl.FocusedPhoto(photo)], psf=disk(5))
    return rl.save_scene(scene, folder / "own-scene")


def notebook(folder, *cells: str) -> str:
    cells = [
        {
            "cell_type": "code",
            "id": f"c{i}",
            "metadata": {},
            "source": source,
            "outputs": [],
            "execution_count": None,
        }
        for i, source in enumerate(cells)
    ]
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    book = {"cells": cells, "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5}
    (folder / "own.ipynb").write_text(json.dumps(book), encoding="utf-8")
    return "own.ipynb"


def panes(page, view: int, *names: str) -> list[dict]:
    """Wait until a view's four panes hold and show these pictures, each another one."""
    seen = []
    for _ in range(400):
        seen = page.evaluate(PANES, view)
        if (
            all(seen)
            and [one["name"] for one in seen] == [one["chosen"] for one in seen] == list(names)
            and all(one["painted"] for one in seen)
            and len({one["png"] for one in seen}) == len(names)
        ):
            return seen
        page.wait_for_timeout(50)
    raise AssertionError([one and {**one, "png": one["png"][-20:]} for one in seen])


WITHOUT_TRUTH = ("misfocused", "refocused", "focused", "reblur")
METHOD = rl.Method(search="coherent", candidates=8)
BEGIN = """from refocuslab.lab.explorer import Explorer
import refocuslab as rl
explorer = Explorer("own-scene", rl.Method(search="coherent", candidates=8))
explorer"""


def test_a_folder_of_ones_own_in_two_views_and_on_a_page_loaded_again(tmp_path, page, servers):
    scene = rl.load_scene(own_scene(tmp_path))
    book = notebook(tmp_path, BEGIN, "explorer")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", rl.RefocusWarning)
        images = [rl.refocus(scene, dataclasses.replace(METHOD, candidates=n)).image for n in (8, 9, 10)]
    with servers.jupyterlab(tmp_path, subshells=True) as address:
        servers.open_notebook(page, address, book)
        driver = servers.driver(page)
        page.wait_for_function("() => document.querySelectorAll('.rl-explorer').length === 2", timeout=60_000)
        page.locator(".rl-explorer").nth(1).get_by_role("radio", name="side by side").check()
        for view in (0, 1):
            sides = panes(page, view, *WITHOUT_TRUTH)
            assert [one["size"] for one in sides] == [[SIDE, SIDE], [SIDE, SIDE], [180, 180], [SIDE, SIDE]]
        driver.shows(images[0])
        assert driver.root.locator("[data-score]").count() == 1
        driver.photograph("own-scene")

        # Each view keeps what it shows: the first its panes, the second a film, and both are kept up.
        second = page.locator(".rl-explorer").nth(1)
        second.get_by_role("radio", name="film of the order").check()
        page.wait_for_function("() => document.querySelectorAll('canvas[data-turn]').length === 1")
        first_map = driver.root.get_by_label("picture in pane 4")
        first_map.select_option("confidence")
        panes(page, 0, *WITHOUT_TRUTH[:3], "confidence")
        before = page.evaluate(PANES, 0)[3]["png"]
        driver.move("candidates")
        driver.settled(2)
        driver.shows(images[1])
        page.wait_for_function(f"before => ({PANES})(0)[3].png !== before", arg=before)
        second.get_by_role("radio", name="side by side").check()
        panes(page, 1, *WITHOUT_TRUTH)
        assert page.evaluate(PANES, 1)[1]["png"] == page.evaluate(PANES, 0)[1]["png"]
        # The controls of both go on from each other's moves.
        slider = second.locator("[data-control=candidates]")
        page.wait_for_function(CANDIDATES, arg="9")
        slider.focus()
        slider.press("ArrowRight")
        page.wait_for_function(CANDIDATES, arg="10")
        driver.shows(images[2])

        # Loaded again, with the kernel alive: the same picture and settings, in both views.
        page.evaluate("() => window.jupyterapp.commands.execute('docmanager:save')")
        page.wait_for_function("() => !window.jupyterapp.shell.currentWidget.context.model.dirty")
        page.goto(f"{address}/lab/workspaces/again/tree/{book}?reset&token={servers.token}")
        page.wait_for_function("() => document.querySelectorAll('.rl-explorer').length === 2", timeout=90_000)
        for view in (0, 1):
            page.locator(".rl-explorer").nth(view).get_by_role("radio", name="side by side").check()
            panes(page, view, *WITHOUT_TRUTH)
        driver.shows(images[2])
        assert driver.control("candidates").input_value() == "10"
        driver.move("candidates", "ArrowLeft")
        driver.shows(images[1])
        driver.no_complaints()


def test_hostile_names_doubts_and_a_scene_without_truth_in_voila(tmp_path, page, servers):
    own_scene(tmp_path)
    begin = f"""from refocuslab.lab.explorer import Explorer
import dataclasses
import refocuslab as rl
hostile = {HOSTILE!r}
inner = rl.Refocuser.refocus
def doubted(self, *args, **kwargs):
    doubts = rl.Doubt(hostile, "It is not trusted: " + hostile), rl.Doubt("photos", hostile, grave=True)
    return dataclasses.replace(inner(self, *args, **kwargs), doubts=doubts, notes=("a note " + hostile,))
rl.Refocuser.refocus = doubted
own = rl.load_scene("own-scene").replace(name=hostile, title=hostile)
method = rl.Method(search="coherent", candidates=8)
explorer = Explorer(own, method, scenes=["own-scene", "motorcycle"], crop=90)
explorer"""
    with servers.voila(tmp_path, notebook(tmp_path, begin)) as address:
        page.goto(address, timeout=90_000)
        driver = servers.driver(page)
        panes(page, 0, *WITHOUT_TRUTH)
        doubts = driver.root.locator(".rl-doubts li")
        assert doubts.all_inner_texts() == [
            f"Likely wrong (photos): {HOSTILE}",
            f"In doubt ({HOSTILE}): It is not trusted: {HOSTILE}",
        ]
        assert driver.root.locator(".rl-doubts .rl-grave").count() == 1
        assert driver.root.locator(".rl-notes li").all_inner_texts() == [f"a note {HOSTILE}"]
        assert driver.control("scene").locator("option").first.inner_text() == HOSTILE
        assert HOSTILE in driver.root.locator(".rl-strip button").first.get_attribute("title")
        assert "save the scene" in driver.root.locator("[data-command=shell]").inner_text()
        driver.photograph("voila-doubts")

        # A visitor saves nothing on the server, but takes the picture along.
        assert driver.root.get_by_role("button", name="save picture").count() == 0
        with page.expect_download() as taken:
            driver.root.get_by_role("button", name="download picture").click()
        assert np.array_equal(io.imread(taken.value.path())[..., :3], driver.pixels())

        # What can be shown comes and goes with the scene: with a truth it stands in its pane.
        driver.control("scene").select_option("motorcycle")
        panes(page, 0, "misfocused", "refocused", "truth", "difference")
        driver.control("scene").select_option("own-scene")
        panes(page, 0, *WITHOUT_TRUTH)
        assert (
            'load_scene("own-scene").middle(90)' in driver.root.locator("[data-command=Python]").inner_text()
        )
        assert page.evaluate("() => window.hurt") is None
        assert driver.root.locator(".rl-explorer img[src=x], .rl-explorer script").count() == 0
        driver.no_complaints()


def test_a_mask_is_painted_saved_and_opened_again_in_voila(tmp_path, page, servers):
    scene = rl.load_scene(own_scene(tmp_path))
    begin = BEGIN.replace("candidates=8)", "candidates=8), scenes=[]")
    with servers.voila(tmp_path, notebook(tmp_path, begin)) as address:
        page.goto(address, timeout=90_000)
        driver = servers.driver(page)
        driver.view("paint the mask")
        root = driver.root.locator(".rl-masking")
        page.wait_for_selector(".rl-masking[data-undo='0'][data-painted^='Blue']")
        use = driver.root.get_by_role("button", name="Refocus in this mask")
        assert use.is_disabled()

        # A stroke by hand, an undo, a stroke by keyboard.
        canvas = root.locator("canvas")
        box = canvas.bounding_box()
        page.mouse.move(box["x"] + 0.4 * box["width"], box["y"] + 0.9 * box["height"])
        page.mouse.down()
        page.mouse.move(box["x"] + 0.6 * box["width"], box["y"] + 0.9 * box["height"], steps=5)
        page.mouse.up()
        page.wait_for_selector(".rl-masking[data-undo='1']")
        driver.root.get_by_role("button", name="undo").click()
        page.wait_for_selector(".rl-masking[data-undo='0']")
        canvas.focus()
        for key in ("e", "ArrowRight", " "):
            canvas.press(key)
        page.wait_for_selector(".rl-masking[data-undo='1']")
        made = driver.made
        use.click()
        driver.settled(made + 1)
        driver.photograph("painted-mask")

        # The scene that is saved has the mask, and the picture is that of the same call.
        with page.expect_download() as taken:
            driver.root.get_by_role("button", name="download scene").click()
        packed = tmp_path / taken.value.suggested_filename
        taken.value.save_as(packed)
        zipfile.ZipFile(packed).extractall(tmp_path / "unpacked")
        (folder,) = (tmp_path / "unpacked").iterdir()
        painted = rl.load_scene(folder)
        assert 0 < painted.mask.sum() < scene.mask.sum()
        assert painted.replace(mask=scene.mask, title="") == scene
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", rl.RefocusWarning)
            images = [rl.refocus(one, METHOD).image for one in (scene, painted)]
        driver.view("side by side")
        driver.shows(images[1])

        # It is opened again, as a ZIP file and as the files of its folder; what is none is told in words.
        driver.control("scene").select_option("own-scene")
        driver.shows(images[0])
        chooser = driver.root.locator("input[data-role=scene]")
        for files in ([packed], sorted(folder.iterdir())):
            made = driver.made
            chooser.set_input_files(files)
            driver.settled(made + 1)
            driver.shows(images[1])
            driver.control("scene").select_option("own-scene")
            driver.shows(images[0])
        (tmp_path / "notes.zip").write_text("only words")
        chooser.set_input_files([tmp_path / "notes.zip"])
        driver.root.locator(".rl-error", has_text="Choose a ZIP file of a scene").wait_for(timeout=30_000)
        driver.shows(images[0])
        driver.no_complaints()
