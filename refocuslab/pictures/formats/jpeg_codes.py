"""The Huffman codes of a scan of a JPEG file, read for their lengths alone."""

import numpy as np

from refocuslab.running.kernels import kernel

_BAD_CODE, _TOO_MANY, _TOO_EARLY, _TOO_LATE, _BEYOND, _ERASED = 1, 2, 3, 4, 5, 7

# Zero bytes in a row, and bits of a block within them. Where all is flat, zeros are many short blocks; one
# long block of zeros is a lone dot, and this many in a row are no picture.
ERASED, _LONG = 64, 64

# A block's mean lies within 1024 in units of the quantizer's steps, as written; encoders that sharpen
# edges go somewhat beyond, a scan that is read from a wrong place goes far.
_BRIGHTEST = 1280


@kernel
def _peek(data, stop, bit):
    """The next 16 bits; zeros follow the end."""
    at = bit >> 3
    word = 0
    for i in range(3):
        word = word << 8 | (data[at + i] if at + i < stop else 0)
    return word >> (8 - (bit & 7)) & 0xFFFF


@kernel
def _first(data, stop, bit, state, dc, ac, low, high, shift, progressive, known, y, x):
    """A block of a sequential scan, or of a progressive one that tells coefficients for the first time.

    state: DC so far, blocks of the run of empty ones that are left. Where the block ends, or -fault.
    """
    k = low
    if low == 0:
        entry = dc[_peek(data, stop, bit)]
        if entry == 0:
            return -_BAD_CODE
        bit += entry >> 8
        size = entry & 15
        value = _peek(data, stop, bit) >> (16 - size) if size else 0
        if size and value < 1 << (size - 1):
            value -= (1 << size) - 1
        state[0] += value << shift
        bit += size
        k = 1
    if high == 0:
        return bit
    if state[1] > 0:
        state[1] -= 1
        return bit
    found = known[y, x]
    while k <= high:
        entry = ac[_peek(data, stop, bit)]
        if entry == 0:
            return -_BAD_CODE
        bit += entry >> 8
        run, size = entry >> 4 & 15, entry & 15
        if size == 0:
            if run == 15:
                k += 16
                continue
            if progressive and run > 0:
                state[1] = (1 << run) + (_peek(data, stop, bit) >> (16 - run)) - 1
                bit += run
            break
        k += run
        if k > 63:
            return -_TOO_MANY
        found |= np.uint64(1) << np.uint64(k)
        bit += size
        k += 1
    known[y, x] = found
    return bit


@kernel
def _again(data, stop, bit, state, ac, low, high, known, y, x):
    """A block of a progressive scan that tells one more bit of coefficients already told of."""
    if low == 0:
        return bit + 1
    before = known[y, x]
    found = before
    k = low
    if state[1] == 0:
        while k <= high:
            entry = ac[_peek(data, stop, bit)]
            if entry == 0:
                return -_BAD_CODE
            bit += entry >> 8
            run, size = entry >> 4 & 15, entry & 15
            if size == 0 and run < 15:
                state[1] = 1 << run
                if run > 0:
                    state[1] += _peek(data, stop, bit) >> (16 - run)
                    bit += run
                break
            bit += 1 if size else 0
            while k <= high:
                if before >> np.uint64(k) & np.uint64(1):
                    bit += 1
                else:
                    if run == 0:
                        break
                    run -= 1
                k += 1
            if size:
                if k > high:
                    return -_TOO_MANY
                found |= np.uint64(1) << np.uint64(k)
            k += 1
    if state[1] > 0:
        while k <= high:
            if before >> np.uint64(k) & np.uint64(1):
                bit += 1
            k += 1
        state[1] -= 1
    known[y, x] = found
    return bit


@kernel
def _ends(data, start, stop):
    """Whether what is left after the last block is none: nothing, or filled up with one value."""
    for i in range(start, stop):  # noqa: SIM110 - numba has no all()
        if data[i] != data[start] or (data[i] != 0 and data[i] != 255):
            return False
    return True


@kernel
def read_scan(
    data,
    empty,
    bounds,
    interval,
    mcus,
    layout,
    codes,
    tables,
    steps,
    known0,
    known1,
    known2,
    known3,
    spectrum,
    progressive,
):
    """Read a scan's codes to its end: 0, or the number of a fault.

    data: the codes; empty: where `ERASED` zero bytes start in them, and then a place beyond; bounds: where
    each part between restart marks starts and the last ends; interval:
    MCUs in a part; mcus: across and down; layout: blocks of each component in an MCU, across and down;
    codes: (length << 8 | symbol) of each 16 bits, a row for each table; tables: the rows of each
    component; known0 …: the coefficients of each block that are not zero, as bits; spectrum: the scan's
    first and last coefficient, the bits told before and those left.
    """
    low, high, told, shift = spectrum
    before = np.zeros((4, 2), np.int64)
    gap = 0
    for part in range(len(bounds) - 1):
        stop = bounds[part + 1]
        bit = bounds[part] * 8
        before[:] = 0
        run = np.zeros(2, np.int64)
        for mcu in range(part * interval, min((part + 1) * interval, mcus[0] * mcus[1])):
            top, left = mcu // mcus[0], mcu % mcus[0]
            for c in range(len(layout)):
                across, down = layout[c]
                known = known0 if c == 0 else known1 if c == 1 else known2 if c == 2 else known3
                dc, ac = codes[tables[c, 0]], codes[tables[c, 1]]
                for block in range(across * down):
                    y, x = top * down + block // across, left * across + block % across
                    run[0], start = before[c, 0], bit
                    if told > 0:
                        bit = _again(data, stop, bit, run, ac, low, high, known, y, x)
                    else:
                        bit = _first(data, stop, bit, run, dc, ac, low, high, shift, progressive, known, y, x)
                    if bit < 0:
                        return -bit
                    if bit > stop * 8:
                        return _TOO_EARLY
                    before[c, 0] = run[0]
                    while (empty[gap] + ERASED) * 8 < bit:
                        gap += 1
                    if empty[gap] * 8 <= start and bit - start > _LONG:
                        return _ERASED
                    if abs(run[0] * steps[c]) > _BRIGHTEST:
                        return _BEYOND
        if run[1] > 0 or not _ends(data, (bit + 7) >> 3, stop):
            return _TOO_LATE
    return 0
