"""Texts from files and users as they are shown: as they stand, never as markup."""

import re
from html import escape

# What Markdown and its tables read as more than a letter within a line.
_MARKUP = re.compile(r"([\\`*_\[\]{}|~])")
# MathJax reads the page once more, after Markdown, and takes what stands between two dollars for a formula,
# which can hold a link to a script; but not where each is in an element of its own.
_DOLLAR = "<span>$</span>"


def in_markdown(text: object) -> str:
    """A text for a sentence or the cell of a table in Markdown."""
    words = escape(" ".join(str(text).split()), quote=False)
    return _MARKUP.sub(r"\\\1", words).replace("$", _DOLLAR)


def in_html(text: object) -> str:
    """A text for an element or a quoted attribute of a page."""
    return escape(str(text)).encode("utf-8", "backslashreplace").decode("utf-8")
