"""Points of a sweep that are also run as a notebook, for a person to read."""

import os
from pathlib import Path
from typing import Any, Literal

from refocuslab.lab.parameters.validation import model_for
from refocuslab.lab.progress_line import ProgressLine
from refocuslab.lab.sweeps.parent_watch import end_with
from refocuslab.lab.sweeps.plan import Sweep
from refocuslab.lab.sweeps.sweep import Row, best_points
from refocuslab.running.threads import thread_count

# The points whose notebooks are run; "best" is one point a scene.
Which = Literal["none", "best", "all"]


def run_notebooks(
    sweep: Sweep, rows: list[Row], folder: Path, which: Which, workers: int | None
) -> tuple[dict[str, str], list[str]]:
    """Run the notebooks of points, each in a process and a kernel of its own.

    Parameters
    ----------
    sweep : Sweep
        Its notebook is run, with the parameters of a point.
    rows : list of Row
        All points of the sweep; those that failed are left out.
    folder : Path
        The sweep's folder; its folder ``runs`` gets one folder a notebook.
    which : {"none", "best", "all"}
        The points to run: "best" is one a scene.
    workers : int or None
        The number of processes; by default one a core.

    Returns
    -------
    runs : dict of str to str
        The folder of each notebook that was run, relative to ``folder``, by the name of its point.
    failures : list of str
        One line for each that failed.
    """
    done = [row for row in rows if row.made]
    chosen = {"none": [], "best": list(best_points(rows).values()), "all": done}[which]
    if not chosen:
        return {}, []
    from joblib import Parallel, delayed, parallel_config
    from joblib.externals.loky.process_executor import TerminatedWorkerError

    count = min(workers or thread_count(None), len(chosen))
    threads = max(1, thread_count(None) // count)
    known = set(model_for(sweep.notebook).model_fields)
    calls = [
        delayed(_run)(
            row.name, sweep.notebook, _parameters(row, known) | {"threads": threads}, folder / "runs"
        )
        for row in chosen
    ]
    ended = 0
    runs: dict[str, str] = {}
    failures: list[str] = []
    processes = {"initializer": end_with, "initargs": (os.getpid(),)}
    with (
        ProgressLine().of("notebooks", lambda: f"{ended} of {len(chosen)}"),
        parallel_config(backend="loky", **processes),
    ):
        try:
            made = Parallel(n_jobs=count, return_as="generator_unordered", batch_size=1)(calls)
            for point, path, why in made:
                ended += 1
                if why:
                    failures.append(f"notebook of {point}: {why}")
                else:
                    runs[point] = path.relative_to(folder).as_posix()
        except TerminatedWorkerError:
            failures.append("a process that ran a notebook died; the same command goes on with the rest")
    return runs, failures


def _parameters(row: Row, known: set[str]) -> dict[str, Any]:
    return {name: value for name, value in row.parameters.items() if name in known}


def _run(point: str, notebook: str, parameters: dict[str, Any], folder: Path) -> tuple[str, Path | None, str]:
    from refocuslab.lab.notebooks.execute import NotebookError
    from refocuslab.lab.notebooks.runs import run_once

    try:
        return point, run_once(notebook, parameters, folder)[0], ""
    except (NotebookError, OSError, ValueError) as error:
        return point, None, " ".join(str(error).split())
