"""A lesson's page gives no prediction away: what answers a question is folded, below the question itself.

From the cell that asks to the one that reveals, what comes out of a cell is in a ``details`` that the reader
opens; the question's choices are buttons that a page without a kernel can show. Checks are not folded.
"""

import re

import nbformat

from refocuslab.course.predictions import UNASKED
from refocuslab.lab.course.copies import CHECK, EXERCISE, Notebook
from refocuslab.lab.escaping import in_html
from refocuslab.lab.notebooks.offline_page import FOLDED

_ASKS = re.compile(r'lesson\.predict\(\s*"([^"]+)"')
_REVEALS = re.compile(r'lesson\.reveal\(\s*"([^"]+)"')
# As ``Predictions.ask`` writes a question where there are no widgets.
_QUESTION = re.compile(r"Before you run on: (.*) \((.*)\)", re.DOTALL)


def folded(notebook: Notebook) -> Notebook:
    """The executed copy of a lesson, with its answers marked to be folded on a page.

    Parameters
    ----------
    notebook : NotebookNode
        Executed; it stays as it is.
    """
    made: Notebook = nbformat.from_dict(notebook)
    asked: dict[str, str] = {}  # what is not revealed yet: {name: question}
    for cell in made.cells:
        if cell.cell_type != "code":
            continue
        if found := _ASKS.search(cell.source):
            asked[found[1]] = _ask(cell, found[1])
        elif asked and not {CHECK, EXERCISE} & {*cell.metadata.get("tags", ())}:
            revealed = _REVEALS.search(cell.source)
            question = asked[revealed[1]] if revealed else list(asked.values())[-1]
            if cell.get("outputs"):
                cell.metadata[FOLDED] = (
                    f"{'The answer' if revealed else 'On the way to the answer'}: {question}"
                )
            if revealed:
                del asked[revealed[1]]
                _without_blame(cell)
    return made


def _ask(cell: Notebook, name: str) -> str:
    """Make the text of a question one with buttons, and give the question."""
    for output in cell.outputs:
        text = output.get("data", {}).get("text/plain", "")
        if found := _QUESTION.fullmatch(text):
            question, choices = found[1], found[2].split(" / ")
            buttons = "".join(
                f'<label style="display:block;margin:.2em 0">'
                f'<input type="radio" name="{in_html(name)}"> {in_html(choice)}</label>'
                for choice in choices
            )
            output.data = {"text/html": f"<b>Choose first:</b> {in_html(question)}{buttons}"}
            return question
    return "your prediction first"


def _without_blame(cell: Notebook) -> None:
    """On a page nobody could have told the kernel a prediction."""
    for output in cell.outputs:
        if "text" in output:
            output.text = output.text.replace(f" {UNASKED}", "")
        for kind, text in output.get("data", {}).items():
            if kind.startswith("text/"):
                output.data[kind] = text.replace(f" {UNASKED}", "")
