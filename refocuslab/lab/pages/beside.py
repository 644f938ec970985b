"""A figure with the default values below one that was made with others, and the scores of both."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import quote

from refocuslab.lab.escaping import in_html
from refocuslab.lab.pages.claim_table import ClaimTable, in_html_table
from refocuslab.lab.records.report import Entry, row_texts


@dataclass(frozen=True)
class Default:
    """A figure with the default values.

    Attributes
    ----------
    file : str
        The picture's, relative to the page.
    psnr : mapping of (str, str, str) to str
        {(figure, variant, scene): PSNR in dB}, rounded as tables tell it.
    """

    file: str
    psnr: Mapping[tuple[str, str, str], str]


def default_below(label: str, default: Default, rows: Iterable[Entry]) -> str:
    """The default's picture, and a table of both scores, in HTML.

    Parameters
    ----------
    label : str
        The figure's, such as "3": its panels' scores are those of "3a", "3b" and so on.
    default : Default
        What was made with the default values.
    rows : iterable of dict
        The rows of the report.
    """
    file = quote(default.file)
    texts = [row_texts(row)[:4] for row in rows]
    panels = [row for row in texts if row[0][:-1] == label] or [row for row in texts if row[0] == label]
    both = [(row, default.psnr.get((row[0], row[1], row[2]))) for row in panels]
    shown = tuple(
        (f"{row[0]} {row[1]}", (before, row[3], _difference(before, row[3])))
        for row, before in both
        if before is not None
    )
    scores = in_html_table(ClaimTable(("default", "this run", "difference"), shown)) if shown else ""
    return (
        f'<figure><a href="{file}"><img src="{file}" alt="Figure {in_html(label)} with the default values">'
        "</a><figcaption><b>With the default values</b>, as the committed notebook has it."
        f"{' PSNR in dB:' if shown else ''}{scores}</figcaption></figure>"
    )


def _difference(before: str, now: str) -> str:
    try:
        return f"{float(now) - float(before):+.1f}"
    except ValueError:  # one is infinite, or there is none
        return "–"
