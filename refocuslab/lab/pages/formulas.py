"""Formulas of LaTeX as MathML, which browsers draw without a script, so that a page can be read offline."""

import re

from docutils.utils.math import MathError
from docutils.utils.math.latex2mathml import tex2mathml

from refocuslab.errors import RefocusError
from refocuslab.lab.escaping import in_html

# Of Windows, macOS and Linux, with the measures of formulas: without them a browser does not lower an index.
FONTS = '"Cambria Math", "STIX Two Math", "Latin Modern Math", "DejaVu Math TeX Gyre", math'
# What stays as it is, or a formula: blocks and spans of code, and a dollar that is set apart; what stands
# between two $$, or between two $ that touch what they enclose, as Pandoc and JupyterLab read them.
_PARTS = re.compile(
    r"(?P<code>^ *(?P<fence>```+|~~~+).*?^ *(?P=fence)[`~]* *$"
    r"|(?P<ticks>`+)(?!`).+?(?<!`)(?P=ticks)(?!`)|<span>\$</span>)"
    r"|\$\$(?P<block>.+?)\$\$|(?<![\\$\w])\$(?P<inline>[^\s$](?:[^$\n]|\n(?!\n))*?(?<![\s\\]))\$(?![\d$])",
    re.DOTALL | re.MULTILINE,
)
# docutils knows these sizes only with the side that they stand on.
_OPENS, _CLOSES = (
    re.compile(rf"\\(big|Big|bigg|Bigg)(?=\s*(?:{ends}))") for ends in (r"[(\[]|\\{", r"[)\]]|\\}")
)
# What Markdown would take for its own within an element.
_MARKS = str.maketrans({mark: f"&#{ord(mark)};" for mark in "*_[]|~`\\"})


def mathml(formula: str, *, block: bool = False) -> str:
    """A formula as MathML.

    Parameters
    ----------
    formula : str
        LaTeX, without the dollar signs.
    block : bool
        Whether it stands on a line of its own.

    Returns
    -------
    str
        A ``<math>`` element on one line.

    Raises
    ------
    RefocusError
        The formula uses what docutils does not know.

    Examples
    --------
    >>> from refocuslab.lab.pages.formulas import mathml
    >>> mathml("a_i")
    '<math xmlns="http://www.w3.org/1998/Math/MathML"> <msub> <mi>a</mi> <mi>i</mi> </msub> </math>'
    """
    try:
        known = _CLOSES.sub(r"\\\1r", _OPENS.sub(r"\\\1l", formula.strip()))
        made: str = tex2mathml(known, as_block=block)
    except MathError as error:
        raise RefocusError("formula", f"must be LaTeX that docutils knows ({error})", formula) from None
    # On one line: Markdown would take an indented line for code.
    return " ".join(line.strip() for line in made.splitlines())


def in_markdown(text: str) -> str:
    """A text in Markdown with each of its formulas as MathML, its code as it is.

    A formula that docutils does not know is shown as it is written.
    """

    def put(part: re.Match[str]) -> str:
        if part["code"]:
            return part[0]
        try:
            if part["block"]:
                return f"\n\n{mathml(part['block'], block=True).translate(_MARKS)}\n\n"
            return mathml(part["inline"]).translate(_MARKS)
        except RefocusError:
            return f"<code>{in_html(part['block'] or part['inline']).translate(_MARKS)}</code>"

    return _PARTS.sub(put, text)
