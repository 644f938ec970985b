"""What a committed notebook shows with its default values, to stand beside what another run made of it."""

from pathlib import Path

import nbformat

from refocuslab.files import installed
from refocuslab.files.plain_files import write_whole
from refocuslab.lab.notebooks.shown import picture_of, psnr_in
from refocuslab.lab.pages.beside import Default
from refocuslab.lab.parameters.validation import scene_parameters
from refocuslab.lab.records import changed
from refocuslab.lab.records.report import Entry, Report

FOLDER = "defaults"  # of the pictures, in that of the results


def defaults(report: Report, folder: Path) -> dict[str, Default]:
    """Write the pictures of a report's figures with the default values, where they show the same scene.

    Parameters
    ----------
    report : dict
        As ``records.report`` gives it.
    folder : Path
        Of the results.

    Returns
    -------
    dict of str to Default
        {the figure's file: its default}; none of a figure that was made with the default values, or of
        another scene or a part of one, and none where the committed notebooks have no outputs.
    """
    parameters = {one["notebook"]: one["parameters"] for one in report["notebooks"]}
    wanted = [one for one in report["figures"] if _comparable(one, parameters[one["notebook"]])]
    if not wanted:
        return {}
    books = {name: _read(name) for name in parameters}
    psnr = {key: value for book in books.values() for key, value in psnr_in(book).items()}
    found = {}
    for figure in wanted:
        name = Path(figure["file"]).stem
        if (picture := picture_of(books[figure["notebook"]], name)) is not None:
            ending, data = picture
            (folder / FOLDER).mkdir(parents=True, exist_ok=True)
            write_whole(folder / FOLDER / f"{name}{ending}", data)
            found[figure["file"]] = Default(f"{FOLDER}/{name}{ending}", psnr)
    return found


def _comparable(figure: Entry, parameters: dict[str, bool | int | float | str]) -> bool:
    notebook, label = figure["notebook"], figure["figure"]
    other = {"crop", *scene_parameters(notebook, label)} & changed.changes(notebook, parameters).keys()
    return not other and bool(changed.in_words(notebook, parameters, label))


def _read(name: str) -> nbformat.NotebookNode:
    found: nbformat.NotebookNode = nbformat.read(installed.notebooks_folder() / f"{name}.ipynb", as_version=4)
    return found
