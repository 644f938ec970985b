"""Scenes that come from a browser and go there: ZIP files of their folders, or the files in them."""

import io
import tempfile
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath

import refocuslab as rl
from refocuslab.doubts import Doubt
from refocuslab.errors import RefocusError
from refocuslab.lab.widgets.arriving import Arriving, Incoming, Unfit
from refocuslab.lab.widgets.loading import Loading
from refocuslab.lab.widgets.messages import MOST_FILES
from refocuslab.lab.widgets.texts import printable, without_folders
from refocuslab.running.progress import Cancel

# Bytes of a scene's files together, packed and unpacked: twelve 16-bit TIFF files of 12 megapixels have 900
# million.
LARGEST_SCENE = 1_000_000_000
# The first moment that a ZIP file can name: the same scene gives the same bytes.
_NO_DATE = (1980, 1, 1, 0, 0, 0)
# The file by which a scene's folder is known, and characters of an error.
_TOML, _LONGEST = "scene.toml", 400


def arriving() -> Arriving:
    """The files of scenes on their way."""
    return Arriving(MOST_FILES, LARGEST_SCENE, "files of a scene", together=LARGEST_SCENE)


def opened(files: Iterable[Incoming], cancel: Cancel) -> tuple[rl.Scene, tuple[Doubt, ...]]:
    """The scene that uploaded files hold, and the doubts about it.

    They lie in a folder of their own while it is read; ``load_scene`` follows no name out of that.

    Parameters
    ----------
    files : iterable of Incoming
        A ZIP file of a scene's folder, or the files in it.
    cancel : Cancel
        Ends the wait.

    Raises
    ------
    Unfit
        They hold no scene: a sentence says why.
    Cancelled
        ``cancel`` was set.
    """
    with tempfile.TemporaryDirectory(prefix="refocuslab-") as place:
        folder = Path(place) / "scene"
        folder.mkdir()
        _unpack(list(files), folder)
        reading = Loading(folder)
        reading.until_done(cancel)
        try:
            scene, doubts = reading.outcome()
        except RefocusError as error:
            told = without_folders(str(error), [folder]).replace(f"scene/{_TOML}", _TOML)
            raise Unfit(f"This scene cannot be opened: {printable(told, _LONGEST)}") from None
    return scene, tuple(Doubt(one.about, without_folders(one.text, [folder]), one.grave) for one in doubts)


def packed(scene: rl.Scene, folder: str) -> bytes:
    """A ZIP file of the scene's folder, as ``save_scene`` writes it."""
    content = io.BytesIO()
    with tempfile.TemporaryDirectory(prefix="refocuslab-") as place:
        written = rl.save_scene(scene, Path(place) / folder)
        with zipfile.ZipFile(content, "w") as pack:
            for path in sorted(written.iterdir()):
                # The pictures are compressed already.
                entry = zipfile.ZipInfo(f"{folder}/{path.name}", _NO_DATE)
                pack.writestr(entry, path.read_bytes())
    return content.getvalue()


def _unpack(files: list[Incoming], folder: Path) -> None:
    """Write the files of a scene into a folder, which is empty."""
    left = LARGEST_SCENE
    for name, content in _members(files):
        left -= len(content)
        if left < 0:
            raise Unfit(f"This scene has more than {LARGEST_SCENE / 1e6:.0f} MB once it is unpacked.")
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def _members(files: list[Incoming]) -> Iterator[tuple[PurePosixPath, bytes]]:
    """The files of a scene, by their names below the folder that holds its ``scene.toml``."""
    if len(files) == 1 and zipfile.is_zipfile(io.BytesIO(files[0].content)):
        yield from _zipped(files[0])
        return
    flat = {file.given.replace("\\", "/").rpartition("/")[2]: file for file in files}
    if _TOML not in flat:
        raise Unfit(f"Choose a ZIP file of a scene's folder, or all files in it: there is no {_TOML}.")
    for name, file in flat.items():
        yield _inside(name), bytes(file.content)


def _zipped(file: Incoming) -> Iterator[tuple[PurePosixPath, bytes]]:
    try:
        with zipfile.ZipFile(io.BytesIO(file.content)) as pack:
            entries = [one for one in pack.infolist() if not one.is_dir()]
            tomls = [one.filename for one in entries if PurePosixPath(one.filename).name == _TOML]
            if len(entries) > MOST_FILES or sum(one.file_size for one in entries) > LARGEST_SCENE:
                most = f"{MOST_FILES} files and {LARGEST_SCENE / 1e6:.0f} MB"
                raise Unfit(f"“{file.name}” is larger than a scene may be: at most {most}.")
            if not tomls:
                raise Unfit(f"“{file.name}” is no scene: there is no {_TOML} in it.")
            top = PurePosixPath(min(tomls, key=len)).parent
            for one in entries:
                path = PurePosixPath(one.filename)
                if path.is_relative_to(top):
                    # An entry can hold more than it says.
                    with pack.open(one) as entry:
                        content = entry.read(one.file_size + 1)
                    yield _inside(str(path.relative_to(top))), content
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError, ValueError) as error:
        why = printable(str(error), 100)
        raise Unfit(f"“{file.name}” cannot be unpacked: {why or type(error).__name__}.") from None
    except Exception as error:  # zlib, bz2 and lzma have errors of their own
        if isinstance(error, Unfit):
            raise
        raise Unfit(f"“{file.name}” is damaged ({type(error).__name__}).") from None


def _inside(name: str) -> PurePosixPath:
    """A name that leads nowhere but below the folder.

    Raises
    ------
    Unfit
        It may lead elsewhere, or is no name of a file.
    """
    path = PurePosixPath(name)
    odd = not path.parts or path.is_absolute() or any(part in ("..", ".") for part in path.parts)
    if odd or any(one in name for one in "\0:\\") or max(map(len, path.parts)) > 200 or len(path.parts) > 4:
        raise Unfit(f"A file of this scene has a name that is not taken: {printable(name)}")
    return path
