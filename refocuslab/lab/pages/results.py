"""The page to look at after a run, in one HTML file: before and after, claims, what each notebook made."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from urllib.parse import quote

from refocuslab.errors import RefocusError
from refocuslab.lab.escaping import in_html
from refocuslab.lab.pages.beside import Default, default_below
from refocuslab.lab.pages.claim_table import claim_table, in_html_table
from refocuslab.lab.pages.html import badge, frame, table
from refocuslab.lab.parameters.validation import model_for
from refocuslab.lab.records import changed
from refocuslab.lab.records.report import Entry, Report, row_texts

# The figures with a photo before and after, the best known first: one of them, whole, opens the page.
BEFORE_AND_AFTER = ("4", "5", "3", "3a", "3b", "3c")


def page(
    report: Report,
    *,
    title: str = "Refocusing from focused photos",
    data: str = "results.json",
    asked: Sequence[str] = (),
    defaults: Mapping[str, Default] = MappingProxyType({}),
) -> str:
    """The page of a report: a photo before and after, the claims, and a section for each notebook.

    Parameters
    ----------
    report : dict
        As ``records.report`` gives it. With a ``verdict``, the page links to verdict.html.
    title : str
        The heading.
    data : str
        The file beside the page that holds its numbers.
    asked : sequence of str
        The paper's figures that were asked for: they open the page, in the place of the best known.
    defaults : mapping of str to Default
        {a figure's file: what stands below it where it opens the page}.

    Returns
    -------
    str
        HTML, with its style inside and links relative to the results folder.
    """
    sections = _first(report, asked, defaults)
    sections |= {"Claims": _claims(report["claims"])}
    for one in report["notebooks"]:
        sections[_title(one["notebook"])] = _notebook(one, report)
    about = (
        "A misfocused photo takes its lost detail from focused photos of the same target. Here are the "
        "figures of the paper, made anew from real photographs, with what was measured in them."
    )
    links = {"the verdict": "verdict.html"} if report.get("verdict") else {}
    told = f"{changed.of_all(report['notebooks'])} {changed.caution(report['notebooks'])}".strip()
    return frame(title, about, sections, links | {data: data}, report, caution=told)


def _title(name: str) -> str:
    """A notebook's name as a heading.

    Examples
    --------
    >>> from refocuslab.lab.pages.results import _title
    >>> _title("04_confidence_order")
    '4 Confidence order'
    """
    number, _, words = name.partition("_")
    return f"{int(number)} {words.replace('_', ' ').capitalize()}"


def _first(report: Report, asked: Sequence[str], defaults: Mapping[str, Default]) -> dict[str, str]:
    """The section that opens the page."""
    shown = {figure["figure"]: figure for figure in reversed(report["figures"])}

    def whole(figure: Entry) -> str:
        default = defaults.get(figure["file"])
        below = default_below(figure["figure"], default, report["rows"]) if default else ""
        return _figure(figure) + below

    if found := [whole(shown[label]) for label in asked if label in shown]:
        return {"What was asked for": "".join(found)}
    best = next((shown[label] for label in BEFORE_AND_AFTER if label in shown), None)
    return {"Before and after": whole(best) if best else ""}


def _notebook(one: Entry, report: Report) -> str:
    """What a notebook made: links, small pictures, measurements."""
    name = one["notebook"]
    mine = {
        kind: [e for e in report[kind] if e["notebook"] == name] for kind in ("figures", "rows", "claims")
    }
    about = in_html((model_for(name).__doc__ or "").strip())
    took = f" {one['seconds']:.0f} s." if one["seconds"] else ""
    if told := changed.in_words(name, one["parameters"]):
        took += f" Made with <b>{in_html(told)}</b>."
    links = " · ".join(
        f'<a href="{file}">{label}</a>'
        for label, file in (("read", f"notebooks/{name}.html"), ("file", f"notebooks/{name}.ipynb"))
        if file in report["files"]
    )
    pictures = "".join(map(_figure, mine["figures"]))
    return (
        f'<p class="soft">{about}{took} {links}</p>'
        + (f'<div class="small">{pictures}</div>' if pictures else "")
        + _rows(mine["rows"])
    )


def _figure(figure: Entry) -> str:
    file = quote(figure["file"])
    label = in_html(figure["figure"])
    if label[0].isdigit():  # one of the paper's; ours have a word
        label = f"Figure {label}"
    return (
        f'<figure><a href="{file}"><img src="{file}" alt="{label}"></a>'
        f"<figcaption><span><b>{label}.</b> {in_html(figure['caption'])}</span></figcaption></figure>"
    )


def _claims(claims: list[Entry]) -> str:
    cards = "".join(
        f'<article class="card">{judged(claim)}'
        f'<b>Claim {claim["number"]}</b> <span class="soft">§{in_html(claim["section"])}</span>'
        f"<p>{in_html(claim['statement'])}</p>{measured(claim)}"
        "</article>"
        for claim in claims
    )
    return f'<div class="claims">{cards}</div>' if cards else ""


def judged(claim: Mapping[str, str], of: str = "") -> str:
    """The badge of a claim, in HTML: its verdict, and what else than the defaults it was measured with.

    Parameters
    ----------
    claim : mapping
        An entry of a report, with ``verdict``, ``part`` and ``with``.
    of : str
        What the verdict is told of where nothing differs from the defaults.
    """
    word = claim["verdict"]
    if part := claim.get("part"):
        return badge(word, f"{word}: {part}")
    if told := claim.get("with"):
        return badge(word, f"{word}, with {told}")
    return badge(word, f"{of}: {word}" if of else word)


def measured(claim: Mapping[str, object]) -> str:
    """What a claim measured, in HTML: a table of named values, or a line where they have no names."""
    value, number = claim["value"], claim["number"]
    try:
        if isinstance(value, str) and isinstance(number, int):
            return in_html_table(claim_table(number, value))
    except RefocusError:
        pass
    told = value if isinstance(value, str) else f"{value:.4g}"
    return f'<p class="soft">{in_html(claim["measure"])}: <b>{in_html(told)}</b></p>'


def _rows(rows: list[Entry]) -> str:
    if not rows:
        return ""
    head = ("Figure", "Variant", "Scene", "PSNR dB", "SSIM", "Reblur RMS", "Seconds", "Changed")
    body = [[*map(in_html, row_texts(row)), _changes(row)] for row in rows]
    note = (
        '<p class="soft">Inside the mask. PSNR and SSIM against the truth; reblur RMS, in gray '
        "levels, between the blurred result and the misfocused photo. Changed: parameters that "
        "differ from the notebook's defaults.</p>"
    )
    scores = f"{len(rows)} score{'s' * (len(rows) > 1)}"
    return f"<details><summary>{scores}</summary>{table(head, body, numbers=range(3, 7))}{note}</details>"


def _changes(row: Entry) -> str:
    found = changed.changes(row["notebook"], row["parameters"])
    return "<br>".join(f"<code>{in_html(f'{key} = {value}')}</code>" for key, value in found.items())


def run_title(name: str, values: Mapping[str, object]) -> str:
    """What a person calls a run: its notebook, and what differs from the notebook's defaults.

    Examples
    --------
    >>> from refocuslab.lab.pages.results import run_title
    >>> run_title("04_confidence_order", {"crop": 160, "results": ""})
    '4 Confidence order, crop 160'
    """
    return ", ".join(filter(None, [_title(name), changed.briefly(name, values)]))
