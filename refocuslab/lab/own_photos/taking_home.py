"""What is saved: the picture, the scene's folder, the notebook that makes the picture again."""

import io
import tempfile
import zipfile
from pathlib import Path

import nbformat
import numpy as np
from numpy.typing import NDArray

import refocuslab as rl
from refocuslab.errors import RefocusError
from refocuslab.lab.escaping import in_markdown
from refocuslab.lab.notebooks.committed import clean, text_of
from refocuslab.lab.own_photos.making import METHOD, Checked, Made, masked
from refocuslab.lab.own_photos.messages import Kept
from refocuslab.lab.own_photos.uploads import Photo
from refocuslab.pictures.writing import encoded_photo

# Characters of a photo's name that the names of saved files keep.
_LONGEST_STEM = 60
# The first moment that a ZIP file can name: the same scene gives the same bytes.
_NO_DATE = (1980, 1, 1, 0, 0, 0)
_ABOUT = """# {name}, refocused

Unpack `{folder}.zip` beside this notebook, and run it: it makes the same picture again. For another
one, change the mask in the folder, or a choice of the method."""


def file(
    what: Kept, misfocused: Photo, checked: Checked, made: Made | None, mask: NDArray[np.bool_]
) -> tuple[str, bytes]:
    """The name and the content of a file to be saved.

    Parameters
    ----------
    what : {"picture", "scene", "notebook"}
        Which.
    misfocused : Photo
        The picture is written as it was, with its EXIF data.
    checked : Checked
        The photos.
    made : Made or None
        The picture, which only a scene can do without.
    mask : ndarray of bool, (H, W)
        That of the scene.

    Returns
    -------
    name : str
        For the file, without a folder.
    content : bytes
        The file.
    """
    stem = _stem(misfocused.name)
    if what == "scene":
        return f"{stem}.zip", scene_zip(masked(checked, mask).replace(title=misfocused.name), stem)
    if made is None:
        raise RefocusError("picture", "must have been made", None)
    name = f"{stem}-refocused"
    if what == "picture":
        return f"{name}{misfocused.ending}", encoded_photo(
            made.image, misfocused.ending, like=misfocused.picture
        )
    return f"{name}.ipynb", notebook(misfocused.name, stem, misfocused.ending).encode()


def scene_zip(scene: rl.Scene, folder: str) -> bytes:
    """A ZIP file of the scene's folder, as ``save_scene`` writes it."""
    packed = io.BytesIO()
    with tempfile.TemporaryDirectory(prefix="refocuslab-") as place:
        written = rl.save_scene(scene, Path(place) / folder)
        with zipfile.ZipFile(packed, "w") as pack:
            for path in sorted(written.iterdir()):
                # The pictures are compressed already.
                entry = zipfile.ZipInfo(f"{folder}/{path.name}", _NO_DATE)
                pack.writestr(entry, path.read_bytes())
    return packed.getvalue()


def notebook(name: str, folder: str, ending: str) -> str:
    """The text of a notebook that makes the picture again from the scene's folder."""
    cells = [
        nbformat.v4.new_markdown_cell(_ABOUT.format(name=in_markdown(name), folder=folder)),
        nbformat.v4.new_code_cell(code(folder, ending)),
    ]
    return text_of(clean(nbformat.v4.new_notebook(cells=cells)))


def code(folder: str, ending: str) -> str:
    """Python code that makes the picture from the scene's folder, and writes it beside that."""
    changes = ", ".join(
        f"{name}={getattr(METHOD, name)!r}"
        for name in ("register", "consistency")
        if getattr(METHOD, name) != getattr(rl.Method(), name)
    )
    return (
        "import refocuslab as rl\n"
        "from refocuslab.pictures.writing import write_photo\n"
        "from refocuslab.proposal.region import blended, seam\n\n"
        f'scene = rl.load_scene("{folder}")\n'
        f"result = rl.refocus(scene, rl.Method({changes}))\n"
        "image = blended(scene.misfocused, result.image, seam(scene.mask))\n"
        f'write_photo("{folder}-refocused{ending}", image)'
    )


def _stem(name: str) -> str:
    """What the names of saved files begin with: letters, digits, hyphens and underscores."""
    kept = "".join(one if one.isalnum() or one in "-_" else "-" for one in Path(name).stem)
    return kept[:_LONGEST_STEM].strip("-") or "photo"
