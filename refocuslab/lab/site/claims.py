"""The claims as the committed notebooks tell them, and their verdicts as parts of the site's pages."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape

import nbformat

from refocuslab.errors import RefocusError
from refocuslab.lab.escaping import in_html
from refocuslab.lab.evidence.cases import PLACE, POPULATION
from refocuslab.lab.evidence.judgment import judgments
from refocuslab.lab.evidence.population import Evidence
from refocuslab.lab.evidence.statements import CLAIMS, WHY
from refocuslab.lab.pages.claim_table import ClaimTable, claim_table, in_html_table
from refocuslab.lab.pages.evidence import in_words, whole_sentence
from refocuslab.lab.pages.html import VERDICTS
from refocuslab.scenes.shipped import scene_names

# What ``Study.claim`` shows.
_TOLD = re.compile(
    r"\*\*Claim (?P<number>\d+) \(§(?P<section>[^)]*)\)\.\*\* (?P<statement>.*?)\n\n"
    r"Measured: (?P<measured>.*?)\.\n\nVerdict here: \*\*(?P<verdict>[^*]*)\*\*",
    re.DOTALL,
)
_ESCAPED = re.compile(r"\\([\\`*_\[\]{}|~])")


@dataclass(frozen=True)
class CommittedClaim:
    """A claim of the paper, as a committed notebook measured it.

    Attributes
    ----------
    number : int
        The claim's.
    section, statement : str
        Of the paper.
    verdict : str
        In the paper's setting: "reproduced", "in part" or "not".
    table : ClaimTable
        Its numbers.
    notebook : str
        The notebook's name.
    """

    number: int
    section: str
    statement: str
    verdict: str
    table: ClaimTable
    notebook: str


def claim_of(name: str, text: str) -> CommittedClaim | None:
    """The claim that an output in Markdown tells; None if it tells none.

    Raises
    ------
    RefocusError
        It tells one whose numbers have no names.
    """
    if (told := _TOLD.match(text)) is None:
        return None
    number = int(told["number"])
    measured = unescape(_ESCAPED.sub(r"\1", told["measured"]))
    return CommittedClaim(
        number, told["section"], told["statement"], told["verdict"], _table(number, measured), name
    )


def claims_in(name: str, notebook: nbformat.NotebookNode) -> Iterator[CommittedClaim]:
    """The claims of a notebook, in its order."""
    for cell in notebook.cells:
        for output in cell.get("outputs", ()):
            claim = claim_of(name, output.get("data", {}).get("text/markdown", ""))
            if claim:
                yield claim


def _table(number: int, measured: str) -> ClaimTable:
    """The numbers behind a sentence on how they were measured, which may hold colons as well."""
    names = scene_names()
    scenes = (
        [name for name in names if POPULATION[name] == PLACE],
        [name for name in names if POPULATION[name] != PLACE],
    )
    for place in reversed([found.end() for found in re.finditer(": ", measured)]):
        try:
            return claim_table(number, measured[place:], scenes)
        except RefocusError:
            continue
    raise RefocusError("claim", f"must tell the numbers of claim {number}", measured)


def block(claim: CommittedClaim, evidence: Evidence, *, heading: str = "") -> str:
    """A claim as a block of HTML on lines without a break: statement, verdicts, numbers, and why."""
    judged = judgments(evidence.found).get(claim.number, [])
    verdicts = [("the paper's setting", claim.verdict)]
    if judged:
        verdicts.append(("all scenes", in_words(judged)))
    badges = " ".join(
        f'<span class="verdict {kind_of(word)}">{of}: {in_html(word)}</span>' for of, word in verdicts
    )
    why = f"<p>{in_html(WHY[claim.number])}</p>" if claim.number in WHY else ""
    scenes = f"<p>On all scenes: {in_html(whole_sentence(judged))}</p>" if judged else ""
    return (
        f'<div class="claim" id="claim-{claim.number}"><p class="claim-head"><b>Claim {claim.number}</b> '
        f"§{in_html(claim.section)} {badges}</p><p>{in_html(CLAIMS[claim.number][1])}. {heading}</p>"
        f"{in_html_table(claim.table)}{scenes}{why}</div>"
    )


def kind_of(word: str) -> str:
    """The class of a verdict on a page, by its first word."""
    return VERDICTS.get(word.split(";")[0], "soft")
