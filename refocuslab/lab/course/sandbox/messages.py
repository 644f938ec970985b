"""What the sandbox and the grader tell each other, in frames: a length, then so many bytes.

What a student's process sends is never unpickled: it is JSON, and arrays in numpy's own format, of no
objects.
"""

import io
import json
import struct
from typing import IO, Any, NamedTuple

import numpy as np

# Bytes of a frame. The largest of an exercise, E9's inputs, has 49,000; the grader, which makes float64 of
# bytes and runs on several threads, must survive as many as this.
LARGEST = 20_000_000
_DEEPEST, _MOST = 20, 200_000  # lists within lists, and items in all
_LENGTH = struct.Struct(">Q")
_LARGEST_WHOLE = 10**300


class There(NamedTuple):
    """In the place of an argument that is a function: it stays on the grader's side, and is called there.

    Attributes
    ----------
    place : int
        Among the arguments.
    """

    place: int


class Foreign(NamedTuple):
    """What a function returned that no message holds.

    Attributes
    ----------
    kind : str
        Its type's name.
    """

    kind: str


def send(file: IO[bytes], content: bytes) -> None:
    """Write a frame."""
    file.write(_LENGTH.pack(len(content)) + content)
    file.flush()


def receive(file: IO[bytes]) -> bytes:
    """Read a frame.

    Raises
    ------
    EOFError
        The other side has ended, or says more than ``LARGEST`` bytes.
    """
    (length,) = _LENGTH.unpack(_exactly(file, _LENGTH.size))
    if length > LARGEST:
        raise EOFError("a message that is too long")
    return _exactly(file, length)


def _exactly(file: IO[bytes], count: int) -> bytes:
    content = file.read(count)
    if len(content) < count:
        raise EOFError("the other side has ended")
    return content


def packed(value: Any) -> bytes:
    """A result as bytes: numbers, texts, arrays, and lists, tuples and dictionaries of these."""
    arrays: list[bytes] = []
    text = json.dumps(_plain(value, arrays, [_MOST], 0)).encode("utf-8", "surrogatepass")
    return b"".join(_LENGTH.pack(len(part)) + part for part in (text, *arrays))


def unpacked(content: bytes) -> Any:
    """The result again; whoever made the bytes, no code of theirs is run.

    Raises
    ------
    ValueError
        They are no such message.
    """
    try:
        file, parts = io.BytesIO(content), []
        while file.tell() < len(content):
            parts.append(receive(file))
        text, *arrays = parts
        return _value(json.loads(text), arrays)
    except Exception as error:  # an array of 10^12 numbers is a MemoryError, and other bytes are others
        raise ValueError(f"no message: {type(error).__name__}") from None


def _plain(value: Any, arrays: list[bytes], left: list[int], depth: int) -> Any:
    left[0] -= 1
    if depth > _DEEPEST or left[0] < 0:
        return {"foreign": "too much"}
    kind = type(value)  # not isinstance: a class of the student's may be one of these and be anything
    if value is None or kind in (bool, float, str) or (kind is int and abs(value) < _LARGEST_WHOLE):
        return value
    if kind is np.ndarray or issubclass(kind, np.generic):
        array = np.asarray(value)
        if array.dtype.kind in "biufcSU":
            file = io.BytesIO()
            np.lib.format.write_array(file, array, allow_pickle=False)
            arrays.append(file.getvalue())
            return {"array": len(arrays) - 1}
    if kind in (list, tuple):
        return {kind.__name__: [_plain(one, arrays, left, depth + 1) for one in value]}
    if kind is dict:
        pairs = [[_plain(one, arrays, left, depth + 1) for one in pair] for pair in value.items()]
        return {"dict": pairs}
    return {"foreign": kind.__name__[:100]}


def _value(plain: Any, arrays: list[bytes]) -> Any:
    if not isinstance(plain, dict):
        return plain
    ((kind, held),) = plain.items()
    if kind == "array":
        return np.lib.format.read_array(io.BytesIO(arrays[held]), allow_pickle=False)
    if kind == "foreign":
        return Foreign(str(held))
    if kind == "dict":
        return {_value(key, arrays): _value(one, arrays) for key, one in held}
    return {"list": list, "tuple": tuple}[kind](_value(one, arrays) for one in held)
