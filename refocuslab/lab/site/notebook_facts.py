"""What there is to say of a committed notebook before it is opened: title, minutes, status, thumbnail."""

import io
import json
from dataclasses import dataclass
from pathlib import Path

import nbformat
from PIL import Image, ImageOps

from refocuslab.files.installed import notebooks_folder
from refocuslab.lab.notebooks.committed import problems
from refocuslab.lab.notebooks.minutes import said
from refocuslab.lab.notebooks.shown import pictures
from refocuslab.lab.parameters.schema import NOTEBOOKS

THUMBNAIL = (480, 270)  # dots: a card of 240, twice as fine


@dataclass(frozen=True)
class NotebookFacts:
    """A committed notebook and what is said of it.

    Attributes
    ----------
    name, title : str
        As the file and as its heading call it.
    about : str
        Its section of the paper and its subject.
    reading, running : str
        How long each takes, in words; that of running is on two cores.
    status : str
        What keeps it from being clean and executed, or that nothing does.
    seconds : float or None
        What the run in the results folder took; None where there is none of this notebook.
    notebook : NotebookNode
        The notebook itself.
    """

    name: str
    title: str
    about: str
    reading: str
    running: str
    status: str
    seconds: float | None
    notebook: nbformat.NotebookNode

    @property
    def section(self) -> str:
        """Such as "§2.1, §3.1", or "Beyond the paper"."""
        return self.about.partition(":")[0].rstrip(".")


def all_facts(results: Path) -> list[NotebookFacts]:
    """The facts of every notebook, in the order in which they are read.

    Parameters
    ----------
    results : Path
        Where ``make figures`` writes; it need not be there.
    """
    seconds = seconds_in(results)
    return [_facts(name, seconds.get(name)) for name in NOTEBOOKS]


def seconds_in(results: Path) -> dict[str, float]:
    """The seconds of every notebook that ``make figures`` ran, as results.json tells them."""
    try:
        told = json.loads((results / "results.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return {one["notebook"]: one["seconds"] for one in told.get("notebooks", []) if one.get("seconds")}


def _facts(name: str, seconds: float | None) -> NotebookFacts:
    text = (notebooks_folder() / f"{name}.ipynb").read_text(encoding="utf-8")
    notebook = nbformat.reads(text, as_version=4)
    first = notebook.cells[0].source
    title = first.splitlines()[0].lstrip("# ")
    reading, running = said(notebook)
    found = problems(name, text)
    return NotebookFacts(
        name,
        title,
        (NOTEBOOKS[name].__doc__ or "").strip(),
        reading,
        running,
        "; ".join(found) or "executed in order, clean",
        seconds,
        notebook,
    )


def thumbnail(notebook: nbformat.NotebookNode) -> bytes:
    """A small JPEG of the largest picture but the first, which shows what is given.

    The same bytes from the same versions of libraries.
    """
    found = [data for cell in notebook.cells for _, data in pictures(cell)]
    largest = max(found[1:] or found, key=len)
    with Image.open(io.BytesIO(largest)) as picture:
        shown = picture.convert("RGB")
    file = io.BytesIO()
    # Of a tall picture the top, of a wide one the middle.
    small = ImageOps.fit(shown, THUMBNAIL, Image.Resampling.LANCZOS, centering=(0.5, 0.0))
    small.save(file, "jpeg", quality=82)
    return file.getvalue()
