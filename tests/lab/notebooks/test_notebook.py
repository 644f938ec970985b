"""Study: what a notebook keeps, and what it writes."""

import json

import numpy as np
import pytest
from made_pictures import noise

import refocuslab as rl
from refocuslab.lab.figures import layout, paper
from refocuslab.lab.measures.cropping import cut
from refocuslab.lab.notebooks.notebook import Study, typical_neighborhoods
from refocuslab.lab.records.notebook_record import Claim
from refocuslab.optics.blur import blur
from refocuslab.optics.psf import disk


def a_scene(side=40):
    mask = np.zeros((side, side + 6), bool)
    mask[4:-4, 5:-5] = True
    truth = noise(side, side + 6)
    focused = [rl.FocusedPhoto(noise(side + 10, side, 1))]
    return rl.Scene(blur(truth, disk(3)), mask, focused, psf=disk(3), truth=truth, name="made")


CLAIM = Claim(
    number=2, section="2.3", statement="It is so.", measure="a number", value="3 dB", verdict="in part"
)


def test_a_study_starts_from_its_notebooks_parameters():
    opened = Study("02_image_scene", {"candidates": 7, "unrelated": object()})
    assert opened.parameters["candidates"] == 7 and opened.parameters["neighborhood"] == 5
    with pytest.raises(rl.RefocusError, match=r"^candidates must be from 1 to 200; got 0$"):
        Study("02_image_scene", {"candidates": 0})
    with pytest.raises(rl.RefocusError, match=r"^notebook must be one of "):
        Study("02_image", {})


def test_methods_take_the_notebooks_numbers_and_keep_what_makes_them():
    values = {
        "neighborhood": 7,
        "candidates": 9,
        "lambda_image": 0.5,
        "lambda_texture": 0.25,
        "light": "encoded",
    }
    opened = Study("04_confidence_order", values)
    assert opened.method(rl.Method.scanline_texture, passes=2) == rl.Method(
        order="scanline", causal=True, passes=2, **values
    )
    assert opened.method(rl.Method.confidence_order, candidates=3) == rl.Method(**values | {"candidates": 3})
    # The image-scene constraint alone has no texture, whatever the notebook says of it.
    assert opened.method(rl.Method.image_scene).lambda_texture == 0


def test_cutting_keeps_the_middle_of_every_photo():
    scene = a_scene()
    assert cut(scene, 0) is scene
    small = cut(scene, 33)
    assert np.array_equal(small.misfocused, scene.misfocused[3:36, 6:39])
    assert np.array_equal(small.mask, scene.mask[3:36, 6:39])
    assert np.array_equal(small.truth, scene.truth[3:36, 6:39])
    assert np.array_equal(small.focused[0].image, scene.focused[0].image[8:41, 3:36])
    assert np.array_equal(small.psf, scene.psf) and small.name == "made"
    assert cut(scene, 42).misfocused.shape == (40, 42, 3)
    assert cut(scene, 1000) == scene
    assert cut(scene.replace(truth=None), 20).truth is None


@pytest.mark.seconds
def test_a_scene_is_loaded_and_cut():
    opened = Study("02_image_scene", {"crop": 48})
    assert opened.scene("motorcycle").misfocused.shape == (48, 48, 3)
    whole = Study("02_image_scene", {}).scene("motorcycle")
    assert whole == rl.load_scene("motorcycle")


@pytest.mark.seconds
def test_a_table_holds_every_new_score_and_no_seconds():
    opened, scene = Study("02_image_scene", {"candidates": 3, "threads": 1}), a_scene()
    result = opened.refocus(scene, opened.method(rl.Method.image_scene))
    scored = opened.score("3a", "image-scene alone", scene, result)
    assert scored == rl.score(result.image, scene)
    perfect = opened.score("2a", "the truth", scene, scene.truth)
    assert perfect.ssim == 1
    unknown = opened.score("4", "no truth", scene.replace(truth=None), result)
    assert unknown.psnr is None
    lines = opened.table().data.splitlines()
    assert len(opened.table().data.splitlines()) == 2  # what was shown is not shown again
    assert len(lines) == 5 and {line.count("|") for line in lines} == {7}
    assert "image-scene alone" in lines[2] and f"{scored.ssim:.3f}" in lines[2]
    assert "second" not in "".join(lines)


@pytest.mark.seconds
def test_a_figure_stands_above_its_caption(monkeypatch):
    from refocuslab.lab.notebooks import notebook

    shown = []
    monkeypatch.setattr(notebook, "display", lambda *some: shown.extend(some))
    opened = Study("02_image_scene", {})
    opened.figure("figure3a", paper.mtf_figure(3), "One <b> & $two$.")
    opened.figure("mtf", paper.mtf_figure(3), "Ours.", number="MTF")
    picture, caption, _, other = shown
    assert picture.alt == "MTF against spatial frequency, cycles per pixel"
    assert caption.data.startswith("<small>Figure 3a. One &lt;b&gt; &amp; ") and "$two$" not in caption.data
    assert other.data == "<small>Ours.</small>"


@pytest.mark.seconds
@pytest.mark.parametrize(
    "changes, told", [({}, []), ({"lambda_texture": 0.02}, ["With lambda_texture 0.02 (default 0.01)"])]
)
def test_a_figure_tells_which_parameters_differ(monkeypatch, changes, told):
    monkeypatch.setattr("refocuslab.lab.notebooks.notebook.display", lambda *shown: None)
    drawn = paper.mtf_figure(3)
    Study("04_confidence_order", {"threads": 1} | changes).figure("figure2", drawn, "C.")
    assert [text.get_text() for text in drawn.texts] == told


@pytest.mark.seconds
def test_a_doubt_is_one_escaped_line_beneath_once_a_scene_and_no_warning(monkeypatch, recwarn):
    from refocuslab.lab.notebooks import notebook

    shown = []
    monkeypatch.setattr(notebook, "display", shown.append)
    opened, scene = Study("02_image_scene", {"threads": 1}), a_scene().replace(name="<script>x</script>")
    method = rl.Method.image_scene(candidates=2)
    result = opened.refocus(scene, method)
    opened.refocus(scene, method)
    assert result.doubts and [type(one).__name__ for one in shown] == ["HTML"]
    assert "&lt;script&gt;x" in shown[0].data and "<script>" not in shown[0].data
    assert result.doubts[0].text in shown[0].data and "\n" not in shown[0].data
    fits = scene.replace(focused=[rl.FocusedPhoto(scene.truth)])
    assert opened.refocus(fits, method).doubts == () and len(shown) == 1
    assert not [one for one in recwarn if one.category is rl.RefocusWarning]


@pytest.mark.seconds
def test_without_a_results_folder_nothing_is_written(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    opened = Study("02_image_scene", {})
    opened.figure("figure2", paper.mtf_figure(3), "A caption.")
    opened.claim(CLAIM)
    opened.close()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.seconds
def test_with_one_it_gets_the_figures_at_once_and_the_record_at_the_end(tmp_path):
    folder = tmp_path / "new" / "results"
    opened, scene = Study("02_image_scene", {"results": str(folder), "threads": 1}), a_scene()
    opened.figure("figure2", paper.mtf_figure(3), "Two.")
    opened.figure("mtf", paper.mtf_figure(5), "Ours.", number="MTF")
    assert (folder / "figure2.png").read_bytes() == layout.png(paper.mtf_figure(3))
    result = opened.refocus(scene, rl.Method(candidates=2))
    opened.score("2", "a variant", scene, result)
    said = opened.claim(CLAIM).data
    assert all(text in said for text in ("Claim 2 (§2.3).", "It is so.", "a number: 3 dB", "**in part**"))
    assert not (folder / "02_image_scene.json").exists()
    opened.close()
    kept = json.loads((folder / "02_image_scene.json").read_text())
    assert [(f["figure"], f["file"], f["caption"]) for f in kept["figures"]] == [
        ("2", "figure2.png", "Two."), ("MTF", "mtf.png", "Ours.")]  # fmt: skip
    (row,) = kept["rows"]
    assert row["seconds"] == pytest.approx(sum(result.seconds.values()))
    assert row["scene"] == "made" and row["variant"] == "a variant"
    assert kept["claims"] == [CLAIM.model_dump()]


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({}, "Verdict here: **in part**."),
        ({"candidates": 7}, "Verdict here: **in part**, with candidates 7 (default 20)."),
        ({"candidates": 7, "crop": 64}, "Not judged: 64 x 64 pixels of each scene."),
    ],
)
def test_a_claim_tells_what_it_was_measured_with_and_is_not_judged_by_a_part(changes, told):
    said = Study("02_image_scene", changes).claim(CLAIM).data
    assert f"Measured: a number: 3 dB.\n\n{told}" in said
    assert ("Verdict" in said) is told.startswith("Verdict")


@pytest.mark.seconds
def test_typical_neighborhoods_were_met_and_differ():
    scene = a_scene(24)
    result = rl.refocus(scene, rl.Method.image_scene(candidates=3))
    found = typical_neighborhoods(result)
    assert found.shape == (3, 25) and found.dtype == bool
    assert not found[:, 12].any()
    share = found.mean(axis=1)
    assert ((share > 0.25) & (share < 0.75)).all()
    assert abs(share[0] - 0.5) < 0.03
    assert len(np.unique(found, axis=0)) == 3
    met = set()
    order = result.order
    for y, x in np.argwhere(scene.mask):
        window = order[y - 2 : y + 3, x - 2 : x + 3]
        if window.shape == (5, 5):
            met.add((window < order[y, x]).tobytes())
    assert all(one.tobytes() in met for one in found)


@pytest.mark.seconds
def test_scanline_order_has_but_one_typical_neighborhood():
    scene = a_scene(24).replace(mask=None)
    result = rl.refocus(scene, rl.Method.image_scene(order="scanline", candidates=3))
    assert (typical_neighborhoods(result) == (np.arange(25) < 12)).all()
