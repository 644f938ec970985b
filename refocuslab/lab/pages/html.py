"""What all pages of results have in common: the frame, tables, badges and one style."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from refocuslab import __version__
from refocuslab.lab.escaping import in_html

# The class of each verdict's color.
VERDICTS = {"reproduced": "yes", "in part": "part", "not": "no", "not measured": "soft", "not judged": "soft"}

# Seconds between two looks at whether what is still being made is there.
_SECONDS = 10
_STYLE = """
:root { color-scheme: light dark;
  --ground: #fbfaf8; --card: #ffffff; --ink: #1d2025; --soft: #626873; --line: #e2e0db; --shade: #1d202555;
  --accent: #2457a6; --yes: #1c7c45; --part: #96650a; --no: #b3362c; }
@media (prefers-color-scheme: dark) { :root {
  --ground: #14161a; --card: #1c1f25; --ink: #e8e9eb; --soft: #a0a6b1; --line: #31353d; --shade: #ffffff55;
  --accent: #8db4f3; --yes: #65c98d; --part: #e0b25c; --no: #f08c82; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--ink);
  font: 1rem/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", sans-serif; }
main, header, footer { max-width: 76rem; margin: 0 auto; padding: 0 1.25rem; }
header { padding-top: 3rem; }
h1 { font-size: 2rem; line-height: 1.2; letter-spacing: -.02em; margin: 0 0 .5rem; }
h2 { font-size: 1.3rem; letter-spacing: -.01em; margin: 3rem 0 1rem; }
header p, .soft, figcaption, footer { color: var(--soft); }
header p { max-width: 46rem; margin: 0 0 1rem; }
header .caution { color: var(--ink); border-left: 4px solid var(--part); background: var(--card);
  padding: .6rem .9rem; border-radius: 0 8px 8px 0; }
nav { display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; font-size: .95rem; }
a { color: var(--accent); text-decoration: none; } a:hover { text-decoration: underline; }
figure, .card { background: var(--card); border: 1px solid var(--line); border-radius: 12px;
  margin: 0 0 1.5rem; overflow: hidden; }
figure a { display: block; background: #fff; }
figure img { display: block; max-width: 100%; max-height: 92vh; margin: 0 auto; }
.small { display: grid; gap: 1rem; grid-template-columns: repeat(auto-fill, minmax(15rem, 1fr)); }
.small figure { margin: 0; } .small img { width: 100%; height: 11rem; object-fit: contain; }
.small figcaption { font-size: .88rem; padding: .6rem .9rem .7rem; }
.small figcaption span { display: -webkit-box; -webkit-box-orient: vertical; -webkit-line-clamp: 3;
  overflow: hidden; }
.small .card { margin: 0; }
section > details { margin: .8rem 0; } section > details > summary { cursor: pointer; color: var(--soft); }
.values { font-size: .92em; } .values table { width: auto; margin: .5rem 0; }
.values table th, .values table td { padding: .2rem .9rem .2rem 0; white-space: normal; min-width: 0; }
.values table td { text-align: right; font-variant-numeric: tabular-nums; font-weight: 600; }
.values table td { white-space: nowrap; }
.values tbody th { font-weight: 400; } .values tbody tr:last-child th { border-bottom: 0; }
.claims .values th { min-width: 4.5rem; }
.values table thead th:not(:first-child) { text-align: right; }
figcaption { padding: .9rem 1.25rem 1rem; border-top: 1px solid var(--line); }
figcaption b { color: var(--ink); }
/* A shade at the side where there is more to scroll to: that of the box itself, covered at either end. */
.scroll, .values { overflow-x: auto; background: linear-gradient(to right, var(--card) 40%, transparent) 0 0,
  linear-gradient(to left, var(--card) 40%, transparent) 100% 0,
  linear-gradient(to right, var(--shade), transparent) 0 0,
  linear-gradient(to left, var(--shade), transparent) 100% 0, var(--card);
  background-size: 3rem 100%, 3rem 100%, 1rem 100%, 1rem 100%; background-repeat: no-repeat;
  background-attachment: local, local, scroll, scroll; }
table { border-collapse: collapse; width: 100%; font-size: .95rem; }
th, td { padding: .55rem 1.25rem; text-align: left; border-bottom: 1px solid var(--line);
  vertical-align: top; }
tr:last-child td { border-bottom: 0; }
td:nth-child(2) { min-width: 12rem; }
th { font-weight: 600; color: var(--soft); white-space: nowrap; }
.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
.claims { display: grid; gap: 1rem; grid-template-columns: repeat(auto-fill, minmax(min(100%, 30rem), 1fr)); }
.claims .card { margin: 0; padding: 1.1rem 1.25rem; }
figcaption .values { color: var(--ink); max-width: 40rem; }
.claims p { margin: .5rem 0 0; }
.badge { float: right; font-size: .85rem; font-weight: 600; padding: .05rem .7rem;
  border: 1px solid currentColor; border-radius: 99px; }
td .badge, summary .badge { float: none; white-space: nowrap; display: inline-block; }
.claim { padding: .9rem 1.25rem; } .claim summary { cursor: pointer; } .claim img { max-width: 100%; }
.claim .card { margin: 1rem 0; } .claim > img { background: #fff; margin-top: 1rem; }
summary .badge { font-weight: 500; margin-left: .4rem; }
.yes { color: var(--yes); } .part { color: var(--part); } .no { color: var(--no); }
code { font: .88em ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; }
td code { white-space: nowrap; }
footer { font-size: .9rem; padding-top: 2rem; padding-bottom: 3rem; }
@media (max-width: 40rem) { header { padding-top: 1.75rem; } h1 { font-size: 1.6rem; }
  .claims { grid-template-columns: minmax(0, 1fr); }
  main, header, footer { padding-left: .8rem; padding-right: .8rem; } .claims .card { padding: .9rem .8rem; }
  .values { font-size: .82em; } .values table th, .values table td { padding-right: .45rem; }
  .claims .values th { min-width: 0; } td .badge, summary .badge { white-space: normal; border-radius: 12px; }
  th, td { padding: .5rem .75rem; } }
"""


def _anew(report: Mapping[str, Any]) -> str:
    return f'<meta http-equiv="refresh" content="{_SECONDS}">\n' if report.get("being made") else ""


def _unfinished(report: Mapping[str, Any]) -> str:
    """What is not there yet, or could not be made."""
    told = [
        f"<p><b>{what}:</b> {in_html(', '.join(report[key]))}. {then}</p>\n"
        for key, what, then in (
            ("being made", "Still being made", "This page loads itself anew until they are there."),
            ("missing", "Not made", "The run failed or was interrupted."),
        )
        if report.get(key)
    ]
    return "".join(told)


def frame(
    title: str,
    about: str,
    sections: Mapping[str, str],
    links: Mapping[str, str],
    report: Mapping[str, Any],
    *,
    head: str = "",
    style: str = "",
    script: str = "",
    caution: str = "",
) -> str:
    """A page of sections, with links to them and to files beside it.

    Parameters
    ----------
    title, about : str
        The heading, and the text below it.
    sections : mapping of str to str
        {heading: HTML}; a section without HTML is left out.
    links : mapping of str to str
        {text: address}.
    report : mapping
        Its ``machine`` and ``date``, for the foot of the page, which names the version without them;
        ``being made``, notebooks for which the page loads itself anew, and ``missing``, those that could not
        be made, if it has them.
    head, style, script : str
        What the page has besides: elements of its head, rules of its style, and a script at its end.
    caution : str
        What to know before anything on the page is believed: it stands in a box at the top.

    Returns
    -------
    str
        HTML.
    """
    sections = {name: body for name, body in sections.items() if body}
    anchors = {name: f"#{anchor(name)}" for name in sections}
    addresses = {**anchors, **links}
    nav = "".join(f'<a href="{address}">{in_html(name)}</a>' for name, address in addresses.items())
    body = "".join(
        f'<section id="{anchor(name)}"><h2>{in_html(name)}</h2>{body}</section>'
        for name, body in sections.items()
    )
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
{head}{_anew(report)}<title>{in_html(title)}</title>
<style>{_STYLE}{style}</style>
</head>
<body>
<header>
<h1>{in_html(title)}</h1>
<p>{in_html(about)}</p>
{f'<p class="caution">{in_html(caution)}</p>' if caution else ""}{_unfinished(report)}<nav>{nav}</nav>
</header>
<main>{body}</main>
<footer>{_machine(report)}</footer>
{f"<script>{script}</script>" if script else ""}</body>
</html>
"""


def anchor(heading: str) -> str:
    """The place of a section within its page, as its heading calls it.

    Examples
    --------
    >>> from refocuslab.lab.pages.html import anchor
    >>> anchor("4. Before and after")
    '4-before-and-after'
    """
    return "-".join(re.findall(r"[a-z0-9]+", heading.lower())) or "section"


def table(head: Sequence[str], body: Iterable[Sequence[str]], *, numbers: Sequence[int]) -> str:
    """A table in HTML.

    Parameters
    ----------
    head : sequence of str
        The heading of each column, HTML.
    body : iterable of sequence of str
        The cells of each row, HTML.
    numbers : sequence of int
        The columns, from 0, that hold numbers and are aligned to the right.
    """
    kinds = ['class="number"' if column in numbers else "" for column in range(len(head))]

    def line(tag: str, cells: Sequence[str]) -> str:
        return "".join(f"<{tag} {kind}>{c}</{tag}>" for kind, c in zip(kinds, cells, strict=True))

    rows = "".join(f"<tr>{line('td', cells)}</tr>" for cells in body)
    return (
        f'<div class="card scroll"><table><thead><tr>{line("th", head)}</tr></thead>'
        f"<tbody>{rows}</tbody></table></div>"
    )


def badge(verdict: str, text: str = "") -> str:
    """A verdict in its color, or ``text`` in the color of a verdict."""
    return f'<span class="badge {VERDICTS[verdict]}">{in_html(text or verdict)}</span>'


def _machine(report: Mapping[str, Any]) -> str:
    if "machine" not in report:
        return f"Made by refocuslab {__version__}."
    machine = report["machine"]
    packages = ", ".join(f"{name} {version}" for name, version in machine["packages"].items())
    return in_html(
        f"Measured on {machine['cpu']}, {machine['cores']} cores, {machine['system']}, with "
        f"Python {machine['python']}, {packages}. {report['date']}."
    )
