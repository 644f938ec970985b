"""Picture files and color profiles made by hand, bit by bit, so that no reader's view of them is taken."""

import struct
import sys
import zlib

import numpy as np
import pytest


def _packed(rows: np.ndarray, bits: int, order: str) -> list[bytes]:
    """Rows of samples as bytes; each row starts at a byte."""
    if rows.dtype.kind in "fi" or bits in (8, 16, 32, 64):
        kind = rows.dtype.kind if rows.dtype.kind in "fi" else "u"
        return [row.astype(f"{order}{kind}{bits // 8}").tobytes() for row in rows]
    single = (rows[:, :, None].astype(np.int64) >> np.arange(bits - 1, -1, -1)) & 1
    return [np.packbits(row.reshape(-1).astype(np.uint8)).tobytes() for row in single]


def _lzw(data: bytes) -> bytes:
    """LZW that clears its table before it grows: codes of 9 bits throughout."""
    codes = []
    for i in range(0, len(data), 200):
        codes += [256, *data[i : i + 200]]
    text = "".join(f"{code:09b}" for code in [*codes, 257])
    text += "0" * (-len(text) % 8)
    return int(text, 2).to_bytes(len(text) // 8, "big")


def _packbits(data: bytes) -> bytes:
    pieces = [data[i : i + 128] for i in range(0, len(data), 128)]
    return b"".join(bytes([len(piece) - 1]) + piece for piece in pieces)


_COMPRESSED = {1: bytes, 5: _lzw, 8: zlib.compress, 32773: _packbits}


def _predicted(part: np.ndarray, predictor: int, bits: int, order: str, within: int) -> list[bytes]:
    """Rows (rows, columns * within) of a strip or tile, after the predictor."""
    rows = part.reshape(len(part), -1)
    if predictor == 1:
        return _packed(rows, bits, order)
    if predictor == 2:
        whole = part.view(f"u{part.dtype.itemsize}") if part.dtype.kind != "u" else part
        less = whole.copy()
        less[:, 1:] -= whole[:, :-1]
        return _packed(less.reshape(len(part), -1) & less.dtype.type(2**bits - 1), bits, order)
    found = []
    for row in rows:
        planes = row.astype(f">f{bits // 8}").view(np.uint8).reshape(-1, bits // 8).T.reshape(-1)
        less = planes.copy()
        less[within:] -= planes[:-within]
        found.append(less.tobytes())
    return found


def write_tiff(
    values, *, photometric, bits=None, order="<", big=False, planar=1, tile=None, rows=5,
    compression=1, predictor=1, fill=1, extra=(), orientation=1, tags=(), kind=None,
):  # fmt: skip
    """The bytes of a TIFF file of samples (H, W, S)."""
    height, width, count = values.shape
    bits = bits or values.dtype.itemsize * 8
    kind = kind or {"u": 1, "i": 2, "f": 3}[values.dtype.kind]
    planes = [values] if planar == 1 else [values[:, :, i : i + 1] for i in range(count)]
    parts = []
    for plane in planes:
        if tile:
            padded = np.zeros(
                (-(-height // tile) * tile, -(-width // tile) * tile, plane.shape[2]), plane.dtype
            )
            padded[:height, :width] = plane
            across = range(0, padded.shape[1], tile)
            boxes = [padded[y : y + tile, x : x + tile] for y in range(0, len(padded), tile) for x in across]
        else:
            boxes = [plane[y : y + rows] for y in range(0, height, rows)]
        for box in boxes:
            data = b"".join(_predicted(np.ascontiguousarray(box), predictor, bits, order, box.shape[2]))
            data = _COMPRESSED[compression](data)
            if fill == 2:
                data = bytes(int(f"{byte:08b}"[::-1], 2) for byte in data)
            parts.append(data)
    offsets, at = [], 16 if big else 8
    for part in parts:
        offsets.append(at)
        at += len(part)
    entries = [
        (256, 4, [width]), (257, 4, [height]), (258, 3, [bits] * count), (259, 3, [compression]),
        (262, 3, [photometric]), (266, 3, [fill]), (274, 3, [orientation]), (277, 3, [count]),
        (284, 3, [planar]), (317, 3, [predictor]), (339, 3, [kind] * count),
        *([(322, 4, [tile]), (323, 4, [tile]), (324, 4, offsets), (325, 4, [len(p) for p in parts])] if tile
          else [(273, 4, offsets), (278, 4, [rows]), (279, 4, [len(p) for p in parts])]),
        *([(338, 3, list(extra))] if extra else []), *tags,
    ]  # fmt: skip
    return _directory(b"".join(parts), sorted(entries, key=lambda entry: entry[0]), order, big)


def _directory(parts: bytes, entries, order: str, big: bool) -> bytes:
    start = 16 if big else 8
    parts += b"\0" * (-len(parts) % 2)
    at = start + len(parts)
    word, room = ("Q", 8) if big else ("I", 4)
    mark = b"II" if order == "<" else b"MM"
    head = (
        mark + struct.pack(order + "HHHQ", 43, 8, 0, at) if big else mark + struct.pack(order + "HI", 42, at)
    )
    table = struct.pack(order + ("Q" if big else "H"), len(entries))
    behind, place = b"", at + len(table) + len(entries) * (20 if big else 12) + room
    for tag, kind, content in entries:
        if isinstance(content, bytes):
            data, count = content, len(content)
        else:
            letter, numbers = {5: ("I", 2), 10: ("i", 2)}.get(kind) or ("BBHI"[kind - 1], 1)
            data = struct.pack(f"{order}{len(content)}{letter}", *content)
            count = len(content) // numbers
        field = (
            data.ljust(room, b"\0") if len(data) <= room else struct.pack(order + word, place + len(behind))
        )
        if len(data) > room:
            behind += data + b"\0" * (len(data) % 2)
        table += struct.pack(order + "HH" + word, tag, kind, count) + field
    return head + parts + table + struct.pack(order + word, 0) + behind


def write_icc(space: bytes, tags: dict[bytes, bytes], version: int = 2, connection: bytes = b"XYZ ") -> bytes:
    """The bytes of an ICC profile."""
    start = 132 + 12 * len(tags)
    table, body = struct.pack(">I", len(tags)), b""
    for name, content in tags.items():
        table += name + struct.pack(">II", start + len(body), len(content))
        body += content + b"\0" * (-len(content) % 4)
    head = struct.pack(">I4sI4s4s4s", start + len(body), b"\0" * 4, version << 24, b"mntr", space, connection)
    head = head.ljust(36, b"\0") + b"acsp"
    head = head.ljust(68, b"\0") + struct.pack(">3i", 63190, 65536, 54061)
    return head.ljust(128, b"\0") + table + body


def icc_curve(gamma) -> bytes:
    """A curve: of a gamma, or through the entries of a table."""
    if np.ndim(gamma):
        table = np.rint(np.asarray(gamma) * 65535).astype(">u2")
        return b"curv\0\0\0\0" + struct.pack(">I", len(table)) + table.tobytes()
    return b"curv\0\0\0\0" + struct.pack(">IH", 1, round(gamma * 256))


def icc_formula(form: int, *numbers: float) -> bytes:
    """A curve given by one of the ICC's formulas."""
    coded = struct.pack(f">{len(numbers)}i", *(round(65536 * n) for n in numbers))
    return b"para\0\0\0\0" + struct.pack(">HH", form, 0) + coded


def icc_rgb(primaries: np.ndarray, curve: bytes, version: int = 2) -> bytes:
    """A profile of primaries (their XYZ relative to D50, a column each) and one curve."""
    tags = {b"wtpt": b"XYZ \0\0\0\0" + struct.pack(">3i", 63190, 65536, 54061)}
    for name, column in zip((b"rXYZ", b"gXYZ", b"bXYZ"), primaries.T, strict=True):
        tags[name] = b"XYZ \0\0\0\0" + struct.pack(">3i", *(round(65536 * n) for n in column))
    tags |= dict.fromkeys((b"rTRC", b"gTRC", b"bTRC"), curve)
    return write_icc(b"RGB ", tags, version)


def icc_table(space: bytes, corners: np.ndarray, channels: int) -> bytes:
    """A profile of a table of Lab colors (L 0 … 100, a, b) at the corners of the device's cube."""
    lab = corners.reshape(-1, 3) * [65280 / 100, 256, 256] + [0, 32768, 32768]
    ramp = np.array([0, 65535], ">u2").tobytes()
    table = b"mft2\0\0\0\0" + bytes([channels, 3, 2, 0])
    table += struct.pack(">9i", 65536, 0, 0, 0, 65536, 0, 0, 0, 65536) + struct.pack(">HH", 2, 2)
    table += ramp * channels + np.rint(lab).clip(0, 65535).astype(">u2").tobytes() + ramp * 3
    return write_icc(space, {b"A2B0": table, b"A2B1": table}, connection=b"Lab ")


def chunk(name: bytes, content: bytes) -> bytes:
    """A chunk of a PNG file."""
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


def write_png(samples: np.ndarray, color_type: int, bits: int = 8, chunks: tuple = ()) -> bytes:
    """The bytes of a PNG file of samples (H, W, S), each row by another filter."""
    height, width, count = samples.shape
    lines, above, step = b"", b"", max(1, count * bits // 8)
    for y, row in enumerate(_packed(samples.reshape(height, -1), bits, ">")):
        row = np.frombuffer(row, np.uint8)
        left = np.concatenate([np.zeros(step, np.uint8), row[:-step]]) if len(row) > step else row * 0
        over = above if y else row * 0
        lines += bytes([y % 3]) + [row, row - left, row - over][y % 3].tobytes()
        above = row
    head = struct.pack(">IIBBBBB", width, height, bits, color_type, 0, 0, 0)
    parts = chunk(b"IHDR", head) + b"".join(chunk(*c) for c in chunks)
    return b"\x89PNG\r\n\x1a\n" + parts + chunk(b"IDAT", zlib.compress(lines)) + chunk(b"IEND", b"")


@pytest.fixture
def without_rawpy(monkeypatch):
    """As where the extra for camera raw is not installed."""
    monkeypatch.setitem(sys.modules, "rawpy", None)


@pytest.fixture(scope="session")
def by_hand():
    """All that makes files by hand."""
    from types import SimpleNamespace

    return SimpleNamespace(
        tiff=write_tiff,
        png=write_png,
        chunk=chunk,
        icc=write_icc,
        icc_rgb=icc_rgb,
        icc_curve=icc_curve,
        icc_formula=icc_formula,
        icc_table=icc_table,
    )
