"""What a newcomer meets first: a greeting with three doors, doctor, completion, the help of one notebook."""

import os
import re
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

import refocuslab as rl
from refocuslab.lab.cli import main
from refocuslab.lab.cli.first_contact import greeting
from refocuslab.lab.doctor import examination
from refocuslab.lab.doctor.examination import FAULT, FINE, NOTE, Finding
from refocuslab.lab.parameters.schema import NOTEBOOKS


def run(*arguments: str, **more: object):
    return CliRunner().invoke(main.main, list(arguments), **more)


def test_without_arguments_it_greets_with_verbs_that_there_are():
    made = run()
    assert (made.exit_code, made.stdout) == (0, greeting() + "\n")
    assert rl.__version__ in made.stdout
    verbs = re.findall(r"refocuslab ([a-z][a-z-]*)", made.stdout)
    assert {"refocus", "app", "figures", "explore", "course", "warm-up", "doctor"} <= set(verbs)
    assert set(verbs) <= set(main.main.commands)
    assert max(map(len, made.stdout.splitlines())) <= 80


@pytest.fixture
def clone(tmp_path, monkeypatch):
    """A folder whose .venv has the program, which the PATH does not lead to."""
    program = tmp_path / ".venv" / "bin" / "refocuslab"
    program.parent.mkdir(parents=True)
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path / "elsewhere"))
    return program


@pytest.mark.seconds
def test_hints_name_the_program_as_it_was_typed(clone, monkeypatch):
    typed = os.path.join(".venv", "bin", "refocuslab")
    monkeypatch.setattr(sys, "argv", [typed])
    lines = run().stdout.splitlines()
    assert f"{typed} refocus blurred.jpg sharp.jpg  a new picture" in lines[2]
    assert max(map(len, lines)) <= 80
    assert sum(line.count(typed) for line in lines) == len(lines) - 2
    next_one = run("course", "list").stdout.splitlines()[-1]
    assert next_one.startswith(f"Next: {typed} course make, for your copies")
    # By another way it is called otherwise.
    monkeypatch.setattr(sys, "argv", [str(Path("refocuslab", "lab", "__main__.py"))])
    monkeypatch.setattr(sys, "orig_argv", ["python3", "-m", "refocuslab.lab"])
    assert "python3 -m refocuslab.lab app " in run().stdout
    # A shell that found it through the PATH started it by its whole path.
    monkeypatch.setenv("PATH", str(clone.parent))
    monkeypatch.setattr(sys, "argv", [str(clone)])
    assert run().stdout.splitlines()[2].split("  ")[1:2] == ["refocuslab refocus blurred.jpg sharp.jpg"]
    # Another one on the PATH is not this one.
    monkeypatch.setattr(sys, "argv", [typed])
    clone.rename(clone.with_name("other"))
    (clone.parent.parent / "refocuslab").touch()
    assert typed in run().stdout


@pytest.mark.parametrize(("states", "code"), [([FINE, FINE], 0), ([FINE, NOTE], 0), ([NOTE, FAULT], 1)])
def test_doctor_tells_each_finding_and_ends_with_1_where_something_will_not_work(states, code, monkeypatch):
    found = [
        Finding(f"thing {n}", state, "found", "" if state == FINE else "do it")
        for n, state in enumerate(states)
    ]
    monkeypatch.setattr(examination, "examine", lambda: iter(found))
    made = run("doctor")
    assert made.exit_code == code
    lines = made.stdout.splitlines()
    assert len(lines) == len(states) + 1
    for line, one in zip(lines, found, strict=False):
        assert line.startswith(one.state) and one.about in line
        assert line.endswith("do it") == (one.state != FINE)


@pytest.mark.parametrize("shell", ["bash", "fish", "zsh"])
def test_completion_prints_what_the_shell_reads(shell, monkeypatch):
    from click.shell_completion import BashComplete

    monkeypatch.setattr(BashComplete, "_check_version", staticmethod(lambda: None))
    made = run("completion", shell)
    assert made.exit_code == 0 and f"_REFOCUSLAB_COMPLETE={shell}_complete" in made.stdout


def test_verbs_are_completed():
    words = {"_REFOCUSLAB_COMPLETE": "bash_complete", "COMP_WORDS": "refocuslab re", "COMP_CWORD": "1"}
    made = run(env=words, prog_name="refocuslab")
    assert made.stdout.split() == ["plain,refocus", "plain,remake"]


def test_the_help_of_a_run_lists_the_parameters_of_its_notebook_alone():
    text = run("run", "1", "--help").stdout
    assert "Parameters of 01_point_spread_function" in text
    _, _, listed = text.partition("Parameters of")
    names = re.findall(r"^  (\w+) ", listed, re.MULTILINE)
    assert names == list(NOTEBOOKS["01_point_spread_function"].model_fields)
    assert len(run("run", "--help").stdout) > len(text)
    # A figure's number is no notebook's: three draw Figure 3.
    assert "Parameters (" in run("figures", "--help").stdout
    three = run("figures", "3", "--help").stdout
    assert "Parameters of 02_image_scene, 03_scanline_texture, 04_confidence_order" in three
    assert "largest" not in three
