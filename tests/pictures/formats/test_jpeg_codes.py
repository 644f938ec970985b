"""The codes of a JPEG scan, written bit by bit with Huffman tables of a few codes."""

import numpy as np
import pytest

from refocuslab.pictures.formats.jpeg_codes import (
    BAD_CODE,
    BEYOND,
    ERASED,
    TOO_EARLY,
    TOO_LATE,
    TOO_MANY,
    ZEROS,
    Band,
    Codes,
    Scan,
    read_scan,
)

# Of means: by how many bits the next differs. Of other coefficients: zeros before it << 4 | its bits; 0 ends
# the block, 0xF0 is 16 zeros, and 0x10 and 0x20 begin runs of 2 and of 4 blocks at the least.
MEANS = {"0": 0, "10": 1, "110": 4, "1110": 11}
OTHERS = {
    "00": 0, "01": 0x01, "100": 0x52, "101": 0xF0, "1100": 0x10, "1101": 0x20, "1110": 0x51,
}  # fmt: skip


def table(codes):
    """Of every 16 bits that may come: length << 8 | symbol of the code that they begin with."""
    made = np.zeros(1 << 16, np.uint16)
    for code, symbol in codes.items():
        start = int(code.ljust(16, "0"), 2)
        made[start : start + (1 << (16 - len(code)))] = len(code) << 8 | symbol
    return made


def tables(means, others):
    """Two tables for means, then at 4 two for other coefficients."""
    made = np.zeros((8, 1 << 16), np.uint16)
    made[: len(means)], made[4 : 4 + len(others)] = [*map(table, means)], [*map(table, others)]
    return made


TABLES = tables([MEANS], [OTHERS])


def read(*parts, across=1, known=None, huffman=TABLES, **header):
    """The fault, and the places of the coefficients that are not zero in each block of one component.

    A part is a text of bits between two restart marks; it is filled up with ones.
    """
    filled = [bits.replace(" ", "") for bits in parts]
    filled = [bits + "1" * (-len(bits) % 8) for bits in filled]
    data = np.array([int(b[i : i + 8], 2) for b in filled for i in range(0, len(b), 8)], np.uint8)
    bounds = np.cumsum([0, *(len(bits) // 8 for bits in filled)])
    runs = [i for i in range(len(data)) if i + ZEROS <= len(data) and not data[i : i + ZEROS].any()]
    band = {"progressive": False, "low": 0, "high": 63, "told": 0, "shift": 0}
    band |= {name: header.pop(name) for name in band if name in header}
    fields = {
        "interval": across, "across": across, "down": 1, "layout": np.array([[1, 1]]),
        "tables": np.array([[0, 4]]), "steps": np.array([1]),
    }  # fmt: skip
    scan = Scan(**{**fields, **header}, band=Band(**band))
    blocks = np.zeros((1, across), np.uint64) if known is None else known
    none = np.zeros((1, 1), np.uint64)
    codes = Codes(data, bounds, np.array([*runs, len(data) + ZEROS]))
    fault = read_scan(codes, huffman, scan, (blocks, none, none, none))
    return fault, [[k for k in range(64) if int(one) >> k & 1] for one in blocks[0]]


def places(*blocks):
    """Blocks whose coefficients are not zero at these places."""
    return np.array([[sum(1 << k for k in one) for one in blocks]], np.uint64)


@pytest.mark.parametrize(
    ("bits", "expected"),
    [
        ("0 00", []),
        # 1 at place 1; then 5 zeros and two bits, at place 7.
        ("0 01 1 100 11 00", [1, 7]),
        ("10 1 01 0 00", [1]),
        ("110 1000 101 101 01 1 00", [33]),
        # Up to the last place no end is told: 3 * 16 zeros, twice 5 and a bit (54, 60), then 61 to 63.
        ("0 101 101 101 1110 1 1110 1 01 1 01 1 01 1", [54, 60, 61, 62, 63]),
    ],
)
def test_a_block_of_a_sequential_scan(bits, expected):
    assert read(bits) == (0, [expected])


def test_blocks_follow_each_other_and_restart_marks_begin_anew():
    assert read("0 00 0 01 1 00 0 00", across=3) == (0, [[], [1], []])
    assert read("0 00", "0 01 1 00", "10 0 00", across=3, interval=1) == (0, [[], [1], []])


@pytest.mark.parametrize(
    ("bits", "fault"),
    [
        ("1111", BAD_CODE),
        ("0 1111", BAD_CODE),
        ("0 101 101 101 1110 1 1110 1 1110 1", TOO_MANY),
        ("1110 11", TOO_EARLY),
        ("0 100", TOO_EARLY),
        ("0 00 11111 10101010 00000000", TOO_LATE),
    ],
)
def test_faults(bits, fault):
    assert read(bits)[0] == fault


@pytest.mark.parametrize("fill", ["11111111" * 3, "00000000" * 3])
def test_fill_of_one_value_after_the_last_block_is_none(fill):
    assert read("0 00 11111" + fill)[0] == 0


@pytest.mark.parametrize(
    ("bits", "steps", "fault"),
    [
        ("1110 10100000000 00", 1, 0),  # 1280
        ("1110 10100000001 00", 1, BEYOND),
        ("1110 01011111111 00", 1, 0),  # -1280: below half of 11 bits a number is negative
        ("1110 01011111110 00", 1, BEYOND),
        ("110 1000 00", 160, 0),  # 8 steps of 160
        ("110 1001 00", 160, BEYOND),
        ("110 0111 00", 160, 0),
        ("110 0110 00", 160, BEYOND),
    ],
)
def test_a_mean_lies_within_1280(bits, steps, fault):
    assert read(bits, steps=np.array([steps]))[0] == fault


def test_means_are_differences_from_the_block_before():
    up = "1110 10000000000 00"  # 1024
    assert read(up + "0 00", across=2)[0] == 0
    assert read(up + up, across=2)[0] == BEYOND
    assert read(up, up, across=2, interval=1)[0] == 0
    # A first scan leaves some low bits to others: 8 stands for 8 * 2^7, or 8 * 2^8.
    assert read("110 1000", progressive=True, high=0, shift=7)[0] == 0
    assert read("110 1000", progressive=True, high=0, shift=8)[0] == BEYOND


def test_a_long_block_within_many_zero_bytes_was_overwritten():
    # Flat blocks are zeros, three bits each, and many of them are no fault.
    many = 8 * ZEROS // 3 + 10
    assert read("000" * many, across=many)[0] == 0
    # 63 coefficients of one bit and its code, all of them zeros, and the mean are a block of 127 bits.
    zeros = tables([MEANS], [{"0": 0x01, "1": 0}])
    assert read("0" * 127 * 6, across=6, huffman=zeros)[0] == ERASED
    assert read("0" * 127, huffman=zeros)[0] == 0


def test_blocks_of_two_components_take_turns():
    # The first has 2 x 1 blocks in an MCU, the second one of its own tables.
    huffman = tables([MEANS, {"1": 0}], [OTHERS, {"1": 0, "01": 0x01}])
    first, second, none = (
        np.zeros((1, 4), np.uint64),
        np.zeros((1, 2), np.uint64),
        np.zeros((1, 1), np.uint64),
    )
    bits = "0 00 0 01 1 00 1 01 1 1" + "0 01 1 00 0 00 1 1"
    bits = bits.replace(" ", "")
    bits += "1" * (-len(bits) % 8)
    data = np.array([int(bits[i : i + 8], 2) for i in range(0, len(bits), 8)], np.uint8)
    scan = Scan(
        interval=2, across=2, down=1, layout=np.array([[2, 1], [1, 1]]), tables=np.array([[0, 4], [1, 5]]),
        steps=np.array([1, 1]), band=Band(progressive=False, low=0, high=63, told=0, shift=0),
    )  # fmt: skip
    codes = Codes(data, np.array([0, len(data)]), np.array([len(data) + ZEROS]))
    assert read_scan(codes, huffman, scan, (first, second, none, none)) == 0
    assert first.tolist() == [[0, 2, 2, 0]] and second.tolist() == [[2, 0]]


# Progressive files


def test_a_first_scan_of_coefficients_ends_many_blocks_at_once():
    # A run of 2 and one more: three blocks have no further coefficients.
    options = {"progressive": True, "low": 1}
    assert read("01 1 1100 1 00", across=4, **options) == (0, [[1], [], [], []])
    # A run of 4 and two: blocks that are not there are left over.
    assert read("1101 10", across=6, **options)[0] == 0
    assert read("1101 10", across=5, **options)[0] == TOO_LATE


@pytest.mark.parametrize(
    ("bits", "before", "expected"),
    [
        # Nothing new: a bit more of each that is known.
        ("00 1 0", [3, 9], [3, 9]),
        # One new at place 1, with its sign; then the rest of those known.
        ("01 1 00 1", [5], [1, 5]),
        # Five zeros, 1, 2, 4, 5 and 6; the one that is known, 3, does not count, but takes a bit.
        ("1110 1 0 00", [3], [3, 7]),
        # 16 zeros, then one: 1 to 16, and place 17.
        ("101 01 1 00", [], [17]),
    ],
)
def test_a_further_scan_adds_a_bit_to_what_is_known(bits, before, expected):
    known = places(before)
    assert read(bits, known=known, progressive=True, low=1, told=1) == (0, [expected])


def test_a_run_of_blocks_in_a_further_scan_still_adds_a_bit_to_what_is_known():
    known = places([2], [3, 4], [])
    # A run of 2 and 1, the first block's 2 and the second's 3 and 4, a bit each.
    assert read("1100 1 1 01", across=3, known=known, progressive=True, low=1, told=1)[0] == 0
    # Five bits were too many by one byte.
    assert read("1100 1 1 01 10101010", across=3, known=known, progressive=True, low=1, told=1)[0] == TOO_LATE


@pytest.mark.parametrize(
    ("bits", "fault"),
    [
        ("1111", BAD_CODE),
        # One more coefficient after 48 + 15 zeros.
        ("101 101 101 1110 1 1110 1 1110 1", TOO_MANY),
        ("01", TOO_EARLY),
    ],
)
def test_faults_of_a_further_scan(bits, fault):
    if fault == TOO_EARLY:
        bits = "01 1" * 2 + " 01"  # the last has its sign beyond the end
    assert read(bits, progressive=True, low=1, told=1)[0] == fault


def test_a_further_scan_of_means_has_one_bit_a_block():
    assert read("10110", across=5, progressive=True, high=0, told=1)[0] == 0
    assert read("10110111", across=9, progressive=True, high=0, told=1)[0] == TOO_EARLY
