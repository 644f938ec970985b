"""The records of several notebooks, joined into one report, and its measurements as a table of text."""

import hashlib
import json
import re
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

from refocuslab.errors import RefocusError
from refocuslab.lab.parameters.schema import NOTEBOOKS
from refocuslab.lab.records import changed
from refocuslab.lab.records.machine import machine
from refocuslab.lab.records.notebook_record import Record, json_of

# What results.json holds, see ``report``; and one of its entries, a record's with the name of its notebook.
NOT_JUDGED = "not judged"  # the verdict on what was measured on parts of scenes
Report = dict[str, Any]
Entry = dict[str, Any]


def report(records: Iterable[Record], files: dict[str, Path]) -> Report:
    """What results.json holds: the records joined, in the paper's order.

    Parameters
    ----------
    records : iterable of Record
        One a notebook.
    files : dict of str to Path
        The name of every file whose hash the report holds, relative to the results folder, and where the
        file lies now.

    Returns
    -------
    dict
        Plain JSON types: ``date``, ``machine``; ``notebooks``, ``figures``, ``rows`` and ``claims``, a
        list of dicts each; ``files``, {name: SHA-256}. A row has all parameters that it was made with. A row
        that two notebooks measured with the same result appears once. A claim has ``with``, what differs from
        the defaults, and ``part``, of how much of each scene it was measured, both empty as a rule; measured
        on a part, its verdict is "not judged".

    Raises
    ------
    RefocusError
        Two notebooks have a figure file of one name.
    """
    order = list(NOTEBOOKS)
    records = sorted(records, key=lambda one: order.index(one.notebook))
    owners: dict[str, str] = {}
    for one in records:
        for figure in one.figures:
            owner = owners.setdefault(figure.file, one.notebook)
            if owner != one.notebook:
                rule = "must belong to one notebook"
                raise RefocusError(figure.file, rule, f"{owner} and {one.notebook}")

    def entries(kind: str) -> list[Entry]:
        return [
            json_of(entry) | {"notebook": one.notebook} for one in records for entry in getattr(one, kind)
        ]

    parameters = {one.notebook: one.parameters for one in records}
    rows = _once(entries("rows"))
    for row in rows:
        row["parameters"] = parameters[row["notebook"]] | row["parameters"]
    claims = entries("claims")
    for claim in claims:
        ran = claim["notebook"], parameters[claim["notebook"]]
        claim |= {"with": changed.in_words(*ran), "part": changed.part(*ran)}
        if claim["part"]:
            claim["verdict"] = NOT_JUDGED
    return {
        "date": datetime.now().astimezone().isoformat(timespec="seconds"),
        "machine": machine(),
        "notebooks": [
            {"notebook": one.notebook, "seconds": one.seconds, "parameters": one.parameters}
            for one in records
        ],
        "figures": sorted(entries("figures"), key=lambda f: (_natural(f["figure"]), f["file"])),
        "rows": sorted(rows, key=lambda row: _natural(row["figure"])),
        "claims": sorted(claims, key=lambda claim: claim["number"]),
        "files": {
            name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in sorted(files.items())
        },
    }


def _once(rows: list[Entry]) -> list[Entry]:
    """The rows without those that a later notebook measured again with the same result."""
    first: dict[str, Entry] = {}
    for row in rows:
        measured = {name: value for name, value in row.items() if name not in ("notebook", "seconds")}
        first.setdefault(json.dumps(measured), row)
    return list(first.values())


def table(rows: list[Entry]) -> str:
    """The measured rows of a report as aligned text."""
    head = ("Figure", "Variant", "Scene", "PSNR dB", "SSIM", "Reblur RMS", "Seconds")
    lines = [head, *(row_texts(row) for row in rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    texts = []
    for line in lines:
        left = [text.ljust(width) for text, width in zip(line[:3], widths[:3], strict=True)]
        right = [text.rjust(width) for text, width in zip(line[3:], widths[3:], strict=True)]
        texts.append("  ".join(left + right).rstrip())
    texts.insert(1, "  ".join("-" * width for width in widths))
    return "\n".join(texts)


def row_texts(row: Entry) -> tuple[str, ...]:
    """A row's seven columns as a person reads them.

    Examples
    --------
    >>> from refocuslab.lab.records.report import row_texts
    >>> row = {"figure": "3a", "variant": "image-scene alone", "scene": "coffee"}
    >>> row_texts(row | {"psnr": 31.24, "ssim": None, "reblur_rms": 2.5, "seconds": 0.12})
    ('3a', 'image-scene alone', 'coffee', '31.2', '–', '2.50', '0.1')
    """
    numbers = ((row["psnr"], 1), (row["ssim"], 3), (row["reblur_rms"], 2), (row["seconds"], 1))
    return (row["figure"], row["variant"], row["scene"], *(_rounded(*n) for n in numbers))


def _rounded(value: float | str | None, digits: int) -> str:
    if value is None:
        return "–"
    return str(value).replace("Infinity", "∞") if isinstance(value, str) else f"{value:.{digits}f}"


def _natural(text: str) -> list[tuple[bool, int | str]]:
    """A key that sorts 2 before 10, and numbers before words."""
    parts = re.findall(r"\d+|\D+", text)
    return [(not part.isdigit(), int(part) if part.isdigit() else part) for part in parts]
