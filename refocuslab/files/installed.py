"""Where the package lies, and the shipped scenes and notebooks: inside the wheel, or beside a checkout."""

from pathlib import Path

from refocuslab.errors import RefocusError

PACKAGE = Path(__file__).resolve().parents[1]


def sources() -> list[Path]:
    """Every file of Python in the package, in the order of their paths."""
    return sorted(PACKAGE.rglob("*.py"))


def method_sources() -> list[Path]:
    """Those of the method: all but the class room and the lab, which it never imports."""
    others = (PACKAGE / "course", PACKAGE / "lab")
    return [path for path in sources() if not any(path.is_relative_to(one) for one in others)]


def data_folder() -> Path:
    """The folder of the shipped scenes, one folder each.

    Raises
    ------
    RefocusError
        The package was installed without it.
    """
    return _folder("data")


def notebooks_folder() -> Path:
    """The folder of the notebooks.

    Raises
    ------
    RefocusError
        The package was installed without it.
    """
    return _folder("notebooks")


def course_folder() -> Path:
    """The folder of the sources of the course; no wheel has it, for it holds the solutions.

    Raises
    ------
    RefocusError
        The package lies in no checkout.
    """
    folder = PACKAGE.parent / "course"
    if not (folder / "path.toml").is_file():  # a folder of this name beside the package may be anybody's
        raise RefocusError("the course's sources", "must lie in a checkout of refocuslab", folder)
    return folder


def _folder(name: str) -> Path:
    # The wheel carries them in the package, where nothing else can claim the name.
    for folder in (PACKAGE / f"_{name}", PACKAGE.parent / name):
        if folder.is_dir():
            return folder
    raise RefocusError("refocuslab", f'must be installed with its folder "{name}"', PACKAGE)
