"""What is saved: the picture, the scene's folder, the notebook that makes the picture again."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

import refocuslab as rl
from refocuslab.errors import RefocusError
from refocuslab.lab.escaping import file_stem, in_markdown
from refocuslab.lab.own_photos.making import METHOD, Checked, Made, masked
from refocuslab.lab.own_photos.messages import Kept
from refocuslab.lab.own_photos.uploads import Photo
from refocuslab.lab.widgets.scene_files import packed
from refocuslab.pictures.writing import encoded_photo

_ABOUT = """# {name}, refocused

Unpack `{folder}.zip` beside this notebook, and run it: it makes the same picture again. For another
one, change the mask in the folder, or a choice of the method."""


def file(
    what: Kept,
    misfocused: Photo,
    checked: Checked,
    made: Made | None,
    mask: NDArray[np.bool_],
    diameter: float | None,
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
    diameter : float or None
        Of the disk that was given as the blur, in pixels.

    Returns
    -------
    name : str
        For the file, without a folder.
    content : bytes
        The file.
    """
    short = file_stem(Path(misfocused.name).stem, "photo")
    if what == "scene":
        scene = masked(checked, mask, diameter).replace(title=misfocused.name)
        return f"{short}.zip", packed(scene, short)
    if made is None:
        raise RefocusError("picture", "must have been made", None)
    name = f"{short}.refocused"
    if what == "picture":
        return f"{name}{misfocused.ending}", encoded_photo(
            made.image, misfocused.ending, like=misfocused.picture
        )
    return f"{name}.ipynb", notebook(misfocused.name, short, misfocused.ending).encode()


def notebook(name: str, folder: str, ending: str) -> str:
    """The text of a notebook that makes the picture again from the scene's folder."""
    import nbformat  # two seconds, for which the page need not wait

    from refocuslab.lab.notebooks.committed import clean, text_of

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
        f'write_photo("{folder}.refocused{ending}", image)'
    )
