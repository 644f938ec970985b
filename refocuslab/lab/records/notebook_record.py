"""What the notebooks measured: one record each, and the report that joins them."""

import hashlib
import importlib.metadata
import json
import math
import os
import platform
import re
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from refocuslab.errors import RefocusError
from refocuslab.files.plain_files import write_whole
from refocuslab.lab.parameters.validation import NOTEBOOKS, notebook_name, plain, validate

VERDICTS = ("reproduced", "in part", "not")
PACKAGES = (
    *("refocuslab", "numpy", "scipy", "numba", "scikit-image"),
    *("matplotlib", "pydantic", "papermill", "nbclient", "ipykernel", "jupyterlab"),
)


def _number(value: float) -> float:
    if math.isnan(value):
        raise ValueError("should be a number, or None where there is none")
    return value


def _file_name(value: str) -> str:
    if value != Path(value).name or value.startswith("."):
        raise ValueError("should be the name of a file in the results folder")
    return value


Text = Annotated[str, Field(min_length=1)]
Measure = Annotated[float, AfterValidator(_number)]
FileName = Annotated[str, AfterValidator(_file_name)]


class _Strict(BaseModel):
    # An infinite PSNR (a perfect photo) is written as "Infinity", which JSON itself has not.
    model_config = ConfigDict(extra="forbid", frozen=True, ser_json_inf_nan="strings")


class Figure(_Strict):
    """A picture for the page: its file and caption, and the paper's number or a word of ours."""

    figure: Text
    file: FileName
    caption: Text


class Row(_Strict):
    """One variant in one figure, measured inside the mask.

    ``psnr`` in dB, ``ssim`` at most 1, ``reblur_rms`` in 8-bit grey levels, ``seconds`` of
    refocusing; None where there is nothing to measure. ``parameters`` are those in which the
    variant departs from the notebook's.
    """

    figure: Text
    variant: Text
    scene: Text
    psnr: Measure | None = None
    ssim: Measure | None = None
    reblur_rms: Measure | None = None
    seconds: Annotated[Measure, Field(ge=0)] | None = None
    parameters: dict[str, bool | int | float | str] = {}


class Claim(_Strict):
    """A claim of the paper, what was measured to test it, what came out, what would have done."""

    number: Annotated[int, Field(ge=1)]
    section: Text
    statement: Text
    measure: Text
    value: Measure | Text
    verdict: Literal[VERDICTS]
    tolerance: str = ""


class Record(_Strict):
    """All that one notebook has to report; ``seconds`` is its whole run, set by the runner."""

    notebook: Text
    parameters: dict[str, bool | int | float | str]
    figures: tuple[Figure, ...] = ()
    rows: tuple[Row, ...] = ()
    claims: tuple[Claim, ...] = ()
    seconds: Annotated[Measure, Field(ge=0)] | None = None


def record(
    results: str | os.PathLike,
    notebook: str,
    parameters: dict,
    *,
    figures: Iterable = (),
    rows: Iterable = (),
    claims: Iterable = (),
) -> Path | None:
    """Check what a notebook measured, and write it to ``<results>/<notebook>.json``, whole.

    Parameters
    ----------
    results
        The folder into which the notebook has already saved its figures. Empty: only check.
    notebook, parameters
        The notebook's name and all its parameters.
    figures, rows, claims
        Dicts (or dataclasses) with the fields of `Figure`, `Row` and `Claim`; numpy scalars are
        welcome.

    Returns
    -------
    Path or None
        The file written, None if ``results`` is empty.

    Raises
    ------
    RefocusError
        A field is missing, unknown or of the wrong kind, or a figure's file is not there.
    """
    name = notebook_name(notebook)
    values = {k: v for k, v in validate(name, parameters).items() if k != "results"}
    entries = {"figures": figures, "rows": rows, "claims": claims}
    entries = {key: [plain(entry) for entry in some] for key, some in entries.items()}
    try:
        whole = Record(notebook=name, parameters=values, **entries)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(map(str, first["loc"]))
        raise RefocusError(f"{name} record, {where}", first["msg"], repr(first["input"])) from None
    if not os.fspath(results):
        return None
    folder = Path(results)
    for figure in whole.figures:
        if not (folder / figure.file).is_file():
            rule = "must be saved in the results folder before the record"
            raise RefocusError("figure", rule, figure.file)
    folder.mkdir(parents=True, exist_ok=True)
    return save_record(whole, folder)


def save_record(whole: Record, folder: Path) -> Path:
    path = folder / f"{whole.notebook}.json"
    write_whole(path, json_bytes(_json(whole)))
    return path


def read_record(folder: Path, notebook: str) -> Record | None:
    """The record of a notebook in ``folder``; None if it is broken, or it or a figure missing."""
    path = folder / f"{notebook}.json"
    try:
        whole = Record.model_validate_json(path.read_bytes())
    except (OSError, ValidationError):
        return None
    there = whole.notebook == notebook and all((folder / f.file).is_file() for f in whole.figures)
    return whole if there else None


def report(records: Iterable[Record], files: dict[str, Path]) -> dict:
    """What results.json holds: the records joined, in the paper's order.

    ``files`` maps the name of every file that the report vouches for, relative to the results
    folder, to where it lies now; the report holds their SHA-256. Raises ``RefocusError`` if two
    notebooks claim one figure file.
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

    def entries(kind: str) -> list[dict]:
        return [_json(entry) | {"notebook": one.notebook} for one in records for entry in getattr(one, kind)]

    parameters = {one.notebook: one.parameters for one in records}
    rows = _once(entries("rows"))
    for row in rows:
        row["parameters"] = parameters[row["notebook"]] | row["parameters"]
    return {
        "date": datetime.now().astimezone().isoformat(timespec="seconds"),
        "machine": machine(),
        "notebooks": [
            {"notebook": one.notebook, "seconds": one.seconds, "parameters": one.parameters}
            for one in records
        ],
        "figures": sorted(entries("figures"), key=lambda f: (_natural(f["figure"]), f["file"])),
        "rows": sorted(rows, key=lambda row: _natural(row["figure"])),
        "claims": sorted(entries("claims"), key=lambda claim: claim["number"]),
        "files": {
            name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in sorted(files.items())
        },
    }


def _once(rows: list[dict]) -> list[dict]:
    """The rows without those that a later notebook measured again with the same result."""
    first: dict[str, dict] = {}
    for row in rows:
        measured = {name: value for name, value in row.items() if name not in ("notebook", "seconds")}
        first.setdefault(json.dumps(measured), row)
    return list(first.values())


def machine() -> dict:
    """The machine and the versions that the seconds, and the last decimals, depend on."""
    versions = {}
    for package in PACKAGES:
        try:
            versions[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            continue
    return {
        "cpu": _cpu_model(),
        "cores": _cores(),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "packages": versions,
    }


def table(rows: list[dict]) -> str:
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


def row_texts(row: dict) -> tuple[str, ...]:
    """A row's seven columns as a person reads them."""
    numbers = ((row["psnr"], 1), (row["ssim"], 3), (row["reblur_rms"], 2), (row["seconds"], 1))
    return (row["figure"], row["variant"], row["scene"], *(_rounded(*n) for n in numbers))


def json_bytes(value: dict) -> bytes:
    return (json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False) + "\n").encode()


def _json(model: BaseModel) -> dict:
    # Not model_dump(mode="json"): only the text form turns an infinity into "Infinity".
    return json.loads(model.model_dump_json())


def _rounded(value: float | str | None, digits: int) -> str:
    if value is None:
        return "–"
    return str(value).replace("Infinity", "∞") if isinstance(value, str) else f"{value:.{digits}f}"


def _natural(text: str) -> list:
    return [(not part.isdigit(), int(part) if part.isdigit() else part)
            for part in re.findall(r"\d+|\D+", text)]  # fmt: skip


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _cpu_model() -> str:
    try:
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()
