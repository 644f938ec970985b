"""A committed notebook as a page of the site: its texts and outputs as they are, its code folded away."""

import re
from pathlib import Path

import nbformat

from refocuslab.lab.escaping import in_html
from refocuslab.lab.evidence.population import Evidence
from refocuslab.lab.notebooks import page_links
from refocuslab.lab.notebooks.shown import PICTURES, pictures
from refocuslab.lab.site.claims import block, claim_of
from refocuslab.lab.site.notebook_facts import NotebookFacts

_HEADING = re.compile(r"^(#+) +(.*)$", re.MULTILINE)
DIFFERENCES = "Differences from the paper"


def write_notebook(facts: NotebookFacts, evidence: Evidence, folder: Path) -> None:
    """Write the page of a notebook, and its pictures, into ``folder``.

    Parameters
    ----------
    facts : NotebookFacts
        The notebook.
    evidence : Evidence
        What all scenes say of its claims.
    folder : Path
        That of all notebooks' pages.
    """
    parts: list[str] = []
    for place, cell in enumerate(facts.notebook.cells):
        if cell.cell_type == "markdown":
            text = with_links(cell.source)
            if place == 0:
                head, _, rest = text.partition("\n")
                text = f"{head}\n\n{_above(facts)}\n\n{rest}"
            parts.append(text)
            continue
        if not _is_ending(cell.source):
            parts.append(_code(cell.source))
        for number, (ending, data) in enumerate(pictures(cell)):
            (folder / _file(facts.name, place, number, ending)).write_bytes(data)
        parts += _outputs(facts.name, place, cell, evidence)
    (folder / f"{facts.name}.md").write_text("\n\n".join(parts) + "\n", encoding="utf-8")


def with_links(text: str, folder: str = "") -> str:
    """A text in Markdown whose links to notebooks lead to their pages, in ``folder`` as seen from it."""
    return page_links.with_links(text, lambda name, place: f"{folder}{name}.md{place.lower()}")


def section_of(notebook: nbformat.NotebookNode, heading: str) -> str:
    """The text below a heading of a notebook's Markdown, up to the next; empty if there is none."""
    for cell in notebook.cells:
        if cell.cell_type != "markdown":
            continue
        found = list(_HEADING.finditer(cell.source))
        for place, one in enumerate(found):
            if one[2].strip().startswith(heading):
                end = found[place + 1].start() if place + 1 < len(found) else len(cell.source)
                return str(cell.source[one.end() : end]).strip()
    return ""


def _above(facts: NotebookFacts) -> str:
    """What stands below the title: where it belongs, how to run it, what came of it."""
    took = f" The last run took {facts.seconds:.0f} s." if facts.seconds else ""
    return raw(
        f'<p class="facts"><b>{in_html(facts.section)}</b>.{took} Open it: <code>make lab</code>; with other '
        f"parameters: <code>refocuslab run {int(facts.name[:2])} -p NAME VALUE</code>. "
        "This page is the notebook as it was committed, with its code folded away.</p>"
    )


def _outputs(name: str, place: int, cell: nbformat.NotebookNode, evidence: Evidence) -> list[str]:
    found, number = [], 0
    for output in cell.get("outputs", ()):
        data = output.get("data", {})
        for mime, ending in PICTURES.items():
            if mime in data:
                alt = output.get("metadata", {}).get(mime, {}).get("alt", "figure")
                file = _file(name, place, number, ending)
                found.append(f"![{_in_brackets(alt)}]({file})")
                number += 1
        if (text := data.get("text/markdown")) is not None:
            claim = claim_of(name, text)
            found.append(raw(block(claim, evidence)) if claim else with_links(text))
        elif (html := data.get("text/html")) is not None:
            found.append(raw(f'<div class="shown">{html}</div>'))
        elif output.output_type == "stream":
            found.append(_fenced(output.text.rstrip(), "text"))
    return found


def _file(name: str, place: int, number: int, ending: str) -> str:
    return f"{name}-{place:02d}-{number}{ending}"


def _in_brackets(text: str) -> str:
    return re.sub(r"([\[\]\\*_`$])", r"\\\1", text)


def _code(source: str) -> str:
    opened = raw('<details class="code"><summary>code</summary>')
    return f"{opened}\n\n{_fenced(source, 'python')}\n\n{raw('</details>')}"


def _is_ending(source: str) -> bool:
    return source.strip() == "study.close()"


def raw(html: str) -> str:
    """HTML as a block of Markdown that stays as it is."""
    return _fenced(html, "{raw} html")


def _fenced(text: str, language: str) -> str:
    longest = max([2, *(len(found) for found in re.findall("`+", text))])
    fence = "`" * (longest + 1)
    return f"{fence}{language}\n{text}\n{fence}"
