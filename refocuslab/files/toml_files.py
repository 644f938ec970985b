"""TOML files of whoever wrote them: read within bounds, for the parser has none."""

import os
import re
import tomllib
from pathlib import Path
from typing import Any

from refocuslab.errors import RefocusError
from refocuslab.files.plain_files import check_plain_file

# The longest scene of ours has 10 kB: a hundred times as much.
LARGEST = 2**20
# Brackets within brackets: polygons in an inline table in a list have 5, and Python's stack ends at 300.
_DEEPEST = 32
# Letters and digits without a space: more than the 309 digits of float64's largest number, and less than
# the 4300 that Python takes for a whole one.
_LONGEST_WORD = 400
# Keys joined by dots, each of which makes a table: a bench's deepest has 4. The parser's time grows with
# the square of their number.
_MOST_PARTS = 16

# What the parser takes for one text or comment, to its end or, if it has none, that of the line or file.
_QUOTED = re.compile(
    r'"""(?:[^"\\]|\\.|"(?!""))*+(?:"{3,5}|\Z)'
    r"|'''(?:[^']|'(?!''))*+(?:'{3,5}|\Z)"
    r'|"(?:[^"\\\n]|\\[^\n])*+"?'
    r"|'[^'\n]*+'?"
    r"|\#[^\n]*+",
    re.DOTALL,
)
_WORD = re.compile(rf"[\w\"+-]{{{_LONGEST_WORD + 1}}}")
_DOTTED = re.compile(rf"(?:[\w\"-]+[ \t]*\.[ \t]*){{{_MOST_PARTS}}}")
_BRACKET = re.compile(r"[][{}]")


def read_bounded(argument: str, path: str | os.PathLike[str], largest: int) -> bytes:
    """The content of a plain file of at most ``largest`` bytes.

    Raises
    ------
    RefocusError
        It is no plain file, is larger, or cannot be read; the message names the ``argument``.
    """
    path = check_plain_file(argument, path, largest)
    try:
        # Not waiting, should the file have become a named pipe since.
        number = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
        with open(number, "rb") as file:
            content = file.read(largest + 1)
    except OSError as error:
        raise RefocusError(argument, "must be readable", f"{path} ({error.strerror})") from None
    if len(content or b"") > largest:  # some files tell no size
        raise RefocusError(argument, f"must be that of a file of at most {largest:,} bytes", path)
    return content or b""


def read_toml(path: Path) -> dict[str, Any]:
    """The tables of a TOML file.

    Raises
    ------
    RefocusError
        The file cannot be read or is refused by ``parse_toml``; the message names the path.
    """
    argument = str(path)
    try:
        found = path.exists() or path.is_symlink()
    except OSError as error:
        raise RefocusError(argument, "must be readable", error.strerror) from None
    if not found:
        raise RefocusError(argument, "must exist", "nothing there")
    try:
        content = read_bounded("its path", path, LARGEST)
    except RefocusError as error:
        raise RefocusError(argument, f"must be readable: its path {error.rule}", error.got) from None
    return parse_toml(argument, content)


def parse_toml(argument: str, content: bytes) -> dict[str, Any]:
    """The tables of a TOML file's content.

    Parameters
    ----------
    argument : str
        The content's name, for the message.
    content : bytes
        UTF-8, with or without a byte order mark.

    Raises
    ------
    RefocusError
        It is not TOML, or out of bounds: words of more than 400 characters, 17 keys or more joined by
        dots, more than 32 brackets within each other.
    """
    try:
        text = content.decode("utf-8-sig")  # some editors begin a file with a mark
        _check_bounds(argument, _QUOTED.sub(lambda quoted: "" if quoted[0][0] == "#" else '"', text))
        return tomllib.loads(text)
    except RefocusError:
        raise
    except (ValueError, RecursionError) as error:
        raise RefocusError(argument, "must be TOML", error) from error


def _check_bounds(argument: str, bare: str) -> None:
    """Refuse text, each quoted part of it one quotation mark, that would keep the parser busy or end it."""
    if word := _WORD.search(bare):
        rule = f"must not hold words or numbers of more than {_LONGEST_WORD} characters"
        raise RefocusError(argument, rule, f"{word[0][:20]}…")
    if dotted := _DOTTED.search(bare):
        raise RefocusError(
            argument, f"must not join more than {_MOST_PARTS} keys by dots", f"{dotted[0][:40]}…"
        )
    depth = 0
    for bracket in _BRACKET.finditer(bare):
        depth += 1 if bracket[0] in "[{" else -1
        if depth > _DEEPEST:
            rule = f"must not hold more than {_DEEPEST} brackets within each other"
            raise RefocusError(argument, rule, "more")
