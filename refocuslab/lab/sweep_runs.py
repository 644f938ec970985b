"""The notebooks of a sweep: points that are also run as a notebook, for a person to read."""

from pathlib import Path

from refocuslab.lab import sweeps
from refocuslab.lab.parameters import model_for
from refocuslab.lab.progress import ProgressLine
from refocuslab.lab.sweep_plan import Sweep
from refocuslab.lab.sweeps import Row
from refocuslab.threads import thread_count


def notebooks(
    sweep: Sweep, rows: list[Row], folder: Path, which: str, workers: int | None
) -> tuple[dict[str, str], list[str]]:
    """Run the notebooks of "none", the "best" point of each scene, or "all": {point: folder}, failures.

    Each runs in a process and a kernel of its own, and lies in ``folder``/runs afterwards.
    """
    done = [row for row in rows if row.made]
    chosen = {"none": [], "best": list(sweeps.best(rows).values()), "all": done}[which]
    if not chosen:
        return {}, []
    from joblib import Parallel, delayed

    count = min(workers or thread_count(None), len(chosen))
    threads = max(1, thread_count(None) // count)
    known = model_for(sweep.notebook).model_fields
    calls = [
        delayed(_run)(
            row.name, sweep.notebook, _parameters(row, known) | {"threads": threads}, folder / "runs"
        )
        for row in chosen
    ]
    ended = 0
    runs, failures = {}, []
    with ProgressLine().of("notebooks", lambda: f"{ended} of {len(chosen)}"):
        for point, path, why in Parallel(n_jobs=count, return_as="generator_unordered", batch_size=1)(calls):
            ended += 1
            if why:
                failures.append(f"notebook of {point}: {why}")
            else:
                runs[point] = path.relative_to(folder).as_posix()
    return runs, failures


def _parameters(row: Row, known) -> dict:
    return {name: value for name, value in row.parameters.items() if name in known}


def _run(point: str, notebook: str, parameters: dict, folder: Path) -> tuple[str, Path | None, str]:
    from refocuslab.lab.execute import NotebookError
    from refocuslab.lab.runs import run_once

    try:
        return point, run_once(notebook, parameters, folder)[0], ""
    except (NotebookError, OSError, ValueError) as error:
        return point, None, " ".join(str(error).split())
