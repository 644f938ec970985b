"""The lecturer's guide holds what the sources say: minutes, notes, beliefs; and no place is left open."""

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
    assert not [place for place in ("{one session}", "{units}", "{counts}") if place in made]
    for unit in COURSE.path["units"]:
        assert f"## Unit {unit['unit']}: {unit['title']}\n" in made
        assert f"{unit['talk']} minutes of talk, {unit['work']} of work." in made
    for one in COURSE.exercises.values():
        assert f" {one.title} | {one.minutes} | " in made


def test_every_belief_stands_beside_its_question(made):
    for one in COURSE.exercises.values():
        for belief in one.beliefs.values():
            assert belief.replace("|", r"\|") in made


def test_notes_of_lessons_stand_between_their_exercises(made):
    part = made.partition("## Unit 3")[2].partition("## Unit 4")[0]
    places = [
        part.index(text) for text in ("Minutes.", "*They write E8.*", "*They write E9.*", "44–54, talk")
    ]
    assert places == sorted(places)


@pytest.mark.seconds
def test_the_guide_holds_no_solution(made):
    lines = {line.strip() for one in COURSE.exercises.values() for line in one.cut_out.splitlines()}
    assert not [line for line in lines if len(line) > 20 and line in made]
