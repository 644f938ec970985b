"""Pages of runs, under names that a person can read: one in each run's folder, and a list beside them.

No page is part of a run: its hash and its manifest tell nothing of them, and they may be made anew.
"""

from pathlib import Path
from typing import Any
from urllib.parse import quote

from refocuslab.files.plain_files import write_whole
from refocuslab.lab.escaping import in_html
from refocuslab.lab.notebooks.defaults import defaults
from refocuslab.lab.pages import html, results
from refocuslab.lab.parameters.schema import NOTEBOOKS
from refocuslab.lab.records import manifest
from refocuslab.lab.records.machine import machine
from refocuslab.lab.records.notebook_record import read_record
from refocuslab.lab.records.report import report


def write_page(name: str, values: dict[str, Any], run: Path) -> None:
    """Write ``index.html`` into the folder of a run that has its record.

    Parameters
    ----------
    name : str
        The notebook's.
    values : dict
        All its parameters.
    run : Path
        The folder.
    """
    if (record := read_record(run, name)) is None:
        return
    files = [f"notebooks/{name}.html", f"notebooks/{name}.ipynb"]
    whole = report([record], {file: run / file for file in files if (run / file).is_file()})
    title, below = results.run_title(name, values), defaults(whole, run)
    shown = results.page(whole, title=title, data=f"{name}.json", defaults=below)
    (run / "index.html").write_text(shown, encoding="utf-8")


def write_list(folder: Path) -> None:
    """Write ``index.html`` beside the runs of a folder: each by its name, with its hash, seconds and date.

    Parameters
    ----------
    folder : Path
        Of the runs. What in it is no run is left out.
    """
    rows = []
    for path in sorted(folder.glob("*/manifest.json")):
        made = manifest.read(path)
        name = "" if made is None else str(made.identity.get("notebook", ""))
        if made is None or name not in NOTEBOOKS or made.name != path.parent.name:
            continue
        page = "index.html" if (path.parent / "index.html").is_file() else f"notebooks/{name}.html"
        link = f'<a href="{quote(made.name)}/{page}">{in_html(results.run_title(name, made.parameters))}</a>'
        seconds = f"{sum(made.seconds.values()):.0f} s"
        rows.append((made.date, [link, f"<code>{in_html(made.name)}</code>", seconds, in_html(made.date)]))
    rows.sort(key=lambda row: row[0], reverse=True)
    body = html.table(("Run", "Folder", "Time", "Made"), [cells for _, cells in rows], numbers=[2])
    about = "Every run of a notebook in this folder, the newest first. A run's folder is named by its hash."
    newest = {"machine": machine(), "date": rows[0][0] if rows else ""}
    text = html.frame("Runs", about, {"Runs": body if rows else ""}, {}, newest)
    write_whole(folder / "index.html", text.encode())
