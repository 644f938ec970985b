"""LZW and PackBits as TIFF files have them; libtiff would write to the terminal what is wrong with a file."""

import numpy as np
from numpy.typing import NDArray

from refocuslab.running.kernels import kernel

# Two codes of LZW, which clear the table and end the data, and the most codes (12 bits).
_CLEAR, _END, _MOST = 256, 257, 4096


@kernel
def lzw(data: NDArray[np.uint8], out: NDArray[np.uint8]) -> int:
    """Decode LZW (TIFF 6.0, section 13).

    Parameters
    ----------
    data : ndarray of uint8, (n,)
        The compressed bytes.
    out : ndarray of uint8, (m,)
        Written to, until it is full or the data end.

    Returns
    -------
    int
        How many bytes of ``out`` were written; -1 where a code is not in the table.
    """
    # The string of a code is a place in the output: that of a new code is the last one and the byte after it.
    starts = np.zeros(_MOST + 1, np.int64)
    lengths = np.zeros(_MOST + 1, np.int64)
    filled, bit, width, new = 0, 0, 9, 258
    last = -1
    while filled < len(out) and bit + width <= 8 * len(data):
        at = bit >> 3
        word = 0
        for i in range(3):
            word = word << 8 | (data[at + i] if at + i < len(data) else 0)
        code = word >> (24 - width - (bit & 7)) & ((1 << width) - 1)
        bit += width
        if code == _END:
            break
        if code == _CLEAR:
            width, new, last = 9, 258, -1
            continue
        if last >= 0 and new < _MOST:
            starts[new], lengths[new] = last, filled - last + 1
            new += 1
        if code >= new or (last < 0 and code > 255):
            return -1
        begun = filled
        if code < 256:
            out[filled] = code
            filled += 1
        else:
            for i in range(lengths[code]):
                if filled == len(out):
                    break
                out[filled] = out[starts[code] + i]
                filled += 1
        last = begun
        # One code earlier than necessary, as all writers do.
        if new >= (1 << width) - 1 and width < 12:
            width += 1
    return filled


@kernel
def packbits(data: NDArray[np.uint8], out: NDArray[np.uint8]) -> int:
    """Decode PackBits (TIFF 6.0, section 9): as ``lzw``, but every byte is a code."""
    filled, at = 0, 0
    while filled < len(out) and at < len(data):
        head = data[at]
        at += 1
        if head == 128:
            continue
        if head < 128:
            for _ in range(head + 1):
                if at == len(data) or filled == len(out):
                    return filled
                out[filled] = data[at]
                filled += 1
                at += 1
        elif at < len(data):
            for _ in range(257 - head):
                if filled == len(out):
                    return filled
                out[filled] = data[at]
                filled += 1
            at += 1
    return filled
