"""Texts from files and users as they are shown: as they stand, never as markup."""

import re
from html import escape

# What Markdown, its tables and its formulas read as more than a letter within a line.
_MARKUP = re.compile(r"([\\`*_\[\]{}|~$])")


def in_markdown(text: object) -> str:
    """A text for a sentence or the cell of a table in Markdown."""
    words = " ".join(str(text).split())
    return _MARKUP.sub(r"\\\1", escape(words, quote=False))


def in_html(text: object) -> str:
    """A text for an element or a quoted attribute of a page."""
    return escape(str(text)).encode("utf-8", "backslashreplace").decode("utf-8")
