"""The table of a sweep: a row for every point, in the grid's order, with scores and seconds."""

import csv
import io

from refocuslab.lab.records.identity import sha256
from refocuslab.lab.sweeps.point import SCORES
from refocuslab.lab.sweeps.sweep import Row


def columns(rows: list[Row]) -> dict[str, list]:
    """The table, column by column: parameters, scores, what failed, then seconds per stage.

    Seconds are what a point took where it was made: a stage that it shared with one before costs 0.
    """
    parameters = list(dict.fromkeys(name for row in rows for name in row.parameters))
    stages = list(dict.fromkeys(stage for row in rows if row.made for stage in row.made.seconds))
    table = {"point": [row.name for row in rows]}
    table |= {name: [row.parameters.get(name) for row in rows] for name in parameters}
    for name in SCORES:
        table[name] = [None if (v := row.scores[name]) is None else float(v) for row in rows]
    table["failed"] = [row.why or None for row in rows]
    table["doubts"] = ["; ".join(row.made.doubts) or None if row.made else None for row in rows]
    seconds = [row.made.seconds if row.made else {} for row in rows]
    table["seconds"] = [sum(some.values()) if some else None for some in seconds]
    return table | {f"seconds_{stage}": [some.get(stage) for some in seconds] for stage in stages}


def csv_bytes(table: dict[str, list]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(table)
    writer.writerows(zip(*table.values(), strict=True))
    return text.getvalue().encode()


def parquet_bytes(table: dict[str, list]) -> bytes:
    import pyarrow
    from pyarrow import parquet

    sink = pyarrow.BufferOutputStream()
    numbers = {name: pyarrow.array(v, pyarrow.float64()) for name, v in table.items() if _is_measure(name)}
    texts = {name: pyarrow.array(table[name], pyarrow.string()) for name in ("failed", "doubts")}
    parquet.write_table(pyarrow.table(table | numbers | texts), sink)
    return sink.getvalue().to_pybytes()


def digest(table: dict[str, list]) -> str:
    """The hash of a table but for its seconds: the same wherever and however it was made."""
    lasting = {name: values for name, values in table.items() if not name.startswith("seconds")}
    return sha256(csv_bytes(lasting))


def _is_measure(name: str) -> bool:
    return name in SCORES or name.startswith("seconds")
