"""The page of marks, and the table: states, beliefs in words, points by the rubric, what comes next."""

import csv
import io
import re

import pytest

from refocuslab.course import hints
from refocuslab.course.exercises import exercises
from refocuslab.course.verdict import Verdict
from refocuslab.files.installed import course_folder
from refocuslab.lab.course.grading.answers import Graded
from refocuslab.lab.course.grading.marks import points, table
from refocuslab.lab.course.grading.report import HAPPENED, beliefs_of, report
from refocuslab.lab.escaping import in_html

WANTED = ["e03", "e10"]
WRONG = Verdict("e03", "wrong", "edge-comes-twice", "not yet. Whose <edge> comes twice?")


def right(name, state="right"):
    return Verdict(name, state, "calls-the-package" if "package" in state else "", "right.")


CLASS = [
    Graded("Anna <b>", (WRONG, right("e10")), ("a note & more",), "I said <i>no</i>."),
    Graded("Bo", (right("e03", "right by the package"), Verdict("e10", "not written", "", "")), ()),
    Graded("Cy", (None, None), ("handed nothing in",)),
    Graded("x.zip", (), ("x.zip names nobody",), known=False),
]


@pytest.fixture(scope="module")
def beliefs():
    return beliefs_of(course_folder())


def text(page):
    return re.sub(r"\s+", " ", re.sub("<[^<>]*>", " ", page.partition("<body>")[2]))


def test_the_page_says_what_is_believed_and_what_was_asked(beliefs):
    key = WRONG.key
    one = Graded("Anna", (Verdict("e03", "wrong", key, "not yet. Whose?"), right("e10")), ())
    said = text(report([one], WANTED, beliefs, "marks.csv"))
    assert said.count(in_html(beliefs["e03"][key])) == 2, "once for the class, once for the student"
    assert in_html(hints.text("e03", key)) in said and "Was told: Whose?" in said and f"({key})" in said


def test_states_are_told_apart_and_points_are_the_rubrics(beliefs):
    page = report(CLASS[1:], WANTED, beliefs, "marks.csv")
    said = text(page)
    assert "Bo right by the package not written 5 of 20 + E10's verdict" in said
    assert "Cy not handed in not handed in 0 of 20 + E10's verdict" in said
    assert "Not graded x.zip x.zip names nobody" in said
    assert [points(one) for one in CLASS[:3]] == [10, 5, 0]


def test_names_and_words_of_students_are_no_markup(beliefs):
    known = {**beliefs, "e03": {**beliefs["e03"], "edge-comes-twice": "That <u> is it."}}
    page = report(CLASS, WANTED, known, "marks.csv")
    assert "Anna &lt;b&gt;" in page and "<i>no</i>" not in page and "That &lt;u&gt; is it." in page
    assert "a note &amp; more" in page and "<edge>" not in page


def test_it_says_what_comes_next(beliefs):
    said = text(report(CLASS[1:], WANTED, beliefs, "marks.csv"))
    assert "Read the written verdicts of E10 by course/rubric.md : five questions, 0 to 10" in said
    assert "written verdicts of" not in text(report([], ["e03"], beliefs, "marks.csv"))
    assert "Grade in a clone" not in said and "Grade in a clone" in text(report([], WANTED, {}, "m.csv"))


def test_beside_a_wheel_the_page_asks_all_the_same():
    one = Graded("Bo", (right("e03", "right by the package"), Verdict("e10", "wrong", "raises", "x")), ())
    said = text(report([one], WANTED, beliefs_of(None), "marks.csv"))
    assert "stands in the sources of the course" in said and HAPPENED["raises"] in said


def test_every_hint_has_words(beliefs):
    """What any exercise may be told has what happened, the others what is believed."""
    known = hints.texts()
    assert set(known[hints.ANY]) - {"calls-the-package", "stopped"} == set(HAPPENED)
    for name in exercises():
        assert set(known.get(name, {})) <= set(beliefs[name])


def test_the_table_is_one_that_a_spreadsheet_can_open():
    lines = list(csv.DictReader(io.StringIO(table(CLASS, WANTED, {}).decode())))
    assert lines[0] == {
        "student": "Anna <b>", "e03": "wrong: edge-comes-twice", "e10": "right", "right": "1", "of": "2",
        "points": "10", "of points": "20", "e10 written verdict, 0 to 10": "", "notes": "a note & more",
    }  # fmt: skip
    assert [(one["e03"], one["points"]) for one in lines[1:]] == [
        ("right by the package", "5"), ("not handed in", "0"), ("not graded", ""),
    ]  # fmt: skip
    formula = table([Graded("=1+1", (), ("@x",))], [], {}).decode()
    assert formula.splitlines()[1] == "'=1+1,0,0,0,0,'@x"
