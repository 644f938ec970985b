"""The verbs for the committed notebooks: explore, copy-notebooks, notebooks, check-notebooks."""

import os
import sys
from pathlib import Path

import click

from refocuslab.lab.cli.behavior import FAILED, Verb, fail
from refocuslab.lab.folders import destinations
from refocuslab.lab.terminal import tell


@click.command(cls=Verb)
@click.argument("scene", required=False)
@click.option("--no-browser", is_flag=True, help="Print the address only.")
def explore(scene: str | None, no_browser: bool) -> None:
    """Open the explorer in JupyterLab: notebook 09.

    With a SCENE, a name or a folder of your own, it begins with that: a copy of the notebook is made in the
    current folder, and found there again the next time.
    """
    from refocuslab.files.installed import notebooks_folder

    if scene is None:
        folder = notebooks_folder()
        found = sorted(folder.glob("09_*.ipynb"))
        if not found:
            sys.exit(fail([f"refocuslab: there is no notebook 09 in {folder}"], FAILED))
        path = found[0]
    else:
        from refocuslab.lab.notebooks.copies import explorer_of

        path, made = explorer_of(scene)
        path, folder = path.absolute(), path.absolute().parent
        tell(f"{path.name}{'' if made else '  (was there already)'}")
    command = [sys.executable, "-m", "jupyterlab", str(path), f"--ServerApp.root_dir={folder}"]
    os.execv(sys.executable, command + ["--no-browser"] * no_browser)


@click.command("copy-notebooks", cls=Verb)
@click.argument("folder", default="notebooks")
def copy_notebooks(folder: str) -> int:
    """Copy the notebooks into a folder, to work in.

    By default into "notebooks". What is there and was changed is not replaced.
    """
    destinations.check_folder(folder, argument="FOLDER")
    from refocuslab.lab.notebooks.copies import copies

    made, kept = copies(folder)
    told = f", and {len(kept)} that were there already" if kept else ""
    tell(f"{folder}: {len(made)} notebooks{told}")
    return 0


@click.command(cls=Verb)
@click.argument("notebooks", nargs=-1)
def notebooks(notebooks: tuple[str, ...]) -> int:
    """Renew the committed notebooks in place.

    Executes them with their default parameters, and cleans them.
    """
    from refocuslab.files.installed import notebooks_folder
    from refocuslab.lab.parameters.validation import notebook_name

    folder = notebooks_folder()
    paths = [folder / f"{notebook_name(name)}.ipynb" for name in notebooks]
    from refocuslab.lab.notebooks.committed import renew
    from refocuslab.lab.notebooks.execute import NotebookError
    from refocuslab.lab.progress_line import ProgressLine

    line = ProgressLine()
    failures: list[str] = []
    for path in paths or sorted(folder.glob("*.ipynb")):
        try:
            with line.of(path.stem) as progress:
                changed = renew(path, progress=progress)
            click.echo(f"{path.stem}: {'changed' if changed else 'as before'}")
        except (NotebookError, OSError) as error:
            failures.append(str(error))
    return fail(failures) if failures else 0


@click.command("check-notebooks", cls=Verb)
@click.argument("files", nargs=-1, type=click.Path(path_type=Path))
def check_notebooks(files: tuple[Path, ...]) -> int:
    """Check the committed notebooks, or files.

    They must be clean, executed in order, and hold the parameters of their models.
    """
    from refocuslab.files.installed import notebooks_folder
    from refocuslab.lab.notebooks.committed import check

    found = check(files or sorted(notebooks_folder().glob("*.ipynb")))
    return fail(found) if found else 0
