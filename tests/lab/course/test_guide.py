"""The lecturer's guide holds what the sources say: minutes, notes, beliefs; and no place is left open."""

import itertools
import re
from pathlib import Path

import pytest

from refocuslab.lab.course.guide import guide
from refocuslab.lab.course.making import Course

COURSE = Course(Path(__file__).parents[3] / "course")


@pytest.fixture(scope="module")
def made():
    return guide(COURSE)


@pytest.mark.seconds
def test_every_unit_has_its_minutes_and_exercises(made):
    assert not [place for place in ("{session}", "{units}", "{counts}") if place in made]
    for unit in COURSE.path["units"]:
        assert f"## Unit {unit['unit']}: {unit['title']}\n" in made
        work = f"then {unit['project']}" if "project" in unit else f"{unit['work']} of work"
        assert f"{unit['talk']} minutes of talk, {work}." in made
    for one in COURSE.exercises.values():
        assert f" {one.title} | {one.minutes} | " in made


def test_every_belief_stands_beside_its_question(made):
    for one in COURSE.exercises.values():
        for belief in one.beliefs.values():
            assert belief.replace("|", r"\|") in made


def test_notes_of_lessons_stand_between_their_exercises(made):
    part = made.partition("## Unit 3")[2].partition("## Unit 4")[0]
    places = [
        part.index(text)
        for text in ("### Plan of the session", "*After E8:* **The energy", "*After E9:* **One factor")
    ]
    assert places == sorted(places)
    assert not re.search(r"(?m)^\*[^*]*\*$", made), "no line that is only a mark"


def test_the_plan_of_one_session_fits_and_names_what_is_cut(made):
    session = COURSE.path["session"]
    part = made.partition("## One session of 90 minutes")[2].partition("\n## ")[0]
    rows = re.findall(r"(?m)^\| (\d+)–(\d+) \| (L\d): (.*)", part)
    times = [(int(start), int(stop)) for start, stop, *_ in rows]
    assert times[0][0] == 0 and times[-1][1] <= session["minutes"] == 90
    assert all(stop == start for (_, stop), (start, _) in itertools.pairwise(times))
    written = {row["exercise"]: row["minutes"] for row in session["plan"] if "exercise" in row}
    assert sorted(written) == session["exercises"] and 2 <= len(written) <= 3
    for name, minutes in written.items():
        assert minutes >= COURSE.exercises[name].minutes, "no less than a newcomer takes"
    assert "**Cut**: E1 to E8 and E11, which" in part


def test_the_guide_and_the_readme_call_the_folder_as_the_program_does(made):
    from refocuslab.lab.cli.class_verbs import KEY, OUT

    assert f"`{OUT}/students`" in made and f"`{KEY}`" in made and " -o out" not in made
    assert f"in {OUT}/:" in (COURSE.folder.parent / "README.md").read_text(encoding="utf-8")


@pytest.mark.seconds
def test_the_guide_holds_no_solution(made):
    lines = {line.strip() for one in COURSE.exercises.values() for line in one.cut_out.splitlines()}
    assert not [line for line in lines if len(line) > 20 and line in made]
