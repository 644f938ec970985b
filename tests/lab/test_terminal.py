"""What the command line tells: one line of any words, warnings and their exit code, streams that are gone."""

import os
import subprocess
import sys
import warnings

import click
import numpy as np
import pytest
from click.testing import CliRunner

import refocuslab as rl
from refocuslab.errors import RefocusWarning
from refocuslab.files.installed import PACKAGE
from refocuslab.lab.cli import behavior, main
from refocuslab.lab.terminal import one_line

ROOT = PACKAGE.parent
ENVIRONMENT = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHONIO", "LC_", "LANG"))}
ENVIRONMENT |= {"PYTHONPATH": str(ROOT)}


@click.group(cls=behavior.Commands)
def some():
    """Some commands."""


@some.command()
@click.option("--how", default="")
def work(how):
    """Work that is doubted, or ends in some way."""
    if how == "doubted":
        for _ in range(2):
            warnings.warn("the photo\nis dark: use another", RefocusWarning, stacklevel=1)
    if how == "other":
        warnings.warn("overflow", RuntimeWarning, stacklevel=1)
    if how == "fault":
        raise ZeroDivisionError("division by zero")
    if how == "memory":
        raise MemoryError
    if how == "full":
        raise OSError(28, "No space left on device")
    if how == "pipe":
        raise BrokenPipeError(32, "Broken pipe")


def told(*arguments):
    made = CliRunner().invoke(some, ["work", *arguments])
    return made.exit_code, made.stderr


def test_a_text_of_any_kind_is_one_line_that_cannot_steer_a_terminal():
    assert one_line("a  b") == "a  b"
    assert one_line("a\r\nb\x85c\u2028d") == "a b c d"
    assert one_line("\x1b[2J \udcff \u202e \0") == "\\x1b[2J \\udcff \\u202e \\x00"
    assert len(one_line("x" * 5000)) < 1000
    assert one_line("ä λ 中") == "ä λ 中"


def test_a_doubt_is_told_once_in_a_line_and_strict_makes_it_exit_code_1():
    line = "refocuslab: warning: the photo is dark: use another\n"
    assert told("--how", "doubted") == (0, line)
    assert told("--how", "doubted", "--strict") == (1, line)
    assert told("--strict") == (0, "")


@pytest.mark.filterwarnings("default::RuntimeWarning")
def test_other_warnings_are_a_line_and_no_doubt():
    assert told("--how", "other", "--strict") == (0, "refocuslab: warning: RuntimeWarning: overflow\n")


@pytest.mark.parametrize(
    ("how", "line"),
    [
        ("fault", "refocuslab: a fault of the program: ZeroDivisionError: division by zero ("),
        ("memory", "refocuslab: there is not enough memory for this\n"),
        ("full", "refocuslab: No space left on device\n"),
        ("pipe", ""),
    ],
)
def test_every_end_is_a_line(how, line):
    code, said = told("--how", how)
    assert code == 1
    assert said.startswith(line)
    assert len(said.splitlines()) == bool(line)


def test_a_fault_is_shown_in_full_to_who_asks_for_it(monkeypatch):
    monkeypatch.setenv(behavior.TRACEBACK, "1")
    assert isinstance(CliRunner().invoke(some, ["work", "--how", "fault"]).exception, ZeroDivisionError)


def test_every_verb_can_be_strict():
    verbs = list(main.main.commands.values())
    for verb in verbs:
        if isinstance(verb, click.Group):
            verbs += verb.commands.values()
        else:
            assert isinstance(verb, behavior.Verb), verb.name
    assert {"refocus", "grade"} <= {verb.name for verb in verbs}


@pytest.fixture(scope="module")
def scene(tmp_path_factory):
    """The folder of a scene that takes no time to read."""
    photo = np.full((8, 8, 3), 90, np.uint8)
    made = rl.Scene(photo, None, [rl.FocusedPhoto(photo)], psf=rl.disk(3))
    return rl.save_scene(made, tmp_path_factory.mktemp("scenes") / "gray")


def shell(line: str, **environment) -> subprocess.CompletedProcess:
    words = f'"{sys.executable}" -m refocuslab.lab {line}'
    return subprocess.run(
        ["sh", "-c", words], env=ENVIRONMENT | environment, capture_output=True, timeout=120
    )


@pytest.mark.seconds
@pytest.mark.skipif(os.name != "posix", reason="a shell")
@pytest.mark.parametrize(
    "end", [*(pytest.param(end, marks=pytest.mark.slow) for end in (">&-", "<&-", "2>&-")), "<&- >&- 2>&-"]
)
def test_streams_that_are_closed_are_no_matter(end, scene):
    made = shell(f"scenes '{scene}' {end}")
    assert (made.returncode, made.stderr) == (0, b"")


@pytest.mark.seconds
@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="a device that is full")
def test_output_that_cannot_be_written_is_a_line(scene):
    made = shell(f"scenes '{scene}' > /dev/full")
    assert (made.returncode, made.stderr) == (1, b"refocuslab: No space left on device\n")


@pytest.mark.seconds
@pytest.mark.skipif(os.name != "posix", reason="a pipe")
def test_a_reader_that_has_gone_is_no_traceback(scene):
    code = "import subprocess as s, sys\np = s.Popen(sys.argv[1:], stdout=s.PIPE, stderr=s.PIPE)\n"
    code += "p.stdout.close(); said = p.stderr.read(); p.wait(); print(p.returncode, said)"
    words = [sys.executable, "-c", code, sys.executable, "-m", "refocuslab.lab", "scenes", str(scene)]
    made = subprocess.run(words, env=ENVIRONMENT, capture_output=True, text=True, timeout=120)
    assert made.stdout == "1 b''\n"


@pytest.mark.seconds
@pytest.mark.skipif(os.name != "posix", reason="a code page that the environment sets")
@pytest.mark.parametrize(
    "environment",
    [
        {"PYTHONIOENCODING": "ascii"},
        pytest.param({"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}, marks=pytest.mark.slow),
        pytest.param({"PYTHONIOENCODING": "cp1252"}, marks=pytest.mark.slow),
    ],
)
def test_names_outside_the_code_page_are_spelled(environment, tmp_path, scene):
    page = tmp_path / "Szène-中.html"
    made = shell(f"scenes '{scene}' -o '{page}'", **environment)
    assert made.returncode == 0, made.stderr
    assert b"Traceback" not in made.stderr
    assert b"The page to look at" in made.stdout
    assert page.exists()
