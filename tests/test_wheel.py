"""The wheel alone, in an empty environment: the scenes and the notebooks travel inside it."""

import json
import os
import re
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import nbformat
import pytest

import refocuslab as rl

ROOT = Path(__file__).parents[1]

pytestmark = pytest.mark.slow

# What a person would do first, from a folder that has nothing to do with the project.
FIRST_STEPS = """
import json
from importlib.util import find_spec
import numpy as np
import refocuslab as rl
from refocuslab.files.installed import data_folder, notebooks_folder

scene = rl.load_scene("motorcycle")
mask = scene.mask
y, x = (int(np.median(where)) for where in np.nonzero(mask))
part = (slice(y - 16, y + 16), slice(x - 16, x + 16))
crop = rl.Scene(
    scene.misfocused[part],
    mask[part],
    [rl.FocusedPhoto(photo.image[part]) for photo in scene.focused],
    psf=scene.psf,
)
result = rl.refocus(crop, rl.Method.image_scene(neighborhood=3, candidates=4))
print(json.dumps({
    "package": rl.__file__,
    "scenes": list(rl.scene_names()),
    "data": str(data_folder()),
    "notebooks": sorted(path.name for path in notebooks_folder().glob("*.ipynb")),
    "photo": scene.misfocused.shape,
    "inside": int(crop.mask.sum()),
    "changed inside": int((result.image != crop.misfocused).any(axis=2)[crop.mask].sum()),
    "changed outside": int((result.image != crop.misfocused).any(axis=2)[~crop.mask].sum()),
    "assigned": int((result.source >= 0).sum()),
    "upstairs": [n for n in ("matplotlib", "jupyterlab", "pydantic") if find_spec(n)],
}))
"""


def run(*command: str | Path, cwd: Path) -> str:
    """The standard output of a command that must succeed."""
    answer = subprocess.run(
        command, cwd=cwd, env=clean_environment(), capture_output=True, text=True, check=False
    )
    if answer.returncode:
        pytest.fail(f"{command[0]} failed:\n{answer.stdout}\n{answer.stderr}", pytrace=False)
    return answer.stdout


def clean_environment() -> dict[str, str]:
    """Without what would let the new environment see this one, or the checkout."""
    hidden = ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV")
    return {name: value for name, value in os.environ.items() if name not in hidden}


def shipped(folder: str) -> set[str]:
    """The files of a folder of the checkout that git does not ignore."""
    listing = run("git", "ls-files", "-co", "--exclude-standard", "-z", folder, cwd=ROOT)
    return {name for name in listing.split("\0") if name and (ROOT / name).is_file()}


def pins_without_hashes() -> str:
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    return "\n".join(re.findall(r"^([a-z][^\\\n]*?) *\\?$", lock, re.MULTILINE))


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    out = tmp_path_factory.mktemp("wheel")
    build = (sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", out)
    run(*build, cwd=ROOT)
    (built,) = out.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def python(wheel, tmp_path_factory) -> Path:
    """The interpreter of a new environment that holds the wheel and what it asks for."""
    folder = tmp_path_factory.mktemp("empty")
    venv.create(folder / "env", with_pip=True)
    python = folder / "env" / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    constraints = folder / "constraints.txt"
    constraints.write_text(pins_without_hashes(), encoding="utf-8")
    install = pip(python, "install", "--constraint", constraints, wheel)
    if install.returncode:
        # Only a machine without any index may leave this test out; a pin that is not to be had,
        # or a wheel that does not install, is a failure.
        (name,) = re.findall(r"^(lazy-loader==\S+)", constraints.read_text("utf-8"), re.MULTILINE)
        probe = pip(python, "download", "--no-deps", "--no-cache-dir", "--dest", folder, name)
        if probe.returncode:
            pytest.skip("no package index can be reached")
        pytest.fail(f"the wheel does not install:\n{install.stderr}", pytrace=False)
    return python


def pip(python: Path, command: str, *arguments: str | Path) -> subprocess.CompletedProcess:
    return subprocess.run(
        [python, "-m", "pip", command, "--quiet", "--only-binary", ":all:", *arguments],
        cwd=python.parent, env=clean_environment(), capture_output=True, text=True, check=False,
    )  # fmt: skip


@pytest.fixture(scope="module")
def first_steps(python, tmp_path_factory) -> dict:
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    return json.loads(run(python, "-c", FIRST_STEPS, cwd=elsewhere).splitlines()[-1])


def test_the_wheel_holds_the_package_the_scenes_and_the_notebooks_and_nothing_else(wheel):
    names = set(zipfile.ZipFile(wheel).namelist())
    held = {name for name in names if not name.startswith("refocuslab-")}
    data = {name for name in shipped("data") if not name.endswith(".jpg")}  # the README's pictures
    assert held == shipped("refocuslab") | {f"refocuslab/_{name}" for name in data | shipped("notebooks")}
    assert any(name.endswith("/licenses/LICENSE") for name in names)


def test_the_wheel_is_small_and_the_same_bytes_each_time(wheel, tmp_path):
    assert wheel.stat().st_size < 5_000_000
    run(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", tmp_path, cwd=ROOT)
    (again,) = tmp_path.glob("*.whl")
    assert (again.name, again.read_bytes()) == (wheel.name, wheel.read_bytes())
    assert again.name.startswith(f"refocuslab-{rl.__version__}-")


def test_its_notebooks_have_the_cells_of_the_checkout_and_no_outputs(wheel):
    with zipfile.ZipFile(wheel) as held:
        for path in sorted((ROOT / "notebooks").glob("*.ipynb")):
            bare = nbformat.reads(held.read(f"refocuslab/_notebooks/{path.name}").decode(), 4)
            whole = nbformat.read(path, 4)
            assert [(c.id, c.source, c.metadata) for c in bare.cells] == [
                (c.id, c.source, c.metadata) for c in whole.cells
            ]
            assert bare.metadata == whole.metadata
            assert not any(c.outputs or c.execution_count for c in bare.cells if c.cell_type == "code")


def test_the_installed_package_is_the_wheel_s_own(first_steps, python):
    assert Path(first_steps["package"]).is_relative_to(python.parents[1])
    assert Path(first_steps["data"]).is_relative_to(python.parents[1])
    assert first_steps["upstairs"] == [], "the method needs no lab"


def test_the_scenes_are_there(first_steps):
    assert {"motorcycle", "motorcycle-perturbed", "coffee"} <= set(first_steps["scenes"])
    assert len(first_steps["photo"]) == 3


def test_the_notebooks_are_there(first_steps):
    assert first_steps["notebooks"] == sorted(p.name for p in (ROOT / "notebooks").glob("*.ipynb"))
    assert first_steps["notebooks"]


def test_a_small_photo_is_refocused(first_steps):
    assert first_steps["assigned"] == first_steps["inside"] > 500
    assert first_steps["changed inside"] > first_steps["inside"] // 2
    assert first_steps["changed outside"] == 0
