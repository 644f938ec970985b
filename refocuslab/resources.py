"""Where the shipped scenes and the notebooks lie: inside the wheel, or beside a checkout."""

from pathlib import Path

from refocuslab.errors import RefocusError


def data_folder() -> Path:
    """The folder of the shipped scenes, one folder each."""
    return _folder("data")


def notebooks_folder() -> Path:
    """The folder of the notebooks."""
    return _folder("notebooks")


def scene_names() -> tuple[str, ...]:
    """The names of the scenes that ship with refocuslab, in alphabetical order."""
    return tuple(sorted(path.parent.name for path in data_folder().glob("*/scene.toml")))


def _folder(name: str) -> Path:
    package = Path(__file__).resolve().parent
    # The wheel carries them in the package, where nothing else can claim the name.
    for folder in (package / f"_{name}", package.parent / name):
        if folder.is_dir():
            return folder
    raise RefocusError("refocuslab", f'must be installed with its folder "{name}"', package)
