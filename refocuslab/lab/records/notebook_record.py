"""The record of a notebook: its figures, what it measured, and the claims that it judges."""

import json
import math
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from refocuslab.errors import RefocusError
from refocuslab.files.plain_files import write_whole
from refocuslab.lab.parameters.validation import notebook_name, plain, validate

# What can be said of a claim, or of a figure.
Verdict = Literal["reproduced", "in part", "not"]


def _number(value: float) -> float:
    if math.isnan(value):
        raise ValueError("should be a number, or None where there is none")
    return value


def _file_name(value: str) -> str:
    if value != Path(value).name or value.startswith("."):
        raise ValueError("should be the name of a file in the results folder")
    return value


# The kinds of a record's fields: text that is not empty, a number that is not NaN, a file without a folder.
Text = Annotated[str, Field(min_length=1)]
Measure = Annotated[float, AfterValidator(_number)]
FileName = Annotated[str, AfterValidator(_file_name)]


class _Strict(BaseModel):
    # An infinite PSNR (a perfect photo) is written as "Infinity", which JSON itself has not.
    model_config = ConfigDict(extra="forbid", frozen=True, ser_json_inf_nan="strings")


class Figure(_Strict):
    """A picture for the page.

    Attributes
    ----------
    figure : str
        The paper's number, such as "3a", or a word where the paper has no such figure.
    file : str
        The file's name in the results folder.
    caption : str
        A sentence or two, below the picture.
    """

    figure: Text
    file: FileName
    caption: Text


class Row(_Strict):
    """One variant in one figure, measured inside the mask; None where there is nothing to measure.

    Attributes
    ----------
    figure : str
        As in ``Figure``.
    variant : str
        What was tried.
    scene : str
        The scene's name.
    psnr : float or None
        In dB; infinite for a perfect photo.
    ssim : float or None
        At most 1.
    reblur_rms : float or None
        In gray levels, 0..255.
    seconds : float or None
        Of refocusing.
    parameters : dict
        Those in which the variant departs from the notebook's.
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
    """A claim of the paper and its verdict.

    Attributes
    ----------
    number : int
        From 1, in the paper's order.
    section : str
        The paper's section.
    statement : str
        What the paper claims.
    measure : str
        What was measured to test it.
    value : float or str
        The result of the measurement.
    verdict : {"reproduced", "in part", "not"}
        "reproduced" if all that the claim says was measured, "in part" if some of it was.
    tolerance : str
        The thresholds, in words.
    """

    number: Annotated[int, Field(ge=1)]
    section: Text
    statement: Text
    measure: Text
    value: Measure | Text
    verdict: Verdict
    tolerance: str = ""


class Record(_Strict):
    """All that one notebook has to report.

    Attributes
    ----------
    notebook : str
        Its name.
    parameters : dict
        All its parameters but ``results``.
    figures, rows, claims : tuple
        What it drew, measured and judged.
    seconds : float or None
        Of its whole run; set by the runner.
    """

    notebook: Text
    parameters: dict[str, bool | int | float | str]
    figures: tuple[Figure, ...] = ()
    rows: tuple[Row, ...] = ()
    claims: tuple[Claim, ...] = ()
    seconds: Annotated[Measure, Field(ge=0)] | None = None


def record(
    results: str | os.PathLike[str],
    notebook: str,
    parameters: Mapping[str, Any],
    *,
    figures: Iterable[Any] = (),
    rows: Iterable[Any] = (),
    claims: Iterable[Any] = (),
) -> Path | None:
    """Check what a notebook measured, and write it to ``<results>/<notebook>.json``, whole.

    Parameters
    ----------
    results : str or PathLike
        The folder into which the notebook has already saved its figures. Empty: only check.
    notebook : str
        The notebook's name.
    parameters : mapping
        Its parameters; those that are not given have their defaults.
    figures, rows, claims : iterable
        Each a ``Figure``, ``Row`` or ``Claim``, or a dict or dataclass with its fields; numpy scalars are
        taken as the plain values that they stand for.

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
    given = {"figures": figures, "rows": rows, "claims": claims}
    # Each entry may be whatever its maker handed in: checking it is what the model is for.
    entries: dict[str, Any] = {key: [plain(entry) for entry in some] for key, some in given.items()}
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
    """Write a record to ``<folder>/<its notebook>.json``, whole, and return that path."""
    path = folder / f"{whole.notebook}.json"
    write_whole(path, json_bytes(json_of(whole)))
    return path


def read_record(folder: Path, notebook: str) -> Record | None:
    """The record of a notebook in ``folder``; None if it is broken, or it or a figure is missing."""
    path = folder / f"{notebook}.json"
    try:
        whole = Record.model_validate_json(path.read_bytes())
    except (OSError, ValidationError):
        return None
    there = whole.notebook == notebook and all((folder / f.file).is_file() for f in whole.figures)
    return whole if there else None


def json_bytes(value: Mapping[str, Any]) -> bytes:
    """The content of a JSON file, indented; NaN and infinity raise a ``ValueError``."""
    return (json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False) + "\n").encode()


def json_of(model: BaseModel) -> dict[str, Any]:
    """A model in JSON's types, with an infinity as "Infinity"."""
    # Not model_dump(mode="json"): only the text form writes an infinity so.
    found: dict[str, Any] = json.loads(model.model_dump_json())
    return found
