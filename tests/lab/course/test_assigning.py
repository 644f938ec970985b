"""What a class is set: lessons and exercises, as they were named, or as the plan of one session has them."""

import pytest

from refocuslab import RefocusError
from refocuslab.files.installed import course_folder
from refocuslab.lab.course.assigning import assigned, listed, timed
from refocuslab.lab.course.making import Course

COURSE = Course(course_folder())
ALL = list(COURSE.lessons)


def of(*arguments, **options):
    given = assigned(COURSE, *arguments, **options)
    return [name.partition("_")[0] for name in given.lessons], given


def test_all_is_set_where_nothing_is_named():
    lessons, given = of()
    assert lessons == ["L0", "L1", "L2", "L3", "L4", "L5"] and given.said == {}
    assert given.exercises == tuple(COURSE.exercises)
    assert of(["L2"])[1].exercises == ("e05", "e06", "e07") and of(["L2"])[1].said == {}


def test_named_exercises_bring_their_lessons_and_leave_the_others_to_the_package():
    lessons, given = of((), ["E9", "e1"])
    assert lessons == ["L1", "L3"] and given.exercises == ("e01", "e09")
    assert given.left_out("L3_texture_and_order") == ["e08", "e10", "e11"]
    assert given.said["L1_blur"].startswith("**You write E1; the package does E2 to E4.**")
    assert "minutes" not in given.said["L1_blur"]


def test_the_session_is_a_plan_with_a_home_exercise_if_one_is_named():
    lessons, given = of(session=True)
    assert lessons == COURSE.path["session"]["lessons"]
    assert list(given.exercises) == COURSE.path["session"]["exercises"]
    assert "minutes 0 to 13" in given.said["L1_blur"]
    assert of((), ["E1"], session=True)[1].exercises == ("e01", *given.exercises)


def test_what_the_lessons_do_not_hold_is_refused():
    with pytest.raises(RefocusError, match="exercise must be one of e01, e02, e03, e04, which these lessons"):
        assigned(COURSE, ["L1"], ["E6"])
    with pytest.raises(RefocusError, match="exercise must be one of"):
        assigned(COURSE, (), ["E99"])
    with pytest.raises(RefocusError, match="lesson must be one of"):
        assigned(COURSE, ["L9"])


def test_minutes_follow_each_other():
    rows = timed([{"minutes": 5}, {"minutes": 8}])
    assert [(one["from"], one["until"]) for one in rows] == [(0, 5), (5, 13)]


@pytest.mark.parametrize(
    ("exercises", "told"),
    [
        ([], "none"),
        (["e09"], "E9"),
        (["e09", "e10"], "E9 and E10"),
        (["e01", "e02", "e03", "e09", "e11"], "E1 to E3, E9 and E11"),
    ],
)
def test_exercises_are_listed_as_a_sentence_has_them(exercises, told):
    assert listed(exercises) == told
