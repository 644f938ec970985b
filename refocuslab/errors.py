"""The exceptions of refocuslab, and its warning."""

import unicodedata
from collections.abc import Iterable
from difflib import get_close_matches

# Characters of a message's part that are shown; a path is at most 4096 bytes, and most are far shorter.
_LONGEST = 1000
# Controls, halves of characters, and what starts a new line: none has a place within one.
_UNSEEN = frozenset({"Cc", "Cs", "Zl", "Zp"})
# Comparing two names takes time in the product of their lengths, and no name of ours is half as long.
_LONGEST_NAME = 60


def shown(value: object, longest: int = _LONGEST) -> str:
    """The value as one line of text, cut where it is long, whatever it is and whoever made it.

    Parameters
    ----------
    value : object
        Anything; an object whose ``str`` fails is shown by the name of its type.
    longest : int
        Characters before the text is cut in its middle.

    Returns
    -------
    str
        The text; control characters and line ends are escaped, so it can be longer than ``longest``.
    """
    try:
        text = str(value)
    except Exception:  # a whole number of too many digits, an object that cannot be shown
        text = f"a {type(value).__name__}"
    if len(text) > longest:
        text = f"{text[: longest - 20]} … {text[-17:]}"
    return "".join(
        c.encode("unicode_escape").decode() if unicodedata.category(c) in _UNSEEN else c for c in text
    )


def quoted(value: object) -> str:
    """``repr(value)``, for messages: of any value, and not much of a large one.

    Parameters
    ----------
    value : object
        Anything; an object whose ``repr`` fails is shown by the name of its type.

    Returns
    -------
    str
        One line of text, cut at 300 characters before control characters are escaped.
    """
    if isinstance(value, str | bytes) and len(value) > _LONGEST:
        value = value[:_LONGEST]
    try:
        return shown(repr(value), 300)
    except Exception:
        return f"a {type(value).__name__}"


def similar(name: str, choices: Iterable[str]) -> list[str]:
    """Up to three of the choices that a mistyped name resembles, the closest first.

    Parameters
    ----------
    name : str
        What was given. A name of more than 60 characters resembles nothing.
    choices : iterable of str
        The names that exist.

    Returns
    -------
    list of str
        Those whose similarity, ``difflib.SequenceMatcher.ratio``, is at least 0.5.

    Examples
    --------
    >>> from refocuslab.errors import similar
    >>> similar("motorcylce", ["coffee", "motorcycle", "motorcycle-perturbed"])
    ['motorcycle', 'motorcycle-perturbed']
    """
    return get_close_matches(name, choices, n=3, cutoff=0.5) if len(name) <= _LONGEST_NAME else []


def nearest(name: str, choices: Iterable[str]) -> str | None:
    """The choice that a mistyped name resembles most, for "did you mean"; None where none is similar.

    Parameters
    ----------
    name : str
        The name as it was given; one of more than 60 characters resembles nothing.
    choices : iterable of str
        What it may be.

    Examples
    --------
    >>> from refocuslab.errors import nearest
    >>> nearest("neighborhod", ["lambda_image", "neighborhood"])
    'neighborhood'
    """
    return next(iter(similar(name, choices)), None)


class RefocusError(ValueError):
    """An argument that breaks a rule; the message reads ``<argument> <rule>; got <got>``.

    Attributes
    ----------
    argument : str
        The argument's name.
    rule : str
        What it must be, such as ``"must be odd"``.
    got : object
        What was given instead.
    """

    def __init__(self, argument: str, rule: str, got: object) -> None:
        # All three go to args, so the error survives pickling between processes.
        super().__init__(argument, rule, got)
        self.argument, self.rule, self.got = argument, rule, got

    def __str__(self) -> str:
        return f"{shown(self.argument)} {self.rule}; got {shown(self.got)}"


class PhotoError(RefocusError):
    """A file that is none of the photos that are read.

    Attributes
    ----------
    path : str
        The file, as it was named.
    why : str
        What is wrong with it and what to do, in a clause of which it is the subject: "it is empty; ...".
    """

    def __init__(self, argument: str, rule: str, path: object, why: str) -> None:
        super().__init__(argument, rule, f"{path}: {why}")
        self.args = argument, rule, path, why
        self.path, self.why = shown(path), why

    def about(self, name: str | None = None) -> str:
        """The same for whoever chose the file, and knows of no argument.

        Parameters
        ----------
        name : str or None
            What they call the file; by default its path.
        """
        return f"“{self.path if name is None else name}” cannot be used: {shown(self.why)}."


class Cancelled(Exception):
    """The work was stopped by the caller's cancel event; there is no result."""


class RefocusWarning(UserWarning):
    """A doubt about a photo that was read or a picture that was made: what was found, and what to do."""
