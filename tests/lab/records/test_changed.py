"""What differs from the defaults is told in a line, without folders and without what changes nothing."""

from refocuslab.lab.records import changed

NAME = "04_confidence_order"


def test_only_what_changes_a_result_is_told(tmp_path):
    own = tmp_path / "my cup, old"
    values = {"scene": str(own), "lambda_texture": 0.02, "crop": 0, "threads": 3, "results": "there"}
    assert changed.changes(NAME, values) == {"scene": str(own), "lambda_texture": 0.02}
    assert changed.in_words(NAME, values) == "scene my cup, old, lambda_texture 0.02"
    assert changed.in_words(NAME, {"crop": 0, "neighborhood": 5}) == ""


def test_several_notebooks_tell_each_change_once_and_that_a_part_is_no_whole():
    values = {"crop": 64, "lambda_texture": 0.02}
    names = ("03_scanline_texture", NAME)
    told = changed.of_all([{"notebook": name, "parameters": values} for name in names])
    assert told.startswith("Made with crop 64, lambda_texture 0.02. A verdict needs whole scenes")
    whole = [{"notebook": name, "parameters": {"lambda_texture": 0.02}} for name in names]
    assert changed.of_all(whole) == "Made with lambda_texture 0.02."
    # Notebook 11 cuts by default.
    assert changed.of_all([{"notebook": "11_real_lens", "parameters": {"crop": 96}}]) == ""
