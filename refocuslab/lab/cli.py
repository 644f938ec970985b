"""The command line, ``refocuslab``: a verb for each thing that one does with the project.

Whatever is slow to import is imported by the verb that needs it, after what was asked for is checked.
"""

import os
import sys
from pathlib import Path

import click

from refocuslab.lab.command import EXIT_CODES, FAILED, Commands, WithMethod, WithParameters, fail

CHANGES = click.option(
    "-p", "changes", nargs=2, multiple=True, metavar="NAME VALUE", help="Set a parameter; repeat it for more."
)
PROFILES = click.option(
    "--profile",
    type=click.Choice(["smoke", "course", "paper"]),
    default="paper",
    show_default=True,
    help="How much of each scene: 64 pixels square, 160, or all of it.",
)
LIGHT = click.Choice(["linear", "encoded"])


def _output(default: str, help: str):
    return click.option("-o", "--output", default=default, show_default=True, metavar="PATH", help=help)


@click.group(cls=Commands, epilog=EXIT_CODES)
@click.version_option(package_name="refocuslab", message="refocuslab %(version)s")
def main() -> None:
    """Refocus misfocused photos; make the paper's figures, runs and sweeps, and the verdict."""


@main.command(cls=WithParameters)
@click.argument("numbers", nargs=-1, metavar="[N]...")
@CHANGES
@PROFILES
@_output("results", "Folder for figures and pages.")
@click.option("--again", is_flag=True, help="Also run what has been run before and has not changed.")
def figures(numbers: tuple[str, ...], changes: tuple, profile: str, output: str, again: bool) -> int:
    """Make the paper's figures, 1 to 5.

    All, or those named by number or by their notebook.
    """
    whole, failures = _figures(numbers, changes, profile, output, again)
    if whole is None:
        return fail(failures)
    from refocuslab.lab.records import table

    click.echo(f"\n{table(whole['rows'])}\n" if whole["rows"] else "")
    for claim in whole["claims"]:
        click.echo(f"Claim {claim['number']} (§{claim['section']}): {claim['verdict']}")
    click.echo(f"\nThe page to look at: {Path(output, 'index.html')}")
    return 0


@main.command(cls=WithParameters)
@PROFILES
@CHANGES
@_output("results", "Folder for figures and pages.")
@click.option("--again", is_flag=True, help="Also run what has been run before and has not changed.")
@click.option("--readme", type=click.Path(path_type=Path), help="Put the table of claims into this file.")
def verify(profile: str, changes: tuple, output: str, again: bool, readme: Path | None) -> int:
    """Judge every figure and claim of the paper.

    Makes the figures that are not there yet, and writes the page of the verdict.

    A claim that is not reproduced is a result, not a failure.
    """
    whole, failures = _figures((), changes, profile, output, again)
    if whole is None:
        return fail(failures)
    from refocuslab.lab import verdict
    from refocuslab.lab.records import table

    if whole["rows"]:
        click.echo(f"\n{table(whole['rows'])}")
    click.echo(f"\n{verdict.text(whole)}")
    if readme:
        verdict.into_readme(whole, readme)
    click.echo(f"\nThe pages to look at: {Path(output, 'verdict.html')} and {Path(output, 'index.html')}")
    return 0


def _figures(numbers, changes, profile: str, output: str, again: bool) -> tuple[dict | None, list[str]]:
    from refocuslab import resources
    from refocuslab.lab import asked

    chosen = asked.notebooks(numbers, resources.notebooks_folder())
    values = asked.parameters(chosen, dict(changes), profile)
    from refocuslab.lab import runs

    return runs.figures(output, values, again=again)


@main.command(cls=WithParameters)
@click.argument("notebook")
@CHANGES
@PROFILES
@_output("runs", "Folder that gets a folder for the run.")
def run(notebook: str, changes: tuple, profile: str, output: str) -> int:
    """Run a notebook with other parameters.

    By name or number, in a process and a folder of its own. The folder is named by a hash of all that
    determines the result. If it is there and whole, nothing is run.
    """
    from refocuslab.lab import asked
    from refocuslab.lab.parameters import notebook_name

    name = notebook_name(notebook)
    values = asked.parameters([name], dict(changes), profile)[name]
    from refocuslab.lab.execute import NotebookError
    from refocuslab.lab.progress import ProgressLine
    from refocuslab.lab.runs import run_once

    try:
        with ProgressLine().of(name) as progress:
            path, _, made = run_once(name, values, output, progress=progress)
    except NotebookError as error:
        return fail([str(error)])
    click.echo(f"{path}{'' if made else '  (was there already)'}")
    return 0


@main.command(cls=WithParameters)
@click.argument("notebook")
@click.option("-p", "changes", nargs=2, multiple=True, metavar="NAME VALUES",
              help="A parameter and its values, with commas between; repeat it for more.")  # fmt: skip
@PROFILES
@_output("sweep", "Folder for the table, the pictures and the page.")
@click.option("--notebooks", type=click.Choice(["none", "best", "all"]), default="none", show_default=True,
              help="Which points to run as notebooks too, on this machine.")  # fmt: skip
@click.option("--workers", type=click.IntRange(1), help="Processes on this machine; by default one a core.")
@click.option("--scheduler", metavar="ADDRESS", help="Make the points on the workers of this Dask scheduler "
              "(start them with --nthreads 1).")  # fmt: skip
def sweep(notebook, changes, profile, output, notebooks, workers, scheduler) -> int:
    """Refocus with every combination of values.

    Scores and seconds go to a table, pictures to contact sheets. Each point is written as soon as it is
    done: after a kill, the same command goes on from there. Points that fail are listed, tried again by
    the next such command, and end it with exit code 1.

    For example: refocuslab sweep 4 -p scene motorcycle,coffee -p lambda_texture 0.001,0.01,0.1
    """
    from refocuslab.lab import asked, sweep_plan

    planned = sweep_plan.plan(notebook, asked.axes(changes), profile)
    from refocuslab.lab import sweep_report, sweep_runs, sweeps

    folder = Path(output)
    rows = sweeps.make(planned, folder, workers=workers, scheduler=scheduler)
    runs, failures = sweep_runs.notebooks(planned, rows, folder, notebooks, workers)
    whole = sweep_report.publish(planned, rows, folder, runs=runs)
    for scene, best in whole["best"].items():
        told = ", ".join(f"{name} {best[name]}" for name in planned.axes if name != "scene")
        psnr = "" if best["psnr"] is None else f"{float(best['psnr']):.2f} dB, "
        click.echo(f"best of {scene}: {told or 'the only one'} ({psnr}reblur RMS {best['reblur_rms']:.2f})")
    click.echo(f"table without seconds: sha256 {whole['table']}")
    click.echo(f"The page to look at: {folder / 'index.html'}")
    failures += [f"{_told(row, planned.axes)}: {row.why}" for row in rows if not row.made]
    return fail([f"failed: {line}" for line in failures]) if failures else 0


def _told(row, axes) -> str:
    return ", ".join(f"{name} {row.parameters[name]}" for name in axes)


@main.command(cls=WithMethod)
@click.argument("photos", nargs=-1, required=True, metavar="FOLDER|PHOTOS...")
@click.option("-o", "--output", required=True, metavar="PNG", help="The refocused photo.")
@click.option(
    "-p", "changes", nargs=2, multiple=True, metavar="NAME VALUE", help="Set a choice of the method."
)
@click.option("--mask", default="", metavar="PHOTO", help="White where to refocus; without it everywhere.")
@click.option("--same-mask", is_flag=True, help="The mask bounds the object in the focused photos too.")
@click.option("--diameter", type=click.IntRange(1, 99), help="Diameter of the misfocus's disk, pixels.")
@click.option("--light", nargs=2, metavar="FOCUSED MISFOCUSED", help="Shots of a small light, to find it.")
@click.option("--threads", type=click.IntRange(1, 1024), help="By default one a core.")
def refocus(photos, output, changes, mask, same_mask, diameter, light, threads) -> int:
    """Refocus a scene, or photos of your own.

    FOLDER holds a scene.toml, or is the name of a scene; of PHOTOS the misfocused one comes first, then
    focused ones.

    For example: refocuslab refocus blurred.png sharp.png --diameter 7 -o refocused.png
    """
    from refocuslab.lab import asked, refocusing

    method = asked.method(dict(changes))
    given = {"mask": mask, "same_mask": same_mask, "diameter": diameter, "light": light}
    source = refocusing.source(photos, given)
    if not Path(output).absolute().parent.is_dir():
        raise click.UsageError(f"--output must lie in a folder that exists; got {output}")
    for line in refocusing.refocus_to(source, method, Path(output), threads):
        click.echo(line)
    return 0


@main.command()
@click.argument("focused", type=click.Path(exists=True, dir_okay=False))
@click.argument("misfocused", type=click.Path(exists=True, dir_okay=False))
@click.option(
    "--largest", type=click.IntRange(1, 99), default=31, show_default=True, help="Largest diameter tried."
)
@click.option(
    "--light", type=LIGHT, default="linear", show_default=True, help="The values that the PSF blurs."
)
@click.option("-o", "--output", metavar="NPY", help="Also save the PSF, as scene.toml takes it.")
def calibrate(focused: str, misfocused: str, largest: int, light: str, output: str | None) -> int:
    """Find the PSF from two shots of a light.

    The light is small, once in focus and once out of focus (paper, §3).
    """
    from refocuslab.optics import calibrate
    from refocuslab.photos import read_photo

    found = calibrate(read_photo(focused), read_photo(misfocused), largest=largest, light=light)
    click.echo("diameter, pixels  RMS error, share of full light")
    for diameter, error in found.errors.items():
        click.echo(f"{diameter:16d}  {error:.5f}{'  best' if diameter == found.diameter else ''}")
    if output:
        import numpy as np

        from refocuslab.photos import write_whole

        write_whole(output, lambda file: np.save(file, found.psf))
    return 0


@main.command()
@click.option("-o", "--output", metavar="HTML", help="Also write a page with thumbnails.")
@click.argument("names", nargs=-1)
def scenes(output: str | None, names: tuple[str, ...]) -> int:
    """List the scenes, and show them on a page.

    All that come with refocuslab, or those named, or in folders.
    """
    from datetime import datetime

    from refocuslab.lab import asked
    from refocuslab.resources import scene_names

    chosen = [asked.scene("scene", name) for name in names] or scene_names()
    from refocuslab.lab.scene_page import line, scene_page
    from refocuslab.photos import write_whole
    from refocuslab.scene_folder import load_scene

    loaded = []
    for name in chosen:
        loaded.append(load_scene(name))
        click.echo(line(loaded[-1]))
    if output:
        write_whole(output, scene_page(loaded, datetime.now().strftime("%Y-%m-%d")).encode())
        click.echo(f"The page to look at: {output}")
    return 0


@main.command()
@click.option("--no-browser", is_flag=True, help="Print the address only.")
def explore(no_browser: bool) -> None:
    """Open the explorer in JupyterLab: notebook 09."""
    from refocuslab.resources import notebooks_folder

    folder = notebooks_folder()
    found = sorted(folder.glob("09_*.ipynb"))
    if not found:
        sys.exit(fail([f"refocuslab: there is no notebook 09 in {folder}"], FAILED))
    command = [sys.executable, "-m", "jupyterlab", str(found[0]), f"--ServerApp.root_dir={folder}"]
    os.execv(sys.executable, command + ["--no-browser"] * no_browser)


@main.command()
@click.argument("figure", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("-o", "--output", type=click.Path(path_type=Path), metavar="PNG",
              help="Where to write it; by default beside FIGURE, as NAME.remade.png.")  # fmt: skip
def remake(figure: Path, output: Path | None) -> int:
    """Make a figure again from its own file.

    The file says what it was made from; the bytes are compared.

    Exit code 0 if they are the same; 1 if not, with what has changed since.
    """
    from refocuslab.lab import provenance

    provenance.read(figure)  # refused before what is slow to load
    from refocuslab.lab.execute import NotebookError
    from refocuslab.lab.remake import remake
    from refocuslab.photos import write_whole

    try:
        png, changed = remake(figure)
    except NotebookError as error:
        return fail([str(error)])
    same = png == figure.read_bytes()
    output = output or figure.with_name(f"{figure.stem}.remade.png")
    write_whole(output, png)
    click.echo(f"{output}: {'the same bytes' if same else 'other bytes'}")
    return 0 if same else fail(changed or ["nothing that the file tells of has changed"])


@main.command()
@click.argument("notebooks", nargs=-1)
def notebooks(notebooks: tuple[str, ...]) -> int:
    """Renew the committed notebooks in place.

    Executes them with their default parameters, and cleans them.
    """
    from refocuslab.lab.parameters import notebook_name
    from refocuslab.resources import notebooks_folder

    folder = notebooks_folder()
    paths = [folder / f"{notebook_name(name)}.ipynb" for name in notebooks]
    from refocuslab.lab.execute import NotebookError
    from refocuslab.lab.notebooks import renew
    from refocuslab.lab.progress import ProgressLine

    line, failures = ProgressLine(), []
    for path in paths or sorted(folder.glob("*.ipynb")):
        try:
            with line.of(path.stem) as progress:
                changed = renew(path, progress=progress)
            click.echo(f"{path.stem}: {'changed' if changed else 'as before'}")
        except (NotebookError, OSError) as error:
            failures.append(str(error))
    return fail(failures) if failures else 0


@main.command("check-notebooks")
@click.argument("files", nargs=-1, type=click.Path(path_type=Path))
def check_notebooks(files: tuple[Path, ...]) -> int:
    """Check the committed notebooks, or files.

    They must be clean, executed in order, and hold the parameters of their models.
    """
    from refocuslab.lab.notebooks import check
    from refocuslab.resources import notebooks_folder

    found = check(files or sorted(notebooks_folder().glob("*.ipynb")))
    return fail(found) if found else 0


if __name__ == "__main__":
    main()
