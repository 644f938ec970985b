"""Damage in a JPEG file, which its decoders do not report.

A JPEG file has no checksum. Its Huffman codes are read here once more, without the picture: where bytes
were lost or overwritten, the codes of a scan do not end where its last block does, some bits are no code,
a block has more than 64 coefficients, or its brightness leaves the range. How much of it is found:
``tests/pictures/formats/test_jpeg_damage.py``. Damage that keeps the length of the codes, such as a
flipped bit in the value of a coefficient, is not found; arithmetic coding, which no camera writes, is not
checked.
"""

import struct
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from refocuslab.checks import megapixels
from refocuslab.pictures.formats.jpeg_codes import (
    BAD_CODE,
    BAD_RESTARTS,
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
from refocuslab.pictures.formats.samples import Unreadable

# Kinds of frames; the others are lossless, hierarchical or of arithmetic codes.
_SEQUENTIAL, _PROGRESSIVE = (0xC0, 0xC1), (0xC2,)
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}

_WORDS = {
    BAD_CODE: "a code in it is none",
    TOO_MANY: "a block in it has more than 64 coefficients",
    TOO_EARLY: "its data end too early",
    TOO_LATE: "its data go on where the picture ends",
    BEYOND: "a block in it is brighter than white or darker than black",
    ERASED: "a part of it was overwritten by zeros",
    BAD_RESTARTS: "its restart marks are not where they belong",
}


def check_jpeg(source: Path | bytes) -> None:
    """Refuse a JPEG file whose data are damaged or cut off.

    Parameters
    ----------
    source : Path or bytes
        The file, or its content.

    Raises
    ------
    Unreadable
        Damage is found; the message says which.
    """
    data = np.frombuffer(source if isinstance(source, bytes) else source.read_bytes(), np.uint8)
    try:
        _Reader(data).read()
    except (IndexError, struct.error, ValueError):
        raise Unreadable("it is damaged or cut off: its headers end too early") from None


class _Component(NamedTuple):
    """One of the colors of a frame.

    Attributes
    ----------
    sampling : tuple of int
        Its blocks in an MCU of all components: across, down.
    blocks : tuple of int
        Its blocks in a scan of its own: across, down.
    known : ndarray of uint64
        The coefficients of each block that are not zero, as bits; later scans of a progressive file ask.
    table : int
        Which quantizer.
    """

    sampling: tuple[int, int]
    blocks: tuple[int, int]
    known: NDArray[np.uint64]
    table: int


class _Reader:
    """Goes through a file's segments, and checks the codes of each scan."""

    def __init__(self, data: NDArray[np.uint8]) -> None:
        self.data = data
        self.kind: int | None = None  # of the frame, once its header was read
        self.components: dict[int, _Component] = {}
        self.interval = 0
        self.codes = np.zeros((8, 1 << 16), np.uint16)
        self.steps = np.ones(4, np.int64)
        # Where a mark may be: 0xFF and neither a stuffed zero nor another 0xFF.
        follow = data[1:]
        self.marks = np.flatnonzero((data[:-1] == 0xFF) & (follow != 0) & (follow != 0xFF))

    def read(self) -> None:
        at, seen = 2, set[int]()
        while True:
            mark = np.searchsorted(self.marks, at)
            if mark == len(self.marks):
                # Of a sequential file all that is shown has been read; decoders read it without a word.
                if self.kind in _PROGRESSIVE or not self.components or seen < set(self.components):
                    raise Unreadable("it is damaged or cut off: it has no end")
                return
            at = int(self.marks[mark])
            kind = int(self.data[at + 1])
            at += 2
            if kind == 0xD9:  # the end of the image
                break
            if kind == 0x01 or 0xD0 <= kind <= 0xD8:  # marks without a body
                continue
            body = self.data[at + 2 : at + self._short(at)].tobytes()
            at += self._short(at)
            if kind == 0xDB:
                self._quantization(body)
            elif kind == 0xC4:
                self._huffman(body)
            elif kind == 0xDD:
                (self.interval,) = struct.unpack_from(">H", body)
            elif kind in _FRAMES:
                if kind not in _SEQUENTIAL + _PROGRESSIVE or body[0] != 8:
                    return  # Pillow does not read it, or it is not checked
                self._frame(kind, body)
            elif kind == 0xDA:
                at = self._scan(body, at, seen)
        if not self.components or seen < set(self.components):
            raise Unreadable("it is damaged or cut off: a part of its colors is missing")

    def _short(self, at: int) -> int:
        return 256 * int(self.data[at]) + int(self.data[at + 1])

    def _quantization(self, body: bytes) -> None:
        at = 0
        while at < len(body):
            wide, which = body[at] >> 4, body[at] & 3
            self.steps[which] = struct.unpack_from(">H", body, at + 1)[0] if wide else body[at + 1]
            at += 129 if wide else 65

    def _huffman(self, body: bytes) -> None:
        at = 0
        while at < len(body):
            which = 4 * (body[at] >> 4 & 1) + (body[at] & 3)
            counts = body[at + 1 : at + 17]
            table, code, at = self.codes[which], 0, at + 17
            table[:] = 0
            for length, count in enumerate(counts, 1):
                for symbol in body[at : at + count]:
                    start = code << (16 - length)
                    table[start : start + (1 << (16 - length))] = length << 8 | symbol
                    code += 1
                code <<= 1
                at += count

    def _frame(self, kind: int, body: bytes) -> None:
        height, width, count = struct.unpack_from(">HHB", body, 1)
        layout = [struct.unpack_from(">BBB", body, 6 + 3 * i) for i in range(count)]
        shares = [part for _, hv, _ in layout for part in (hv >> 4, hv & 15)]
        sound = 1 <= count <= 4 and all(1 <= part <= 4 for part in shares)
        if self.kind is not None or not sound or 0 in (height, width):
            raise Unreadable("it is damaged: its headers contradict each other")
        if height * width > megapixels() * 1e6:
            raise Unreadable("it is damaged: its headers are of a larger picture")
        self.kind = kind
        across = max(hv >> 4 for _, hv, _ in layout)
        down = max(hv & 15 for _, hv, _ in layout)
        self.blocks = (_up(width, 8 * across), _up(height, 8 * down))
        for name, hv, table in layout:
            h, v = hv >> 4, hv & 15
            own = (_up(_up(width * h, across), 8), _up(_up(height * v, down), 8))
            known = np.zeros((self.blocks[1] * v, self.blocks[0] * h), np.uint64)
            self.components[name] = _Component((h, v), own, known, table & 3)

    def _scan(self, body: bytes, start: int, seen: set[int]) -> int:
        """Check a scan whose codes start there, add its components to those seen; where the codes end."""
        names = [body[1 + 2 * i] for i in range(body[0])]
        tables = [body[2 + 2 * i] for i in range(body[0])]
        low, high, bits = body[1 + 2 * len(names) : 4 + 2 * len(names)]
        known_names = set(names) <= set(self.components) and len(set(names)) == len(names) > 0
        if not known_names or not low <= high <= 63 or bits & 15 > 13:
            raise Unreadable("it is damaged: its headers contradict each other")
        if low == 0:
            seen |= set(names)
        stop, restarts = self._extent(start)
        data, bounds = _unstuffed(self.data[start:stop], restarts)
        chosen = [self.components[name] for name in names]
        alone = len(chosen) == 1
        across, down = chosen[0].blocks if alone else self.blocks
        interval = self.interval or across * down
        if len(bounds) - 1 != _up(across * down, interval):
            raise Unreadable(f"it is damaged: {_WORDS[BAD_RESTARTS if len(bounds) > 2 else TOO_EARLY]}")
        scan = Scan(
            interval=interval,
            across=across,
            down=down,
            layout=np.array([(1, 1)] if alone else [one.sampling for one in chosen]),
            tables=np.array([(t >> 4 & 3, 4 + (t & 3)) for t in tables]),
            steps=self.steps[[one.table for one in chosen]],
            band=Band(self.kind in _PROGRESSIVE, low, high, told=bits >> 4, shift=bits & 15),
        )
        none = np.zeros((1, 1), np.uint64)
        known = *(one.known for one in chosen), *[none] * (4 - len(chosen))
        fault = read_scan(Codes(data, bounds, _zeros(data)), self.codes, scan, known)
        if fault:
            raise Unreadable(f"it is damaged or cut off: {_WORDS[fault]}")
        return stop

    def _extent(self, start: int) -> tuple[int, NDArray[np.int64]]:
        """Where the codes end that start there, and their restart marks, counted from the start."""
        first = np.searchsorted(self.marks, start)
        kinds = self.data[self.marks[first:] + 1]
        others = np.flatnonzero((kinds < 0xD0) | (kinds > 0xD7))
        last = first + (others[0] if len(others) else len(kinds))
        # Restart marks are numbered 0 to 7, again and again.
        if not np.array_equal(kinds[: last - first] & 7, np.arange(last - first) & 7):
            raise Unreadable(f"it is damaged: {_WORDS[BAD_RESTARTS]}")
        stop = int(self.marks[last]) if last < len(self.marks) else len(self.data)
        return stop, self.marks[first:last] - start


def _up(number: int, unit: int) -> int:
    """How many units hold the number."""
    return -(-number // unit)


def _zeros(data: NDArray[np.uint8]) -> NDArray[np.int64]:
    """Where runs of ``ZEROS`` zero bytes start, then a place beyond the end."""
    before = np.concatenate([[0], np.cumsum(data != 0)])
    starts = np.flatnonzero(before[ZEROS:] == before[:-ZEROS]) if len(data) >= ZEROS else before[:0]
    return np.concatenate([starts, [len(data) + ZEROS]])


def _unstuffed(
    data: NDArray[np.uint8], restarts: NDArray[np.int64]
) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """The codes of a scan without stuffed zeros, fill bytes and restart marks, and where each part starts."""
    is_mark = data == 0xFF
    keep = np.ones(len(data), bool)
    keep[1:] &= ~(is_mark[:-1] & (data[1:] == 0))
    keep[:-1] &= ~(is_mark[:-1] & is_mark[1:])
    keep[restarts] = False
    keep[restarts + 1] = False
    before = np.concatenate([[0], np.cumsum(keep)])
    return data[keep], np.concatenate([[0], before[restarts], before[-1:]])
