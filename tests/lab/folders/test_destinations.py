"""Where a verb writes: what is refused before any work, and the name in the error of what fails later."""

import os

import pytest

from refocuslab.errors import RefocusError
from refocuslab.lab.folders import destinations


def test_a_folder_may_be_there_or_be_made(tmp_path):
    assert destinations.check_folder(str(tmp_path)) == tmp_path
    new = tmp_path / "a" / "b"
    assert destinations.check_folder(str(new)) == new
    assert not list(tmp_path.iterdir())  # checked, and not made


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("", "--output must name a folder"),
        ("x" * 256, "--output must have names of at most 255 bytes"),
        ("é" * 128, "--output must have names of at most 255 bytes"),
        ("/".join(["x" * 250] * 17), r"--output must be a folder \(.*long"),
        ("file", "--output must be a folder; got file"),
        ("file/new", "--output must lie in a folder, and file is none"),
        ("scene", "--output must not be a scene's folder"),
    ],
)
@pytest.mark.skipif(os.name != "posix", reason="the limits of POSIX")
def test_a_folder_that_nothing_can_be_written_to_is_refused(path, message, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").touch()
    (tmp_path / "scene").mkdir()
    (tmp_path / "scene" / "scene.toml").touch()
    with pytest.raises(RefocusError, match=message):
        destinations.check_folder(path)


@pytest.mark.skipif(not os.path.isdir("/proc/self"), reason="a folder in which nobody can write")
def test_a_folder_without_permission_is_refused_by_its_option():
    with pytest.raises(RefocusError, match=r"^results must lie where files can be written \("):
        destinations.check_folder("/proc/self/refocused", argument="results")


def test_a_file_has_one_of_the_endings_and_is_none_that_is_read(tmp_path):
    picture, page = tmp_path / "a.png", tmp_path / "a.html"
    assert destinations.check_file(str(picture)) == picture
    assert destinations.check_file(str(page), endings=destinations.PAGE) == page
    with pytest.raises(RefocusError, match=r"^--output must .*\.png"):
        destinations.check_file(str(page))
    with pytest.raises(RefocusError, match=r"^--table must .*\.npy"):
        destinations.check_file(str(picture), endings=destinations.NPY, argument="--table")
    picture.touch()
    with pytest.raises(RefocusError, match=r"^--output must not name a file that is read"):
        destinations.check_file(str(picture), [picture])


def test_what_cannot_be_written_names_the_file_and_leaves_nothing(tmp_path):
    def full(file):
        file.write(b"half")
        raise OSError(28, "No space left on device")

    path = tmp_path / "a.npy"
    with pytest.raises(OSError, match="No space left") as found:
        destinations.write(path, full)
    assert found.value.filename == str(path)
    assert not list(tmp_path.iterdir())
    destinations.write(path, b"whole")
    assert path.read_bytes() == b"whole"
