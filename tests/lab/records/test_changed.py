"""What differs from the defaults is told in a line, without folders and without what changes nothing."""

from refocuslab.lab.parameters import validation
from refocuslab.lab.records import changed

NAME = "04_confidence_order"


def test_only_what_changes_a_result_is_told(tmp_path):
    own = tmp_path / "my cup, old"
    values = {"scene": str(own), "lambda_texture": 0.02, "crop": 0, "threads": 3, "results": "there"}
    assert changed.changes(NAME, values) == {"scene": str(own), "lambda_texture": 0.02}
    assert changed.in_words(NAME, values) == (
        "scene my cup, old (default motorcycle), lambda_texture 0.02 (default 0.01)"
    )
    assert changed.in_words(NAME, {"crop": 0, "neighborhood": 5}) == ""


def test_several_notebooks_tell_each_change_once():
    values = {"crop": 64, "lambda_texture": 0.02}
    names = ("03_scanline_texture", NAME)
    told = changed.of_all([{"notebook": name, "parameters": values} for name in names])
    # The second has another second scene than the profile.
    assert told == "Made with crop 64 (default: all), lambda_texture 0.02 (default 0.01)."
    whole = [{"notebook": name, "parameters": {"lambda_texture": 0.02}} for name in names]
    assert changed.of_all(whole) == "Made with lambda_texture 0.02 (default 0.01)."
    # Notebook 11 cuts by default.
    assert changed.of_all([{"notebook": "11_real_lens", "parameters": {"crop": 96}}]) == ""


def test_what_a_profile_sets_is_told_apart_from_what_was_asked_for():
    values = {"crop": 64, "second_scene": "bench", "lambda_texture": 0.02}
    ran = [
        {"notebook": name, "parameters": validation.validate(name, values if "04" in name else {"crop": 64})}
        for name in ("02_image_scene", NAME)
    ]
    preset = "profile smoke: crop 64, second_scene bench"
    assert changed.of_all(ran) == f"Made with lambda_texture 0.02 (default 0.01); {preset}."
    # The second scene is that of Figure 4 alone.
    asked = "lambda_texture 0.02 (default 0.01)"
    assert changed.in_words(NAME, values, "3") == f"{asked}; profile smoke: crop 64"
    assert changed.in_words(NAME, values, "4") == f"{asked}; {preset}"


def test_a_part_of_a_scene_is_for_trying_out():
    def caution(**values):
        return changed.caution([{"notebook": NAME, "parameters": values}])

    assert caution() == ""
    assert caution(lambda_texture=0.02) == (
        "The text was written for the default values: numbers beside it may say otherwise."
    )
    of_a_part = caution(crop=64)
    assert "whole scenes and the default values: numbers beside it, of 64 x 64 pixels" in of_a_part
    assert "not for comparing parameters" in of_a_part
