"""What a notebook's outputs show: pictures, and the scores of its tables."""

import base64

import nbformat

# The kinds of pictures in outputs, and the endings of their files.
PICTURES = {"image/png": ".png", "image/jpeg": ".jpg"}
# Whose score it is: the figure, the variant and the scene, as ``Study.table`` tells them.
Scored = tuple[str, str, str]
_HEAD = "| figure | variant | scene | PSNR, dB |"


def pictures(cell: nbformat.NotebookNode) -> list[tuple[str, bytes]]:
    """The pictures of a cell's outputs: the ending of each one's file, and its bytes."""
    return [
        (ending, base64.b64decode(output["data"][mime]))
        for output in cell.get("outputs", ())
        for mime, ending in PICTURES.items()
        if mime in output.get("data", {})
    ]


def picture_of(notebook: nbformat.NotebookNode, figure: str) -> tuple[str, bytes] | None:
    """The picture that ``study.figure(figure, ...)`` left in a notebook, as ``pictures`` has it.

    Parameters
    ----------
    notebook : NotebookNode
        Executed or not.
    figure : str
        The name of the figure's file, without its ending.

    Returns
    -------
    (str, bytes) or None
        None where there is none: the notebooks of a wheel have no outputs.
    """
    cells = [cell for cell in notebook.cells if cell.cell_type == "code" and "study.figure(" in cell.source]
    found = [one for cell in cells if f'"{figure}"' in cell.source for one in pictures(cell)]
    return found[0] if len(found) == 1 else None


def psnr_in(notebook: nbformat.NotebookNode) -> dict[Scored, str]:
    """PSNR in dB of everything that a notebook's tables of scores tell, as they tell it."""
    texts = [
        output.get("data", {}).get("text/markdown", "")
        for cell in notebook.cells
        for output in cell.get("outputs", ())
    ]
    lines = [line for text in texts if text.startswith(_HEAD) for line in text.splitlines()[2:]]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return {(row[0], row[1], row[2]): row[3] for row in rows if len(row) > 3}
