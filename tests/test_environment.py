"""pyproject.toml, requirements.lock and environment.yml ask for one environment."""

import os
import re
import tomllib
from functools import cache
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

import refocuslab as rl

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
LOCK = (ROOT / "requirements.lock").read_text(encoding="utf-8")
CONDA = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")

# Where conda-forge calls a distribution by another name.
CONDA_NAMES = {
    "build": "python-build",
    "jupyter-server": "jupyter_server",
    "matplotlib": "matplotlib-base",
    "playwright": "playwright-python",
}


RECIPE = yaml.safe_load((ROOT / ".conda" / "recipe.yaml").read_text(encoding="utf-8"))


def direct() -> dict[str, Requirement]:
    """What pyproject.toml asks for: the method, the lab and the tests together; not the tools of a hub."""
    extras = [packages for name, packages in PROJECT["optional-dependencies"].items() if name != "hub"]
    found = map(Requirement, sum(extras, PROJECT["dependencies"]))
    return {canonicalize_name(requirement.name): requirement for requirement in found}


@cache
def pins() -> dict[str, tuple[Requirement, list[str], list[str]]]:
    """Every pin of the lock: its requirement, its hashes, and who asked for it."""
    found = {}
    for entry in re.split(r"\n(?=[a-z])", LOCK.strip()):
        requirement = Requirement(entry.splitlines()[0].removesuffix("\\").strip())
        hashes = re.findall(r"--hash=sha256:([0-9a-f]{64})\b", entry)
        asked = re.findall(r"^ +#(?: +via)? +([\w.-]+)", entry, re.MULTILINE)
        assert requirement.name not in found, f"{requirement.name} is pinned twice"
        found[requirement.name] = requirement, hashes, asked
    return found


def pinned(name: str) -> str:
    (specifier,) = pins()[name][0].specifier
    return specifier.version


def test_the_lock_pins_everything_with_its_hashes():
    for name, (requirement, hashes, _) in pins().items():
        (specifier,) = requirement.specifier
        assert specifier.operator == "==", f"{requirement} is not pinned"
        assert "*" not in specifier.version, f"{requirement} is not pinned"
        assert hashes, f"{name} has no hash"
        assert len(set(hashes)) == len(hashes), f"{name} has the same hash twice"


def test_the_lock_has_wheels_for_more_than_one_machine():
    # numba has a wheel for each Python on each kind of machine; one hash alone would mean that
    # the lock was made for the machine that made it.
    assert len(pins()["numba"][1]) > 12


def test_the_lock_holds_hashes_and_names_and_nothing_of_the_machine_that_made_it():
    for line in LOCK.splitlines():
        stripped = line.strip()
        assert stripped.startswith(("--hash=sha256:", "#")) or re.match(r"[a-z0-9-]+==", line), line
        assert "/" not in stripped, line


def test_the_lock_was_made_from_this_pyproject():
    asked = {name for name, (_, _, by) in pins().items() if "refocuslab" in by}
    assert asked == set(direct()), "run 'make lock'"


@pytest.mark.parametrize("name", direct())
def test_the_pin_fits_the_bound(name):
    requirement = direct()[name]
    assert requirement.specifier, f"{name} has no bound"
    assert requirement.specifier.contains(pinned(name)), f"{requirement}, and {pinned(name)} pinned"


def test_conda_has_the_same_versions():
    wanted = {CONDA_NAMES.get(name, name): pinned(name) for name in direct()}
    given = dict(d.split("=") for d in CONDA["dependencies"] if isinstance(d, str) and "=" in d)
    given.pop("python")
    assert given == wanted


def test_conda_adds_nothing_but_python_pip_and_the_project():
    loose = [d for d in CONDA["dependencies"] if not (isinstance(d, str) and "=" in d)]
    assert loose == ["pip", {"pip": ["-e ."]}]
    assert CONDA["channels"] == ["conda-forge", "nodefaults"]


def test_one_range_of_python_everywhere():
    (conda,) = (d for d in CONDA["dependencies"] if str(d).startswith("python="))
    tested = re.findall(r"Python :: (3\.\d+)$", "\n".join(PROJECT["classifiers"]), re.MULTILINE)
    low, high = (
        re.search(rf"^{name} := (\d+), (\d+)$", MAKEFILE, re.MULTILINE).groups()
        for name in ("OLDEST", "NEWEST")
    )
    assert PROJECT["requires-python"] == ">=" + ".".join(low) == f">={tested[0]}"
    assert ".".join(high) == tested[-1]
    assert conda.removeprefix("python=") in tested
    assert all(SpecifierSet(PROJECT["requires-python"]).contains(version) for version in tested)


def test_the_recipe_asks_for_what_the_project_asks_for():
    told = {name for name in RECIPE["requirements"]["run"] if not name.startswith("python ")}
    asked = map(Requirement, PROJECT["dependencies"])
    assert told == {f"{CONDA_NAMES.get(one.name, one.name)} {one.specifier}" for one in asked}
    least = RECIPE["context"]["python_min"]
    assert f">={least}" == PROJECT["requires-python"]
    assert RECIPE["package"] == {"name": PROJECT["name"], "version": rl.__version__}
    (entry,) = RECIPE["build"]["python"]["entry_points"]
    ((name, target),) = PROJECT["scripts"].items()
    assert entry == f"{name} = {target}"
    hatchling = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["build-system"][
        "requires"
    ]
    assert hatchling[0].replace(">", " >", 1) in RECIPE["requirements"]["host"]
    assert RECIPE["about"]["license"] == PROJECT["license"]
    assert RECIPE["about"]["summary"] == PROJECT["description"]


def test_images_install_as_make_does_and_compile_as_their_user():
    build = (ROOT / ".binder" / "postBuild").read_text(encoding="utf-8")
    assert os.access(ROOT / ".binder" / "postBuild", os.X_OK) or os.name == "nt"
    # What `make ready` gives to pip, word for word but for the shape of the line.
    for options in (
        "--require-hashes --only-binary :all: --requirement requirements.lock",
        "--no-deps --no-build-isolation --editable .",
    ):
        assert options in build and options in MAKEFILE
    assert build.index("requirements.lock") < build.index("--editable") < build.index("warm-up")
    docker = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    assert docker.index("USER jovyan") < docker.index(".binder/postBuild")
    binder = yaml.safe_load((ROOT / ".binder" / "environment.yml").read_text(encoding="utf-8"))
    python = next(one for one in CONDA["dependencies"] if str(one).startswith("python="))
    assert binder["dependencies"] == [python, "pip"]
    assert f"FROM python:{python.removeprefix('python=')}-slim" in docker
