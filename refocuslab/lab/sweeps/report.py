"""What a sweep leaves in its folder: table, contact sheets, heat maps, a page, and sweep.json last."""

import re
from datetime import datetime
from pathlib import Path
from urllib.parse import quote

from refocuslab.lab.escaping import in_html
from refocuslab.lab.figures.drawing import png
from refocuslab.lab.folders import destinations
from refocuslab.lab.folders.locks import one_at_a_time
from refocuslab.lab.folders.whole_folders import remove_drafts_of_files
from refocuslab.lab.pages import html
from refocuslab.lab.records import identity, provenance
from refocuslab.lab.records.identity import sha256
from refocuslab.lab.records.machine import machine
from refocuslab.lab.records.manifest import commit
from refocuslab.lab.records.notebook_record import json_bytes
from refocuslab.lab.sweeps import pictures as sweep_figures
from refocuslab.lab.sweeps import sweep as sweeps
from refocuslab.lab.sweeps import table as sweep_table
from refocuslab.lab.sweeps.plan import Sweep
from refocuslab.lab.sweeps.sweep import Row


def publish(sweep: Sweep, rows: list[Row], folder: Path, *, runs: dict[str, str] | None = None) -> dict:
    """Write all of it, and return the content of sweep.json. runs: {point: folder of its notebook}."""
    table = sweep_table.columns(rows)
    files = {"table.csv": sweep_table.csv_bytes(table), "table.parquet": sweep_table.parquet_bytes(table)}
    files |= pictures(sweep, rows, folder / "points")
    best = sweeps.best(rows)
    whole = {
        "date": datetime.now().astimezone().isoformat(timespec="seconds"),
        "notebook": sweep.notebook,
        "axes": sweep.axes,
        "fixed": sweep.fixed,
        "points": len(rows),
        "failed": [{"parameters": row.parameters, "why": row.why} for row in rows if not row.made],
        "best": {scene: {"point": row.name, **row.parameters, **row.scores} for scene, row in best.items()},
        "notebooks": runs or {},
        "table": sweep_table.digest(table),
        "outputs": {name: sha256(content) for name, content in files.items()},
        "commit": commit(),
        "machine": machine(),
    }
    files["index.html"] = _page(whole, list(files)).encode()
    files["sweep.json"] = json_bytes(whole)
    folder.mkdir(parents=True, exist_ok=True)
    with one_at_a_time(folder, "sweep"):
        remove_drafts_of_files(folder)
        for name, content in files.items():
            destinations.write(folder / name, content)
    return whole


def pictures(sweep: Sweep, rows: list[Row], points: Path) -> dict[str, bytes]:
    """{file: PNG} of a contact sheet and a heat map for every scene, each telling what it shows."""
    made = {}
    program = identity.notebook_program()
    axes = {k: [sweep.told(v) for v in some] if k == "scene" else some for k, some in sweep.axes.items()}
    fixed = {k: sweep.told(v) if k == "scene" else v for k, v in sweep.fixed.items()}
    for place, scene in enumerate(dict.fromkeys(row.parameters["scene"] for row in rows), 1):
        of_scene = [row for row in rows if row.parameters["scene"] == scene]
        label = f"{place}-{_file_name(sweep.told(scene))}"
        drawn = {
            f"sheet-{label}.png": sweep_figures.sheet(of_scene, sweep.axes, points),
            f"heat-{label}.png": sweep_figures.heat_map(of_scene, sweep.axes),
        }
        for file, figure in drawn.items():
            made_from = {"kind": "sweep", "notebook": sweep.notebook, "axes": axes, "fixed": fixed}
            names = [row.name for row in of_scene]
            made_from |= {"figure": file, "identity": {"points": names, "program": program}}
            made[file] = provenance.stamped(png(figure), made_from)
    return made


def _page(whole: dict, files: list[str]) -> str:
    figures = "".join(
        f'<figure><a href="{quote(file)}"><img src="{quote(file)}" alt="{in_html(file)}"></a>'
        f"<figcaption>{_caption(file, whole)}</figcaption></figure>"
        for file in files
        if file.endswith(".png")
    )
    names = [*whole["axes"], *(name for name in ("scene",) if name not in whole["axes"])]
    body = []
    for row in whole["best"].values():
        point = f'<a href="points/{row["point"]}.png"><code>{row["point"]}</code></a>'
        run = whole["notebooks"].get(row["point"])
        read = (
            [f'<a href="{quote(run)}/notebooks/{whole["notebook"]}.html">read</a>' if run else ""]
            if whole["notebooks"]
            else []
        )
        scores = [
            _number(row[name], digits) for name, digits in (("psnr", 2), ("ssim", 3), ("reblur_rms", 2))
        ]
        body.append(
            [*(in_html(str(row[name])) for name in names), *scores, point, *[read] * bool(whole["notebooks"])]
        )
    head = (
        *map(in_html, names),
        "PSNR dB",
        "SSIM",
        "Reblur RMS",
        "Point",
        *["Notebook"] * bool(whole["notebooks"]),
    )
    sections = {"Best": html.table(head, body, numbers=range(len(names), len(names) + 3)), "Figures": figures}
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


def _caption(file: str, whole: dict) -> str:
    kind, place, *_ = file.removesuffix(".png").split("-")
    scenes = whole["axes"].get("scene") or [whole["fixed"]["scene"]]
    others = [name for name in whole["axes"] if name != "scene"][2:]
    best = f"; {', '.join(others)}: the best" if others else ""
    shows = "the pictures, the best framed" if kind == "sheet" else "the scores, the best framed"
    return f"<b>{in_html(scenes[int(place) - 1])}</b>: {shows}{in_html(best)}."


def _file_name(scene: str) -> str:
    """A scene's name as part of a file's: short, and without what parts the names of files."""
    return re.sub(r"[^\w.+-]+", "_", scene.rpartition("/")[2])[:60]


def _told(parameters: dict, names) -> str:
    return ", ".join(f"{name} = {parameters[name]}" for name in names if name in parameters)


def _number(value, digits: int) -> str:
    return "–" if value is None else f"{float(value):.{digits}f}"
