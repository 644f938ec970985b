"""What is asked for is checked, with the nearest name, before anything slow is loaded."""

import os
import subprocess
import sys
from dataclasses import fields

import pytest

from refocuslab.errors import RefocusError
from refocuslab.files.installed import PACKAGE, notebooks_folder
from refocuslab.lab.parameters import arguments
from refocuslab.method import Method


def test_figures_and_notebooks_by_number_and_name():
    folder = notebooks_folder()
    assert arguments.notebooks(("3",), folder) == [
        *("02_image_scene", "03_scanline_texture", "04_confidence_order"),
    ]
    assert arguments.notebooks(("5", "02", "05_perturbed_view.ipynb"), folder) == [
        *("02_image_scene", "05_perturbed_view"),
    ]
    assert len(arguments.notebooks((), folder)) >= 5
    with pytest.raises(RefocusError, match="figure must be one of 1, 2, 3, 4, 5"):
        arguments.notebooks(("6",), folder)


def test_every_notebook_of_a_figure_exists():
    for names in arguments.FIGURES.values():
        assert all((notebooks_folder() / f"{name}.ipynb").exists() for name in names)


def test_a_profile_sets_what_was_not_asked_for():
    both = ["01_point_spread_function", "02_image_scene"]
    values = arguments.parameters(both, {"light": "encoded"}, "smoke")
    assert [one["light"] for one in values.values()] == ["encoded", "encoded"]
    assert values["02_image_scene"]["crop"] == 64
    assert arguments.parameters(both[1:], {"crop": "100"}, "smoke")[both[1]]["crop"] == 100
    assert arguments.parameters(both[1:], {}, "paper")[both[1]]["crop"] == 0


def test_the_two_lambdas_are_told_apart_where_one_is_asked_for():
    for name in ("lambda", "λ"):
        with pytest.raises(RefocusError) as error:
            arguments.parameters(["04_confidence_order"], {name: "0.02"})
        told = str(error.value)
        assert told.startswith(f"{name} is not a parameter of 04_confidence_order; there are lambda_image, ")
        assert "lambda_texture how its neighbors look" in told and told.endswith("counts; got 0.02")
    with pytest.raises(RefocusError, match="nearest: lambda_image; got"):
        arguments.parameters(["02_image_scene"], {"lambda": "0.02"})


def test_axes_are_split_joined_and_without_doubles():
    pairs = (("a", "1, 2,2"), ("b", "x"), ("a", "3"))
    assert arguments.axes(pairs) == {"a": ["1", "2", "3"], "b": ["x"]}
    with pytest.raises(RefocusError, match="a must have values with commas"):
        arguments.axes((("a", ","),))


def test_every_field_of_the_method_can_be_asked_for():
    texts = {field.name: str(field.default) for field in fields(Method)}
    assert arguments.method(texts) == Method()
    assert arguments.method({"causal": "true", "passes": "2", "lambda_image": "1e-3"}) == Method(
        causal=True, passes=2, lambda_image=0.001
    )


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("ordr", "a", "ordr is not a choice of the method; nearest: order"),
        ("order", "upwards", "order must be one of scanline, confidence, random"),
        ("causal", "perhaps", "causal must be true or false; got 'perhaps'"),
        ("passes", "1.5", "passes must be a whole number; got '1.5'"),
        ("lambda_image", "much", "lambda_image must be a number; got 'much'"),
        ("neighborhood", "4", "neighborhood must be odd, from 3 to 31"),
    ],
)
def test_wrong_choices_of_the_method(name, text, message):
    with pytest.raises(RefocusError, match=message):
        arguments.method({name: text})


def test_a_scene_is_a_name_or_a_folder(tmp_path, monkeypatch):
    assert arguments.scene("scene", "coffee") == "coffee"
    (tmp_path / "scene.toml").touch()
    monkeypatch.chdir(tmp_path.parent)
    assert arguments.scene("scene", tmp_path.name) == str(tmp_path)
    with pytest.raises(RefocusError, match=r"^scene must be one of .*; nearest: coffee; got 'cofee'$"):
        arguments.scene("scene", "cofee")


@pytest.mark.seconds
@pytest.mark.parametrize(
    "arguments",
    [
        ["--help"],
        *(
            pytest.param(line, marks=pytest.mark.slow)
            for line in (
                ["sweep", "--help"],
                ["run", "4", "-p", "neighborhod", "5"],
                ["sweep", "4", "-p", "neighborhood", "3,4"],
                ["figures", "-p", "scene", "cofee"],
            )
        ),
        ["refocus", "coffee", "-o", "x.png", "-p", "order", "upwards"],
    ],
)
def test_help_and_refusals_load_no_compiler(arguments):
    program = (
        "import sys\n"
        "from refocuslab.lab.__main__ import main\n"
        f"sys.argv[1:] = {arguments}\n"
        "try: main()\n"
        "except SystemExit as end: code = end.code\n"
        "slow = {'numba', 'scipy', 'skimage', 'matplotlib', 'nbformat', 'IPython'} & set(sys.modules)\n"
        "assert not slow, slow\n"
        "assert code == (0 if '--help' in sys.argv else 2), code\n"
    )
    root = str(PACKAGE.parent)
    made = subprocess.run(
        [sys.executable, "-c", program], env=os.environ | {"PYTHONPATH": root}, capture_output=True, text=True
    )
    assert made.returncode == 0, made.stderr
    if "--help" not in arguments:
        assert len(made.stderr.splitlines()) == 1


def test_a_notebook_that_measures_wants_a_truth(tmp_path):
    (tmp_path / "scene.toml").write_text('[misfocused]\nphoto = "u.png"\n[[focused]]\nphoto = "v.png"\n')
    for name in ("02_image_scene", "10_open_questions"):
        with pytest.raises(RefocusError, match="scene must have a truth"):
            arguments.parameters([name], {"scene": str(tmp_path)})
    for name in ("01_point_spread_function", "09_explore", "12_your_photos"):
        assert arguments.parameters([name], {"scene": str(tmp_path)})[name]["scene"] == str(tmp_path)
