"""Texts that come from files and from people, on their way to a page."""

import os
import reprlib
from collections.abc import Iterable

# Longer names than this nobody reads in a list.
LONGEST_NAME = 80


def brief(value) -> str:
    """A value as an error tells it: on one line, and never longer than a line."""
    short = reprlib.Repr()
    short.maxstring = short.maxother = short.maxlong = LONGEST_NAME
    try:
        return printable(value if isinstance(value, str) else short.repr(value))
    except ValueError:  # Python writes no whole number of more than some thousand digits
        return f"a very large {type(value).__name__}"


def printable(text: str, longest: int = LONGEST_NAME) -> str:
    """A name as a page shows it: what cannot be printed (a line break, a mark that turns the direction of
    writing, half of a character) becomes a question mark in a diamond, and what is too long ends early."""
    seen = "".join(one if one.isprintable() else "\N{REPLACEMENT CHARACTER}" for one in text[:longest])
    return f"{seen}…" if len(text) > longest else seen


def without_folders(text: str, folders: Iterable[str | os.PathLike]) -> str:
    """An error's text that names a folder, or what lies beside it, without where on the machine that is."""
    for folder in folders:
        for path in {os.path.realpath(folder), os.path.abspath(folder)}:
            beside, name = os.path.split(path)
            if name and len(beside) > 1:
                text = text.replace(path, name).replace(beside + os.sep, f"…{os.sep}")
    return text
