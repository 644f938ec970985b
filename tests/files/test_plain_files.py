"""Only plain files are read or replaced, and never an input."""

import os
import socket
import stat

import pytest

from refocuslab.errors import RefocusError
from refocuslab.files.plain_files import check_output, check_plain_file, write_whole

POSIX = pytest.mark.skipif(os.name != "posix", reason="links and pipes are made as POSIX makes them")


def contents(folder):
    return sorted(path.name for path in folder.iterdir())


@pytest.fixture
def photo(tmp_path):
    path = tmp_path / "photo.png"
    path.write_bytes(b"the only one")
    return path


def test_a_plain_file_is_let_through(photo, tmp_path):
    assert check_plain_file("photo", photo) == photo
    assert check_plain_file("photo", str(photo), largest=12) == photo
    with pytest.raises(RefocusError, match=r"photo must be .* at most 11 bytes; got .*12 bytes"):
        check_plain_file("photo", photo, largest=11)
    (tmp_path / "link.png").symlink_to(photo)
    check_plain_file("photo", tmp_path / "link.png")


@POSIX
def test_what_is_no_plain_file_is_not_opened(tmp_path, photo):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "to_pipe").symlink_to(tmp_path / "pipe")
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    (tmp_path / "nowhere").symlink_to(tmp_path / "missing")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "socket"))
        for path, words in (
            (tmp_path, "a folder"),
            (tmp_path / "pipe", "a named pipe"),
            (tmp_path / "to_pipe", "a named pipe"),
            (tmp_path / "socket", "a socket"),
            (os.devnull, "a device"),
            (tmp_path / "missing", "existing file"),
            (tmp_path / "nowhere", "existing file"),
            (photo / "below", "existing file"),
            (tmp_path / "loop", "symbolic links"),
            (tmp_path / ("n" * 300), "name is too long"),
            ("", "must be a path"),
            ("a\0b", "must be a path"),
            (3, "must be a path"),
        ):
            with pytest.raises(RefocusError, match=words):
                check_plain_file("photo", path)


@pytest.mark.parametrize(
    "name", ["a.png", "a.PNG", "a.tif", "a.tiff", "a.jpg", "a.jpeg", "a.webp", "ä b.png"]
)
def test_an_output_that_is_free_or_a_plain_file(tmp_path, name, photo):
    assert check_output(tmp_path / name, [photo]) == tmp_path / name
    (tmp_path / name).write_bytes(b"an older result")
    check_output(str(tmp_path / name), [photo])
    assert (tmp_path / name).read_bytes() == b"an older result"
    assert len(contents(tmp_path)) == 2


def test_a_name_of_255_bytes_is_written(tmp_path):
    path = tmp_path / ("n" * 251 + ".png")
    check_output(path)
    write_whole(path, b"whole")
    assert path.read_bytes() == b"whole"
    with pytest.raises(RefocusError, match="name is too long"):
        check_output(tmp_path / ("n" * 252 + ".png"))


@POSIX
def test_an_output_that_names_an_input(tmp_path, photo, monkeypatch):
    (tmp_path / "folder").mkdir()
    (tmp_path / "link.png").symlink_to(photo)
    (tmp_path / "hard.png").hardlink_to(photo)
    (tmp_path / "linked").symlink_to(tmp_path, target_is_directory=True)
    monkeypatch.chdir(tmp_path)
    for output in (
        photo, "photo.png", "./photo.png", "folder/../photo.png", "link.png", "hard.png", "linked/photo.png",
        "linked/linked/hard.png",
    ):  # fmt: skip
        for given in (photo, "photo.png", tmp_path / "link.png"):
            with pytest.raises(RefocusError, match="must not name a file that is read"):
                check_output(output, ["other.png", given])
    assert photo.read_bytes() == b"the only one"


@POSIX
def test_an_output_that_cannot_be(tmp_path, photo, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder.png").mkdir()
    (tmp_path / "link.png").symlink_to(photo)
    (tmp_path / "nowhere.png").symlink_to(tmp_path / "missing.png")
    os.mkfifo(tmp_path / "pipe.png")
    photo.chmod(0o444)
    before = contents(tmp_path)
    for output, words in (
        ("", "must be a path"),
        (".", "a folder"),
        ("..", "a folder"),
        (tmp_path, "a folder"),
        ("folder.png", "a folder"),
        ("folder.png/", "a folder"),
        ("new.png/", "a folder"),
        ("a", "must end in one of"),
        ("a.gif", "must end in one of"),
        ("a.png.txt", "must end in one of"),
        (".png", "must end in one of"),
        ("link.png", "a link"),
        ("nowhere.png", "a link"),
        ("pipe.png", "a named pipe"),
        ("photo.png", "read-only"),
        ("missing/a.png", "folder that exists"),
        ("photo.png/a.png", "folder that exists"),
        ("a\0.png", "must be a path"),
    ):
        with pytest.raises(RefocusError, match=words):
            check_output(output)
        assert contents(tmp_path) == before


@POSIX
def test_write_whole_replaces_only_plain_files(tmp_path, photo):
    (tmp_path / "link").symlink_to(photo)
    (tmp_path / "nowhere").symlink_to(tmp_path / "missing")
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()
    (tmp_path / "kept").write_bytes(b"kept")
    (tmp_path / "kept").chmod(0o444)
    before = contents(tmp_path)
    for name, words in (
        ("link", "a link"),
        ("nowhere", "a link"),
        ("pipe", "a named pipe"),
        ("folder", "a folder"),
        ("kept", "read-only"),
    ):
        with pytest.raises(RefocusError, match=words):
            write_whole(tmp_path / name, b"new")
    with pytest.raises(RefocusError, match="a device"):
        write_whole(os.devnull, b"new")
    assert stat.S_ISCHR(os.stat(os.devnull).st_mode)
    assert contents(tmp_path) == before
    assert photo.read_bytes() == b"the only one"
    assert (tmp_path / "kept").read_bytes() == b"kept"


@POSIX
def test_a_file_that_is_replaced_leaves_its_permissions(photo):
    photo.chmod(0o600)
    write_whole(photo, b"new")
    assert photo.read_bytes() == b"new"
    assert stat.S_IMODE(photo.stat().st_mode) == 0o600
