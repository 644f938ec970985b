"""The population, measured case by case: each once, kept in a folder, and gone on with where it was left."""

import json
import warnings
from collections.abc import Callable
from dataclasses import asdict, astuple, dataclass
from datetime import datetime
from pathlib import Path
from time import perf_counter
from typing import Any

from refocuslab.errors import RefocusError, RefocusWarning
from refocuslab.files.installed import PACKAGE, data_folder
from refocuslab.files.plain_files import write_whole
from refocuslab.lab.evidence.cases import POPULATION, Case
from refocuslab.lab.evidence.measurements import measure
from refocuslab.lab.evidence.parts import Found
from refocuslab.lab.folders.locks import one_at_a_time
from refocuslab.lab.records import identity
from refocuslab.lab.records.machine import machine

MEASURED = "evidence.json"
DIGITS = 6  # significant, in what is kept: a thousandth of every threshold, and the same on every machine


def made_of(case: Case) -> dict[str, Any]:
    """All that determines a case's numbers."""
    here = PACKAGE / "lab"
    sources = [here / "evidence" / "cases.py", here / "evidence" / "measurements.py"]
    sources += [here / "measures" / f"{name}.py" for name in ("candidate_quality", "picture_measures")]
    return {
        "kind": "evidence",
        "case": asdict(case),
        "scene": identity.name_of(identity.scene_files(case.scene)),
        "program": identity.method_program(),
        "measures": {path.name: identity.sha256(path.read_bytes()) for path in sources},
    }


def make(
    wanted: list[Case],
    place: Path,
    *,
    threads: int | None = None,
    step: Callable[[int, int], object] = lambda done, of: None,
) -> dict[Case, Found]:
    """The measures of every case; those that ``place`` holds already are read, the others made and kept.

    Each is written whole as soon as it is done, so the same call goes on where a killed one ended.
    """
    found: dict[Case, Found] = {}
    place.mkdir(parents=True, exist_ok=True)
    with one_at_a_time(place, "evidence"):
        for number, case in enumerate(wanted):
            step(number, len(wanted))
            found[case] = _kept(case, place) or _made(case, place, threads)
        step(len(wanted), len(wanted))
    return found


def _kept(case: Case, place: Path) -> Found | None:
    try:
        record = json.loads((place / f"{identity.name_of(made_of(case))}.json").read_bytes())
        found: Found = record["measures"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return found if record.get("case") == asdict(case) and isinstance(found, dict) else None


def _made(case: Case, place: Path, threads: int | None) -> Found:
    start = perf_counter()
    with warnings.catch_warnings():
        # The population holds scenes that the method can't do, so that it is seen to fail: no doubt is news.
        warnings.simplefilter("ignore", RefocusWarning)
        measures = measure(case, threads=threads)
    found = {of: {name: _rounded(v) for name, v in one.items()} for of, one in measures.items()}
    made = made_of(case)
    record = {"case": asdict(case), "measures": found, "seconds": perf_counter() - start, "made_of": made}
    write_whole(place / f"{identity.name_of(made)}.json", json.dumps(record, indent=1).encode())
    return found


def _rounded(value: float | None) -> float | None:
    return None if value is None or value != value else float(f"{value:.{DIGITS}g}")


@dataclass(frozen=True)
class Evidence:
    """A population and where it was measured.

    Attributes
    ----------
    found : dict of Case to measures
        As ``make`` gives them.
    machine : dict
        The machine, as ``records.machine`` tells it.
    date : str
        The day, as in 2026-01-31.
    program : str
        The method that was measured, by a hash.
    """

    found: dict[Case, Found]
    machine: dict[str, Any]
    date: str
    program: str

    @classmethod
    def of(cls, found: dict[Case, Found]) -> "Evidence":
        """What has just been measured here."""
        return cls(found, machine(), datetime.now().strftime("%Y-%m-%d"), identity.method_program()["source"])

    def as_bytes(self) -> bytes:
        """The content of a file: a line for each case, a column for each measure."""
        columns = sorted({(of, name) for one in self.found.values() for of in one for name in one[of]})
        head = {"machine": self.machine, "date": self.date, "program": self.program, "columns": columns}
        rows = [
            [*astuple(case), *(self.found[case].get(of, {}).get(name) for of, name in columns)]
            for case in sorted(self.found)
        ]
        lines = ",\n".join(json.dumps(row, separators=(",", ":")) for row in rows)
        return f'{json.dumps(head)[:-1]}, "rows": [\n{lines}\n]}}\n'.encode()


def measured(file: Path | None = None) -> Evidence:
    """The population in a file, by default the one that ships with refocuslab.

    Raises
    ------
    RefocusError
        The file is missing, or holds no population.
    """
    file = data_folder() / MEASURED if file is None else file
    try:
        whole = json.loads(file.read_bytes())
        columns = [(of, name) for of, name in whole["columns"]]
        found: dict[Case, Found] = {}
        for scene, frame, draw, *values in whole["rows"]:
            one = found.setdefault(Case(scene, frame, draw), {})
            for (of, name), value in zip(columns, values, strict=True):
                if value is not None:
                    one.setdefault(of, {})[name] = float(value)
        evidence = Evidence(found, dict(whole["machine"]), str(whole["date"]), str(whole["program"]))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise RefocusError("evidence", "must be a file that `refocuslab evidence` wrote", file) from error
    if unknown := {case.scene for case in found} - POPULATION.keys():
        raise RefocusError("evidence", "must be of scenes in the population", ", ".join(sorted(unknown)))
    return evidence
