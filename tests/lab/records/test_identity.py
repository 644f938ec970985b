"""Identity: what determines a result changes its name, and nothing else does."""

import json
from dataclasses import asdict

import numpy as np
import pytest

from refocuslab.files.installed import data_folder, notebooks_folder
from refocuslab.lab.parameters.validation import NOTEBOOKS, validate
from refocuslab.lab.records import identity
from refocuslab.method import Method
from refocuslab.optics.psf import disk
from refocuslab.pictures.writing import write_photo
from refocuslab.scene import FocusedPhoto, Scene
from refocuslab.scenes.saving import save_scene

NAME = "02_image_scene"
SCENE = Scene(
    np.random.default_rng(1).integers(0, 256, (9, 8, 3), dtype=np.uint8),
    None,
    [FocusedPhoto(np.zeros((7, 7, 3), np.uint8))],
    psf=disk(3),
)
FILE = notebooks_folder() / f"{NAME}.ipynb"


def run_name(file=FILE, **changes) -> str:
    return identity.name_of(identity.notebook_run(NAME, validate(NAME, changes), file))


def test_names_are_16_digits_whatever_the_order_of_keys():
    name = identity.name_of({"a": 1, "b": {"c": 0.1}})
    assert name == identity.name_of({"b": {"c": 0.1}, "a": 1})
    assert len(name) == 16
    assert int(name, 16) >= 0
    assert name != identity.name_of({"a": 1, "b": {"c": 0.2}})


@pytest.mark.seconds
def test_every_parameter_but_threads_and_results_changes_the_name():
    changed = {"scene": "coffee", "neighborhood": 7, "candidates": 5, "lambda_image": 0.5,
               "light": "encoded", "search": "linear", "crop": 64, "threads": 2, "results": "x"}  # fmt: skip
    assert set(changed) == set(NOTEBOOKS[NAME].model_fields)
    same = {name for name, value in changed.items() if run_name(**{name: value}) == run_name()}
    assert same == {"threads", "results"}


@pytest.mark.seconds
@pytest.mark.parametrize("field", list(asdict(Method())))
def test_every_field_of_the_method_changes_the_name_of_a_point(field):
    other = {
        "order": "random",
        "search": "linear",
        "light": "encoded",
        "selection": "modes",
        "confidence": "ratio",
    }
    value = getattr(Method(), field)
    kinds = {bool: lambda: not value, int: lambda: value + 2, float: lambda: value * 2}
    changed = Method(**{field: other.get(field) or kinds[type(value)]()})
    names = {identity.name_of(identity.point(asdict(m), 0, {})) for m in (Method(), changed)}
    assert len(names) == 2


def test_a_changed_photo_is_never_mistaken_for_the_old_one(tmp_path):
    save_scene(SCENE, tmp_path / "a")
    save_scene(SCENE, tmp_path / "b")
    files = identity.scene_files(str(tmp_path / "a"))
    assert files == identity.scene_files(str(tmp_path / "b"))  # wherever it lies
    assert {"scene.toml", "misfocused.png", "focused_1.png"} <= set(files)
    (tmp_path / "a" / "notes.txt").write_text("not part of it")
    assert identity.scene_files(str(tmp_path / "a")) == files
    image = SCENE.misfocused.copy()
    image[0, 0, 0] ^= 1
    write_photo(tmp_path / "a" / "misfocused.png", image)
    changed = identity.scene_files(str(tmp_path / "a"))
    assert {name for name in files if files[name] != changed[name]} == {"misfocused.png"}


def test_a_scene_that_is_broken_has_an_identity_still(tmp_path):
    (tmp_path / "scene.toml").write_text("[")
    assert set(identity.scene_files(str(tmp_path))) == {"scene.toml"}


def test_shipped_scenes_are_hashed_with_all_their_pictures():
    for folder in data_folder().glob("*/scene.toml"):
        there = {path.name for path in folder.parent.iterdir() if path.is_file()}
        assert set(identity.scene_files(folder.parent.name)) == there


def test_a_notebooks_sources_count_and_its_outputs_do_not(tmp_path):
    book = json.loads(FILE.read_text(encoding="utf-8"))
    for cell in book["cells"]:
        cell["outputs"] = []
    other = tmp_path / FILE.name
    other.write_text(json.dumps(book), encoding="utf-8")
    assert run_name(other) == run_name()
    book["cells"][-1]["source"] = "other"
    other.write_text(json.dumps(book), encoding="utf-8")
    assert run_name(other) != run_name()


def test_source_and_libraries_are_in_the_name(monkeypatch):
    before = run_name()
    monkeypatch.setattr(identity, "versions", lambda packages: {"numpy": "0"})
    assert run_name() != before
    monkeypatch.undo()
    monkeypatch.setattr(identity, "_source", lambda files: "other")
    assert run_name() != before


def test_differences_are_told_one_by_one():
    then = {"a": {"numpy": "1", "same": 0}, "gone": 1}
    assert identity.differences(then, {"a": {"numpy": "2", "same": 0}}) == [
        "a numpy: 1 then, 2 now",
        "gone: 1 then, None now",
    ]
    assert identity.differences(then, then) == []
