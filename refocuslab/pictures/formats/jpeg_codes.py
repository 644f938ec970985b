"""The Huffman codes of a scan of a JPEG file, read for their lengths alone."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from refocuslab.running.kernels import kernel

BAD_CODE, TOO_MANY, TOO_EARLY, TOO_LATE, BEYOND, BAD_RESTARTS, ERASED = range(1, 8)

# Zero bytes in a row, and bits of a block within them. Where all is flat, zeros are many short blocks; one
# long block of zeros is a lone dot, and this many in a row are no picture. With half or double of either,
# all of 18 good files still pass, and as many of 480 damaged ones are found: 471.
ZEROS, _LONG = 64, 64

# A block's mean lies within 1024 in units of the quantizer's steps, as written; encoders that sharpen
# edges go somewhat beyond, a scan that is read from a wrong place goes far. With half of it all of 18 good
# files are refused; with double, 3 fewer of 480 damaged ones are found.
_BRIGHTEST = 1280


class Codes(NamedTuple):
    """The bytes of a scan, without stuffed zeros, fill bytes and restart marks.

    Attributes
    ----------
    data : ndarray of uint8, (n,)
        The bytes.
    bounds : ndarray of int64, (P + 1,)
        Where each of the P parts between restart marks starts, and the last ends.
    zeros : ndarray of int64
        Where runs of ``ZEROS`` zero bytes start, then a place beyond the end.
    """

    data: NDArray[np.uint8]
    bounds: NDArray[np.int64]
    zeros: NDArray[np.int64]


# The kernels of a block take this record of numbers alone. Taking all of Scan, with its arrays, they need 9 %
# (sequential, 4:2:0), 8 % (sequential, 4:4:4) and 16 % (progressive) more CPU time on a photo of 1.44
# megapixels; with nameless arguments throughout, from 5 % less to 3 % more.
class Band(NamedTuple):
    """The coefficients that a scan codes, and which of their bits: numbers only.

    Attributes
    ----------
    progressive : bool
        Whether the file is progressive; else it is sequential.
    low, high : int
        The first and the last coefficient that the scan codes, 0 to 63.
    told : int
        How many bits of these coefficients earlier scans coded; 0 in their first scan.
    shift : int
        How many low bits are left to later scans.
    """

    progressive: bool
    low: int
    high: int
    told: int
    shift: int


class Scan(NamedTuple):
    """What the headers say of a scan of C components.

    Attributes
    ----------
    interval : int
        MCUs (groups of blocks that are coded together) between two restart marks.
    across, down : int
        MCUs in a row, and rows of them.
    layout : ndarray of int64, (C, 2)
        Blocks of each component in an MCU: across, down.
    tables : ndarray of int64, (C, 2)
        Which Huffman tables each component uses: for the mean, for the other coefficients.
    steps : ndarray of int64, (C,)
        The quantizer's step of each component's mean.
    band : Band
        The coefficients that it codes.
    """

    interval: int
    across: int
    down: int
    layout: NDArray[np.int64]
    tables: NDArray[np.int64]
    steps: NDArray[np.int64]
    band: Band


# The coefficients of each block that are not zero, as bits: (blocks down, blocks across) uint64. One array
# for each of four components; what is beyond a scan's own is not read.
Known = tuple[NDArray[np.uint64], NDArray[np.uint64], NDArray[np.uint64], NDArray[np.uint64]]


@kernel
def _peek(data: NDArray[np.uint8], stop: int, bit: int) -> int:
    """The next 16 bits; zeros follow the end."""
    at = bit >> 3
    word = 0
    for i in range(3):
        word = word << 8 | (data[at + i] if at + i < stop else 0)
    return word >> (8 - (bit & 7)) & 0xFFFF


@kernel
def _first(
    data: NDArray[np.uint8],
    stop: int,
    bit: int,
    state: NDArray[np.int64],
    dc: NDArray[np.uint16],
    ac: NDArray[np.uint16],
    band: Band,
    found: np.uint64,
) -> tuple[int, np.uint64]:
    """A block of a sequential scan, or of a progressive one that codes its coefficients for the first time.

    Parameters
    ----------
    data, stop : ndarray of uint8, int
        The bytes, and the place where those of this part end.
    bit : int
        Where the block begins.
    state : ndarray of int64, (2,)
        The mean of the block before, and how many empty blocks are left of a run; changed.
    dc, ac : ndarray of uint16, (65536,)
        Of every 16 bits that may come: length << 8 | symbol, for the mean and the other coefficients.
    band : Band
        The coefficients that the scan codes.
    found : uint64
        The block's coefficients that are not zero.

    Returns
    -------
    tuple
        Where the block ends, or the negative number of a fault; its coefficients that are not zero.
    """
    k = band.low
    if band.low == 0:
        entry = dc[_peek(data, stop, bit)]
        if entry == 0:
            return -BAD_CODE, found
        bit += entry >> 8
        size = entry & 15
        value = _peek(data, stop, bit) >> (16 - size) if size else 0
        if size and value < 1 << (size - 1):
            value -= (1 << size) - 1
        state[0] += value << band.shift
        bit += size
        k = 1
    if band.high == 0:
        return bit, found
    if state[1] > 0:
        state[1] -= 1
        return bit, found
    while k <= band.high:
        entry = ac[_peek(data, stop, bit)]
        if entry == 0:
            return -BAD_CODE, found
        bit += entry >> 8
        run, size = entry >> 4 & 15, entry & 15
        if size == 0:
            if run == 15:
                k += 16
                continue
            if band.progressive and run > 0:
                state[1] = (1 << run) + (_peek(data, stop, bit) >> (16 - run)) - 1
                bit += run
            break
        k += run
        if k > 63:
            return -TOO_MANY, found
        found |= np.uint64(1) << np.uint64(k)
        bit += size
        k += 1
    return bit, found


@kernel
def _again(
    data: NDArray[np.uint8],
    stop: int,
    bit: int,
    state: NDArray[np.int64],
    ac: NDArray[np.uint16],
    band: Band,
    before: np.uint64,
) -> tuple[int, np.uint64]:
    """A block of a progressive scan that codes one more bit of coefficients; as ``_first``."""
    if band.low == 0:
        return bit + 1, before
    found = before
    k = band.low
    if state[1] == 0:
        while k <= band.high:
            entry = ac[_peek(data, stop, bit)]
            if entry == 0:
                return -BAD_CODE, found
            bit += entry >> 8
            run, size = entry >> 4 & 15, entry & 15
            if size == 0 and run < 15:
                state[1] = 1 << run
                if run > 0:
                    state[1] += _peek(data, stop, bit) >> (16 - run)
                    bit += run
                break
            bit += 1 if size else 0
            while k <= band.high:
                if before >> np.uint64(k) & np.uint64(1):
                    bit += 1
                else:
                    if run == 0:
                        break
                    run -= 1
                k += 1
            if size:
                if k > band.high:
                    return -TOO_MANY, found
                found |= np.uint64(1) << np.uint64(k)
            k += 1
    if state[1] > 0:
        while k <= band.high:
            if before >> np.uint64(k) & np.uint64(1):
                bit += 1
            k += 1
        state[1] -= 1
    return bit, found


@kernel
def _ends(data: NDArray[np.uint8], start: int, stop: int) -> bool:
    """Whether nothing is left after the last block, or only fill of one value."""
    for i in range(start, stop):  # noqa: SIM110 - numba has no all()
        if data[i] != data[start] or (data[i] != 0 and data[i] != 255):
            return False
    return True


@kernel
def read_scan(codes: Codes, tables: NDArray[np.uint16], scan: Scan, known: Known) -> int:
    """Read a scan's codes to its end.

    Parameters
    ----------
    codes : Codes
        The scan's bytes.
    tables : ndarray of uint16, (8, 65536)
        Four Huffman tables for means, then four for other coefficients; in each, of every 16 bits that
        may come: length << 8 | symbol, 0 where they begin with no code.
    scan : Scan
        The scan's headers.
    known : tuple of 4 ndarray of uint64
        As for ``Known``; changed.

    Returns
    -------
    int
        0, or the number of a fault.
    """
    data, bounds, zeros = codes.data, codes.bounds, codes.zeros
    layout, steps, band = scan.layout, scan.steps, scan.band
    before = np.zeros((4, 2), np.int64)
    gap = 0
    for part in range(len(bounds) - 1):
        stop = bounds[part + 1]
        bit = int(bounds[part]) * 8
        before[:] = 0
        run = np.zeros(2, np.int64)
        for mcu in range(part * scan.interval, min((part + 1) * scan.interval, scan.across * scan.down)):
            top, left = mcu // scan.across, mcu % scan.across
            for c in range(len(layout)):
                across, down = layout[c]
                own, dc, ac = known[c], tables[scan.tables[c, 0]], tables[scan.tables[c, 1]]
                for block in range(across * down):
                    y, x = top * down + block // across, left * across + block % across
                    run[0], start = before[c, 0], bit
                    if band.told > 0:
                        bit, own[y, x] = _again(data, stop, bit, run, ac, band, own[y, x])
                    else:
                        bit, own[y, x] = _first(data, stop, bit, run, dc, ac, band, own[y, x])
                    if bit < 0:
                        return int(-bit)
                    if bit > stop * 8:
                        return TOO_EARLY
                    before[c, 0] = run[0]
                    while (zeros[gap] + ZEROS) * 8 < bit:
                        gap += 1
                    if zeros[gap] * 8 <= start and bit - start > _LONG:
                        return ERASED
                    if abs(run[0] * steps[c]) > _BRIGHTEST:
                        return BEYOND
        if run[1] > 0 or not _ends(data, (bit + 7) >> 3, stop):
            return TOO_LATE
    return 0
