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


# Ways to rl.disk that its name does not show.
HIDDEN = {
    "eval": "def disk(d):\n    return eval('r' + 'l.disk')(d)",
    "import": "def disk(d):\n    return __import__('refocus' + 'lab').disk(d)",
    "importlib": "import importlib as i\nM = 'refocuslab.optics.psf'\n"
    "def disk(d):\n    return i.import_module(M).disk(d)",
    "default": "def disk(d, f=rl.disk):\n    return f(d)",
    "table": "T = {'d': rl.disk}\ndef disk(d):\n    return T['d'](d)",
    "partial": "from functools import partial\ndisk = partial(rl.disk)",
    "method": "class C:\n    def f(self, d):\n        return rl.disk(d)\ndisk = C().f",
    "results": "T = {d: rl.disk(d) for d in (5, 7, 9, 11, 13)}\ndef disk(d):\n    return T[d]",
    "piece": "def disk(d):\n    from refocuslab.course.exercises import find\n"
    "    return find('e01').pieces()[0](d)",
    "exchange": "import sys\nM = [setattr(sys.modules['__main__'], 'run', lambda f, g: rl.disk(*g))]\n"
    "def disk(d):\n    return M",
}


@pytest.mark.seconds
@pytest.mark.parametrize("way", HIDDEN)
def test_the_package_is_seen_however_its_name_is_hidden(way):
    assert judged(HIDDEN[way], Limits()).state == "right by the package"


# Ways to what the process holds already: there is nothing of use.
HELD = {
    "frames": "import sys; f = sys._getframe()\n"
    "    while f:\n        found = [v for v in [*f.f_locals.values(), *f.f_globals.values()] "
    "if getattr(v, '__module__', '') == 'refocuslab.optics.psf']\n"
    "        if found: return found[0](d)\n        f = f.f_back",
    "modules": "import sys; return sys.modules['refocuslab.optics.psf'].disk(d)",
    "objects": "import gc\n    for one in gc.get_objects():\n"
    "        if getattr(one, '__name__', '') == 'disk' and one.__module__ != '__main__': return one(d)",
}


@pytest.mark.seconds
@pytest.mark.parametrize("way", HELD)
def test_the_process_holds_nothing_that_does_the_exercise(way):
    assert judged(f"def disk(d):\n    {HELD[way]}", Limits()).state == "wrong"


@pytest.mark.seconds
def test_what_the_task_allows_is_at_hand(exercises):
    solution = exercises["e13"].imports + exercises["e13"].solution
    assert judged(solution, Limits(), "e13").state == "right"


@pytest.mark.seconds
def test_a_measurement_stays_with_the_grader(exercises):
    """The table of the made world cannot be read off the function that measures it."""
    solution = exercises["e10"].solution
    assert judged(solution, Limits(), "e10").state == "right"
    peeks = solution.replace(
        "systems = [", "return [(*k, v) for k, v in measure.values.items()]\n    systems = [", 1
    )
    assert "AttributeError" in str(judged(peeks, Limits(), "e10"))
    asks = solution.replace("systems = [", "measure('none', 'causal', draws[0])\n    systems = [", 1)
    assert "no system ('none', 'causal')" in str(judged(asks, Limits(), "e10"))


@pytest.mark.seconds
@pytest.mark.skipif(sys.platform != "linux", reason="the kernel's walls")
def test_whoever_takes_the_hooks_apart_meets_the_kernel(tmp_path):
    if not _has_landlock():
        pytest.skip("a kernel without Landlock")
    kept = tmp_path / "kept"
    kept.write_text("x")
    apart = "import os, posixpath; own = os.getcwd(); posixpath._joinrealpath = lambda *a: (own, True)\n    "
    for body in (
        f"os.truncate({str(kept)!r}, 0)",
        f"os.remove({str(kept)!r})",
        f"open({str(kept)!r}).read()",
    ):
        assert "PermissionError" in str(judged(f"def disk(d):\n    {apart}{body}")), body
    assert IN_LINE_2 in str(judged(f"def disk(d):\n    import os; os.chmod({str(kept)!r}, 0)"))
    assert kept.read_text() == "x" and kept.stat().st_mode & 0o400
    signal = "import os, signal; signal.pidfd_send_signal(os.pidfd_open(os.getppid()), 0)"
    if _has_landlock() >= 6:
        assert IN_LINE_2 in str(judged(f"def disk(d):\n    {signal}"))


def _has_landlock():
    import ctypes

    return max(0, ctypes.CDLL(None).syscall(444, None, 0, 1))


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
    "print('x' * 10**6); return 1": "yours has the shape ().",
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
