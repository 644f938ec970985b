"""A page gives no prediction away, and says what is asked."""

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from refocuslab.lab.course.folding import folded
from refocuslab.lab.notebooks.offline_page import FOLDED, offline_page

ASKED = "Before you run on: Is 2 < 3 (of all)? (yes / no)"


def cell(source, *outputs, tags=()):
    made = new_code_cell(source, metadata={"tags": [*tags]})
    made.outputs = [
        new_output("stream", text=one) if one[-1] == "\n" else
        new_output("execute_result", data={"text/plain": one}) for one in outputs
    ]  # fmt: skip
    return made


@pytest.fixture
def notebook():
    said = "It is: yes. You made no prediction; the next one counts."
    return new_notebook(
        cells=[
            cell('lesson.predict(\n    "less", question, ["yes", "no"])', ASKED),
            new_markdown_cell("Now look."),
            cell("on_the_way()", "a picture"),
            cell("lesson.check('e01', disk)", "E1: not written", tags=["check"]),
            cell('print(2 - 3)\nlesson.reveal("less", "yes")', "-1\n", said),
            cell("after()", "seen at once"),
        ]
    )


def test_what_answers_is_folded_until_it_is_revealed(notebook):
    before = nbformat.writes(notebook)
    made = folded(notebook)
    labels = [one.metadata.get(FOLDED, "") for one in made.cells]
    assert labels == [
        "", "", "On the way to the answer: Is 2 < 3 (of all)?", "", "The answer: Is 2 < 3 (of all)?", "",
    ]  # fmt: skip
    assert made.cells[4].outputs[1].data["text/plain"] == "It is: yes."
    assert nbformat.writes(notebook) == before


@pytest.mark.seconds
def test_the_page_asks_and_hides(notebook):
    page = offline_page("L1", folded(notebook))
    assert page.count('type="radio"') == page.count('name="less"') == 2 and "Is 2 &lt; 3 (of all)?" in page
    hidden = page.partition("The answer: Is 2 &lt; 3 (of all)?</summary>")[2].partition("</details>")[0]
    assert "-1" in hidden and "It is: yes." in hidden
    assert "seen at once" in page.rpartition("</details>")[2]


def test_a_question_that_nothing_was_seen_of_folds_all_the_same(notebook):
    notebook.cells[0].outputs = []
    assert folded(notebook).cells[4].metadata[FOLDED] == "The answer: your prediction first"
