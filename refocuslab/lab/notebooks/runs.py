"""Runs of the notebooks: one, once; and all figures, published together."""

import os
import secrets
import warnings
from collections.abc import Sequence
from pathlib import Path
from time import perf_counter
from typing import Any

import nbformat

from refocuslab.errors import RefocusError, RefocusWarning
from refocuslab.files.installed import notebooks_folder
from refocuslab.files.plain_files import write_whole
from refocuslab.lab.evidence.population import measured
from refocuslab.lab.folders.locks import one_at_a_time
from refocuslab.lab.folders.whole_folders import draft, kept_if_filled
from refocuslab.lab.notebooks import committed, run_pages
from refocuslab.lab.notebooks.defaults import defaults
from refocuslab.lab.notebooks.execute import NotebookError, Progress, execute
from refocuslab.lab.notebooks.minutes import to_run
from refocuslab.lab.notebooks.offline_page import offline_page, with_caution
from refocuslab.lab.notebooks.page_links import Address, addresses
from refocuslab.lab.pages import verdict
from refocuslab.lab.pages.results import page
from refocuslab.lab.parameters.arguments import with_scenes
from refocuslab.lab.parameters.schema import NOTEBOOKS
from refocuslab.lab.parameters.validation import (
    model_for,
    notebook_name,
    scene_parameters,
    validate,
)
from refocuslab.lab.progress_line import ProgressLine
from refocuslab.lab.records import changed, identity, manifest, provenance, shown_paths
from refocuslab.lab.records.manifest import Manifest
from refocuslab.lab.records.notebook_record import Record, json_bytes, read_record, save_record
from refocuslab.lab.records.report import Report, report

# The notebooks that draw Figures 1 to 5.
OF_THE_PAPER = ("02_image_scene", "03_scanline_texture", "04_confidence_order", "05_perturbed_view")


def run_notebook(
    name: str,
    parameters: dict[str, Any],
    output_folder: str | os.PathLike[str],
    *,
    progress: Progress | None = None,
    address: Address = lambda *_: None,
) -> Path:
    """Execute one notebook; what it writes, and its executed copy, go to ``output_folder``.

    The notebook runs in a kernel of its own whose working directory is ``output_folder``, with
    ``results`` set to it. Its copy is written last, whole, to
    ``<output_folder>/notebooks/<name>.ipynb``, with a page ``.html`` beside it.

    Parameters
    ----------
    name : str
        One of the project's notebooks, or its number.
    parameters : dict
        Those to change, as ``validate`` takes them; a scene's folder may be relative to the caller's
        working directory.
    output_folder : str or PathLike
        Made if it is not there.
    progress : callable or None
        Called as ``progress(cell, cells)`` before each cell.
    address : callable
        Where the page's links to notebooks lead, as for ``page_links.with_links``.

    Returns
    -------
    Path
        Of the executed copy.

    Raises
    ------
    RefocusError
        A parameter or the notebook's name is wrong; no kernel has started.
    NotebookError
        A cell failed. The copy is not written.
    """
    name = notebook_name(name)
    values = with_scenes(name, validate(name, parameters)) | {"results": "."}
    notebook = _read(name, notebooks_folder())
    target = Path(output_folder)
    (target / "notebooks").mkdir(parents=True, exist_ok=True)
    done = execute(name, notebook, values, folder=target.resolve(), progress=progress)
    done = with_caution(name, values, committed.clean(done))
    path = target / "notebooks" / f"{name}.ipynb"
    write_whole(path.with_suffix(".html"), offline_page(name, done, address).encode())
    write_whole(path, committed.text_of(done).encode())
    return path


def run_once(
    name: str,
    parameters: dict[str, Any],
    folder: str | os.PathLike[str],
    *,
    progress: Progress | None = None,
    told: dict[str, str] | None = None,
) -> tuple[Path, Manifest, bool]:
    """A run of a notebook, whole, in ``folder``/<the run's name>; made only if it is not there yet.

    The name is a hash of what determines the result (``identity``). The run is made in a kernel of its own,
    under another name, and renamed when its record, figures and manifest are complete. A run whose files
    were changed since is renamed, not lost. A second process that asks for the same waits for the first.

    Parameters
    ----------
    name, parameters : str, dict
        As for ``run_notebook``.
    folder : str or PathLike
        Of the runs; made if it is not there.
    progress : callable or None
        As for ``run_notebook``.
    told : dict of str to str, or None
        {parameter: what the figures call its scene}; by default as ``shown_paths.told_scene`` has it.

    Returns
    -------
    path : Path
        Where the run lies.
    manifest : Manifest
        Of the run.
    made : bool
        Whether it was made just now.

    Raises
    ------
    RefocusError, NotebookError
        As ``run_notebook``; nothing is left in the folder.
    """
    name = notebook_name(name)
    values = with_scenes(name, validate(name, parameters))
    _read(name, notebooks_folder())
    made_of = identity.notebook_run(name, values, notebooks_folder() / f"{name}.ipynb")
    run, folder = identity.name_of(made_of), Path(folder)
    target = folder / run
    if (known := _whole(target)) is not None:
        return target, known, False
    with kept_if_filled(folder), one_at_a_time(folder, run):
        if (known := _whole(target)) is not None:
            return target, known, False
        with draft(folder, run) as staging:
            address = addresses(target / "notebooks", [name])
            made = _run_and_record(name, values, made_of, staging, progress, address, told)
            run_pages.write_page(name, values, staging)
            manifest.write(made, staging / "manifest.json")
            return target, *_moved(staging, target, made)


def _whole(run: Path) -> Manifest | None:
    """The manifest of a run that is there as it was made."""
    known = manifest.read(run / "manifest.json")
    return known if known is not None and known.name == run.name and known.holds(run) else None


def _moved(staging: Path, target: Path, made: Manifest) -> tuple[Manifest, bool]:
    """Give a run its name. What has that name is renamed, unless it is the same run, made meanwhile."""
    if os.path.lexists(target):
        aside = target.with_name(f"{target.name}-changed-{secrets.token_hex(4)}")
        if (known := _whole(target)) is not None:
            return known, False
        target.rename(aside)
    try:
        staging.rename(target)
    except OSError:
        if (known := _whole(target)) is None:
            raise
        return known, False
    return made, True


def figures(
    output: str | os.PathLike[str],
    chosen: dict[str, dict[str, Any]],
    *,
    again: bool = False,
    asked: Sequence[str] = (),
    line: ProgressLine | None = None,
) -> tuple[Report | None, list[str]]:
    """Run notebooks and publish what they made.

    A notebook whose results lie in ``output`` already, made from the same, is not run. The notebooks of the
    paper's five figures come first, and then the others. Everything is made in a hidden folder, and moved
    into ``output`` when all of the one or of the others have succeeded; results.json, verdict.html and
    index.html are moved last. After the first time they tell what is still being made, and load themselves
    anew; if that fails or is interrupted, they tell what is not there. Results of notebooks that were not
    chosen stay, and take part in the report.

    Parameters
    ----------
    output : str or PathLike
        The results folder; made if it is not there.
    chosen : dict of str to dict
        {notebook: all its parameters}.
    again : bool
        Also run notebooks whose results are there.
    asked : sequence of str
        The paper's figures that open index.html.
    line : ProgressLine or None
        Shows how far each notebook is.

    Returns
    -------
    report : dict or None
        The content of results.json; None if a notebook failed.
    failures : list of str
        A line for each notebook that failed.

    Warns
    -----
    RefocusWarning
        Results of a notebook that was not chosen were changed, and are left out.
    """
    output = Path(output)
    line = line or ProgressLine()
    failures = [why for name in chosen if (why := _why_unreadable(name))]
    if failures:
        return None, failures
    with kept_if_filled(output), one_at_a_time(output, "figures"), draft(output, "figures") as staging:
        results = _Results(
            output, staging, {name: made for name in NOTEBOOKS if (made := _known(output, name))}, asked
        )
        todo = results.not_there(chosen, again=again)
        line.say(results.replaced())
        line.say(to_run({name: chosen[name] for name in todo}))
        for name in NOTEBOOKS:
            if name not in (*results.kept, *chosen) and (output / f"{name}.json").exists():
                text = f"the results of {name} were changed and are left out: make them again"
                warnings.warn(text, RefocusWarning, stacklevel=2)
        first = [name for name in todo if name in OF_THE_PAPER]
        parts = [part for part in (first, [name for name in todo if name not in first]) if part] or [[]]
        whole: Report | None = None
        for part in parts:
            shown, whole = whole is not None, None
            try:
                failures = results.make(part, line)
                if not failures:
                    whole = results.publish(chosen, being_made=[] if part is parts[-1] else parts[-1])
            finally:
                if whole is None and shown:
                    results.publish(chosen, missing=part)
            if failures:
                return None, failures
    return whole, []


class _Results:
    """A results folder while figures are made for it in a hidden one."""

    def __init__(self, output: Path, staging: Path, kept: dict[str, Manifest], asked: Sequence[str]) -> None:
        self.output, self.staging, self.kept, self.asked = output, staging, kept, asked
        (staging / "manifests").mkdir()
        self._made_of: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {}

    def not_there(self, chosen: dict[str, dict[str, Any]], *, again: bool) -> list[str]:
        """The notebooks that have to be run."""
        for name, values in chosen.items():
            made_of = identity.notebook_run(name, values, notebooks_folder() / f"{name}.ipynb")
            known = self.kept.get(name)
            if again or not (known and known.name == identity.name_of(made_of)):
                self.kept.pop(name, None)
                self._made_of[name] = values, made_of
        return list(self._made_of)

    def replaced(self) -> str:
        """What is about to be replaced by what other parameters make, in a line; empty where nothing is."""
        made_of = {name: values for name, (values, _) in self._made_of.items()}
        there = {name: made.parameters for name in made_of if (made := _known(self.output, name))}
        return changed.replaced(there, made_of, str(self.output))

    def make(self, names: list[str], line: ProgressLine) -> list[str]:
        """Run notebooks; a line for each that failed."""
        failures = []
        address = addresses(self.output / "notebooks", {*self.kept, *self._made_of})
        for name in names:
            try:
                with line.of(name) as progress:
                    made = _run_and_record(name, *self._made_of[name], self.staging, progress, address)
                manifest.write(made, self.staging / "manifests" / f"{name}.json")
            except (NotebookError, RefocusError) as error:
                failures.append(str(error))
        return failures

    def publish(
        self, chosen: dict[str, Any], *, being_made: Sequence[str] = (), missing: Sequence[str] = ()
    ) -> Report:
        """Move what was made to its place, and the pages of all that is there; they tell the rest."""
        if missing:  # what was made of them is not shown by halves
            for path in self.staging.rglob("*"):
                if path.is_file():
                    path.unlink()
        whole = _joined(self.staging, self.output, self.kept)
        whole |= {"being made": list(being_made)} if being_made else {}
        whole |= {"missing": list(missing)} if missing else {}
        (self.staging / "results.json").write_bytes(json_bytes(whole))
        shown = page(whole, asked=self.asked, defaults=defaults(whole, self.staging))
        (self.staging / "index.html").write_text(shown, encoding="utf-8")
        (self.staging / "verdict.html").write_text(verdict.page(whole, measured()), encoding="utf-8")
        _publish(self.staging, self.output)
        self.kept |= {n: made for n in chosen if (made := _known(self.output, n))}
        return whole


def _joined(staging: Path, output: Path, kept: dict[str, Manifest]) -> Report:
    """The report of what was made in ``staging`` just now, and of what is kept in ``output``."""
    records = [
        one
        for name in NOTEBOOKS
        if (one := read_record(staging, name) or (read_record(output, name) if name in kept else None))
    ]
    whole = report(records, _files(records, staging, output))
    for one in whole["notebooks"]:
        made = _known(staging, one["notebook"]) or kept.get(one["notebook"])
        one["run"] = made.name if made else ""
    whole["verdict"] = verdict.verdict(whole)
    return whole


def _known(folder: Path, name: str) -> Manifest | None:
    """The manifest of a notebook whose results lie in ``folder`` as they were made."""
    made = manifest.read(folder / "manifests" / f"{name}.json")
    return made if made is not None and made.identity.get("notebook") == name and made.holds(folder) else None


def _run_and_record(
    name: str,
    values: dict[str, Any],
    made_of: dict[str, Any],
    staging: Path,
    progress: Progress | None,
    address: Address,
    told: dict[str, str] | None = None,
) -> Manifest:
    """Run a notebook into ``staging``: its record with the seconds, its figures with their provenance."""
    start = perf_counter()
    run_notebook(name, values, staging, progress=progress, address=address)
    made = read_record(staging, name)
    if made is None:
        raise NotebookError(name, "it ran, but left no record of its results")
    seconds = round(perf_counter() - start, 2)
    made = made.model_copy(update={"seconds": seconds})
    save_record(made, staging)
    parameters = {k: v for k, v in values.items() if k not in identity.APART}
    parameters |= told or {scene: shown_paths.told_scene(values[scene]) for scene in scene_parameters(name)}
    for figure in made.figures:
        path = staging / figure.file
        source = {"kind": "notebook", "notebook": name, "figure": figure.file}
        made_from = {**source, "parameters": parameters, "identity": made_of}
        write_whole(path, provenance.stamped(path.read_bytes(), made_from))
    outputs = _files([made], staging, staging)
    scores = [row.model_dump(mode="json") for row in made.rows]
    return manifest.manifest(
        made_of,
        parameters=values | {"results": ""},
        scenes={values[p]: identity.scene_files(values[p]) for p in scene_parameters(name)},
        seconds={"notebook": seconds},
        scores=scores,
        outputs={file: path.read_bytes() for file, path in outputs.items()},
    )


def _files(records: list[Record], staging: Path, output: Path) -> dict[str, Path]:
    """Every file that belongs to the records, and where it lies: made just now, or before."""
    names = [
        name
        for one in records
        for name in (
            f"{one.notebook}.json",
            f"notebooks/{one.notebook}.html",
            f"notebooks/{one.notebook}.ipynb",
            *(figure.file for figure in one.figures),
        )
    ]
    places = {name: staging / name if (staging / name).exists() else output / name for name in names}
    return {name: place for name, place in places.items() if place.exists()}


def _publish(staging: Path, output: Path) -> None:
    last = [staging / name for name in ("results.json", "verdict.html", "index.html")]
    made = sorted(path for path in staging.rglob("*") if path.is_file() and path not in last)
    for path in made + last:
        target = output / path.relative_to(staging)
        target.parent.mkdir(parents=True, exist_ok=True)
        os.replace(path, target)


def _read(name: str, folder: Path) -> nbformat.NotebookNode:
    import papermill

    path = folder / f"{name}.ipynb"
    try:
        notebook: nbformat.NotebookNode = nbformat.read(path, as_version=4)
    except FileNotFoundError:
        raise NotebookError(name, f"there is no {path.name} in {folder}") from None
    except Exception as error:  # nbformat raises KeyError, JSONDecodeError and its own
        raise NotebookError(name, f"is not a notebook ({type(error).__name__})") from error
    notebook.metadata = nbformat.from_dict(committed.METADATA)  # papermill reads the kernel there
    missing = set(model_for(name).model_fields) - set(papermill.inspect_notebook(notebook))
    if missing:
        # papermill would set them in silence, and the cells would not read them.
        names = ", ".join(sorted(missing))
        raise NotebookError(name, f"its parameters cell does not hold {names}")
    return notebook


def _why_unreadable(name: str) -> str | None:
    try:
        _read(name, notebooks_folder())
    except NotebookError as error:
        return str(error)
    return None
