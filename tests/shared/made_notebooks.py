"""Notebooks made on the fly, and the command line that runs them."""

import contextlib
from pathlib import Path

import nbformat
from click.testing import CliRunner

from refocuslab.lab.cli import main
from refocuslab.lab.notebooks.execute import NotebookError
from refocuslab.lab.parameters import validation as schema

MEASURE = """
from pathlib import Path
from refocuslab.lab.parameters import validation
from refocuslab.lab.records import notebook_record

values = validation.current("{name}", globals())
if results:
    Path(results, "{file}").write_bytes(b"picture of " + scene.encode())
notebook_record.record(
    results, "{name}", values,
    figures=[dict(figure="{figure}", file="{file}", caption="A caption & more.")],
    rows=[dict(figure="{figure}", variant="a variant", scene=scene, psnr=21.74, ssim=0.7251,
               reblur_rms=3.5, seconds=1.25)],
    claims=[dict(number={figure}, section="3.1", statement="It is right.", measure="PSNR",
                 value=21.7, verdict="in part")],
)
"""


def measure(name: str, file: str | None = None) -> str:
    figure = int(name[:2])
    return MEASURE.format(name=name, figure=figure, file=file or f"figure{figure}.png")


def write_notebook(folder: Path, name: str, *cells: str, parameters: str | None = None) -> Path:
    first = schema.parameters_cell(name) if parameters is None else parameters
    code = [nbformat.v4.new_code_cell(source) for source in (first, *cells)]
    code[0].metadata["tags"] = ["parameters"]
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell(f"# {name}"), *code])
    folder.mkdir(parents=True, exist_ok=True)
    nbformat.write(book, folder / f"{name}.ipynb")
    return folder / f"{name}.ipynb"


def run_here(name, notebook, parameters=None, *, folder, progress=None):
    """`execute` without a kernel: the cells run in this process, in ``folder``."""
    values = {}
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    with contextlib.chdir(folder):
        for place, cell in enumerate(cells, 1):
            try:
                exec(cell.source, values)
            except Exception as error:
                raise NotebookError(name, f"{type(error).__name__}: {error}") from None
            values.update(parameters or {})
            cell.execution_count = place
            if progress:
                progress(place, len(cells))
    return notebook


def command(*arguments: str):
    return CliRunner().invoke(main.main, list(arguments))
