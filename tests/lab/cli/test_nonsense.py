"""Every verb with nonsense for each of its arguments: one line, exit code 1 or 2, nothing left."""

import os
import signal
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

import refocuslab as rl
from refocuslab.errors import RefocusError
from refocuslab.lab.cli import main
from refocuslab.lab.cli.photos import refocus
from refocuslab.lab.notebooks import runs
from refocuslab.lab.sweeps import sweep
from refocuslab.pictures.masks import write_mask
from refocuslab.pictures.writing import write_photo

pytestmark = pytest.mark.skipif(os.name != "posix", reason="pipes, devices and links")

LONG = "x" * 5000
NONSENSE = {
    "nothing": "",
    "here": ".",
    "above": "..",
    "root": "/",
    "absent": "absent/file",
    "folder": "folder",
    "pipe": "pipe",
    "device": os.devnull,
    "endless": "/dev/zero",
    "binary": "binary",
    "binary as a picture": "binary.png",
    "empty": "empty",
    "dangling": "dangling",
    "loop": "loop",
    "newline": "new\nline",
    "escape": "\x1b[2J\x1b[31mred",
    "zero byte": "zero\0byte",
    "long": LONG,
    "longish": "y" * 250,
    "deep": "d/" * 3000,
    "surrogate": "\udcff\udc80",
    "option": "--",
    "text": "<b>text</b>",
    "below a file": "binary/below",
}
# A verb's words, with * for the place of the nonsense.
PLACES = [
    "refocus * sharp.png --diameter 3 -o out.png",
    "refocus blurred.png * --diameter 3 -o out.png",
    "refocus blurred.png sharp.png --diameter 3 --mask * -o out.png",
    "refocus blurred.png sharp.png --light * light.png -o out.png",
    "refocus blurred.png sharp.png --diameter * -o out.png",
    "refocus blurred.png sharp.png --diameter 3 -p * 1 -o out.png",
    "refocus blurred.png sharp.png --diameter 3 -p passes * -o out.png",
    "refocus * -o out.png",
    "calibrate * light.png",
    "calibrate light.png *",
    "scenes *",
    "remake *",
    "run *",
    "run 4 -p scene *",
    "run 4 -p * 5",
    "run 4 -p crop *",
    "sweep *",
    "sweep 4 -p scene *",
    "sweep 4 -p candidates *",
    "sweep 4 --scheduler * -p crop 40",
    "figures *",
    "verify -p scene *",
    "verify --readme *",
    "notebooks *",
    "check-notebooks *",
]
OUTPUTS = [
    "refocus blurred.png sharp.png --diameter 3 -o *",
    "refocus coffee -o *",
    "calibrate light.png light.png -o *",
    "scenes coffee -o *",
    "remake blurred.png -o *",
    "run 4 -o *",
    "sweep 4 -p crop 40 -o *",
    "figures 4 -o *",
    "verify -o *",
]


@pytest.fixture(autouse=True)
def place(tmp_path, monkeypatch):
    """A folder with photos, and with everything that is none; an end for what hangs."""
    monkeypatch.chdir(tmp_path)
    sharp = np.random.default_rng(3).integers(0, 256, (24, 24, 3), dtype=np.uint8)
    write_photo("sharp.png", sharp)
    write_photo("blurred.png", rl.blur(sharp, rl.disk(3)))
    write_photo("light.png", sharp)
    write_mask("mask.png", np.ones((24, 24), bool))
    os.mkdir("folder")
    os.mkfifo("pipe")
    content = np.random.default_rng(4).bytes(3000)
    for name in ("binary", "binary.png"):
        Path(name).write_bytes(content)
    Path("empty").touch()
    os.symlink("nowhere", "dangling")
    os.symlink("loop", "loop")

    def begun(*_, **__):
        raise RefocusError("work", "must not be begun", "it was")

    # What is not refused stops where the work would begin.
    monkeypatch.setattr(runs, "run_once", begun)
    monkeypatch.setattr(runs, "figures", begun)
    monkeypatch.setattr(sweep, "make_points", begun)
    monkeypatch.setattr(refocus, "refocus_to", begun)
    monkeypatch.setattr("refocuslab.lab.notebooks.committed.renew", begun)

    def hung(*_):
        raise AssertionError("it hangs")

    before = signal.signal(signal.SIGALRM, hung)
    signal.alarm(60)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


def tree() -> dict:
    return {str(path): path.lstat().st_size for path in sorted(Path().rglob("*"))}


def refused(words: str, nonsense: str) -> str:
    before = tree()
    arguments = [nonsense if word == "*" else word for word in words.split()]
    made = CliRunner().invoke(main.main, arguments)
    told = f"{words} with {nonsense[:40]!r}: {made.exit_code}, {made.stderr!r}, {made.exception!r}"
    assert made.exit_code in (1, 2), told
    lines = [line for line in made.stderr.splitlines() if not line.endswith("failed  0:00")]  # progress
    assert len(lines) == 1, told
    assert "a fault of the program" not in lines[0], told
    assert len(lines[0]) < 1200, told
    assert lines[0].isprintable(), told
    assert tree() == before, told
    return lines[0]


@pytest.mark.seconds
@pytest.mark.parametrize("words", PLACES)
def test_nonsense_is_refused_in_one_line_and_nothing_is_left(words):
    for name, nonsense in NONSENSE.items():
        if name == "option" and words.split()[0] in ("scenes", "notebooks", "check-notebooks"):
            continue  # it ends the options, and names nothing: the default
        refused(words, nonsense)


@pytest.mark.seconds
@pytest.mark.parametrize("words", OUTPUTS)
def test_a_place_that_cannot_be_written_is_refused_before_the_work(words):
    file = words.split()[0] in ("refocus", "calibrate", "scenes", "remake")
    for name, nonsense in NONSENSE.items():
        line = refused(words, nonsense)
        # A folder that is there, or can be made, is what some verbs ask for.
        folders = {"here", "above", "root", "folder", "absent", "newline", "escape", "longish"}
        folders |= {"surrogate", "option", "text"}
        if (file or name not in folders) and name != "binary as a picture":
            assert "must not be begun" not in line, (words, name, line)


@pytest.mark.seconds
def test_an_input_is_not_written_over_under_any_name():
    os.symlink("sharp.png", "link.png")
    os.link("sharp.png", "twin.png")
    os.symlink(".", "round")
    own = "folder/own"
    photo = rl.load_scene("coffee").misfocused[:24, :24]
    rl.save_scene(rl.Scene(photo, None, [rl.FocusedPhoto(photo)], psf=rl.disk(3)), own)
    kept = {path: path.read_bytes() for path in Path().rglob("*.png")}
    names = ["sharp.png", "./sharp.png", "folder/../sharp.png", str(Path("sharp.png").resolve())]
    for name in [*names, "link.png", "twin.png", "round/sharp.png"]:
        for words in (
            "refocus blurred.png sharp.png --diameter 3 -o *",
            "refocus sharp.png blurred.png --diameter 3 -o *",
            "refocus blurred.png blurred.png --mask sharp.png --diameter 3 -o *",
            "refocus blurred.png blurred.png --light sharp.png light.png -o *",
        ):
            assert "must not name a file that is read" in refused(words, name)
    for name in ("misfocused.png", "focused-1.png", "scene.toml"):
        if (Path(own) / name).exists():
            line = refused(f"refocus {own} -o *", f"{own}/{name}")
            assert "must" in line
            assert "must not be begun" not in line
    for verb in ("run 4", "sweep 4 -p crop 40", "figures 4", "verify"):
        assert "must not be a scene's folder" in refused(f"{verb} -o *", own)
    assert kept == {path: path.read_bytes() for path in Path().rglob("*.png")}


def test_a_read_only_file_is_not_replaced():
    Path("kept.png").write_bytes(b"kept")
    os.chmod("kept.png", 0o444)
    assert "read-only" in refused("refocus blurred.png sharp.png --diameter 3 -o *", "kept.png")
    Path("kept.md").write_text("<!-- verdict -->\n<!-- /verdict -->\n")
    os.chmod("kept.md", 0o444)
    assert "read-only" in refused("verify --readme *", "kept.md")
