"""``refocuslab refocus``: the format, what a photo says of itself, cut-outs, doubts, and no folders told."""

import json
import os
import re
from dataclasses import replace

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

import refocuslab as rl
from refocuslab.doubts import Doubt
from refocuslab.errors import RefocusError
from refocuslab.lab.cli import main
from refocuslab.lab.cli.photos.own_photos import Photos
from refocuslab.lab.records import provenance
from refocuslab.lab.sweeps.point import evaluate, keep
from refocuslab.pictures.masks import write_mask
from refocuslab.pictures.reading import read_picture
from refocuslab.pictures.writing import write_photo
from refocuslab.refocusing.refocuser import Refocuser

pytestmark = pytest.mark.filterwarnings("ignore::refocuslab.errors.RefocusWarning")
MORE = ("--diameter", "3", "--paper", "-p", "candidates", "4")
WORDS = ("photos/blurred.png", "photos/sharp.png", *MORE, "--whole")


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Photos in a folder below the current one; the misfocused one with EXIF data and a resolution."""
    (tmp_path / "photos").mkdir()
    monkeypatch.chdir(tmp_path)
    blocks = np.random.default_rng(3).integers(0, 256, (12, 12, 3), dtype=np.uint8)
    sharp = np.repeat(np.repeat(blocks, 3, 0), 3, 1)
    blurred = rl.blur(sharp, rl.disk(3))
    write_photo("photos/sharp.png", sharp)
    photo = Image.fromarray(blurred)
    exif = photo.getexif()
    exif[0x010F], exif[0x0132] = "A camera", "2020:01:02 03:04:05"
    photo.save("photos/blurred.png", exif=exif, dpi=(300, 300))
    mask = np.zeros(sharp.shape[:2], bool)
    mask[8:28, 8:28] = True
    write_mask("photos/mask.png", mask)
    Image.fromarray(np.dstack([blurred, np.where(mask, 255, 0).astype(np.uint8)])).save("photos/cut.png")
    return tmp_path


def run(*words):
    return CliRunner().invoke(main.main, [str(word) for word in words])


def refocus(*words, code=0):
    made = run("refocus", *words)
    assert made.exit_code == code, made.output
    return made


@pytest.mark.slow
def test_the_ending_says_the_format_and_what_the_camera_said_is_kept(folder):
    for ending, kind in ((".png", "PNG"), (".tif", "TIFF"), (".jpg", "JPEG"), (".webp", "WEBP")):
        refocus(*WORDS, "-o", f"out{ending}")
        with Image.open(f"out{ending}") as made:
            assert made.format == kind
            assert made.getexif()[0x0132] == "2020:01:02 03:04:05"
            assert made.info.get("icc_profile")
            if kind != "WEBP":
                assert [round(float(n)) for n in made.info["dpi"]] == [300, 300]
    assert np.array_equal(read_picture("out.png").image, read_picture("out.webp").image)
    assert np.array_equal(read_picture("out.png").image, read_picture("out.tif").image)


@pytest.mark.slow
def test_a_cut_out_is_refocused_where_it_is_seen_and_stays_a_cut_out(folder):
    refocus("photos/cut.png", *WORDS[1:], "-o", "out.png")
    refocus(*WORDS[:-1], "--mask", "photos/mask.png", "-o", "masked.png")
    made, given = read_picture("out.png"), read_picture("photos/cut.png")
    assert np.array_equal(made.alpha, given.alpha)
    seen = given.alpha > 0
    assert (made.image != given.image)[seen].any()
    assert read_picture("masked.png").alpha is None
    told = refocus("photos/cut.png", *WORDS[1:], "-o", "out.jpg").stderr
    assert "refocuslab: warning: a JPEG file cannot be transparent" in told
    assert run("refocus", "photos/cut.png", *WORDS[1:], "-o", "out.jpg", "--strict").exit_code == 1


def test_what_is_transparent_in_a_focused_photo_is_not_borrowed(folder):
    scene, _ = Photos("photos/blurred.png", ("photos/cut.png",), diameter=3).scene("linear")
    assert np.array_equal(scene.focused[0].mask, read_picture("photos/cut.png").alpha > 0)
    assert scene.mask.all()


@pytest.mark.slow
def test_a_picture_tells_no_folder_and_is_remade_wherever_its_photos_have_gone(folder, monkeypatch):
    (folder / "pictures").mkdir()
    outside = folder.parent / f"{folder.name}-outside"
    outside.mkdir()
    os.replace("photos/sharp.png", outside / "sharp.png")
    refocus(WORDS[0], outside / "sharp.png", *WORDS[2:], "-o", "pictures/out.png")
    content = (folder / "pictures" / "out.png").read_bytes()
    for part in folder.parts[1:]:
        assert part.encode() not in content
    told = provenance.parse(content)["photos"]
    assert (told["misfocused"], told["focused"]) == ("photos/blurred.png", ["sharp.png"])
    gone = run("remake", "pictures/out.png")
    assert (gone.exit_code, "must tell of files that lie beside it" in gone.stderr) == (2, True)
    # One of that name that is another, and the right one elsewhere.
    write_photo("pictures/sharp.png", read_picture("photos/blurred.png").image)
    os.replace(outside / "sharp.png", folder / "sharp.png")
    made = run("remake", "pictures/out.png", "-o", "again.png")
    assert (made.exit_code, made.stdout) == (0, "again.png: the same bytes\n"), made.stderr
    # Together in one folder, and called from elsewhere.
    os.replace("sharp.png", "pictures/sharp.png")
    os.replace("photos/blurred.png", "pictures/blurred.png")
    monkeypatch.chdir(folder.parent)
    assert run("remake", folder / "pictures" / "out.png").exit_code == 0


@pytest.mark.slow
def test_the_pictures_of_a_scene_of_ones_own_tell_no_folder_either(folder):
    scene = rl.load_scene("coffee")
    cut = tuple(slice(100, 140) for _ in range(2))
    focused = [rl.FocusedPhoto(scene.focused[0].image[cut])]
    own = rl.Scene(scene.misfocused[cut], None, focused, psf=rl.disk(3), truth=focused[0].image)
    rl.save_scene(own, "my, scene")
    refocus("my, scene", "-p", "candidates", "4", "-o", "out.png")
    made = run(
        "sweep", "4", "-p", "scene", '"my, scene"', "-p", "candidates", "4,5", "-o", "sweep", "--workers", "1"
    )
    assert made.exit_code == 0, made.output
    run_made = run("run", "2", "-p", "scene", folder / "my, scene", "-p", "candidates", "4", "-o", "runs")
    assert run_made.exit_code == 0, run_made.output
    pictures = [*folder.glob("*.png"), *folder.glob("sweep/**/*.png"), *folder.glob("runs/**/*.png")]
    assert len(pictures) > 5
    for path in pictures:
        assert os.fsencode(folder) not in path.read_bytes(), path
        assert json.dumps(provenance.read(path)).count("my, scene")
    for one in ("out.png", "sweep/points/*.png", "sweep/heat*.png", "runs/*/figure2.png"):
        path = next(folder.glob(one))
        again = run("remake", path, "-o", "again.png")
        assert (again.exit_code, "the same bytes" in again.stdout) == (0, True), (path, again.output)


def doubtful(monkeypatch, *doubts: Doubt, notes=()):
    known = Refocuser.refocus

    def refocused(self, *arguments, **options):
        return replace(known(self, *arguments, **options), doubts=doubts, notes=notes)

    monkeypatch.setattr(Refocuser, "refocus", refocused)


@pytest.mark.slow
def test_notes_and_doubts_are_told_and_a_grave_doubt_is_refused(folder, monkeypatch):
    doubtful(monkeypatch, Doubt("exposure", "the light differs: use register"), notes=("the diameter is 3",))
    made = refocus(*WORDS, "-o", "out.png")
    assert "the diameter is 3" in made.stdout.splitlines()
    assert "refocuslab: warning: the light differs: use register" in made.stderr.splitlines()
    os.remove("out.png")
    refocus(*WORDS, "-o", "out.png", "--strict", code=1)
    assert os.path.exists("out.png")
    os.remove("out.png")
    doubtful(monkeypatch, Doubt("photos", "the photos seem unrelated: give others", grave=True))
    made = refocus(*WORDS, "-o", "out.png", code=2)
    assert re.search(r"^refocuslab: the photos seem unrelated.*--anyway", made.stderr, re.MULTILINE)
    assert not os.path.exists("out.png")
    made = refocus(*WORDS, "-o", "out.png", "--anyway")
    assert "refocuslab: warning: the photos seem unrelated: give others" in made.stderr.splitlines()
    assert os.path.exists("out.png")


@pytest.mark.slow
def test_doubts_of_a_sweep_are_in_its_table_and_told_in_a_line(folder, monkeypatch):
    doubtful(monkeypatch, Doubt("exposure", "the light\ndiffers"))
    words = ("sweep", "4", "-p", "crop", "40", "-p", "candidates", "4,5", "-o", "sweep")

    def here(todo, scenes, place, workers, failed):
        for point in todo:
            keep(*evaluate(point, Refocuser(scenes[point.scene_key])), place)

    monkeypatch.setattr("refocuslab.lab.sweeps.sweep.make_here", here)
    made = run(*words, "--strict")
    assert made.exit_code == 1
    assert "refocuslab: warning: 2 of 2 points are doubted" in made.stderr
    assert (folder / "sweep" / "table.csv").read_text().count("the light differs") == 2


def test_a_photo_that_is_no_file_is_refused(folder):
    with pytest.raises(RefocusError, match="photos must be files"):
        Photos("photos", ("photos/sharp.png",), diameter=3)


def test_a_forecast_tells_each_stage_all_of_it_and_what_would_fit(folder, monkeypatch):
    from refocuslab.forecasting import forecast, speeds

    monkeypatch.setenv(speeds.PLACE, str(folder / "kept"))
    monkeypatch.setattr(forecast, "refocused", lambda threads: lambda scene, method: pytest.fail("it ran"))
    rates = {name: speeds.Rate(*rate) for name, rate in speeds.TYPICAL.items()}
    speeds.keep(speeds.Speeds(2, rates))
    words = (*WORDS, "-p", "search", "coherent", "--threads", "2", "--forecast")
    lines = refocus(*words).stdout.splitlines()
    assert [line.split()[0] for line in lines] == [
        "library",
        "candidates",
        "order",
        "texture",
        "checking",
        "all",
    ]
    assert re.fullmatch(r"all +\d+\.\d s, 0\.00 GB of [\d.]+ GB", lines[-1])
    monkeypatch.setattr(forecast, "there_is", lambda: 500_000)
    last = refocus(*words).stdout.splitlines()[-1]
    assert re.search(r"does not fit into memory; photos of \d+ x \d+ pixels.* would", last)
    assert sorted(path.name for path in folder.iterdir()) == ["kept", "photos"]
    assert "Missing option '-o' / '--output' (or --forecast)." in refocus("coffee", code=2).stderr
