"""An executed notebook as one page of HTML that loads nothing: its formulas are drawn by the browser."""

import copy
from functools import cache
from typing import TYPE_CHECKING, Any

import nbformat

from refocuslab.lab.escaping import in_markdown
from refocuslab.lab.notebooks.page_links import Address, with_links
from refocuslab.lab.pages import formulas
from refocuslab.lab.records import changed

if TYPE_CHECKING:  # slow to import
    from nbconvert import HTMLExporter

CHANGED = "changed-values"  # the tag of a cell that tells what was changed
# The metadata of a cell whose output is folded: what stands on the fold.
FOLDED = "folded_below"
# nbconvert's own page without the three scripts that it loads from the web (for formulas, widgets and
# diagrams, of which there are none), no wider than a line can be read, and as narrow as a telephone. Code
# that a notebook folds is folded.
_TEMPLATE = """{%- extends 'index.html.j2' -%}
{%- block html_head_js -%}{%- endblock -%}
{%- block html_head_js_mathjax -%}{%- endblock -%}
{%- block html_head_js_mermaidjs -%}{%- endblock -%}
{%- block html_head_css -%}
<style>
body.jp-Notebook main { max-width: 64rem; margin: 0 auto; }
body.jp-Notebook img { max-width: 100%; height: auto; }
.celltag_CHANGED { border-left: 4px solid #96650a; background: #fbf3e2; padding: .2rem .9rem; margin: 1rem 0;
  max-width: 100%; }
.jp-InputArea summary { padding: .35em 0; cursor: pointer; }
.folded { margin: .5em 0; border-left: 4px solid #2457a6; padding: .3em .8em; }
.folded summary { cursor: pointer; }
math { font-family: FONTS; font-size: 1.1em; } math[display="block"] { margin: .6em 0; overflow-x: auto; }
.jp-RenderedMarkdown table, .jp-RenderedHTMLCommon table {
  display: block; overflow-x: auto; max-width: 100%; width: fit-content; background:
  linear-gradient(to left, white 40%, transparent) 100% 0 / 3rem 100% no-repeat local,
  linear-gradient(to left, #0007, transparent) 100% 0 / 1rem 100% no-repeat scroll; }
.jp-RenderedHTMLCommon table tbody tr:nth-child(n) { background: transparent; }
.jp-RenderedHTMLCommon table tbody tr:nth-child(even) { background: #0000000b; }
@media (max-width: 40rem) { .jp-InputPrompt, .jp-OutputPrompt, .jp-OutputArea-prompt { display: none; }
  body.jp-Notebook { padding: .5rem; } }
</style>
{%- endblock -%}
{%- block input -%}
{%- if cell.metadata.get('jupyter', {}).get('source_hidden') -%}
<details><summary>Code</summary>{{ super() }}</details>
{%- else -%}{{ super() }}{%- endif -%}
{%- endblock -%}
{%- block output_group -%}
{%- if cell.metadata.get('FOLDED') -%}
<details class="folded"><summary>{{ cell.metadata.get('FOLDED') | e }}</summary>{{ super() }}</details>
{%- else -%}{{ super() }}{%- endif -%}
{%- endblock -%}
"""


def offline_page(name: str, notebook: nbformat.NotebookNode, address: Address = lambda *_: None) -> str:
    """The page of a notebook.

    Parameters
    ----------
    name : str
        Its title.
    notebook : NotebookNode
        Executed; it stays as it is.
    address : callable
        As for ``page_links.with_links``; by default no link leads to another notebook.

    Returns
    -------
    str
        HTML, with pictures, styles and formulas inside.
    """
    notebook = copy.deepcopy(notebook)
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            cell.source = formulas.in_markdown(with_links(cell.source, address))
        for output in cell.get("outputs", ()):
            if (text := output.get("data", {}).get("text/markdown")) is not None:
                output.data["text/markdown"] = formulas.in_markdown(with_links(text, address))
    body: str
    body, _ = _exporter().from_notebook_node(notebook, {"metadata": {"name": name}})
    return body


def with_caution(name: str, values: dict[str, Any], notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """A notebook that begins with what its parameters mean for its text, where they are no defaults.

    Parameters
    ----------
    name : str
        Its own.
    values : dict
        Its parameters.
    notebook : NotebookNode
        Executed; it is changed.
    """
    ran = [{"notebook": name, "parameters": values}]
    if told := changed.caution(ran):
        text = in_markdown(f"{changed.of_all(ran)} {told}")
        cell = nbformat.v4.new_markdown_cell(text, id="changed", metadata={"tags": [CHANGED]})
        notebook.cells.insert(0, cell)
    return notebook


@cache  # it reads its templates for the first notebook, and keeps them
def _exporter() -> "HTMLExporter":
    from nbconvert import HTMLExporter

    names = {"FONTS": formulas.FONTS, "CHANGED": CHANGED, "FOLDED": FOLDED}
    template = _TEMPLATE
    for name, value in names.items():
        template = template.replace(name, value)
    return HTMLExporter(raw_template=template)
