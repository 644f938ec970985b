"""Runs: results whole or not at all, errors before a kernel starts, notebooks that stay the same.

The notebooks here are made on the fly. Most tests run their cells in this process (`quick`), the
others in a kernel.
"""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import nbformat
import pytest
from made_notebooks import command, measure, run_here, write_notebook

from refocuslab.errors import RefocusError
from refocuslab.files.installed import PACKAGE
from refocuslab.lab.notebooks import execute as executing
from refocuslab.lab.notebooks import runs
from refocuslab.lab.notebooks.execute import NotebookError
from refocuslab.lab.parameters import validation as schema
from refocuslab.lab.records import manifest, notebook_record, provenance

NAME = "02_image_scene"


@pytest.fixture
def no_kernel(monkeypatch):
    def started(*_, **__):
        pytest.fail("a kernel was started")

    monkeypatch.setattr(runs, "execute", started)


def contents(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


# One notebook, in a kernel


@pytest.mark.seconds
def test_a_notebook_runs_in_a_kernel_wherever_the_caller_stands(books, tmp_path, monkeypatch):
    write_notebook(books, NAME, measure(NAME), "import os\nprint(neighborhood, scene)")
    elsewhere = tmp_path / "elsewhere"
    (elsewhere / "my scene").mkdir(parents=True)
    (elsewhere / "my scene" / "scene.toml").write_text("[truth]\n")
    monkeypatch.chdir(elsewhere)
    output = tmp_path / "out {folder}"  # papermill would read the braces as a field
    cells = []
    path = runs.run_notebook(
        NAME,
        {"neighborhood": 7, "scene": "my scene"},
        output,
        progress=lambda *at: cells.append(at),
    )
    assert Path.cwd() == elsewhere
    assert path == output / "notebooks" / f"{NAME}.ipynb"
    executed = nbformat.read(path, as_version=4)
    assert executed.cells[-1].outputs[0].text == f"7 {elsewhere / 'my scene'}\n"
    assert executed.cells[0].source.startswith("Made with scene my scene (default motorcycle), neighb")
    assert [c.execution_count for c in executed.cells[2:]] == [1, 2, 3, 4]
    assert cells == [(n, 5) for n in range(1, 6)]
    made = notebook_record.read_record(output, NAME)
    assert (made.rows[0].psnr, made.parameters["neighborhood"]) == (21.74, 7)
    assert (output / "figure2.png").read_bytes() == f"picture of {elsewhere}/my scene".encode()
    assert "print" in path.with_suffix(".html").read_text(encoding="utf-8")
    assert list(contents(elsewhere)) == [str(Path("my scene", "scene.toml"))]


@pytest.mark.seconds
def test_a_failing_cell_becomes_one_line_and_leaves_no_copy(books, tmp_path):
    write_notebook(books, NAME, "x = 1\nraise ValueError('first\\n  second')", "print('not run')")
    with pytest.raises(NotebookError) as error:
        runs.run_notebook(NAME, {}, tmp_path / "out")
    wanted = f"{NAME}: ValueError: first second (in the cell that begins 'x = 1')"
    assert str(error.value) == wanted
    assert contents(tmp_path / "out") == {}


@pytest.mark.slow
def test_a_kernel_that_dies_is_reported_with_its_cell(books, tmp_path):
    write_notebook(books, NAME, "import os\nos._exit(3)")
    with pytest.raises(NotebookError, match=f"^{NAME}: .*died.*in cell 4 of 4"):
        runs.run_notebook(NAME, {}, tmp_path / "out")


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="signals")
@pytest.mark.parametrize("kind", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_run_ends_its_kernel_and_leaves_earlier_results(kind, tmp_path):
    books, output = tmp_path / "books", tmp_path / "results"
    sign = tmp_path / "kernel"
    wait = f"import os, time\nopen({str(sign)!r}, 'w').write(str(os.getpid()))\ntime.sleep(60)"
    write_notebook(books, NAME, wait)
    output.mkdir()
    (output / "results.json").write_text("earlier")
    program = (
        "import signal\n"
        "from pathlib import Path\n"
        "from refocuslab.files import installed\n"
        # A shell's background job inherits a deaf ear for it.
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        f"installed.notebooks_folder = lambda: Path({str(books)!r})\n"
        "from refocuslab.lab.cli.main import main\n"
        f"main(['figures', '--output', {str(output)!r}])\n"
    )
    root = PACKAGE.parent
    running = subprocess.Popen(
        [sys.executable, "-c", program],
        env=os.environ | {"PYTHONPATH": str(root)},
        stderr=subprocess.PIPE,
    )
    try:
        limit = time.monotonic() + 30
        while not (sign.exists() and sign.read_text()) and time.monotonic() < limit:
            time.sleep(0.05)
        kernel = int(sign.read_text())
        running.send_signal(kind)
        said = running.communicate(timeout=30)[1].decode()
    finally:
        running.kill()
    assert running.returncode != 0
    assert "Traceback" not in said
    while time.monotonic() < limit:
        try:
            os.kill(kernel, 0)
        except ProcessLookupError:
            break
        time.sleep(0.05)
    else:
        pytest.fail("the kernel lives on")
    assert contents(output) == {"results.json": b"earlier"}
    assert os.listdir(output) == ["results.json"]


# Refused before a kernel starts


@pytest.mark.usefixtures("no_kernel")
def test_bad_parameters_never_reach_a_kernel(books, tmp_path):
    write_notebook(books, NAME)
    for values, message in (
        ({"neighborhod": 5}, "neighborhod is not a parameter of .*nearest: neighborhood"),
        ({"neighborhood": 6}, "neighborhood must be odd; got 6"),
        ({"scene": "motorcicle"}, "scene must be one of .*coffee, .*toml; nearest: motorcycle"),
    ):
        with pytest.raises(RefocusError, match=message):
            runs.run_notebook(NAME, values, tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.mark.usefixtures("no_kernel")
def test_a_notebook_that_would_ignore_a_parameter_is_refused(books, tmp_path):
    cell = schema.parameters_cell(NAME).replace("crop: int", "crops: int")
    write_notebook(books, NAME, parameters=cell)
    with pytest.raises(NotebookError, match=r"its parameters cell does not hold crop$"):
        runs.run_notebook(NAME, {}, tmp_path / "out")
    (books / f"{NAME}.ipynb").write_text("{")
    with pytest.raises(NotebookError, match="is not a notebook"):
        runs.run_notebook(NAME, {}, tmp_path / "out")
    with pytest.raises(NotebookError, match=r"there is no 03_scanline_texture\.ipynb"):
        runs.run_notebook(3, {}, tmp_path / "out")


@pytest.mark.usefixtures("no_kernel")
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["-p", "neighborhod", "5"], "is not a parameter of any of these notebooks; nearest: neighborhood"),
        (
            ["-p", "neighborhood", "5", "01"],
            "neighborhood is not a parameter of 01_point_spread_function",
        ),
        (["-p", "lambda_texture", "-1"], "lambda_texture must be from 0 to 1000; got '-1'"),
        (["-p", "scene", "motorcycl"], "scene must be one of astronaut-perspective, "),
        (["-p", "results", "x"], "results is set by --output; got x"),
        (["9"], "figure must be one of 1, 2, 3, 4, 5, or a notebook's name; got 9"),
        (["19"], "notebook must be one of 01_point_spread_function"),
    ],
)
def test_the_command_refuses_with_one_line_and_exit_2(arguments, message, books, tmp_path):
    for name in list(schema.NOTEBOOKS)[:4]:
        write_notebook(books, name)
    made = command("figures", "--output", str(tmp_path / "results"), *arguments)
    assert made.exit_code == 2
    (line,) = made.stderr.splitlines()
    assert message in line
    assert made.stdout == ""
    assert not (tmp_path / "results").exists()


# All figures


@pytest.mark.seconds
@pytest.mark.usefixtures("quick")
def test_figures_writes_the_results_and_says_where_they_lie(books, tmp_path):
    for name in (NAME, "04_confidence_order"):
        write_notebook(books, name, measure(name))
    output = tmp_path / "results"
    made = command("figures", "--output", str(output), "-p", "lambda_texture", "0.5")
    assert made.exit_code == 0, made.output
    assert f"The page to look at: {output / 'index.html'}" in made.stdout
    assert "2       a variant  motorcycle     21.7  0.725        3.50      1.2" in made.stdout
    assert "Claim 4 (§3.1): in part" in made.stdout
    first, *ran = made.stderr.splitlines()
    assert first.startswith("To run") and f"{NAME} (" in first
    assert [line.split()[:2] for line in ran] == [[NAME, "done"], ["04_confidence_order", "done"]]
    assert set(contents(output)) == {
        *("index.html", "verdict.html", "results.json", "figure2.png", "figure4.png"),
        *(f"manifests/{name}.json" for name in (NAME, "04_confidence_order")),
        *(f"{name}.json" for name in (NAME, "04_confidence_order")),
        *(f"notebooks/{NAME}.{kind}" for kind in ("html", "ipynb")),
        *(f"notebooks/04_confidence_order.{kind}" for kind in ("html", "ipynb")),
    }
    assert not list(output.glob(".*"))
    whole = json.loads((output / "results.json").read_text(encoding="utf-8"))
    row = whole["rows"][1]
    assert {k: row[k] for k in ("figure", "scene", "psnr", "ssim", "reblur_rms", "seconds")} == {
        **{"figure": "4", "scene": "motorcycle", "psnr": 21.74, "ssim": 0.7251},
        **{"reblur_rms": 3.5, "seconds": 1.25},
    }
    changed = {"lambda_texture": 0.5}
    expected = schema.validate("04_confidence_order", changed)
    assert row["parameters"] == {k: v for k, v in expected.items() if k != "results"}
    assert whole["machine"]["cores"] >= 1
    assert whole["machine"]["python"] == ".".join(map(str, sys.version_info[:3]))
    assert "numpy" in whole["machine"]["packages"]
    assert whole["notebooks"][0]["seconds"] >= 0
    assert {"figure2.png", f"{NAME}.json", f"notebooks/{NAME}.ipynb"} <= set(whole["files"])
    assert str(tmp_path) not in (output / "results.json").read_text(encoding="utf-8")


@pytest.mark.seconds
@pytest.mark.usefixtures("quick")
def test_a_failed_run_leaves_earlier_results_to_the_byte(books, tmp_path):
    output = tmp_path / "results"
    write_notebook(books, NAME, measure(NAME))
    assert command("figures", "--output", str(output)).exit_code == 0
    (output / "mine.txt").write_text("my own file")
    before = contents(output)
    write_notebook(books, "03_scanline_texture", "1 / 0")
    write_notebook(books, "04_confidence_order", "x = 1")
    made = command("figures", "--output", str(output), "-p", "scene", "coffee")
    assert made.exit_code == 1
    assert made.stderr.splitlines()[-2:] == [
        "03_scanline_texture: ZeroDivisionError: division by zero",
        "04_confidence_order: it ran, but left no record of its results",
    ]
    assert made.stdout == ""
    assert contents(output) == before
    assert not list(output.glob(".*"))


@pytest.mark.seconds
@pytest.mark.usefixtures("quick")
def test_a_run_of_some_notebooks_keeps_the_results_of_the_others(books, tmp_path):
    output = tmp_path / "results"
    for name in (NAME, "03_scanline_texture", "04_confidence_order"):
        write_notebook(books, name, measure(name))
    assert command("figures", "--output", str(output)).exit_code == 0
    (output / "figure3.png").unlink()  # its record cannot be shown any more
    assert command("figures", "--output", str(output), "-p", "scene", "coffee", "4").exit_code == 0
    whole = json.loads((output / "results.json").read_text(encoding="utf-8"))
    assert [(row["figure"], row["scene"]) for row in whole["rows"]] == [
        ("2", "motorcycle"),
        ("4", "coffee"),
    ]
    assert (output / "figure4.png").read_bytes() == b"picture of coffee"
    assert f"notebooks/{NAME}.ipynb" in whole["files"]


@pytest.mark.seconds
@pytest.mark.usefixtures("quick")
def test_two_notebooks_may_not_write_one_figure(books, tmp_path):
    for name in (NAME, "03_scanline_texture"):
        write_notebook(books, name, measure(name, "figure3.png"))
    made = command("figures", "--output", str(tmp_path / "results"))
    assert made.exit_code == 2
    assert "figure3.png must belong to one notebook; got 02_image_scene and 03_" in made.stderr
    assert not (tmp_path / "results").exists()


@pytest.mark.usefixtures("quick")
def test_results_cannot_replace_a_file(books, tmp_path):
    write_notebook(books, NAME, measure(NAME))
    (tmp_path / "results").write_text("a file")
    made = command("figures", "--output", str(tmp_path / "results"))
    assert (made.exit_code, "output must be a folder" in made.stderr) == (2, True)
    assert (tmp_path / "results").read_text() == "a file"


def test_the_kernel_gets_this_package_and_the_environment_comes_back(monkeypatch):
    root = str(PACKAGE.parent)
    for before in (None, "/somewhere"):
        if before:
            monkeypatch.setenv("PYTHONPATH", before)
        else:
            monkeypatch.delenv("PYTHONPATH", raising=False)
        monkeypatch.setattr(executing.site, "getsitepackages", list)
        with executing.same_package():
            assert os.environ["PYTHONPATH"].split(os.pathsep)[0] == root
        assert os.environ.get("PYTHONPATH") == before


# A run in a folder of its own


@pytest.mark.seconds
@pytest.mark.usefixtures("quick")
def test_a_run_is_made_once_and_named_by_what_determines_it(books, tmp_path):
    write_notebook(books, NAME, measure(NAME))
    path, made, fresh = runs.run_once(NAME, {"crop": 64}, tmp_path / "runs")
    assert fresh
    assert path == tmp_path / "runs" / made.name
    assert manifest.read(path / "manifest.json") == made
    assert made.parameters["crop"] == 64
    assert made.scores[0]["psnr"] == 21.74
    outputs = {"figure2.png", f"{NAME}.json", f"notebooks/{NAME}.html", f"notebooks/{NAME}.ipynb"}
    assert set(made.outputs) == outputs
    assert set(contents(path)) == outputs | {"manifest.json", "index.html"}
    page = (path / "index.html").read_text(encoding="utf-8")
    assert "<h1>2 Image scene, crop 64</h1>" in page
    assert all(name in page for name in ("figure2.png", f"{NAME}.json", f"notebooks/{NAME}.html"))
    assert "scene.toml" in made.scenes["motorcycle"]
    before = contents(tmp_path)
    assert runs.run_once(NAME, {"crop": 64, "threads": 1}, tmp_path / "runs") == (path, made, False)
    assert contents(tmp_path) == before
    other, _, fresh = runs.run_once(NAME, {"crop": 65}, tmp_path / "runs")
    assert fresh
    assert other != path
    write_notebook(books, NAME, measure(NAME), "x = 1")
    assert runs.run_once(NAME, {"crop": 64}, tmp_path / "runs")[0] != path


@pytest.mark.seconds
@pytest.mark.usefixtures("quick")
def test_a_run_that_was_changed_since_is_put_aside_and_made_again(books, tmp_path):
    write_notebook(books, NAME, measure(NAME))
    path, made, _ = runs.run_once(NAME, {}, tmp_path)
    (path / "figure2.png").write_bytes(b"mine now")
    again, _, fresh = runs.run_once(NAME, {}, tmp_path)
    assert (again, fresh) == (path, True)
    assert manifest.read(path / "manifest.json").holds(path)
    (aside,) = tmp_path.glob(f"{made.name}-changed-*")
    assert (aside / "figure2.png").read_bytes() == b"mine now"


@pytest.mark.usefixtures("quick")
def test_a_run_that_fails_leaves_nothing(books, tmp_path):
    write_notebook(books, NAME, "1 / 0")
    with pytest.raises(NotebookError, match="division by zero"):
        runs.run_once(NAME, {}, tmp_path / "runs")
    assert not (tmp_path / "runs").exists()


@pytest.mark.seconds
@pytest.mark.usefixtures("quick")
def test_figures_are_stamped_and_not_made_again_unless_something_changed(books, tmp_path, monkeypatch):
    png = bytes.fromhex("89504e470d0a1a0a") + (0).to_bytes(4, "big") + b"IEND" + b"\0\0\0\0"
    write_notebook(books, NAME, measure(NAME).replace('b"picture of " + scene.encode()', repr(png)))
    output, ran = tmp_path / "results", []

    def execute(name, *rest, **more):
        ran.append(name)
        return run_here(name, *rest, **more)

    monkeypatch.setattr(runs, "execute", execute)
    arguments = ("figures", "--output", str(output), "02")
    assert command(*arguments).exit_code == 0
    told = provenance.read(output / "figure2.png")
    assert (told["kind"], told["notebook"], told["figure"]) == ("notebook", NAME, "figure2.png")
    assert not {"threads", "results"} & set(told["parameters"])
    first = json.loads((output / "results.json").read_text())["notebooks"][0]["run"]
    assert command(*arguments).exit_code == 0
    assert len(ran) == 1
    assert command(*arguments, "--again").exit_code == 0
    assert command(*arguments, "-p", "crop", "64").exit_code == 0
    assert len(ran) == 3
    assert json.loads((output / "results.json").read_text())["notebooks"][0]["run"] != first
    (output / "figure2.png").write_bytes(b"changed")
    assert command(*arguments, "-p", "crop", "64").exit_code == 0
    assert len(ran) == 4
    assert provenance.read(output / "figure2.png")


@pytest.mark.seconds
@pytest.mark.usefixtures("quick")
def test_verify_tells_the_verdict_writes_its_page_and_the_table_of_the_readme(books, tmp_path):
    for name in (NAME, "04_confidence_order"):
        write_notebook(books, name, measure(name))
    output, readme = tmp_path / "results", tmp_path / "README.md"
    readme.write_text("<!-- verdict -->\n<!-- /verdict -->\n")
    made = command("verify", "--output", str(output), "--profile", "smoke", "--readme", str(readme))
    assert made.exit_code == 0, made.output
    told = {" ".join(line.split()[:2]): line for line in made.stdout.splitlines() if line}
    assert told["Claim 2"].endswith("not judged")
    assert told["Claim 7"].endswith("not measured")
    page = (output / "verdict.html").read_text(encoding="utf-8")
    assert "Made with profile smoke: crop 64, second_scene bench." in page
    assert "verdict.html" in (output / "index.html").read_text(encoding="utf-8")
    assert "| not judged |" in readme.read_text(encoding="utf-8")
