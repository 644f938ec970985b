"""What CONTRIBUTING.md and CITATION.cff say is so."""

import re
import tomllib
from pathlib import Path

import pytest
import yaml

import refocuslab as rl
from refocuslab.lab.parameters.schema import NOTEBOOKS

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")


def test_every_file_that_is_named_is_there():
    folders = set(re.findall(r"`([\w./-]+/[\w./-]*)`", TEXT)) - {"color/", "formats/", "tiff/"}
    files = set(re.findall(r"`([\w.-]+\.(?:cff|lock|md|py|toml|yaml|yml)|Makefile)`", TEXT))
    # What lies in results/ is made by a command, and not there before.
    named = {name for name in folders | files if not name.startswith("results/")}
    assert len(named) > 30
    assert not [name for name in named if not (ROOT / name).exists()]


def test_every_room_is_in_the_tables():
    package = ROOT / "refocuslab"
    rooms = {path.parent for path in package.rglob("[!_]*.py")} - {package, package / "lab"}
    rooms = {room.relative_to(ROOT).as_posix() for room in rooms}
    told = set(re.findall(r"\| `(refocuslab/[\w/]+)/`", TEXT))
    parts = ("refocuslab/pictures/", "refocuslab/course/checks/")
    assert {room for room in rooms if not room.startswith(parts)} == told


def test_the_names_that_a_recipe_points_to_are_there():
    for file, name in [
        ("refocuslab/method.py", "SELECTIONS"),
        ("refocuslab/method.py", "ORDERS"),
        ("refocuslab/paper/selection.py", "def select("),
        ("refocuslab/paper/order_of_assignment.py", "def turns("),
        ("refocuslab/paper/order_of_assignment.py", "def known_offsets("),
        ("refocuslab/paper/texture.py", "def fixed_neighborhood("),
        ("refocuslab/reference/selection.py", "def select("),
        ("refocuslab/reference/paper.py", "def order_of_assignment("),
        ("refocuslab/reference/paper.py", "def neighborhood("),
        ("refocuslab/optics/image_function.py", "def reach("),
        ("refocuslab/lab/evidence/statements.py", "CLAIMS"),
        ("refocuslab/lab/parameters/validation.py", "def parameters_cell("),
        ("refocuslab/lab/parameters/validation.py", "WITHOUT_TRUTH"),
        ("refocuslab/lab/notebooks/notebook.py", "class Study"),
        ("tests/reference/test_equality.py", "ORDERS"),
    ]:
        assert file in TEXT and name.split()[-1].rstrip("(") in TEXT
        assert name in (ROOT / file).read_text(encoding="utf-8")
    assert "NOTEBOOKS" in TEXT and NOTEBOOKS


def test_the_citation_names_this_version_and_license():
    cited = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert cited["version"] == rl.__version__
    assert cited["license"] == project["license"]


def test_the_workflow_tries_every_python_that_the_project_says_it_runs_on():
    workflow = yaml.safe_load((ROOT / ".github" / "workflows" / "ci.yml").read_text(encoding="utf-8"))
    tried = workflow["jobs"]["quick"]["strategy"]["matrix"]["python"]
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    said = [c.rpartition(" :: ")[2] for c in project["classifiers"] if re.search(r":: 3\.\d+$", c)]
    assert tried == said


@pytest.mark.parametrize("tool", ["ruff", "codespell", "mypy", "numpydoc"])
def test_a_commit_and_make_run_the_same_version(tool):
    config = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8"))
    address = re.compile(rf"/(mirrors-)?{tool}(-pre-commit)?$")
    (revision,) = (one["rev"] for one in config["repos"] if address.search(one["repo"]))
    pins = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    assert revision == "v" + re.search(rf"^{tool}==(\S+)", pins, re.MULTILINE)[1]
