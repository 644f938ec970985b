"""The population, measured case by case: each once, kept in a folder, and gone on with where it was left."""

import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from time import perf_counter
from typing import Any

from refocuslab.errors import RefocusError
from refocuslab.files.installed import PACKAGE, data_folder
from refocuslab.files.plain_files import write_whole
from refocuslab.lab.evidence.cases import POPULATION, Case, folder
from refocuslab.lab.evidence.measurements import measure
from refocuslab.lab.evidence.parts import Found
from refocuslab.lab.folders.locks import one_at_a_time
from refocuslab.lab.records import identity

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
        "scene": identity.name_of(identity.scene_files(str(folder(case.scene)))),
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
    measures = measure(case, threads=threads)
    found = {of: {name: _rounded(v) for name, v in one.items()} for of, one in measures.items()}
    made = made_of(case)
    record = {"case": asdict(case), "measures": found, "seconds": perf_counter() - start, "made_of": made}
    write_whole(place / f"{identity.name_of(made)}.json", json.dumps(record, indent=1).encode())
    return found


def _rounded(value: float | None) -> float | None:
    return None if value is None or value != value else float(f"{value:.{DIGITS}g}")


def keep(found: dict[Case, Found], file: Path) -> None:
    """Write the measures of a population into one file."""
    cases = [{**asdict(case), "measures": found[case]} for case in sorted(found)]
    lines = ",\n".join(json.dumps(case, separators=(",", ":")) for case in cases)
    write_whole(file, f'{{"cases": [\n{lines}\n]}}\n'.encode())


def measured(file: Path | None = None) -> dict[Case, Found]:
    """The measures in a file, by default those that were measured last and ship with refocuslab.

    Raises
    ------
    RefocusError
        The file is missing, or holds no population.
    """
    file = data_folder() / MEASURED if file is None else file
    try:
        cases = json.loads(file.read_bytes())["cases"]
        found = {Case(one["scene"], one["frame"], one["draw"]): one["measures"] for one in cases}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise RefocusError("evidence", "must be a file that `refocuslab evidence` wrote", file) from error
    if unknown := {case.scene for case in found} - POPULATION.keys():
        raise RefocusError("evidence", "must be of scenes in the population", ", ".join(sorted(unknown)))
    return found
