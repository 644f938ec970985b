"""Whatever a student's code does is survived with a sentence, and nothing outside its folder is touched."""

import os
import sys
from pathlib import Path

import pytest

from refocuslab.lab.course.sandbox.judging import Limits, judge_code
from refocuslab.lab.course.sandbox.student_code import StudentCode

HERE = Path(__file__)
LIMITS = Limits(seconds=1.0)
IN_LINE_2 = "It stops with PermissionError in line 2"


def judged(source, limits=LIMITS, exercise="e01"):
    return judge_code(StudentCode.of([source]), exercise, student="ada", limits=limits)


@pytest.mark.seconds
def test_each_solution_is_right_in_the_sandbox_too(exercises):
    for name in ("e01", "e06"):
        assert str(judged(exercises[name].solution, Limits(), name)) == f"E{int(name[1:])}: right."
    by_package = judged("def disk(d):\n    return rl.disk(d)", Limits())
    assert by_package.state == "right by the package"


BODIES = {
    "while True: pass": "It had no answer after all its time.",
    "return np.ones((10**6, 10**6))": "It asks for more memory than there is for it.",
    "import os; os._exit(0)": "Its process ended without an answer.",
    "raise KeyboardInterrupt": "It stops with KeyboardInterrupt in line 2.",
    "raise NotImplementedError": "not written yet.",
    "pass": "It returns nothing.",
    "return lambda: 1": "What it returns has not the form",
    "return iter(int, 1)": "What it returns has not the form",
    "return 10**400": "What it returns has not the form",
    "print('x' * 10**6); return 1": "Yours has the shape ().",
    "import subprocess; subprocess.run(['true'])": IN_LINE_2,
    "import os; os.fork()": IN_LINE_2,
    "import os; os.kill(os.getppid(), 9)": IN_LINE_2,
    "import socket; socket.create_connection(('127.0.0.1', 9))": IN_LINE_2,
    "import urllib.request as r; r.urlopen('http://127.0.0.1:9')": IN_LINE_2,
    "import ctypes; ctypes.string_at(0)": IN_LINE_2,
    f"open({str(HERE)!r}).read()": IN_LINE_2,
    f"open({str(HERE.parent / 'made')!r}, 'w')": IN_LINE_2,
    f"import os; os.remove({str(HERE)!r})": IN_LINE_2,
    f"import os; os.listdir({str(HERE.parent)!r})": IN_LINE_2,
}


@pytest.mark.seconds
@pytest.mark.skipif(sys.platform == "win32", reason="memory is not limited there")
@pytest.mark.parametrize("body", BODIES)
def test_whatever_a_function_does_is_told_in_a_sentence(body):
    before = sorted(HERE.parent.iterdir())
    assert BODIES[body] in str(judged(f"def disk(d):\n    {body}"))
    assert sorted(HERE.parent.iterdir()) == before


@pytest.mark.seconds
@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("x = 1", "E1: no function disk was found."),
        ("def disk(d):\n  return (", "E1: no function disk was found."),
        ("def disk(d):\n    '''doc'''\n    raise NotImplementedError", "E1: not written yet."),
        ("def disk(d):\n    return SIZE\nSIZE = 1 / 0", "Its cell stops with ZeroDivisionError"),
        ("disk = 3", "One of the names is no function."),
        (
            "@stop\ndef disk(d):\n    return 1\ndef stop(f):\n    raise SystemExit",
            "Its cell stops with NameError",
        ),
        ("N = np.ones((10**6, 10**6))\ndef disk(d):\n    return N", "Its cell stops with MemoryError"),
    ],
)
def test_whatever_a_cell_does_is_told_in_a_sentence(source, said):
    assert said in str(judged(source))


@pytest.mark.seconds
def test_a_function_may_write_in_its_own_folder_and_that_is_gone_afterwards():
    body = "import os; open('own', 'w').write(os.getcwd()); raise ValueError(open('own').read())"
    said = str(judged(f"def disk(d):\n    {body}"))
    folder = said.partition("ValueError in line 2: ")[2].partition(". Which")[0]
    assert "exercise-" in folder and not os.path.exists(folder)


@pytest.mark.seconds
def test_the_graders_environment_is_not_the_students(monkeypatch):
    monkeypatch.setenv("SECRET_OF_THE_GRADER", "x")
    said = str(judged("def disk(d):\n    import os; raise ValueError(sorted(os.environ))"))
    assert "ValueError" in said and "SECRET" not in said
