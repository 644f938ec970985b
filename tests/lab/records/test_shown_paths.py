"""Names of files in pictures: relative, without the machine's folders, and found again by hash."""

import pytest

from refocuslab.errors import RefocusError
from refocuslab.lab.records import shown_paths


@pytest.fixture
def folders(tmp_path, monkeypatch):
    for name in ("work/pictures", "elsewhere/deep"):
        (tmp_path / name).mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "work")
    return tmp_path


def test_a_name_tells_no_folder_above(folders):
    beside = folders / "work" / "pictures"
    assert shown_paths.told(beside / "a.png", beside) == "a.png"
    assert shown_paths.told("pictures/a.png", folders / "elsewhere") == "pictures/a.png"
    assert shown_paths.told(folders / "elsewhere" / "deep" / "b.png", beside) == "b.png"
    assert shown_paths.told("../elsewhere/deep", beside) == "deep"
    assert shown_paths.told(".", beside) == "work"


def right(content):
    return lambda path: path.read_text() == content if path.is_file() else None


def test_the_file_with_the_hash_goes_before_the_file_with_the_name(folders):
    beside = folders / "elsewhere"
    (beside / "a.png").write_text("other")
    assert shown_paths.found("figure", "a.png", beside, right("this")) == beside / "a.png"
    (folders / "work" / "a.png").write_text("this")
    assert shown_paths.found("figure", "a.png", beside, right("this")).resolve() == folders / "work" / "a.png"
    with pytest.raises(RefocusError, match="must tell of files that lie beside it"):
        shown_paths.found("figure", "b.png", beside, right("this"))


@pytest.mark.parametrize(
    "name", ["../elsewhere/secret", "/secret", "pictures/../../elsewhere/secret", "..", "", "/"]
)
def test_a_name_leads_nowhere_else(name, folders):
    (folders / "elsewhere" / "secret").write_text("this")
    name = str(folders / "elsewhere" / "secret") if name == "/secret" else name
    with pytest.raises(RefocusError):
        shown_paths.found("figure", name, folders / "work" / "pictures", right("this"))


def test_a_whole_path_of_an_earlier_version_is_looked_for_by_its_name(folders):
    (folders / "work" / "a.png").write_text("this")
    for path in ("/gone/photos/a.png", "C:\\gone\\a.png"):
        assert (
            shown_paths.found("figure", path, folders, right("this")).resolve() == folders / "work" / "a.png"
        )
