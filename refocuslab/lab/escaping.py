"""Texts from files and users, escaped so that none of them is markup, or made the name of a file."""

import re
from html import escape

# The characters that are markup within a line of Markdown, or in a table.
_MARKUP = re.compile(r"([\\`*_\[\]{}|~])")
# Characters of a name that the names of saved files keep.
LONGEST_STEM = 60
# MathJax reads the page that Markdown made, and takes what stands between two dollars for a formula, which
# can hold a link to a script. It does not if each dollar is in an element of its own.
_DOLLAR = "<span>$</span>"


def in_markdown(text: object) -> str:
    r"""A text for a sentence, or the cell of a table, in Markdown.

    Examples
    --------
    >>> from refocuslab.lab.escaping import in_markdown
    >>> print(in_markdown("a | <b>*c*"))
    a \| &lt;b&gt;\*c\*
    """
    words = escape(" ".join(str(text).split()), quote=False)
    return _MARKUP.sub(r"\\\1", words).replace("$", _DOLLAR)


def in_html(text: object) -> str:
    """A text for an element, or a quoted attribute, of a page.

    Examples
    --------
    >>> from refocuslab.lab.escaping import in_html
    >>> in_html("<b> & 'c'")
    '&lt;b&gt; &amp; &#x27;c&#x27;'
    """
    return escape(str(text)).encode("utf-8", "backslashreplace").decode("utf-8")


def file_stem(name: str, otherwise: str) -> str:
    """What the names of saved files begin with: letters, digits, hyphens and underscores."""
    kept = "".join(one if one.isalnum() or one in "-_" else "-" for one in name)
    return kept[:LONGEST_STEM].strip("-") or otherwise
