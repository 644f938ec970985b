"""The command line: every verb says what it does, every wrong word is one line and exit code 2."""

import os
import re
import shutil
import socket
import subprocess
import sys
import tomllib

import numpy as np
import pytest
from click.testing import CliRunner

import refocuslab as rl
from refocuslab.files.installed import PACKAGE
from refocuslab.lab.cli import app_verb, behavior, main, notebook_verbs
from refocuslab.lab.parameters.validation import NOTEBOOKS, PROFILES
from refocuslab.method import LIGHTS
from refocuslab.pictures.writing import write_photo

ROOT = PACKAGE.parent
VERBS = (
    "app", "calibrate", "copy-notebooks", "explore", "figures", "refocus", "remake", "run", "scenes", "sweep",
    "verify",
)  # fmt: skip


def run(*arguments: object):
    return CliRunner().invoke(main.main, [str(argument) for argument in arguments])


def test_the_help_lists_every_verb_and_what_the_exit_codes_mean():
    text = run("--help").stdout
    assert all(re.search(rf"^  {verb} +\w", text, re.MULTILINE) for verb in VERBS)
    assert "Exit codes: 0 done" in text
    assert run("--version").stdout == f"refocuslab {rl.__version__}\n"


@pytest.mark.parametrize("verb", sorted(main.main.commands))
def test_every_verb_has_a_help_of_its_own(verb):
    made = run(verb, "--help")
    assert made.exit_code == 0
    assert len(main.main.commands[verb].help) > 40
    assert not main.main.commands[verb].get_short_help_str(50).endswith("...")
    options = [one for one in main.main.commands[verb].params if one.param_type_name == "option"]
    assert all(option.help for option in options)


def test_the_help_of_runs_is_made_from_the_schema():
    text = " ".join(run("sweep", "--help").stdout.split())
    for model in NOTEBOOKS.values():
        for name, field in model.model_fields.items():
            assert f" {name} " in text
            assert field.description in text
    assert "neighborhood 5 side of the square neighborhood, pixels, odd, 3 to 11" in text


def test_choices_on_the_command_line_are_those_of_the_project():
    options = [option for verb in main.main.commands.values() for option in verb.params]
    choices = {o.name: tuple(o.type.choices) for o in options if hasattr(o.type, "choices")}
    assert choices["profile"] == tuple(PROFILES)
    assert choices["light"] == LIGHTS


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["figurs"], "No such command 'figurs'"),
        (["run"], "Missing argument 'NOTEBOOK'"),
        (["run", "4", "--profile", "tiny"], "'tiny' is not one of 'smoke', 'course', 'paper'"),
        (["run", "4", "-p", "scene", "cofee"], "nearest: coffee"),
        (["sweep", "4", "--workers", "0"], "Invalid value for '--workers'"),
        (["refocus", "coffee"], "Missing option '-o'"),
        (["refocus", "coffee", "-o", "none/x.png"], "--output must lie in a folder that exists"),
        (["refocus", "coffee", "-o", "x.png", "-p", "orders", "x"], "nearest: order"),
        (["calibrate", "a.png", "b.png"], "File 'a.png' does not exist"),
        (["remake", "none.png"], "File 'none.png' does not exist"),
        (["scenes", "cofee"], "nearest: coffee"),
    ],
)
def test_wrong_words_are_one_line_and_exit_code_2(arguments, message, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    made = run(*arguments)
    assert made.exit_code == behavior.WRONG == 2
    (line,) = made.stderr.splitlines()
    assert line.startswith("refocuslab: ")
    assert message in line
    assert made.stdout == ""
    assert not list(tmp_path.iterdir())


def test_an_interrupt_is_exit_code_130(monkeypatch):
    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("refocuslab.lab.parameters.arguments.scene", interrupted)
    assert run("scenes", "coffee").exit_code == behavior.INTERRUPTED == 130


def test_a_full_disk_is_one_line(monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device", "results")

    monkeypatch.setattr("refocuslab.lab.parameters.arguments.scene", full)
    made = run("scenes", "coffee")
    assert (made.exit_code, made.stderr) == (1, "refocuslab: results: No space left on device\n")


def test_the_psf_of_a_light_is_found_and_saved(tmp_path):
    light = np.zeros((25, 25, 3), np.uint8)
    light[11:14, 11:14] = 255
    write_photo(tmp_path / "sharp.png", light)
    write_photo(tmp_path / "blurred.png", rl.blur(light, rl.disk(5)))
    photos = tmp_path / "sharp.png", tmp_path / "blurred.png"
    made = run("calibrate", *photos, "--largest", 9, "-o", tmp_path / "psf.npy")
    assert made.exit_code == 0, made.output
    best = [line.split() for line in made.stdout.splitlines() if line.endswith("best")]
    assert [line[0] for line in best] == ["5"]
    assert np.array_equal(np.load(tmp_path / "psf.npy"), rl.disk(5))


@pytest.mark.seconds
def test_scenes_are_listed_and_shown_on_a_page_of_its_own(tmp_path):
    made = run("scenes", "coffee", "motorcycle", "-o", tmp_path / "scenes.html")
    assert made.exit_code == 0, made.output
    assert re.search(r"^coffee +300 x 300, 80,017 to refocus, 1 focused photo  ", made.stdout)
    page = (tmp_path / "scenes.html").read_text(encoding="utf-8")
    assert page.count("<img ") == page.count("data:image/jpeg;base64,") == 6
    assert "<b>motorcycle</b>" in page


def test_explore_opens_notebook_9_or_says_that_there_is_none(tmp_path, monkeypatch):
    monkeypatch.setattr("refocuslab.files.installed.notebooks_folder", lambda: tmp_path)
    made = run("explore")
    assert (made.exit_code, "there is no notebook 09" in made.stderr) == (1, True)
    (tmp_path / "09_explore.ipynb").touch()
    started = []
    monkeypatch.setattr(
        notebook_verbs.os, "execv", lambda program, arguments: started.append((program, arguments))
    )
    assert run("explore", "--no-browser").exit_code == 0
    ((program, arguments),) = started
    assert program == sys.executable
    assert arguments[1:4] == ["-m", "jupyterlab", str(tmp_path / "09_explore.ipynb")]
    assert arguments[-1] == "--no-browser"


@pytest.mark.seconds
def test_explore_begins_with_a_scene_in_a_copy_of_the_notebook(tmp_path, monkeypatch):
    rl.save_scene(rl.load_scene("coffee").middle(40), tmp_path / "my cup")
    monkeypatch.chdir(tmp_path)
    started = []
    monkeypatch.setattr(notebook_verbs.os, "execv", lambda _, arguments: started.append(arguments))
    assert run("explore", "my cup").exit_code == 0
    path = tmp_path / "explore-my-cup.ipynb"
    assert started[0][3:] == [str(path), f"--ServerApp.root_dir={tmp_path}"]
    made = run("explore", "nowhere")
    assert made.exit_code == 2 and "scene must be one of" in made.stderr and len(started) == 1


def test_notebooks_are_copied_and_none_is_lost(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    made = run("copy-notebooks")
    assert made.exit_code == 0 and made.stdout == "notebooks: 12 notebooks\n"
    assert "0 notebooks, and 12 that were there already" in run("copy-notebooks", "notebooks").stdout
    (tmp_path / "notebooks" / "04_confidence_order.ipynb").write_text("mine")
    made = run("copy-notebooks")
    assert made.exit_code == 2 and "got 04_confidence_order.ipynb" in made.stderr
    assert (tmp_path / "notebooks" / "04_confidence_order.ipynb").read_text() == "mine"


def test_the_page_of_the_app_is_served_to_this_machine_alone():
    served = app_verb.settings(8000, "secret")["Voila"]
    assert (served["ip"], served["port"], served["port_retries"]) == ("127.0.0.1", 8000, 0)
    assert served["token"] == "secret" and served["open_browser"] is False
    policy = served["tornado_settings"]["headers"]["Content-Security-Policy"]
    sources = {word for rule in policy.split(";") for word in rule.split()[1:]}
    assert sources == {"'self'", "'unsafe-inline'", "'unsafe-eval'", "data:", "blob:", "ws:"}
    assert app_verb.settings(8000, "secret")["VoilaConfiguration"]["file_allowlist"] == []
    # Nothing of what keeps others away is switched off.
    assert set(served) == {
        "ip", "port", "port_retries", "token", "open_browser", "log_level", "tornado_settings"
    }  # fmt: skip
    assert set(served["tornado_settings"]) == {"headers", "xsrf_cookie_kwargs", "ws_ping_interval"}
    assert served["tornado_settings"]["xsrf_cookie_kwargs"]["samesite"] == "Strict"


def test_an_app_whose_port_is_taken_or_whose_server_ends_says_so_and_opens_nothing(monkeypatch):
    opened = []
    monkeypatch.setattr(app_verb.webbrowser, "open", opened.append)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        made = run("app", "--port", taken.getsockname()[1])
        assert made.exit_code == 2 and "--port must be free to listen at" in made.stderr
    monkeypatch.setattr(app_verb.sys, "executable", shutil.which("false"))
    made = run("app")
    assert made.exit_code == 2 and "--port must be one at which the server of the page" in made.stderr
    assert opened == []


@pytest.mark.seconds
def test_the_entry_point_is_this_and_the_module_runs_as_a_command():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["scripts"] == {"refocuslab": "refocuslab.lab.__main__:main"}
    made = subprocess.run(
        [sys.executable, "-m", "refocuslab.lab", "--help"],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )
    assert (made.returncode, made.stderr) == (0, "")
    assert made.stdout.startswith("Usage: refocuslab ")


def test_without_the_lab_one_line_tells_how_to_get_it(monkeypatch):
    from refocuslab.lab import __main__

    monkeypatch.setitem(sys.modules, "refocuslab.lab.cli.main", None)
    with pytest.raises(SystemExit, match=r'pip install "refocuslab\[lab\]"'):
        __main__.main()
