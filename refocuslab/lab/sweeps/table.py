"""The table of a sweep: one row a point, in the order of the grid, with scores and seconds."""

import csv
import io
from typing import Any, cast

from refocuslab.lab.records.identity import sha256
from refocuslab.lab.sweeps.point import SCORES
from refocuslab.lab.sweeps.sweep import Row

# The columns by name, in their order, each with one value a point.
Table = dict[str, list[Any]]


def columns(rows: list[Row]) -> Table:
    """The columns: the point's name, parameters, scores, why it failed, doubts, seconds in all and by stage.

    Seconds are those of the process that made the point. A stage whose result an earlier point had left costs
    almost nothing.
    """
    parameters = list(dict.fromkeys(name for row in rows for name in row.parameters))
    stages = list(dict.fromkeys(stage for row in rows if row.made for stage in row.made.seconds))
    table: Table = {"point": [row.name for row in rows]}
    table |= {name: [row.parameters.get(name) for row in rows] for name in parameters}
    for name in SCORES:
        table[name] = [None if (v := row.scores[name]) is None else float(v) for row in rows]
    table["failed"] = [row.why or None for row in rows]
    table["doubts"] = ["; ".join(row.made.doubts) or None if row.made else None for row in rows]
    seconds = [row.made.seconds if row.made else {} for row in rows]
    table["seconds"] = [sum(some.values()) if some else None for some in seconds]
    return table | {f"seconds_{stage}": [some.get(stage) for some in seconds] for stage in stages}


def csv_bytes(table: Table) -> bytes:
    """The table as CSV: a header, UTF-8, lines end with LF, None is empty."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(table)
    writer.writerows(zip(*table.values(), strict=True))
    return text.getvalue().encode()


def parquet_bytes(table: Table) -> bytes:
    """The table as Parquet; scores and seconds are float64, even where all of them are None."""
    import pyarrow
    from pyarrow import parquet

    sink = pyarrow.BufferOutputStream()
    numbers = {name: pyarrow.array(v, pyarrow.float64()) for name, v in table.items() if _is_measure(name)}
    texts = {name: pyarrow.array(table[name], pyarrow.string()) for name in ("failed", "doubts")}
    parquet.write_table(pyarrow.table(table | numbers | texts), sink)
    return cast(bytes, sink.getvalue().to_pybytes())


def digest(table: Table) -> str:
    """SHA-256 of the table without its seconds, which does not depend on the workers that made the points."""
    lasting = {name: values for name, values in table.items() if not name.startswith("seconds")}
    return sha256(csv_bytes(lasting))


def _is_measure(name: str) -> bool:
    return name in SCORES or name.startswith("seconds")
