"""The verbs for the committed notebooks: notebooks, check-notebooks."""

from pathlib import Path

import click

from refocuslab.lab.cli.behavior import Verb, fail


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
