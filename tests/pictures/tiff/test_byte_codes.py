"""LZW and PackBits, from codes written by hand and by the rules of TIFF 6.0."""

import numpy as np
import pytest

from refocuslab.pictures.tiff.byte_codes import lzw, packbits

CLEAR, END = 256, 257


def packed(codes, widths=None):
    """Codes of 9 bits, or of these widths, the most significant bit first."""
    bits = "".join(f"{code:0{width}b}" for code, width in zip(codes, widths or [9] * len(codes), strict=True))
    return bytes(int(bits[i : i + 8].ljust(8, "0"), 2) for i in range(0, len(bits), 8))


def compressed(data):
    """LZW as section 13 describes how it is written; the codes and their widths."""
    codes, widths = [CLEAR], [9]
    table = {bytes([i]): i for i in range(256)}
    new, width, known = 258, 9, b""
    for i in range(len(data)):
        byte = data[i : i + 1]
        if known + byte in table:
            known += byte
            continue
        codes.append(table[known])
        widths.append(width)
        table[known + byte] = new
        # Wider as soon as entry 511, 1023 or 2047 is there; at 4094 the table begins anew.
        width = 9 + (new >= 511) + (new >= 1023) + (new >= 2047)
        if new == 4094:
            codes.append(CLEAR)
            widths.append(12)
            table, new, width = {bytes([i]): i for i in range(256)}, 257, 9
        new, known = new + 1, byte
    return packed([*codes, table[known], END], [*widths, width, width])


def decoded(decode, data, room):
    """The bytes that were decoded; None for wrong codes. The rest of the room is left alone."""
    out = np.full(room, 0xEE, np.uint8)
    count = decode(np.frombuffer(data, np.uint8), out)
    assert (out[max(count, 0) :] == 0xEE).all() or count < 0
    return None if count < 0 else out[:count].tobytes()


@pytest.mark.seconds
@pytest.mark.parametrize(
    ("codes", "expected"),
    [
        # The example of the standard: 7 7 7 8 8 7 7 6 6.
        ([CLEAR, 7, 258, 8, 8, 258, 6, 6, END], [7, 7, 7, 8, 8, 7, 7, 6, 6]),
        # A code that is being made: the last string and its own first byte.
        ([CLEAR, 1, 258, 259, END], [1] * 6),
        ([CLEAR, 1, 2, 258, 260, END], [1, 2, 1, 2, 1, 2, 1]),
        # A table that begins anew forgets: 258 is then 9 9.
        ([CLEAR, 7, 8, 258, CLEAR, 9, 258, END], [7, 8, 7, 8, 9, 9, 9]),
        # A writer may begin without clearing, and end without saying so.
        ([5, 6, 258], [5, 6, 5, 6]),
        ([CLEAR, END, 7], []),
    ],
)
def test_lzw_by_hand(codes, expected):
    assert decoded(lzw, packed(codes), 40) == bytes(expected)


@pytest.mark.seconds
@pytest.mark.parametrize("codes", [[CLEAR, 300], [CLEAR, 7, 260], [CLEAR, 258], [CLEAR, 7, 8, CLEAR, 258]])
def test_a_code_that_is_not_in_the_table_is_wrong(codes):
    assert decoded(lzw, packed(codes), 40) is None


@pytest.mark.parametrize(("colors", "length"), [(2, 3000), (256, 900), (40, 9000)])
def test_lzw_of_every_width_of_code(colors, length):
    data = np.random.default_rng(colors).integers(0, colors, length, dtype=np.uint8).tobytes()
    codes = compressed(data)
    assert decoded(lzw, codes, length) == data
    # No more is written than there is room, and no more read than there are data.
    assert decoded(lzw, codes, length // 2) == data[: length // 2]
    part = decoded(lzw, codes[: len(codes) // 4], length)
    assert 0 < len(part) < length and data.startswith(part)


@pytest.mark.seconds
@pytest.mark.parametrize(
    ("codes", "expected"),
    [
        # The example of the standard.
        (
            "FE AA 02 80 00 2A FD AA 03 80 00 2A 22 F7 AA",
            "AA AA AA 80 00 2A AA AA AA AA 80 00 2A 22 AA AA AA AA AA AA AA AA AA AA",
        ),
        ("00 05", "05"),
        ("80 00 05", "05"),
        ("FF 07", "07 07"),
        ("81 09", "09 " * 128),
        # Cut off within a code: what was there.
        ("03 01 02", "01 02"),
        ("FE", ""),
        ("", ""),
    ],
)
def test_packbits_by_hand(codes, expected):
    assert decoded(packbits, bytes.fromhex(codes), 200) == bytes.fromhex(expected)


@pytest.mark.seconds
@pytest.mark.parametrize("codes", ["FC 07", "04 07 07 07 07 07"])
def test_packbits_write_no_more_than_there_is_room(codes):
    for room in range(5):
        assert decoded(packbits, bytes.fromhex(codes), room) == bytes([7] * room)
