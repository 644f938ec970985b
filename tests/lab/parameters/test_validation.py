"""One schema: what papermill reads in a notebook is what the model says, field for field."""

import ast
import json
import re
from pathlib import Path

import nbformat
import numpy as np
import papermill
import pytest

from refocuslab.errors import RefocusError
from refocuslab.files.installed import notebooks_folder
from refocuslab.lab.parameters import validation as schema
from refocuslab.method import Method

FILES = sorted(notebooks_folder().glob("*.ipynb"))


def str_of(source: str | Path) -> str:
    return source.name if isinstance(source, Path) else source


def notebook_with(cell: str, path: Path) -> Path:
    parameters = nbformat.v4.new_code_cell(cell, metadata={"tags": ["parameters"]})
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    book = nbformat.v4.new_notebook(cells=[parameters], metadata={"kernelspec": kernel})
    nbformat.write(book, path)
    return path


def assert_same(path: Path, name: str) -> None:
    read = papermill.inspect_notebook(str(path))
    fields = schema.model_for(name).model_fields
    assert list(read) == list(fields)
    for parameter, field in fields.items():
        assert read[parameter]["inferred_type_name"] == schema.type_name(name, parameter)
        assert ast.literal_eval(read[parameter]["default"]) == field.default
        assert type(ast.literal_eval(read[parameter]["default"])) is type(field.default)
        assert read[parameter]["help"] == field.description


@pytest.mark.parametrize("source", [*schema.NOTEBOOKS, *FILES], ids=str_of)
def test_papermill_reads_the_parameters_cell_as_the_model_says(source, tmp_path):
    """A name: a notebook made here from the model. A path: a committed notebook."""
    if isinstance(source, Path):
        path, name = source, source.stem
    else:
        name = source
        path = notebook_with(schema.parameters_cell(name), tmp_path / f"{name}.ipynb")
    if name in schema.NOTEBOOKS:
        assert_same(path, name)
    else:
        assert not papermill.inspect_notebook(str(path)), "parameters without a model"


@pytest.mark.parametrize("name", schema.NOTEBOOKS)
def test_the_parameters_cell_is_python_in_papermills_form(name):
    cell = schema.parameters_cell(name)
    for line in cell.splitlines():
        assert re.fullmatch(r"\w+: (int|float|str|bool) = [^=#]+  # [^=#]+", line)
        assert len(line) <= 100
    values = {}
    exec(cell, values)
    assert schema.current(name, values) == schema.validate(name, {})


def test_the_comparison_notices_a_cell_that_drifted(tmp_path):
    name = "02_image_scene"
    cell = schema.parameters_cell(name)
    for wrong in (
        cell.replace("neighborhood: int = 5", "neighborhood: int = 7"),
        cell.replace("lambda_image: float", "lambda_image: int"),
        cell.replace("lambda_image", "lambda_"),
        cell.replace("threads, 0", "threads; 0"),
        "\n".join(reversed(cell.splitlines())),
    ):
        assert wrong != cell
        with pytest.raises(AssertionError):
            assert_same(notebook_with(wrong, tmp_path / "wrong.ipynb"), name)


def test_defaults_are_those_of_the_method_and_the_method_accepts_every_limit():
    method = Method()
    # In the explorer a picture must be there at once.
    others = {("09_explore", "search"): "coherent"}
    for notebook, model in schema.NOTEBOOKS.items():
        for name, field in model.model_fields.items():
            if name in Method.__dataclass_fields__:
                assert field.default == others.get((notebook, name), getattr(method, name))
                limits = [v for mark in field.metadata for k in ("ge", "le")
                          if (v := getattr(mark, k, None)) is not None]  # fmt: skip
                for value in limits:
                    Method(**{name: type(field.default)(value)})


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"neighborhood": 4}, "neighborhood must be odd; got 4"),
        ({"neighborhood": 13}, "neighborhood must be from 3 to 11; got 13"),
        ({"neighborhood": 1}, "neighborhood must be from 3 to 11; got 1"),
        ({"candidates": 0}, "candidates must be from 1 to 200; got 0"),
        ({"candidates": 20.0}, "candidates must be a valid integer; got 20.0"),
        ({"candidates": True}, "candidates must be a valid integer; got True"),
        ({"candidates": "20"}, "candidates must be a valid integer; got '20'"),
        ({"lambda_image": -0.1}, "lambda_image must be from 0 to 1000; got -0.1"),
        ({"lambda_image": float("nan")}, "lambda_image must be a finite number; got nan"),
        ({"light": "sRGB"}, "light must be 'linear' or 'encoded'; got 'sRGB'"),
        ({"crop": 7}, "crop must be 0 or from 32 upwards; got 7"),
        ({"scene": " "}, "scene must name a scene or a folder; got ' '"),
        ({"results": None}, "results must be a valid string; got None"),
        (
            {"neighborhod": 5},
            "neighborhod is not a parameter of 02_image_scene; nearest: neighborhood; got 5",
        ),
    ],
)
def test_bad_values_are_refused_by_name(values, message):
    with pytest.raises(RefocusError) as error:
        schema.validate("02_image_scene", values)
    assert str(error.value) == message
    assert error.value.argument == next(iter(values))


def test_a_name_like_no_other_gets_the_list_of_names():
    with pytest.raises(RefocusError, match=r"is not a parameter of .*; it has scene, largest"):
        schema.validate(1, {"zzzz": 1})


def test_values_come_back_whole_and_in_plain_json_types():
    values = {
        "neighborhood": np.int64(7),
        "lambda_image": np.float32(0.5),
        "scene": Path("my") / "scene",
    }
    checked = schema.validate("2", values)
    assert list(checked) == list(schema.model_for(2).model_fields)
    assert {type(value) for value in checked.values()} == {int, float, str}
    assert json.loads(json.dumps(checked)) == checked
    assert (checked["neighborhood"], checked["lambda_image"]) == (7, 0.5)
    assert checked["scene"] == str(Path("my", "scene"))
    assert isinstance(schema.validate(2, {"lambda_image": 1})["lambda_image"], float)


def test_text_from_a_command_line_is_read_by_the_type_of_the_parameter():
    texts = {"neighborhood": "7", "lambda_image": "1e-3", "scene": "12"}
    checked = schema.validate_text("02_image_scene", texts)
    assert (checked["neighborhood"], checked["lambda_image"]) == (7, 0.001)
    assert checked["scene"] == "12"
    for name, text in {"neighborhood": "4", "candidates": "many", "lambda_image": "nan"}.items():
        with pytest.raises(RefocusError, match=f"^{name} must be .*got '{text}'"):
            schema.validate_text("02_image_scene", {name: text})


def test_notebooks_are_found_by_name_file_and_number():
    for name in ("04_confidence_order", "04_confidence_order.ipynb", "04", "4", 4):
        assert schema.notebook_name(name) == "04_confidence_order"
    for name in ("13", 0, "confidence_order", ""):
        with pytest.raises(RefocusError, match="notebook must be one of 01_point_spread_function,"):
            schema.notebook_name(name)


def test_scene_parameters():
    assert [schema.scene_parameters(name) for name in schema.NOTEBOOKS] == [
        ("scene",),
        ("scene",),
        ("scene",),
        ("scene", "second_scene"),
        ("scene", "scene_same_view", "scene_breathing"),
        ("scene", "scene_perturbed"),
        ("scene",),
        ("scene", "bench"),
        ("scene",),
        ("scene", "scene_perturbed"),
        ("scene_polygon", "scene_ring", "scene_cat_eye", "scene_slant", "scene_depth"),
        ("scene",),
    ]
