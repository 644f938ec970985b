"""Texts from files and users, made fit to be shown on a page."""

import os
import reprlib
from collections.abc import Iterable

# Characters of a name in a list or an error.
LONGEST_NAME = 80
# What a stage of the method does, as those call it who have not read the paper.
STAGES = {
    "PSF": "measuring the blur",
    "registration": "laying the photos over each other",
    "consistency": "refocusing",
    "assessment": "checking the result",
    "checking": "checking",
}


def brief(value: object) -> str:
    """A value as an error shows it, in one line."""
    short = reprlib.Repr()
    short.maxstring = short.maxother = short.maxlong = LONGEST_NAME
    try:
        return printable(value if isinstance(value, str) else short.repr(value))
    except ValueError:  # Python writes no whole number of more than some thousand digits
        return f"a very large {type(value).__name__}"


def printable(text: str, longest: int = LONGEST_NAME) -> str:
    """A name as a page shows it, in one line.

    Parameters
    ----------
    text : str
        A character of it that cannot be printed, such as a line break, a mark that turns the direction of
        writing or half of a surrogate pair, becomes U+FFFD.
    longest : int
        The most characters; a longer text ends in an ellipsis.

    Examples
    --------
    >>> from refocuslab.lab.widgets.texts import printable
    >>> printable("a cup of coffee", 5)
    'a cup…'
    """
    seen = "".join(one if one.isprintable() else "\N{REPLACEMENT CHARACTER}" for one in text[:longest])
    return f"{seen}…" if len(text) > longest else seen


def without_folders(text: str, folders: Iterable[str | os.PathLike[str]]) -> str:
    """A text in which the folders, and what lies beside them, are named without their parent folders."""
    for folder in folders:
        for path in {os.path.realpath(folder), os.path.abspath(folder)}:
            beside, name = os.path.split(path)
            if name and len(beside) > 1:
                text = text.replace(path, name).replace(beside + os.sep, f"…{os.sep}")
    return text


def plain_name(value: bool | int | float | str) -> str:
    """A control's value as the page names it: a switch's are "true" and "false"."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def stage(name: str) -> str:
    """What a stage of the method does."""
    return STAGES.get(name, name)


def duration(seconds: float) -> str:
    """Seconds in words: "12 s", or "3 min" from a hundred seconds.

    Examples
    --------
    >>> from refocuslab.lab.widgets.texts import duration
    >>> duration(12.3), duration(200)
    ('12 s', '3 min')
    """
    return f"{seconds:.0f} s" if seconds < 100 else f"{seconds / 60:.0f} min"
