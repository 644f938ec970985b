"""The pages and parts of pages that are made from the notebooks, the evidence and the results."""

from pathlib import Path

from refocuslab.lab.escaping import in_html
from refocuslab.lab.evidence.population import Evidence
from refocuslab.lab.evidence.statements import CLAIMS
from refocuslab.lab.pages import evidence as evidence_page
from refocuslab.lab.site.claims import CommittedClaim, block, claims_in, kind_of
from refocuslab.lab.site.notebook_facts import NotebookFacts
from refocuslab.lab.site.notebook_pages import DIFFERENCES, raw, section_of, with_links

NOTEBOOKS_FOLDER = "../notebooks/"  # as the page of the paper sees it
NOT_RUN = (
    "`make figures` has not run here, so there are no seconds of this machine: the minutes are those that "
    "each notebook states, for two cores."
)


def parts(facts: list[NotebookFacts], evidence: Evidence, results: Path) -> dict[str, str]:
    """The texts in Markdown, {path in the sources without ending: text}.

    Parameters
    ----------
    facts : list of NotebookFacts
        Of every notebook.
    evidence : Evidence
        The claims on all scenes.
    results : Path
        Where ``make figures`` writes; named only.
    """
    found = {claim.number: claim for one in facts for claim in claims_in(one.name, one.notebook)}
    return {
        "made/verdict": _summary(found, evidence),
        "made/claims": "\n\n".join(_claim(number, found, evidence) for number in CLAIMS),
        "made/about-evidence": evidence_page.about(evidence),
        "made/evidence-machine": _machine(evidence),
        "made/symbols": _symbols(facts),
        "made/differences": _differences(facts),
        "made/status": _status(facts),
        "made/gallery": raw(f'<div class="gallery">{"".join(map(_card, facts))}</div>'),
    }


def _summary(found: dict[int, CommittedClaim], evidence: Evidence) -> str:
    """One line a claim: what it says, and the two verdicts."""
    from refocuslab.lab.evidence.judgment import judgments

    judged = judgments(evidence.found)
    rows = []
    for number, (section, statement) in CLAIMS.items():
        here = found[number].verdict if number in found else "not measured"
        everywhere = evidence_page.in_words(judged[number]) if judged.get(number) else "–"
        rows.append(
            f'<tr><td><a href="#claim-{number}">{number}</a></td><td>{in_html(statement)} '
            f'<span class="soft">§{in_html(section)}</span></td>'
            f"<td>{_word(here)}</td><td>{_word(everywhere)}</td></tr>"
        )
    head = "<tr><th>claim</th><th>of the paper</th><th>in its setting</th><th>on all scenes</th></tr>"
    return raw(
        f'<div class="values verdicts"><table><thead>{head}</thead>'
        f"<tbody>{''.join(rows)}</tbody></table></div>"
    )


def _word(verdict: str) -> str:
    return f'<span class="verdict {kind_of(verdict)}">{in_html(verdict)}</span>'


def _claim(number: int, found: dict[int, CommittedClaim], evidence: Evidence) -> str:
    if number not in found:
        return f"Claim {number} is not measured by any committed notebook."
    claim = found[number]
    where = f'Measured in <a href="../notebooks/{claim.notebook}.html">{claim.notebook}</a>.'
    return raw(block(claim, evidence, heading=where))


def _machine(evidence: Evidence) -> str:
    told = evidence.machine
    return f"{told['cpu']}, {told['cores']} cores, {told['system']}, Python {told['python']}"


def _symbols(facts: list[NotebookFacts]) -> str:
    return with_links(section_of(facts[0].notebook, "Symbols"), NOTEBOOKS_FOLDER)


def _differences(facts: list[NotebookFacts]) -> str:
    """What each notebook names as different, below the notebook's name."""
    told = []
    for one in facts:
        if text := section_of(one.notebook, DIFFERENCES):
            link = f"[{one.title}](../notebooks/{one.name}.md)"
            told.append(f"### {link}\n\n{with_links(text, NOTEBOOKS_FOLDER)}")
    return "\n\n".join(told)


def _status(facts: list[NotebookFacts]) -> str:
    lines = [
        "| notebook | section | status | running on two cores, as it says | seconds, `make figures` |",
        "|---|---|---|---|--:|",
    ]
    for one in facts:
        seconds = f"{one.seconds:.0f}" if one.seconds else "–"
        link = f"[{one.title}](notebooks/{one.name}.md)"
        lines.append(f"| {link} | {one.section} | {one.status} | {one.running} | {seconds} |")
    if not any(one.seconds for one in facts):
        lines += ["", NOT_RUN]
    return "\n".join(lines)


def _card(facts: NotebookFacts) -> str:
    took = f"{facts.seconds:.0f} s here" if facts.seconds else facts.running
    claims = " ".join(
        f'<span class="verdict {kind_of(claim.verdict)}">claim {claim.number}: {claim.verdict}</span>'
        for claim in claims_in(facts.name, facts.notebook)
    )
    return (
        f'<a class="card" href="notebooks/{facts.name}.html">'
        f'<img src="_static/made/{facts.name}.jpg" alt="" width="480" height="270" loading="lazy">'
        f"<b>{in_html(facts.title)}</b><span>{in_html(facts.about)}</span>"
        f"<small>reading {in_html(facts.reading)}<br>running {in_html(took)}<br>"
        f"{in_html(facts.status)}</small>"
        f"<span>{claims}</span></a>"
    )
