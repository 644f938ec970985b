"""Formulas as MathML: every one of the notebooks is drawn, and nothing else is touched."""

from pathlib import Path

import nbformat
import pytest

from refocuslab.errors import RefocusError
from refocuslab.files.installed import notebooks_folder
from refocuslab.lab.course.making import Course
from refocuslab.lab.pages.formulas import in_markdown, mathml


@pytest.mark.seconds
def test_every_formula_of_the_notebooks_is_drawn():
    drawn = 0
    for path in sorted(notebooks_folder().glob("*.ipynb")):
        for cell in nbformat.read(path, as_version=4).cells:
            if cell.cell_type == "markdown":
                text = in_markdown(cell.source)
                assert "$" not in text, path.name
                drawn += text.count("<math")
    assert drawn > 200


@pytest.mark.seconds
def test_every_formula_of_the_lessons_is_drawn():
    course = Course(Path(__file__).parents[3] / "course")
    texts = [
        cell.source for one in course.lessons.values() for cell in one.cells if cell.cell_type == "markdown"
    ]
    drawn = [in_markdown(text) for text in (*texts, *(one.task for one in course.exercises.values()))]
    assert not [text for text in drawn if "$" in text or r"&#92;" in text]
    assert "".join(drawn).count("<math") > 20


@pytest.mark.parametrize(
    "text", ["`$a$`", "```\n$a$\n```", "5 $ and 6 $", r"\$a$ b", "<span>$</span>a<span>$</span>"]
)
def test_what_is_no_formula_stays(text):
    assert in_markdown(text) == text


def test_markdown_finds_no_marks_of_its_own_in_a_formula():
    assert not set("*_[]|~`\\") & set(in_markdown(r"$a_{[i]} * b | c \sim d$"))


def test_what_cannot_be_drawn_is_shown_as_it_is_written_or_refused():
    assert in_markdown(r"$\nonsense{<b>}$") == "<code>&#92;nonsense{&lt;b&gt;}</code>"
    with pytest.raises(RefocusError, match="nonsense"):
        mathml(r"\nonsense")
