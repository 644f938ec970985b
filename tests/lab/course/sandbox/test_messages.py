"""Results travel as data: what is no data arrives as its type's name, and no code is run on either side."""

import io
import pickle

import numpy as np
import pytest

from refocuslab.lab.course.sandbox.messages import Foreign, packed, receive, send, unpacked

DATA = [
    None, True, 3, -2.5, float("inf"), "text \ud800", [1, (2, 3), []], {"a": 1, 2: (None,), (1, 2): "x"},
    {"array": 0}, {"foreign": "list"},
]  # fmt: skip


@pytest.mark.parametrize("value", DATA, ids=repr)
def test_plain_values_arrive_as_they_were(value):
    assert unpacked(packed(value)) == value
    assert type(unpacked(packed(value))) is type(value)


@pytest.mark.parametrize("kind", ["uint8", "int64", "float32", "complex128", "bool", "U3"])
def test_arrays_arrive_as_they_were(kind):
    array = np.arange(12).reshape(3, 4).astype(kind)
    same = unpacked(packed((array, [array[0, 0]])))
    assert same[0].dtype == array.dtype and np.array_equal(same[0], array) and same[1][0] == array[0, 0]


class Evil(list):
    def __reduce__(self):
        return print, ("run",)


@pytest.mark.parametrize(
    "value",
    [Evil(), np.array([Evil()], object), lambda: 1, 10**400, iter([]), {1}, object],
    ids=lambda one: type(one).__name__,
)
def test_anything_else_is_a_type_s_name(value):
    assert unpacked(packed([value])) == [Foreign(type(value).__name__)]


@pytest.mark.seconds
def test_a_value_without_end_is_cut():
    endless = []
    endless.append(endless)
    assert "too much" in repr(unpacked(packed(endless)))
    assert Foreign("too much") in unpacked(packed([0] * 300_000))


@pytest.mark.parametrize(
    "content", [b"", b"x", pickle.dumps(Evil()), packed(np.ones(3))[:-3], b"\0" * 8 + b"{}"]
)
def test_bytes_that_are_no_message_are_refused(content, capsys):
    with pytest.raises(ValueError):
        unpacked(content)
    assert capsys.readouterr().out == ""


def test_a_frame_is_read_whole_or_not_at_all():
    file = io.BytesIO()
    send(file, b"one")
    send(file, b"")
    whole = file.getvalue()
    again = io.BytesIO(whole)
    assert (receive(again), receive(again)) == (b"one", b"")
    for broken in (whole[:5], whole[:10], b"\xff" * 8):
        with pytest.raises(EOFError):
            receive(io.BytesIO(broken))
