"""The verdict on the paper: each figure and each claim, reproduced, in part, or not, and the measurement.

It is read from the notebooks' records; a claim that no notebook has measured is "not measured".
"""

import contextlib
import re
from collections.abc import Sequence
from pathlib import Path
from types import MappingProxyType
from urllib.parse import quote

from refocuslab.errors import RefocusError
from refocuslab.files.plain_files import check_plain_file, write_whole
from refocuslab.lab.escaping import in_html, in_markdown
from refocuslab.lab.evidence.judgment import judgments
from refocuslab.lab.evidence.judgment import verdict as verdict_on
from refocuslab.lab.evidence.population import Evidence
from refocuslab.lab.evidence.statements import CLAIMS
from refocuslab.lab.pages import evidence as evidence_page
from refocuslab.lab.pages import html, readme_table, results
from refocuslab.lab.pages.claim_table import claim_table, in_markdown_lines
from refocuslab.lab.records import changed
from refocuslab.lab.records.report import NOT_JUDGED, Entry, Report

LARGEST_README = 1_000_000  # bytes
NOT_MEASURED = "not measured"  # the verdict on a claim that no notebook has recorded
BETTER = 3.0  # dB by which a refocused photo must be closer to the truth than the misfocused one

# What each figure shows, and the number of the claim that it illustrates, or None.
FIGURES: MappingProxyType[str, tuple[str, int | None]] = MappingProxyType(
    {
        "1": ("Causal neighborhoods, of scanline and of confidence order", None),
        "2": ("The misfocused photo, pixel confidence, neighborhood confidence", 2),
        "3a": ("The image-scene constraint alone", 1),
        "3b": ("With scene texture, scanline order, causal neighborhood", 3),
        "3c": ("With scene texture, confidence order, symmetric neighborhood", 4),
        "4": ("A second photo, refocused by the best system", None),
        "5": ("The focused photo from a perturbed view, and what comes of it", 6),
    }
)
_HEAD = ("", "What it says", "Measured", "Tolerance", "Verdict", "Seconds", "Run")
_WORDS = ("reproduced", "in part", "not", NOT_JUDGED, NOT_MEASURED)
SETTING = "the paper's setting"  # whole scenes, and the notebooks' default values
_PLACE = re.compile(r"(<!-- verdict -->\n).*?(<!-- /verdict -->)", re.DOTALL)
_BEYOND = re.compile(r"(<!-- beyond -->\n).*?(<!-- /beyond -->)", re.DOTALL)


def verdict(report: Report) -> list[Entry]:
    """A row for every figure and every claim.

    Parameters
    ----------
    report : dict
        As ``records.report`` gives it.

    Returns
    -------
    list of dict
        Each with ``kind`` ("figure" or "claim"), ``label``, ``section``, ``statement``, ``measure``,
        ``measured``, ``tolerance``, ``verdict``, ``with``, ``part`` (as a claim of the report), ``seconds``
        and ``runs`` ({notebook: the run's name}), all text but the last two; that of a figure that was drawn
        has its ``files``.
    """
    return [_figure(report, *item) for item in FIGURES.items()] + [
        _row(report, "claim", str(number), section, statement, _of_number(report, number))
        for number, (section, statement) in CLAIMS.items()
    ]


def page(report: Report, evidence: Evidence) -> str:
    """The page, in HTML, of a report with its ``verdict``, and of the evidence on all scenes."""
    figures, claims = (
        [row for row in report["verdict"] if row["kind"] == kind] for kind in ("figure", "claim")
    )
    judged = [verdict_on(parts, "comparison") for parts in judgments(evidence.found).values()]
    made = changed.of_all(report["notebooks"])
    about = (
        f"Of the paper's {len(claims)} claims, in {'this run' if made else SETTING}: "
        f"{_counted([row['verdict'] for row in claims])}."
    )
    if judged:
        about += f" On all scenes, of the {len(judged)} measured there: {_counted(judged)}."
    runs = {int(row["label"]): (results.judged(row, SETTING), _measured(row)) for row in claims}
    setting = f"In {SETTING}, which the notebooks run, a claim is measured on one scene, mostly."
    sections = {
        "Claims": evidence_page.cards(evidence, runs),
        "Figures": html.table(_HEAD, [_cells(row) for row in figures], numbers=[5]),
        "Scenes": evidence_page.scenes(evidence.found),
        "How it was judged": f"<p>{in_html(setting)} {in_html(evidence_page.about(evidence))}</p>",
    }
    links = {"all figures": "index.html", "results.json": "results.json"}
    caution = f"{made} {changed.caution(report['notebooks'])}".strip()
    return html.frame("The verdict", about, sections, links, report, caution=caution)


def _counted(verdicts: Sequence[str]) -> str:
    counts = {word: list(verdicts).count(word) for word in _WORDS}
    return ", ".join(f"{count} {word}" for word, count in counts.items() if count)


def markdown(report: Report, evidence: Evidence) -> str:
    """The claims of a report with its ``verdict``, and the evidence, as a table in Markdown."""
    judged = judgments(evidence.found)
    lines = ["| claim of the paper | measured in the paper's setting | there | on all scenes |"]
    lines += ["|---|---|---|---|"]
    lines += [
        f"| {row['label']}. {row['statement']} (§{row['section']}) | {_told(row)} | {row['verdict']} | "
        f"{evidence_page.in_words(judged[number]) if (number := int(row['label'])) in judged else '–'} |"
        for row in report["verdict"]
        if row["kind"] == "claim"
    ]
    return "\n".join(lines) + "\n"


def text(report: Report) -> str:
    """The ``verdict`` of a report as lines for a terminal."""
    width = max(len(row["statement"]) for row in report["verdict"])
    return "\n".join(
        f"{row['kind'].capitalize() + ' ' + row['label']:10}  {row['statement']:{width}}  {row['verdict']}"
        for row in report["verdict"]
    )


def into_readme(report: Report, evidence: Evidence, path: Path) -> None:
    """Put the table of claims between the marks ``<!-- verdict -->`` and ``<!-- /verdict -->`` of a file.

    The table of notebook 8 goes between ``<!-- beyond -->`` and ``<!-- /beyond -->``. A file holds the
    marks of one table or of both.

    Parameters
    ----------
    report : dict
        With its ``verdict``.
    evidence : Evidence
        The claims on all scenes.
    path : Path
        Of the file, which is replaced whole.

    Raises
    ------
    RefocusError
        As ``check_readme``, or the file may not be replaced.
    """
    before = check_readme(path)
    after = _PLACE.sub(lambda place: place[1] + markdown(report, evidence) + place[2], before)
    if further := readme_table.markdown(report):
        after = _BEYOND.sub(lambda place: place[1] + further + place[2], after)
    write_whole(path, after.encode())


def check_readme(path: Path) -> str:
    """The text of a file that the tables can be put into.

    Raises
    ------
    RefocusError
        It is no plain file, has more than ``LARGEST_README`` bytes, is no text in UTF-8, or lacks the marks.
    """
    check_plain_file("--readme", path, LARGEST_README)
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise RefocusError("--readme", "must be a text in UTF-8", path) from None
    if not (_PLACE.search(text) or _BEYOND.search(text)):
        raise RefocusError(
            "--readme", "must hold the marks <!-- verdict --> and <!-- /verdict -->, or those of beyond", path
        )
    return text


def _figure(report: Report, label: str, about: tuple[str, int | None]) -> Entry:
    shows, number = about
    drawn = _drawn(report, label) or _drawn(report, label.rstrip("abc"))
    if not drawn:
        return _row(report, "figure", label, "", shows, [])
    files = {"files": list(dict.fromkeys(figure["file"] for figure in drawn))}
    if number is not None:
        return _row(report, "figure", label, "", shows, _of_number(report, number)) | files
    entry = {"notebook": drawn[0]["notebook"], "measure": "", "value": "drawn", "tolerance": ""}
    rows = [row for row in report["rows"] if row["figure"] == label and row["psnr"] is not None]
    if rows:
        before, after = (float(rows[place]["psnr"]) for place in (0, -1))
        entry |= {"measure": f"PSNR of {rows[0]['variant']}, {rows[-1]['variant']}"}
        entry |= {"value": f"{before:.1f} dB, {after:.1f} dB", "tolerance": f"{BETTER:g} dB more at least"}
        entry["verdict"] = (
            "reproduced" if after >= before + BETTER else "in part" if after > before else "not"
        )
    ran = next(one for one in report["notebooks"] if one["notebook"] == entry["notebook"])
    told = drawn[0]["notebook"], ran["parameters"]
    entry |= {"with": changed.in_words(*told, label), "part": changed.part(*told)}
    if entry["part"]:
        entry["verdict"] = NOT_JUDGED
    return _row(report, "figure", label, "", shows, [{"verdict": "reproduced"} | entry]) | files


def _drawn(report: Report, label: str) -> list[Entry]:
    return [figure for figure in report["figures"] if figure["figure"] == label]


def _of_number(report: Report, number: int) -> list[Entry]:
    return [claim for claim in report["claims"] if claim["number"] == number]


def _row(report: Report, kind: str, label: str, section: str, statement: str, found: list[Entry]) -> Entry:
    """One row of the verdict, from its claims, or the like, in ``found``, of one notebook or several."""
    verdicts = {one["verdict"] for one in found}
    verdicts = verdicts & {NOT_JUDGED} or verdicts
    notebooks = list(dict.fromkeys(one["notebook"] for one in found))
    ran = [one for one in report["notebooks"] if one["notebook"] in notebooks]

    def joined(key: str) -> str:
        return "; ".join(_text(one.get(key, "")) for one in found if one.get(key, "") != "")

    def once(key: str) -> str:
        return "; ".join(dict.fromkeys(one[key] for one in found if one.get(key)))

    return {
        "kind": kind,
        "label": label,
        "section": section,
        "statement": statement,
        "measure": joined("measure"),
        "measured": joined("value"),
        "tolerance": joined("tolerance"),
        "verdict": NOT_MEASURED if not found else verdicts.pop() if len(verdicts) == 1 else "in part",
        "with": once("with"),
        "part": once("part"),
        "seconds": sum(one["seconds"] or 0 for one in ran) if ran else None,
        "runs": {one["notebook"]: one.get("run", "") for one in ran},
    }


def _told(row: Entry) -> str:
    with contextlib.suppress(RefocusError):  # of a claim that was not measured, or not in one piece
        if lines := in_markdown_lines(claim_table(int(row["label"]), row["measured"])):
            return lines
    told = in_markdown(row["measure"]), in_markdown(row["measured"])
    return f"{told[0]}: **{told[1]}**" if row["measured"] else "–"


def _text(value: str | float) -> str:
    return value if isinstance(value, str) else f"{value:.4g}"


def _cells(row: Entry) -> list[str]:
    says = in_html(row["statement"]) + (
        f' <span class="soft">§{row["section"]}</span>' if row["section"] else ""
    )
    says += "".join(
        f'<br><a href="{quote(file)}"><img src="{quote(file)}" alt="{in_html(file)}" width="180"></a>'
        for file in row.get("files", ())
    )
    measured = in_html(row["measured"] or "–")
    if row["kind"] == "claim" and row["measure"]:
        told = {"number": int(row["label"]), "value": row["measured"], "measure": row["measure"]}
        measured = results.measured(told)
    elif row["measure"]:
        measured = f'<b>{measured}</b><br><span class="soft">{in_html(row["measure"])}</span>'
    seconds = "–" if row["seconds"] is None else f"{row['seconds']:.0f}"
    runs = "<br>".join(
        f'<a href="notebooks/{name}.html">{name}</a><br><code>{in_html(run)}</code>'
        for name, run in row["runs"].items()
    )
    label, badge = f"<b>{row['label']}</b>", results.judged(row)
    return [label, says, measured, in_html(row["tolerance"] or "–"), badge, seconds, runs or "–"]


def _measured(row: Entry) -> str:
    """What the notebooks measured of a claim, without its statement and its label."""
    if row["verdict"] == NOT_MEASURED:
        return ""
    _, _, *cells = _cells(row)
    where = "In this run" if row["with"] else f"In {SETTING}"
    return html.table((where, *_HEAD[3:]), [cells], numbers=[3])
