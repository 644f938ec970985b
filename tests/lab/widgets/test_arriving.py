"""Files that come from a browser in pieces: in their order, and no more than are taken."""

import pytest

from refocuslab.errors import RefocusError
from refocuslab.lab.widgets.arriving import Arriving, Incoming, Unfit


def test_a_file_comes_in_pieces():
    content = bytes(range(250)) * 9
    coming = Incoming(1, "folder/a.png", len(content))
    for at in range(0, len(content), 500):
        assert coming.left == len(content) - at
        coming.add(at, content[at : at + 500])
    assert coming.left == 0 and coming.content == content and coming.name == "a.png"


@pytest.mark.parametrize(("at", "size"), [(0, 0), (1, 5), (0, 101), (-1, 5)])
def test_a_piece_that_does_not_follow_is_refused(at, size):
    coming = Incoming(1, "a.png", 100)
    with pytest.raises(RefocusError, match="must follow the one before"):
        coming.add(at, bytes(size))
    assert coming.left == 100


def test_a_file_that_is_too_large_or_empty_is_refused_before_it_comes():
    files = Arriving(5, 300_000_000, "photos")
    with pytest.raises(Unfit, match=r"“a\.tif” has 300 MB, and at most 300 MB are read"):
        files.expect(Incoming(1, "a.tif", 300_000_001))
    with pytest.raises(Unfit, match=r"“a\.tif” is empty"):
        files.expect(Incoming(1, "a.tif", 0))
    assert not files.on_their_way


def test_no_more_files_and_bytes_than_are_taken():
    files = Arriving(3, 100, "files", together=150)
    files.expect(Incoming(1, "a", 90))
    with pytest.raises(Unfit, match="The files have more than 0 MB together"):
        files.expect(Incoming(2, "b", 61))
    files.expect(Incoming(2, "b", 60))
    with pytest.raises(RefocusError, match="id must be new; got 7"):
        files.expect(Incoming(7, "c", 1), frozenset({7}))
    with pytest.raises(Unfit, match="At most 3 files are taken"):
        files.expect(Incoming(3, "c", 1), frozenset({7}))


def test_whole_files_are_taken_once_and_those_on_their_way_are_forgotten():
    files = Arriving(5, 100, "files")
    for number in (1, 2, 3):
        files.expect(Incoming(number, "a", 4))
    for number in (1, 2):
        assert files.add(number, 0, b"ab") == 2 and files.add(number, 2, b"cd") == 4
    assert files.numbers() == {1, 2, 3} and 3 in files and 1 not in files
    assert [one.id for one in files.take([2, 2])] == [2]
    assert files.numbers() == set()
    with pytest.raises(RefocusError, match="must be that of a file on its way"):
        files.add(3, 0, b"a")
    with pytest.raises(RefocusError, match="must be that of a file that has come"):
        files.take([1])
