"""Damage in a JPEG file, which its decoders pass over without a word.

A JPEG file has no checksum. Its Huffman codes are read here once more, without the picture: where bytes
were lost or overwritten, the codes of a scan do not end where its last block does, a code is none, a block
has more than 64 coefficients, or its brightness leaves the range. What is found so and what is not:
``tests/pictures/formats/test_jpeg_damage.py``. Not found is damage that leaves the length of the codes as
it was, such as a flipped bit in the value of a coefficient; and arithmetic coding, which no camera
writes, is not checked.
"""

import struct
from pathlib import Path

import numpy as np

from refocuslab.checks import megapixels
from refocuslab.pictures.formats.jpeg_codes import ERASED, read_scan
from refocuslab.pictures.formats.samples import Unreadable

_SEQUENTIAL, _PROGRESSIVE = (0xC0, 0xC1), (0xC2,)
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}

_WORDS = {
    1: "a code in it is none",
    2: "a block in it has more than 64 coefficients",
    3: "its data end too early",
    4: "its data go on where the picture ends",
    5: "a block in it is brighter than white or darker than black",
    7: "a part of it was overwritten by zeros",
    6: "its restart marks are not where they belong",
}


def check_jpeg(source: Path | bytes) -> None:
    """`Unreadable` where the data of a JPEG file are damaged or cut off."""
    data = np.frombuffer(source if isinstance(source, bytes) else source.read_bytes(), np.uint8)
    try:
        _Reader(data).read()
    except (IndexError, struct.error, ValueError):
        raise Unreadable("it is damaged or cut off: its headers end too early") from None


class _Reader:
    def __init__(self, data: np.ndarray):
        self.data = data
        self.frame, self.components, self.interval = None, {}, 0
        self.codes = np.zeros((8, 1 << 16), np.uint16)
        self.steps = np.ones(4, np.int64)
        # Where a mark may be: 0xFF and neither a stuffed zero nor another 0xFF.
        follow = data[1:]
        self.marks = np.flatnonzero((data[:-1] == 0xFF) & (follow != 0) & (follow != 0xFF))

    def read(self) -> None:
        at, seen = 2, set()
        while True:
            mark = np.searchsorted(self.marks, at)
            if mark == len(self.marks):
                if self.frame in _PROGRESSIVE or not self.components or seen < set(self.components):
                    raise Unreadable("it is damaged or cut off: it has no end")
                return
            at = int(self.marks[mark])
            kind = int(self.data[at + 1])
            at += 2
            if kind == 0xD9:
                break
            if kind == 0x01 or 0xD0 <= kind <= 0xD8:
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
                    return  # no decoder of ours reads it, or it is not checked
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
        if self.frame is not None or not sound or 0 in (height, width):
            raise Unreadable("it is damaged: its headers contradict each other")
        if height * width > megapixels() * 1e6:
            raise Unreadable("it is damaged: its headers are of a larger picture")
        self.frame = kind
        across = max(hv >> 4 for _, hv, _ in layout)
        down = max(hv & 15 for _, hv, _ in layout)
        self.blocks = (_up(width, 8 * across), _up(height, 8 * down))
        self.components = {}
        for name, hv, table in layout:
            h, v = hv >> 4, hv & 15
            own = (_up(_up(width * h, across), 8), _up(_up(height * v, down), 8))
            # Which coefficients of each block are not zero: later scans of a progressive file ask.
            known = np.zeros((self.blocks[1] * v, self.blocks[0] * h), np.uint64)
            self.components[name] = (h, v, own, known, table & 3)

    def _scan(self, body: bytes, start: int, seen: set[int]) -> int:
        """Read a scan's codes; where the mark lies that ends it."""
        names = [body[1 + 2 * i] for i in range(body[0])]
        tables = [body[2 + 2 * i] for i in range(body[0])]
        low, high, bits = body[1 + 2 * len(names) : 4 + 2 * len(names)]
        known_names = set(names) <= set(self.components) and len(set(names)) == len(names) > 0
        if not known_names or not low <= high <= 63 or bits & 15 > 13:
            raise Unreadable("it is damaged: its headers contradict each other")
        if low == 0:
            seen |= set(names)
        first = np.searchsorted(self.marks, start)
        kinds = self.data[self.marks[first:] + 1]
        others = np.flatnonzero((kinds < 0xD0) | (kinds > 0xD7))
        last = first + (others[0] if len(others) else len(kinds))
        stop = int(self.marks[last]) if last < len(self.marks) else len(self.data)
        restarts = self.marks[first:last] - start
        if not np.array_equal(kinds[: last - first] & 7, np.arange(last - first) & 7):
            raise Unreadable(f"it is damaged: {_WORDS[6]}")
        codes, bounds = _unstuffed(self.data[start:stop], restarts)
        chosen = [self.components[name] for name in names]
        if len(chosen) == 1:
            layout, mcus = [(1, 1)], chosen[0][2]
        else:
            layout, mcus = [c[:2] for c in chosen], self.blocks
        total = mcus[0] * mcus[1]
        interval = self.interval or total
        if len(bounds) - 1 != _up(total, interval):
            raise Unreadable(f"it is damaged: {_WORDS[6 if len(bounds) > 2 else 3]}")
        known = [c[3] for c in chosen] + [np.zeros((1, 1), np.uint64)] * (4 - len(chosen))
        fault = read_scan(
            codes,
            _empty(codes),
            bounds,
            interval,
            np.array(mcus),
            np.array(layout),
            self.codes,
            np.array([(t >> 4 & 3, 4 + (t & 3)) for t in tables]),
            self.steps[[c[4] for c in chosen]],
            *known,
            np.array([low, high, bits >> 4, bits & 15]),
            self.frame in _PROGRESSIVE,
        )
        if fault:
            raise Unreadable(f"it is damaged or cut off: {_WORDS[fault]}")
        return stop


def _up(number: int, unit: int) -> int:
    return -(-number // unit)


def _empty(codes: np.ndarray) -> np.ndarray:
    """Where runs of zero bytes start, and then a place beyond all."""
    before = np.concatenate([[0], np.cumsum(codes != 0)])
    starts = np.flatnonzero(before[ERASED:] == before[:-ERASED]) if len(codes) >= ERASED else before[:0]
    return np.concatenate([starts, [len(codes) + ERASED]])


def _unstuffed(data: np.ndarray, restarts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The codes of a scan without stuffed zeros, fill bytes and restart marks, and where each part starts."""
    is_mark = data == 0xFF
    keep = np.ones(len(data), bool)
    keep[1:] &= ~(is_mark[:-1] & (data[1:] == 0))
    keep[:-1] &= ~(is_mark[:-1] & is_mark[1:])
    keep[restarts] = False
    keep[restarts + 1] = False
    before = np.concatenate([[0], np.cumsum(keep)])
    return data[keep], np.concatenate([[0], before[restarts], before[-1:]])
