"""An executed notebook as one page of HTML that loads nothing: its formulas are drawn by the browser."""

import copy
from functools import cache
from typing import TYPE_CHECKING

import nbformat

from refocuslab.lab.pages import formulas

if TYPE_CHECKING:  # slow to import
    from nbconvert import HTMLExporter

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
.jp-InputArea summary { padding: .35em 0; cursor: pointer; }
.folded { margin: .5em 0; border-left: 4px solid #2457a6; padding: .3em .8em; }
.folded summary { cursor: pointer; }
math { font-family: FONTS; font-size: 1.1em; } math[display="block"] { margin: .6em 0; overflow-x: auto; }
.jp-RenderedMarkdown table, .jp-RenderedHTMLCommon table {
  display: block; overflow-x: auto; max-width: 100%; }
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


def offline_page(name: str, notebook: nbformat.NotebookNode) -> str:
    """The page of a notebook.

    Parameters
    ----------
    name : str
        Its title.
    notebook : NotebookNode
        Executed; it stays as it is.

    Returns
    -------
    str
        HTML, with pictures, styles and formulas inside.
    """
    notebook = copy.deepcopy(notebook)
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            cell.source = formulas.in_markdown(cell.source)
        for output in cell.get("outputs", ()):
            if (text := output.get("data", {}).get("text/markdown")) is not None:
                output.data["text/markdown"] = formulas.in_markdown(text)
    body: str
    body, _ = _exporter().from_notebook_node(notebook, {"metadata": {"name": name}})
    return body


@cache  # it reads its templates for the first notebook, and keeps them
def _exporter() -> "HTMLExporter":
    from nbconvert import HTMLExporter

    return HTMLExporter(raw_template=_TEMPLATE.replace("FONTS", formulas.FONTS).replace("FOLDED", FOLDED))
