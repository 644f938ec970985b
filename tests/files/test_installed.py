"""Where the scenes and notebooks lie, in a checkout, in a wheel, and in neither."""

import pytest

from refocuslab import RefocusError
from refocuslab.files import installed


@pytest.fixture
def package(tmp_path, monkeypatch):
    package = tmp_path / "site" / "refocuslab"
    package.mkdir(parents=True)
    monkeypatch.setattr(installed, "PACKAGE", package)
    return package


def test_this_installation_is_complete():
    assert (installed.data_folder() / "motorcycle" / "scene.toml").is_file()
    assert (installed.notebooks_folder() / "02_image_scene.ipynb").is_file()


@pytest.mark.parametrize(
    ("find", "name"), [(installed.data_folder, "data"), (installed.notebooks_folder, "notebooks")]
)
def test_the_wheels_own_folder_goes_before_one_beside_the_package(package, find, name):
    beside, inside = package.parent / name, package / f"_{name}"
    beside.mkdir()
    assert find() == beside
    inside.mkdir()
    assert find() == inside


def test_a_broken_installation_says_what_is_missing(package):
    # A file of the right name is no folder.
    (package / "_data").write_text("")
    with pytest.raises(RefocusError) as caught:
        installed.data_folder()
    expected = f'refocuslab must be installed with its folder "data"; got {package}'
    assert str(caught.value) == expected
