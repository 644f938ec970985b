"""Two floors, and what may stand on them: the walls of the house, held by tests."""

import ast
import graphlib
import json
import re
import subprocess
import sys
import tomllib
from functools import cache
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "refocuslab"
LAB = sorted((PACKAGE / "lab").rglob("*.py"))
COURSE = sorted((PACKAGE / "course").rglob("*.py"))
METHOD = sorted(set(PACKAGE.rglob("*.py")) - set(LAB) - set(COURSE))

# The rooms in their order, and the files that stand beside them: each may import those before it.
ROOMS = (
    "errors", "doubts", "checks", "files", "running", "pictures.color", "pictures.formats", "pictures.tiff",
    "pictures", "optics", "robust", "lens", "scene", "method", "search", "paper", "reference", "registration",
    "consistency", "evaluation", "refocusing", "proposal", "simulation", "scenes", "forecasting",
    "course.variant", "course.hints", "course.time_limit", "course.case", "course.checks", "course",
    "lab.escaping", "lab.terminal", "lab.progress_line", "lab.folders", "lab.parameters", "lab.records",
    "lab.measures", "lab.evidence", "lab.figures", "lab.pages", "lab.notebooks", "lab.sweeps",
    "lab.widgets", "lab.explorer.making", "lab.explorer", "lab.sliders", "lab.own_photos",
    "lab.course.sandbox", "lab.course", "lab.course.grading", "lab.site", "lab.doctor", "lab.cli.photos",
    "lab.cli",
)  # fmt: skip
# The doors of the house: they open everything.
DOORS = {
    "refocuslab",
    "refocuslab.lab",
    "refocuslab.lab.__main__",
    "refocuslab.lab.explorer",
    "refocuslab.lab.own_photos",
}

# Lines. A file of tests mirrors one module, and may be longer than it.
LONGEST_FILE, LONGEST_TESTS = 420, 480
MOST_FILES = 12

# What belongs upstairs. A name stands for everything below it.
UPSTAIRS = (
    "refocuslab.course", "refocuslab.lab", "anywidget", "matplotlib", "IPython", "ipykernel", "ipywidgets",
    "jupyter_client", "jupyter_core", "jupyterlab", "nbclient", "nbformat", "papermill", "pydantic", "tqdm",
    "traitlets",
)  # fmt: skip

# Imported under another name than that of its distribution, or as an inseparable part of one.
DISTRIBUTIONS = {
    "faiss": "faiss-cpu",
    "PIL": "pillow",
    "pydantic_core": "pydantic",
    "skimage": "scikit-image",
    "sklearn": "scikit-learn",
    "yaml": "pyyaml",
}


def is_below(name: str, roots: tuple[str, ...]) -> bool:
    return any(name == root or name.startswith(root + ".") for root in roots)


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


@cache
def imports(path: Path) -> set[str]:
    """Every module that a file names in an import, at the top or in a function, in full."""
    folder = path.relative_to(ROOT).parent.parts
    found = set()
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = folder[: len(folder) - node.level + 1] if node.level else ()
            module = ".".join((*base, *filter(None, [node.module])))
            found |= {module} | {f"{module}.{alias.name}" for alias in node.names}
    return found


def third_party(paths: list[Path]) -> set[str]:
    tops = {name.partition(".")[0] for path in paths for name in imports(path)}
    # Folders of tests whose files others import by their names.
    own = {
        path.stem
        for folder in ("shared", "soak", "benchmarks")
        for path in (ROOT / "tests" / folder).glob("*.py")
    }
    tops -= {"refocuslab", *own, *sys.stdlib_module_names}
    return {canonicalize_name(DISTRIBUTIONS.get(top, top)) for top in tops}


def listed(requirements: list[str]) -> set[str]:
    return {canonicalize_name(Requirement(text).name) for text in requirements}


def tracked() -> list[Path]:
    """The files that are in the repository, or would be after `git add .`."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    try:
        answer = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("not a git checkout, so nothing says which files belong to the project")
    paths = (ROOT / name for name in answer.stdout.split("\0") if name)
    return [path for path in paths if path.is_file()]


def text_of(path: Path) -> str:
    """A file's text; of a notebook, its sources and its outputs but for the pictures."""
    text = path.read_bytes().decode("utf-8", errors="ignore")
    if path.suffix != ".ipynb":
        return text
    cells = json.loads(text)["cells"]
    for cell in cells:
        for output in cell.get("outputs", []):
            pictures = [mime for mime in output.get("data", {}) if mime.startswith("image/")]
            for mime in pictures:
                del output["data"][mime]
    return json.dumps(cells, ensure_ascii=False)


# ---------------------------------------------------------------- the two floors


def test_relative_imports_are_seen(tmp_path, monkeypatch):
    monkeypatch.setattr(sys.modules[__name__], "ROOT", tmp_path)
    (tmp_path / "refocuslab").mkdir()
    file = tmp_path / "refocuslab" / "some.py"
    file.write_text("def f():\n    from . import lab\n    from .lab.page import g\n    import a.b")
    assert {"refocuslab.lab", "refocuslab.lab.page.g", "a.b"} <= imports(file)


def name_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {name_of(path): path for path in METHOD + COURSE + LAB}


def modules_imported(path: Path) -> set[str]:
    """The files of this package that a file imports."""
    names = {name for name in imports(path) if is_below(name, ("refocuslab",))}
    found = {name if name in MODULES else name.rpartition(".")[0] for name in names}
    return (found & set(MODULES)) - DOORS - {name_of(path)}


def room_of(module: str) -> int:
    rooms = [place for place, room in enumerate(ROOMS) if is_below(module, (f"refocuslab.{room}",))]
    assert rooms, f"{module} lies in no room: ROOMS names them"
    return rooms[0]


@pytest.mark.seconds
def test_no_room_imports_one_above_it():
    wrong = [
        f"{module} imports {other}"
        for module, path in MODULES.items()
        if module not in DOORS
        for other in modules_imported(path)
        if room_of(other) > room_of(module)
    ]
    assert not wrong


@pytest.mark.seconds
def test_no_circle_of_imports():
    # Raises a CycleError that names the circle.
    graphlib.TopologicalSorter({name: modules_imported(path) for name, path in MODULES.items()}).prepare()


@pytest.mark.seconds
def test_no_module_imports_a_private_name_of_another():
    private = re.compile(r"^refocuslab\..*\._(?!_)\w+$")
    paths = [*MODULES.values(), *sorted((ROOT / "tests").rglob("*.py"))]
    wrong = {f"{path.name}: {name}" for path in paths for name in imports(path) if private.match(name)}
    assert not wrong


def test_a_room_has_few_files():
    rooms = {path.parent for path in MODULES.values()} - {PACKAGE}
    full = {room.name: count for room in rooms if (count := len([*room.glob("[!_]*.py")])) > MOST_FILES}
    assert not full


@pytest.mark.parametrize("path", METHOD, ids=lambda path: path.name)
def test_the_method_names_nothing_of_the_lab(path):
    wrong = sorted(name for name in imports(path) if is_below(name, UPSTAIRS))
    assert not wrong, f"{path.name} belongs to the method and imports {', '.join(wrong)}"


@pytest.mark.parametrize("path", COURSE, ids=lambda path: path.name)
def test_the_class_room_names_nothing_of_the_lab(path):
    # A student's notebook holds it, in a browser's kernel, too: the widgets are all it may use of Jupyter,
    # and it goes on without them.
    tools = tuple(name for name in UPSTAIRS if name not in ("refocuslab.course", "ipywidgets"))
    assert not sorted(name for name in imports(path) if is_below(name, tools))


@pytest.mark.seconds
def test_the_method_loads_nothing_of_the_lab_nor_anything_slow():
    # In a fresh interpreter, so that what other tests have imported does not count.
    code = "import sys, refocuslab\nfor name in refocuslab.__all__: getattr(refocuslab, name)\n"
    code += "print(*sorted(sys.modules))"
    answer = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=ROOT
    )
    assert answer.returncode == 0, answer.stderr
    loaded = answer.stdout.split()
    assert "refocuslab.method" in loaded
    assert [name for name in loaded if is_below(name, UPSTAIRS)] == []
    # scikit-image loads its parts when they are used; each costs up to a second.
    slow = [n for n in loaded if re.fullmatch(r"skimage\.[a-z]\w*", n) or n == "scipy.stats"]
    assert slow == [], "import these in the function that needs them"


@pytest.mark.seconds
def test_each_floor_lists_what_it_imports_and_nothing_else():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = {name: listed(packages) for name, packages in project["optional-dependencies"].items()}
    core, lab = listed(project["dependencies"]), extras["lab"]
    # What one kind of photo needs is said where it is absent.
    assert core <= third_party(METHOD) == core | extras["heic"] | extras["raw"]
    assert third_party(COURSE) - core == {"ipywidgets"} <= extras["course"]
    # Jupyter, its kernel and its widgets are programs that the notebooks run in.
    programs = {"jupyterlab", "ipykernel", "ipywidgets", "voila"}
    assert third_party(LAB) - core <= lab | extras["cluster"] | extras["search"] | extras["docs"]
    assert lab - third_party(LAB) <= programs
    # Dask's workers are made of its other half; the tests start both.
    assert extras["cluster"] - third_party(LAB) == {"dask"} <= extras["test"]
    assert third_party(sorted((ROOT / "tests").rglob("*.py"))) <= core | lab | extras["test"]


# ---------------------------------------------------------------- the files


def test_no_file_is_long():
    sources = [path.relative_to(ROOT) for path in tracked() if path.suffix == ".py"]
    assert sources
    for path in sources:
        lines = len((ROOT / path).read_text(encoding="utf-8").splitlines())
        longest = LONGEST_TESTS if path.parts[0] == "tests" else LONGEST_FILE
        assert lines <= longest, f"{path} has two subjects: split it by subject"


def test_nothing_is_called_utils():
    parts = {part.lower() for path in tracked() for part in path.relative_to(ROOT).parts}
    assert not {part for part in parts if re.fullmatch(r"_?(utils?|helpers?|misc)(\.py)?", part)}


def test_every_module_of_the_package_says_what_it_is():
    assert not [path.name for path in MODULES.values() if not ast.get_docstring(tree_of(path))]


# Spelled in pieces, or this file would be the first to be found.
FOLDERS = "|".join(["home", "root", "Users", "work", "opt", "mnt", "tmp"])
MACHINE_PATH = re.compile(
    r"(?<![\w.:/}~])/(?:" + FOLDERS + r")/\w"
    r"|\b[A-Za-z]:\\+(?:Users|Windows|Program)"
)
OPTIONS = "|".join(["index", "extra-index", "default-index"]) + ")-url|--find" + "-links"
INDEX = re.compile(
    "pypi" + r"\.org|python" + "hosted|--(?:" + OPTIONS + r"|https?://[^\s\"'<>)]*/" + r"simple/?\b"
)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("see /ho" + "me/ada/photos", True),
        ('"C:' + '\\\\Users\\\\ada"', True),
        ("(/tm" + "p/x.png)", True),
        ("notebooks/ho" + "me/x, ~/wo" + "rk/x, ./op" + "t/x", False),
        ("https://example.org/home/x", False),
    ],
)
def test_machine_paths_are_recognised(text, found):
    assert bool(MACHINE_PATH.search(text)) is found


PICTURES = {".png", ".tif", ".tiff", ".jpg", ".npy", ".npz"}


def places(rule: re.Pattern, *, except_in: str | None = None) -> dict[str, str]:
    """Where in the repository's texts a rule is found, and what it found."""
    texts = {
        path.relative_to(ROOT).as_posix(): text_of(path) for path in tracked() if path.suffix not in PICTURES
    }
    return {
        name: match[0]
        for name, text in texts.items()
        if not (except_in and name.startswith(except_in)) and (match := rule.search(text))
    }


@pytest.mark.seconds
def test_no_file_names_a_folder_of_a_machine():
    # Tests may invent such folders, to see them refused.
    assert places(MACHINE_PATH, except_in="tests/") == {}


@pytest.mark.seconds
def test_no_file_names_a_folder_of_this_machine():
    own = {str(folder) for folder in (ROOT, Path.home(), Path(sys.prefix)) if folder.name}
    rule = re.compile("|".join(rf"(?<![\w.]){re.escape(folder)}[/\\]" for folder in sorted(own)))
    assert places(rule) == {}


def test_no_file_names_a_package_index():
    assert places(INDEX) == {}
