"""A place for compiled kernels where numba itself finds none: a read-only installation without a home."""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from numba.core.dispatcher import Dispatcher

import refocuslab
from refocuslab.running import kernel_cache
from refocuslab.running.kernels import kernel

PACKAGE = Path(refocuslab.__file__).parent


@pytest.fixture(scope="module")
def locked(tmp_path_factory) -> Path:
    """A copy of the package whose folders for compiled code cannot be made: files are in their place."""
    site = tmp_path_factory.mktemp("site")
    shutil.copytree(PACKAGE, site / "refocuslab", ignore=shutil.ignore_patterns("__pycache__", "explorer"))
    for folder in {path.parent for path in (site / "refocuslab").rglob("*.py")}:
        (folder / "__pycache__").touch()
    return site


def python(locked: Path, *arguments: str) -> subprocess.CompletedProcess:
    nowhere = str(locked / "refocuslab" / "__init__.py" / "home")
    environment = {k: v for k, v in os.environ.items() if k not in (kernel_cache.PLACE, "XDG_CACHE_HOME")}
    environment |= {"PYTHONPATH": str(locked), "HOME": nowhere, "LOCALAPPDATA": nowhere}
    return subprocess.run(
        [sys.executable, *arguments], env=environment, cwd=locked, capture_output=True, text=True, timeout=300
    )


@pytest.mark.seconds
def test_kernels_are_decorated_in_a_place_that_goes_with_the_process_and_it_is_said_once(locked):
    code = "import os, refocuslab as rl; rl.PatchLibrary; rl.refocus; print(os.environ['NUMBA_CACHE_DIR'])"
    made = python(locked, "-c", code)
    assert made.returncode == 0, made.stderr
    assert made.stderr.count("no lasting folder can keep compiled kernels") == 1
    assert "Traceback" not in made.stderr
    assert not Path(made.stdout.strip()).exists()


@pytest.mark.slow
def test_without_any_place_nothing_is_kept(locked):
    code = (
        "import os, tempfile\n"
        "def full(*_, **__): raise OSError(28, 'No space left on device')\n"
        "tempfile.mkdtemp = full\n"
        "import refocuslab as rl; rl.PatchLibrary; print(os.environ.get('NUMBA_CACHE_DIR'))"
    )
    made = python(locked, "-c", code)
    assert (made.returncode, made.stdout) == (0, "None\n"), made.stderr
    assert made.stderr.count("every process compiles them anew") == 1


@pytest.mark.slow
def test_numba_itself_would_have_refused(locked):
    code = "import refocuslab, numba; numba.config.CACHE_DIR = ''; import refocuslab.paper.patches"
    made = python(locked, "-c", code)
    assert "no locator available" in made.stderr, "numba finds a place: the other tests here prove nothing"


@pytest.mark.slow
def test_the_command_line_works_there_and_says_it_in_a_line(locked, tmp_path):
    made = python(locked, "-m", "refocuslab.lab", "calibrate", "--help")
    assert (made.returncode, made.stderr) == (0, "")
    code = (
        "import numpy as np, refocuslab as rl\n"
        "from refocuslab.pictures.writing import write_photo\n"
        "sharp = np.random.default_rng(1).integers(0, 256, (24, 24, 3), dtype=np.uint8)\n"
        f"write_photo({str(tmp_path / 'sharp.png')!r}, sharp)\n"
        f"write_photo({str(tmp_path / 'blurred.png')!r}, rl.blur(sharp, rl.disk(3)))\n"
    )
    assert python(locked, "-c", code).returncode == 0
    photos = [str(tmp_path / name) for name in ("blurred.png", "sharp.png")]
    made = python(
        locked,
        "-m",
        "refocuslab.lab",
        "refocus",
        *photos,
        "--diameter",
        "3",
        "--whole",
        "-o",
        str(tmp_path / "o.png"),
    )
    assert made.returncode == 0, made.stderr
    assert (tmp_path / "o.png").exists()
    assert [line for line in made.stderr.splitlines() if "note: no lasting folder" in line]
    assert "Traceback" not in made.stderr


def test_where_numba_has_a_place_nothing_is_touched(monkeypatch):
    monkeypatch.setattr(kernel_cache.tempfile, "mkdtemp", None)
    before = os.environ.get(kernel_cache.PLACE)
    kernel_cache.settle()
    assert kernel_cache.take_note() is None
    assert os.environ.get(kernel_cache.PLACE) == before


# In this process: where kernels may be kept


@pytest.fixture
def nowhere(monkeypatch):
    """No folder of the package can be written to; those that can are given by the test."""
    usable = set()
    monkeypatch.delenv(kernel_cache.PLACE, raising=False)
    monkeypatch.setattr(kernel_cache, "usable", lambda folder: folder in usable)
    monkeypatch.setattr(kernel_cache, "_notes", [])
    monkeypatch.setattr(kernel_cache.atexit, "register", lambda *call: left.append(call))
    left = []
    return SimpleNamespace(usable=usable, left=left)


def test_the_folder_that_is_given_serves(nowhere, monkeypatch, tmp_path):
    monkeypatch.setenv(kernel_cache.PLACE, str(tmp_path))
    nowhere.usable.add(tmp_path)
    kernel_cache.settle()
    assert (os.environ[kernel_cache.PLACE], nowhere.left) == (str(tmp_path), [])


def test_the_users_own_folder_serves(nowhere, monkeypatch, tmp_path):
    monkeypatch.setattr(kernel_cache, "of_the_user", lambda program: tmp_path)
    nowhere.usable.add(tmp_path)
    kernel_cache.settle()
    assert kernel_cache.PLACE not in os.environ and kernel_cache.take_note() is None


def test_a_temporary_folder_serves_this_run_and_is_removed_at_its_end(nowhere, monkeypatch, tmp_path):
    monkeypatch.setattr(kernel_cache.tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(sys.modules["numba"].config, "CACHE_DIR", "as it was")
    monkeypatch.setenv(kernel_cache.PLACE, "which cannot be written to")
    kernel_cache.settle()
    place = Path(os.environ[kernel_cache.PLACE])
    assert place.parent == tmp_path and place.is_dir()
    assert str(place) == sys.modules["numba"].config.CACHE_DIR
    assert "they go with this run" in kernel_cache.take_note() and kernel_cache.take_note() is None
    ((remove, *arguments),) = nowhere.left
    # A child that was forked leaves it to its parent.
    remove(arguments[0], os.getpid() + 1)
    assert place.is_dir()
    remove(*arguments)
    assert not place.exists()


def test_without_a_folder_nothing_is_kept(nowhere, monkeypatch):
    def full(**_):
        raise OSError(28, "No space left on device")

    # It is switched off for good, but here for this test.
    monkeypatch.setattr(Dispatcher, "enable_caching", Dispatcher.enable_caching)
    monkeypatch.setattr(kernel_cache.tempfile, "mkdtemp", full)
    kernel_cache.settle()
    assert kernel_cache.PLACE not in os.environ
    assert "every process compiles them anew" in kernel_cache.take_note()

    @kernel
    def half(value):
        return value / 2

    assert half(3) == 1.5 and half.stats.cache_path is None


def test_a_folder_is_usable_where_a_file_can_be_made(tmp_path):
    (tmp_path / "file").touch()
    assert kernel_cache.usable(tmp_path / "new" / "deep") and (tmp_path / "new" / "deep").is_dir()
    assert not any((tmp_path / "new" / "deep").iterdir())
    assert not kernel_cache.usable(tmp_path / "file")
    assert not kernel_cache.usable(Path("a\0b"))
