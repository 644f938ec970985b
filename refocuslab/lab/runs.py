"""Runs of the notebooks: all figures with one command, and the committed notebooks made anew.

python -m refocuslab.lab.runs figures --output results [-p name value ...] [notebook ...]
python -m refocuslab.lab.runs notebooks [notebook ...]
python -m refocuslab.lab.runs check-notebooks
"""

import contextlib
import os
import signal
import sys
import tempfile
from collections.abc import Callable
from difflib import get_close_matches
from pathlib import Path
from time import perf_counter

import click
import nbformat

from refocuslab.errors import RefocusError
from refocuslab.lab import notebooks as committed
from refocuslab.lab.execute import NotebookError, execute
from refocuslab.lab.page import page
from refocuslab.lab.parameters import (
    NOTEBOOKS,
    model_for,
    notebook_name,
    scene_parameters,
    validate,
    validate_text,
)
from refocuslab.lab.progress import ProgressLine
from refocuslab.lab.records import (
    Record,
    json_bytes,
    read_record,
    record,
    report,
    save_record,
    table,
)
from refocuslab.photos import write_whole
from refocuslab.resources import notebooks_folder

__all__ = ["figures", "record", "run_notebook"]

Progress = Callable[[int, int], None]


def run_notebook(
    name: str,
    parameters: dict,
    output_folder: str | os.PathLike,
    *,
    progress: Progress | None = None,
    folder: Path | None = None,
) -> Path:
    """Execute one notebook; what it writes, and its executed copy, go to ``output_folder``.

    The notebook runs in a kernel of its own whose working directory is ``output_folder``, with
    ``results`` set to it. Its copy is written last, whole, to
    ``<output_folder>/notebooks/<name>.ipynb``, with a page ``.html`` beside it.

    Parameters
    ----------
    name
        One of the project's notebooks, or its number.
    parameters
        Those to change, as `parameters.validate` takes them; a scene's folder may be relative to
        the caller's working directory.
    progress
        Called as ``progress(cell, cells)`` before each cell.
    folder
        Where the notebooks lie; None: those of this package.

    Raises
    ------
    RefocusError
        A parameter or the notebook's name is wrong; no kernel has started.
    NotebookError
        A cell failed. The copy is not written.
    """
    name = notebook_name(name)
    values = with_scenes(name, validate(name, parameters)) | {"results": "."}
    notebook = _read(name, folder or notebooks_folder())
    target = Path(output_folder)
    (target / "notebooks").mkdir(parents=True, exist_ok=True)
    done = execute(name, notebook, values, folder=target.resolve(), progress=progress)
    done = committed.clean(done)
    path = target / "notebooks" / f"{name}.ipynb"
    write_whole(path.with_suffix(".html"), _html(name, done).encode())
    write_whole(path, committed.text_of(done).encode())
    return path


def with_scenes(name: str, values: dict) -> dict:
    """``values`` with every scene checked to exist, and relative scene folders made absolute."""
    from refocuslab import scene_names  # slow to import

    known = scene_names()
    settled = dict(values)
    for parameter in scene_parameters(name):
        scene = values[parameter]
        if scene in known:
            continue
        if not (Path(scene) / "scene.toml").is_file():
            near = get_close_matches(scene, known, n=1, cutoff=0.5)
            nearest = f"; nearest: {near[0]}" if near else ""
            rule = f"must be one of {', '.join(known)}, or a folder with a scene.toml{nearest}"
            raise RefocusError(parameter, rule, repr(scene))
        settled[parameter] = str(Path(scene).resolve())
    return settled


def figures(
    output: str | os.PathLike,
    chosen: dict[str, dict],
    *,
    line: ProgressLine | None = None,
    folder: Path | None = None,
) -> tuple[dict | None, list[str]]:
    """Run the notebooks in ``chosen`` (name: parameters) and publish what they made.

    Everything is made in a hidden folder, and moved into ``output`` only after all notebooks have
    succeeded; results.json and index.html come last. Results of notebooks that were not chosen
    stay, and take part in the report.

    Returns
    -------
    report, failures
        The content of results.json, or None if a notebook failed; a line for each failure.
    """
    output = Path(output)
    line = line or ProgressLine()
    failures = [why for name in chosen if (why := _why_unreadable(name, folder))]
    if failures:
        return None, failures
    with _staging_folder(output) as staging:
        records = []
        for name, values in chosen.items():
            try:
                records.append(_run_and_record(name, values, staging, line, folder))
            except (NotebookError, RefocusError) as error:
                failures.append(str(error))
        if failures:
            return None, failures
        kept = [read_record(output, name) for name in NOTEBOOKS if name not in chosen]
        records += [one for one in kept if one is not None]
        whole = report(records, _files(records, staging, output))
        (staging / "results.json").write_bytes(json_bytes(whole))
        (staging / "index.html").write_text(page(whole), encoding="utf-8")
        _publish(staging, output)
    return whole, []


@contextlib.contextmanager
def _staging_folder(output: Path):
    """A folder within ``output``, so in its file system: moving a file out of it is one step."""
    if output.exists() and not output.is_dir():
        raise RefocusError("output", "must be a folder", output)
    new = not output.exists()
    output.mkdir(parents=True, exist_ok=True)
    try:
        with tempfile.TemporaryDirectory(prefix=".run-", dir=output) as staging:
            yield Path(staging)
    finally:
        if new and not any(output.iterdir()):
            output.rmdir()


def _run_and_record(name: str, values: dict, staging: Path, line, folder) -> Record:
    start = perf_counter()
    with line.of(name) as progress:
        run_notebook(name, values, staging, progress=progress, folder=folder)
        made = read_record(staging, name)
        if made is None:
            raise NotebookError(name, "it ran, but left no record of its results")
    made = made.model_copy(update={"seconds": round(perf_counter() - start, 2)})
    save_record(made, staging)
    return made


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
    places = {name: staging / name for name in names}
    places = {k: place if place.exists() else output / k for k, place in places.items()}
    return {name: place for name, place in places.items() if place.exists()}


def _publish(staging: Path, output: Path) -> None:
    last = [staging / "results.json", staging / "index.html"]
    made = sorted(path for path in staging.rglob("*") if path.is_file() and path not in last)
    for path in made + last:
        target = output / path.relative_to(staging)
        target.parent.mkdir(parents=True, exist_ok=True)
        os.replace(path, target)


def _read(name: str, folder: Path) -> nbformat.NotebookNode:
    import papermill

    path = folder / f"{name}.ipynb"
    try:
        notebook = nbformat.read(path, as_version=4)
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


def _why_unreadable(name: str, folder: Path | None) -> str | None:
    try:
        _read(name, folder or notebooks_folder())
    except NotebookError as error:
        return str(error)


def _html(name: str, notebook: nbformat.NotebookNode) -> str:
    from nbconvert import HTMLExporter  # slow to import

    body, _ = HTMLExporter().from_notebook_node(notebook, {"metadata": {"name": name}})
    return body


def _chosen(names: tuple[str, ...], texts: dict[str, str], folder: Path) -> dict[str, dict]:
    """The notebooks to run with their parameters, all of them checked."""
    if names:
        chosen = [notebook_name(name) for name in names]
    else:
        chosen = [name for name in NOTEBOOKS if (folder / f"{name}.ipynb").exists()]
    if not chosen:
        raise RefocusError("notebooks", f"must lie in {folder}", "none")
    chosen = sorted(set(chosen), key=list(NOTEBOOKS).index)
    if "results" in texts:
        raise RefocusError("results", "is set by --output", texts["results"])
    known = list(dict.fromkeys(p for name in chosen for p in model_for(name).model_fields))
    for parameter, text in texts.items():
        if parameter not in known:
            near = get_close_matches(parameter, known, n=1, cutoff=0.5)
            rule = "is not a parameter of " + ("this notebook" if len(chosen) == 1 else "any notebook")
            rule += f"; nearest: {near[0]}" if near else f"; there are {', '.join(known)}"
            raise RefocusError(parameter, rule, text)
    values = {}
    for name in chosen:
        own = {k: text for k, text in texts.items() if k in model_for(name).model_fields}
        values[name] = with_scenes(name, validate_text(name, own))
    return values


@click.group()
@click.pass_context
def main(context: click.Context) -> None:
    """Run the project's notebooks."""
    context.with_resource(_orderly_end())


@contextlib.contextmanager
def _orderly_end():
    """Let a termination unwind the stack, so that kernels end and drafts are removed."""
    before = signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


@main.command("figures")
@click.option("--output", default="results", show_default=True, help="Folder for the results.")
@click.option("-p", "changes", nargs=2, multiple=True, metavar="NAME VALUE", help="A parameter.")
@click.argument("notebooks", nargs=-1)
def figures_command(output: str, changes: tuple, notebooks: tuple[str, ...]) -> None:
    """Make the figures: all notebooks, or those named by number or name."""
    try:
        chosen = _chosen(notebooks, dict(changes), notebooks_folder())
        whole, failures = figures(output, chosen)
    except (RefocusError, NotebookError) as error:
        whole, failures = None, [str(error)]
    if whole is None:
        _fail(failures)
    click.echo(f"\n{table(whole['rows'])}\n" if whole["rows"] else "")
    for claim in whole["claims"]:
        click.echo(f"Claim {claim['number']} (§{claim['section']}): {claim['verdict']}")
    click.echo(f"\nThe page to look at: {Path(output, 'index.html')}")


@main.command("notebooks")
@click.argument("notebooks", nargs=-1)
def notebooks_command(notebooks: tuple[str, ...]) -> None:
    """Execute the committed notebooks in place with their default parameters, and clean them."""
    folder = notebooks_folder()
    paths = [folder / f"{notebook_name(name)}.ipynb" for name in notebooks]
    line, failures = ProgressLine(), []
    for path in paths or sorted(folder.glob("*.ipynb")):
        try:
            with line.of(path.stem) as progress:
                changed = committed.renew(path, progress=progress)
            click.echo(f"{path.stem}: {'changed' if changed else 'as before'}")
        except (NotebookError, OSError) as error:
            failures.append(str(error))
    if failures:
        _fail(failures)


@main.command("check-notebooks")
@click.argument("files", nargs=-1, type=click.Path(path_type=Path))
def check_command(files: tuple[Path, ...]) -> None:
    """Check that the committed notebooks (or the given files) are clean and executed."""
    found = committed.check(files or sorted(notebooks_folder().glob("*.ipynb")))
    if found:
        _fail(found)


def _fail(lines: list[str]) -> None:
    for line in lines:
        click.echo(line, err=True)
    sys.exit(1)


if __name__ == "__main__":
    main()
