"""How Sphinx builds the site; ``refocuslab/lab/site/build.py`` puts the sources together and calls it."""

import json
from pathlib import Path

from refocuslab import __version__
from refocuslab.lab.pages.formulas import mathml

project = "refocuslab"
copyright = "the refocuslab authors"
version = release = __version__

extensions = ["myst_parser", "sphinx.ext.autodoc", "numpydoc", "sphinx_click"]
exclude_patterns = ["robustness.md", "made", "included"]  # parts of pages
nitpicky = False
suppress_warnings = ["myst.header"]  # the notebooks' headings may go two levels down

myst_enable_extensions = ["dollarmath", "colon_fence", "substitution", "attrs_block"]
myst_heading_anchors = 3
myst_substitutions = json.loads((Path(__file__).parent / "numbers.json").read_text(encoding="utf-8"))

# Names from the face of the package, as a user writes them; what a class inherits from Python is not told.
add_module_names = False
autodoc_typehints = "none"  # the docstrings have them, with shapes and ranges
numpydoc_show_class_members = False  # autodoc shows them, each with its docstring
numpydoc_show_inherited_class_members = False

html_theme = "pydata_sphinx_theme"
html_title = "refocuslab"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_js_files = ["wipe.js"]
html_copy_source = html_show_sourcelink = False
html_last_updated_fmt = None  # two builds give the same bytes
html_theme_options = {
    "navigation_with_keys": False,
    "show_toc_level": 2,
    "show_prev_next": True,
    "navbar_align": "left",
    "header_links_before_dropdown": 7,
    "secondary_sidebar_items": ["page-toc"],
    "footer_start": ["copyright"],
    "footer_end": [],
    "pygments_light_style": "a11y-high-contrast-light",
    "pygments_dark_style": "a11y-high-contrast-dark",
}
html_sidebars = {"index": [], "gallery": [], "reproducibility": []}
html_context = {"default_mode": "auto"}
html_math_renderer = "mathml"


def _inline(translator, node):
    translator.body.append(mathml(node.astext()))
    raise _skip()


def _block(translator, node):
    translator.body.append(f'<div class="formula">{mathml(node.astext(), block=True)}</div>\n')
    raise _skip()


def _skip():
    from docutils.nodes import SkipNode

    return SkipNode()


def _plain_bars(app, what, name, obj, options, lines):
    """Let the bars of |x| in a docstring be bars: reStructuredText takes them for marks of its own."""
    literal = False
    for place, line in enumerate(lines):
        literal = line.endswith("::") or (literal and (not line or line.startswith(" ")))
        if not literal and not line.lstrip().startswith(">>>"):
            parts = line.split("``")
            parts[::2] = [part.replace("|", r"\|") for part in parts[::2]]
            lines[place] = "``".join(parts)


def setup(app):
    """Draw formulas by the browser itself, without a script."""
    app.connect("autodoc-process-docstring", _plain_bars, priority=400)  # before numpydoc
    app.add_html_math_renderer("mathml", (_inline, None), (_block, None))
