"""Tables of a TOML file, read into dataclasses whose fields are the keys that the tables may have."""

import dataclasses
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from types import UnionType
from typing import Any, NamedTuple, TypeVar, get_args, get_origin

from refocuslab.errors import RefocusError, quoted, similar

_Table = TypeVar("_Table")
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


def read_table(kind: type[_Table], table: object, *, headers: bool = False) -> _Table:
    """A table of a TOML file as the dataclass that declares its keys, with the tables within it.

    A field declares a key: its name, the type of its value and, unless the key must be given, a default.
    A field of another dataclass, or of a list of them, is a table or a list of tables, read alike.

    Parameters
    ----------
    kind : type
        A dataclass whose fields have the type ``str``, ``int``, ``float``, ``bool``, ``list[Any]``,
        a dataclass, or a list of a dataclass; each may be ``| None`` with the default None.
    table : object
        What the TOML parser gives: a dict, if the file is right.
    headers : bool
        Name the place of an inner table as a header does, ``[psf]``, as it stands at the top of a file;
        else by its key, ``crop:``.

    Returns
    -------
    instance of ``kind``
        The values as the parser gives them: an integer stays one where a float is declared.

    Raises
    ------
    RefocusError
        It is no table, has another key or a value of another type (an integer passes for a float), or
        lacks a key without a default. The argument of the error begins with the place of an inner table.

    Examples
    --------
    >>> from dataclasses import dataclass
    >>> from refocuslab.files.toml_tables import read_table
    >>> @dataclass
    ... class Noise:
    ...     std: float
    ...     seed: int = 0
    >>> read_table(Noise, {"std": 1.5})
    Noise(std=1.5, seed=0)
    >>> read_table(Noise, {"std": 1.5, "sed": 3})
    Traceback (most recent call last):
        ...
    refocuslab.errors.RefocusError: sed is none of the keys "std", "seed" (did you mean "seed", "std"?); got 3
    """
    if not isinstance(table, dict):
        raise RefocusError("it", "must be a table", quoted(table))
    keys = _keys(kind)
    for name, value in table.items():
        if name not in keys:
            rule = f"is none of the keys {listed(keys)}{did_you_mean(name, keys)}"
            raise RefocusError(name, rule, quoted(value))
        wanted = keys[name].holds
        if type(value) is not wanted and not (wanted is float and type(value) is int):
            raise RefocusError(name, f"must be {_WORDS[wanted]}", quoted(value))
    for name, key in keys.items():
        if key.needed and name not in table:
            raise RefocusError(name, "must be given", "nothing")
    return kind(**{name: _value(keys[name], name, value, headers) for name, value in table.items()})


def given(table: Any, *, but: Iterable[str] = ()) -> dict[str, Any]:
    """What a table gives, to hand on to a function that has defaults of its own.

    Parameters
    ----------
    table : dataclass
        As ``read_table`` makes it.
    but : iterable of str
        Fields to leave out.

    Returns
    -------
    dict of str to object
        The fields that are not None, by name.
    """
    names = [field.name for field in dataclasses.fields(table) if field.name not in but]
    return {name: getattr(table, name) for name in names if getattr(table, name) is not None}


def did_you_mean(name: str, names: Iterable[str]) -> str:
    """`` (did you mean "...", "..."?)``, to end a rule with; empty where no name is similar."""
    near = similar(name, names)
    return f" (did you mean {listed(near)}?)" if near else ""


def listed(names: Iterable[str]) -> str:
    """The names in double quotes, with commas between them."""
    return ", ".join(f'"{name}"' for name in names)


class _Key(NamedTuple):
    holds: type  # the type of the value that the TOML parser gives
    table: Any  # the dataclass of the table, or of the tables in the list; else None
    needed: bool


def _keys(kind: type) -> dict[str, _Key]:
    keys = {}
    for field in dataclasses.fields(kind):
        declared: Any = field.type
        if isinstance(declared, UnionType):
            declared = get_args(declared)[0]
        is_list = get_origin(declared) is list
        inner = get_args(declared)[0] if is_list else declared
        table = inner if dataclasses.is_dataclass(inner) else None
        holds = list if is_list else dict if table else inner
        needed = field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING
        keys[field.name] = _Key(holds, table, needed)
    return keys


def _value(key: _Key, name: str, value: Any, headers: bool) -> Any:
    if key.table is None:
        return value
    if key.holds is dict:
        with told(f"[{name}]" if headers else f"{name}:"):
            return read_table(key.table, value)
    read = []
    for number, one in enumerate(value, start=1):
        with told(f"[[{name}]] number {number}:" if headers else f"{name} number {number}:"):
            read.append(read_table(key.table, one))
    return read
