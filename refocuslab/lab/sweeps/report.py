"""The files of a sweep: table, contact sheets, heat maps, a page, and sweep.json, which is written last."""

import re
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

from refocuslab.lab.escaping import in_html
from refocuslab.lab.figures.layout import png
from refocuslab.lab.folders import destinations
from refocuslab.lab.folders.locks import one_at_a_time
from refocuslab.lab.folders.whole_folders import remove_drafts_of_files
from refocuslab.lab.pages import html
from refocuslab.lab.records import identity, provenance
from refocuslab.lab.records.identity import sha256
from refocuslab.lab.records.machine import machine
from refocuslab.lab.records.manifest import commit
from refocuslab.lab.records.notebook_record import json_bytes
from refocuslab.lab.sweeps.pictures import heat_map, sheet
from refocuslab.lab.sweeps.plan import Sweep
from refocuslab.lab.sweeps.sweep import Row, best_points
from refocuslab.lab.sweeps.table import columns, csv_bytes, digest, parquet_bytes


def publish(
    sweep: Sweep, rows: list[Row], folder: Path, *, runs: dict[str, str] | None = None
) -> dict[str, Any]:
    """Write the files of a sweep whose points are made.

    Parameters
    ----------
    sweep : Sweep
        What was made.
    rows : list of Row
        All of its points.
    folder : Path
        The sweep's folder, which holds the pictures of the points in its folder ``points``.
    runs : dict of str to str or None
        The folder of each notebook that was run, by the name of its point.

    Returns
    -------
    dict
        The content of sweep.json.
    """
    table = columns(rows)
    files = {"table.csv": csv_bytes(table), "table.parquet": parquet_bytes(table)}
    files |= pictures(sweep, rows, folder / "points")
    best = best_points(rows)
    whole: dict[str, Any] = {
        "date": datetime.now().astimezone().isoformat(timespec="seconds"),
        "notebook": sweep.notebook,
        "axes": sweep.axes,
        "fixed": sweep.fixed,
        "points": len(rows),
        "failed": [{"parameters": row.parameters, "why": row.why} for row in rows if not row.made],
        "best": {scene: {"point": row.name, **row.parameters, **row.scores} for scene, row in best.items()},
        "notebooks": runs or {},
        "table": digest(table),
        "outputs": {name: sha256(content) for name, content in files.items()},
        "commit": commit(),
        "machine": machine(),
    }
    files["index.html"] = page(whole, list(files)).encode()
    files["sweep.json"] = json_bytes(whole)
    folder.mkdir(parents=True, exist_ok=True)
    with one_at_a_time(folder, "sweep"):
        remove_drafts_of_files(folder)
        for name, content in files.items():
            destinations.write(folder / name, content)
    return whole


def pictures(sweep: Sweep, rows: list[Row], points: Path) -> dict[str, bytes]:
    """A contact sheet and a heat map of each scene, as PNG files that tell how they were made.

    Parameters
    ----------
    sweep : Sweep
        What was made.
    rows : list of Row
        All of its points.
    points : Path
        The folder that holds the pictures of the points.

    Returns
    -------
    dict of str to bytes
        The content of each file, by its name.
    """
    made: dict[str, bytes] = {}
    program = identity.notebook_program()
    axes = {k: [sweep.told(v) for v in some] if k == "scene" else some for k, some in sweep.axes.items()}
    fixed = {k: sweep.told(v) if k == "scene" else v for k, v in sweep.fixed.items()}
    for place, scene in enumerate(dict.fromkeys(row.parameters["scene"] for row in rows), 1):
        of_scene = [row for row in rows if row.parameters["scene"] == scene]
        label = f"{place}-{_file_name(sweep.told(scene))}"
        drawn = {
            f"sheet-{label}.png": sheet(of_scene, sweep.axes, points),
            f"heat-{label}.png": heat_map(of_scene, sweep.axes),
        }
        for file, figure in drawn.items():
            made_from = {
                "kind": "sweep",
                "notebook": sweep.notebook,
                "axes": axes,
                "fixed": fixed,
                "figure": file,
                "identity": {"points": [row.name for row in of_scene], "program": program},
            }
            made[file] = provenance.stamped(png(figure), made_from)
    return made


def page(whole: dict[str, Any], files: list[str]) -> str:
    """The HTML page of a sweep: the content of sweep.json, and the figures among the names of files."""
    figures = "".join(
        f'<figure><a href="{quote(file)}"><img src="{quote(file)}" alt="{in_html(file)}"></a>'
        f"<figcaption>{_caption(file, whole)}</figcaption></figure>"
        for file in files
        if file.endswith(".png")
    )
    sections = {"Best": _best(whole), "Figures": figures}
    if whole["failed"]:
        failures = [
            [in_html(_told(f["parameters"], whole["axes"])), in_html(f["why"])] for f in whole["failed"]
        ]
        sections["Failures"] = html.table(("Point", "Why"), failures, numbers=[])
    others = _told(whole["fixed"], [name for name in whole["fixed"] if name not in whole["axes"]])
    about = (
        f"{whole['points']} points of {whole['notebook']}, {len(whole['failed'])} failed. Fixed: {others}."
    )
    links = {"table.csv": "table.csv", "table.parquet": "table.parquet", "sweep.json": "sweep.json"}
    return html.frame("Sweep over " + ", ".join(whole["axes"] or ["nothing"]), about, sections, links, whole)


def _best(whole: dict[str, Any]) -> str:
    """The table of the best point of each scene."""
    names = [*whole["axes"], *(name for name in ("scene",) if name not in whole["axes"])]
    runs = whole["notebooks"]
    body = []
    for row in whole["best"].values():
        cells = [in_html(str(row[name])) for name in names]
        cells += [_number(row["psnr"], 2), _number(row["ssim"], 3), _number(row["reblur_rms"], 2)]
        cells.append(f'<a href="points/{row["point"]}.png"><code>{row["point"]}</code></a>')
        if runs:
            run = runs.get(row["point"])
            cells.append(f'<a href="{quote(run)}/notebooks/{whole["notebook"]}.html">read</a>' if run else "")
        body.append(cells)
    head = [*map(in_html, names), "PSNR dB", "SSIM", "Reblur RMS", "Point", *["Notebook"] * bool(runs)]
    return html.table(head, body, numbers=range(len(names), len(names) + 3))


def _caption(file: str, whole: dict[str, Any]) -> str:
    kind, place, *_ = file.removesuffix(".png").split("-")
    scenes = whole["axes"].get("scene") or [whole["fixed"]["scene"]]
    others = [name for name in whole["axes"] if name != "scene"][2:]
    best = f"; {', '.join(others)}: the best" if others else ""
    shows = "the pictures, the best framed" if kind == "sheet" else "the scores, the best framed"
    return f"<b>{in_html(scenes[int(place) - 1])}</b>: {shows}{in_html(best)}."


def _file_name(scene: str) -> str:
    """A scene's name as part of a file's: at most 60 characters, none of which separates names."""
    return re.sub(r"[^\w.+-]+", "_", scene.rpartition("/")[2])[:60]


def _told(parameters: dict[str, Any], names: Iterable[str]) -> str:
    return ", ".join(f"{name} = {parameters[name]}" for name in names if name in parameters)


def _number(value: float | str | None, digits: int) -> str:
    return "–" if value is None else f"{float(value):.{digits}f}"
