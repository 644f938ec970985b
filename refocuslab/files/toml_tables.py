"""Tables of a TOML file, held against the keys that they may have."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from refocuslab.checks import LARGEST_SEED
from refocuslab.errors import RefocusError, quoted, similar

# Stands for the value of a key that must be given.
NEEDED = object()
_WORDS = {
    str: "text",
    int: "a whole number",
    float: "a number",
    bool: "true or false",
    dict: "a table",
    list: "a list",
}


@contextmanager
def told(where: str) -> Iterator[None]:
    """Let a ``RefocusError`` from within tell where in the scene its rule was broken.

    Parameters
    ----------
    where : str
        The place, put before the argument's name, such as ``"[misfocused]"``.
    """
    try:
        yield
    except RefocusError as error:
        with_place = RefocusError(f"{where} {error.argument}", error.rule, error.got)
        raise with_place from error.__cause__


def checked(table: Any, keys: dict[str, tuple[type, Any]]) -> dict[str, Any]:
    """The table with every one of the keys, which have a type and the value that stands in for them.

    Parameters
    ----------
    table : dict
        A table as the TOML parser gives it.
    keys : dict of str to (type, object)
        The keys that it may have: the type of the value, and the default or ``NEEDED``.

    Returns
    -------
    dict
        The keys in their order, with the value of the table or the default.

    Raises
    ------
    RefocusError
        It is no table, has another key, a value of another type (a whole number passes for float) or a
        seed out of range, or lacks a key that is ``NEEDED``.
    """
    if not isinstance(table, dict):
        raise RefocusError("it", "must be a table", quoted(table))
    for key, value in table.items():
        if key not in keys:
            rule = f"is none of the keys {listed(keys)}{did_you_mean(key, keys)}"
            raise RefocusError(key, rule, quoted(value))
        wanted: Any = keys[key][0]
        if type(value) is not wanted and not (wanted is float and type(value) is int):
            raise RefocusError(key, f"must be {_WORDS[wanted]}", quoted(value))
        if key == "seed" and not 0 <= value <= LARGEST_SEED:
            raise RefocusError(key, f"must be at least 0, and at most {LARGEST_SEED}", quoted(value))
    for key, (_, default) in keys.items():
        if default is NEEDED and key not in table:
            raise RefocusError(key, "must be given", "nothing")
    return {key: default for key, (_, default) in keys.items()} | table


def did_you_mean(name: str, names: Iterable[str]) -> str:
    """`` (did you mean "...", "..."?)``, to end a rule with; empty where no name is similar."""
    near = similar(name, names)
    return f" (did you mean {listed(near)}?)" if near else ""


def listed(names: Iterable[str]) -> str:
    """The names in double quotes, with commas between them."""
    return ", ".join(f'"{name}"' for name in names)
