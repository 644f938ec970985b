"""Gates i to iii: right answers pass, stubs are stubs, each wrong answer gets its own hint, on every seed."""

from pathlib import Path

import pytest

from refocuslab.course import hints
from refocuslab.course.exercises import exercises
from refocuslab.errors import RefocusError
from refocuslab.lab.course import gates
from refocuslab.lab.course.sources import STUB, read_exercise, read_exercises

COURSE = Path(__file__).parents[2] / "course"
EXERCISES = read_exercises(COURSE)
SEEDS = range(20)  # `make soak` tries 200


def test_every_check_has_its_exercise_and_every_exercise_its_check():
    assert EXERCISES.keys() == exercises().keys()


@pytest.mark.seconds
@pytest.mark.parametrize("name", EXERCISES)
def test_every_answer_gets_what_it_should_on_every_seed(name):
    wrong = [str(row) for row in gates.rows(EXERCISES[name], SEEDS) if not row.as_expected]
    assert not wrong


@pytest.mark.seconds
@pytest.mark.parametrize("name", EXERCISES)
def test_source_check_and_hints_say_the_same(name):
    assert gates.faults(EXERCISES[name]) == []


@pytest.mark.parametrize("name", EXERCISES)
def test_a_stub_holds_nothing_of_the_solution(name):
    exercise = EXERCISES[name]
    assert exercise.stub.count(STUB) == len(exercise.names)
    assert "SOLUTION" not in exercise.stub + exercise.solution
    assert exercise.solution != exercise.text != exercise.stub
    assert not set(exercise.stub.split("\n")) & {one for one in exercise.cut_out.split("\n") if len(one) > 12}


def test_what_any_exercise_can_meet_is_met_by_some():
    reached = {key for one in EXERCISES.values() for key in map(gates.key_of, one.wrong)}
    # The others are tested in test_verdict.py and test_time_limit.py.
    assert "calls-the-package" in reached
    assert set(hints.texts()[hints.ANY]) - reached <= {
        "raises", "returns-nothing", "changes-its-input", "unreadable", "too-slow", "too-large",
        "process-ends", "stopped",
    }  # fmt: skip


# ---------------------------------------------------------------- the gates can fail

SOURCE = '''
"""E1: a made-up one."""
TITLE, UNIT, MINUTES, TASK = "The PSF of a misfocused lens", 1, 5, ""


def disk(d):
    """A box."""
    # BEGIN SOLUTION
    return np.full((d, d), 1 / d**2)
    # END SOLUTION


WRONG = {"keeps-light": ("1 / d**2", "1"), "size": ("not there", "")}
BELIEFS = {"keeps-light": ""}
ALSO_RIGHT = []
'''


@pytest.fixture
def made_up(tmp_path):
    path = tmp_path / "e01_made_up.py"
    path.write_text(SOURCE)
    return read_exercise(path)


def test_a_wrong_solution_is_found(made_up):
    made_up.wrong.pop("size")
    solution, stub, keeps_light = gates.rows(made_up, range(3))
    assert not solution.as_expected and solution.found == {"not-round": 3}
    assert str(solution) == "e01 solution: expected right; got not-round on 3"
    assert stub.as_expected and keeps_light.as_expected


def test_a_patch_that_has_drifted_is_found(made_up):
    with pytest.raises(RefocusError, match=r"must hold the text of its patch once: 'not there'; got 0 times"):
        gates.rows(made_up, range(1))


def test_what_is_missing_is_told(made_up):
    found = gates.faults(made_up)
    assert "e01: no wrong answer reaches the probe not-round" in found
    assert "e01: WRONG and BELIEFS differ in size" in found
    assert "e01 has fewer than 4 wrong answers with hints of their own" in found
    assert "e01 has fewer than 2 other right answers" in found


def test_the_keys_of_probes_are_seen():
    source = 'def check(case, f):\n    case.need(f(), "a", 3)\n    raise Hint("b")\n    print("c")\n'
    assert gates.keys_of_probes(source) == {"a", "b"}


def test_a_source_without_its_parts_is_refused(tmp_path):
    path = tmp_path / "e01_bare.py"
    path.write_text("def f():\n    pass\n")
    with pytest.raises(RefocusError, match="must have a function with # BEGIN SOLUTION"):
        read_exercise(path)
    path.write_text(SOURCE.replace("BELIEFS", "BELIEF"))
    with pytest.raises(RefocusError, match="must have BELIEFS"):
        read_exercise(path)
