"""The command line, ``refocuslab``: a verb for each thing that one does with the project.

A verb imports what is slow to load after it has checked its arguments, so that mistakes are told at once.
"""

import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from refocuslab.errors import RefocusWarning
from refocuslab.lab.cli.app_verb import app
from refocuslab.lab.cli.behavior import (
    EXIT_CODES,
    Commands,
    WithParameters,
    fail,
    output_option,
    results_option,
)
from refocuslab.lab.cli.course_verbs import course, warm_up
from refocuslab.lab.cli.evidence_verb import evidence
from refocuslab.lab.cli.first_contact import completion, doctor, greeting
from refocuslab.lab.cli.notebook_verbs import check_notebooks, copy_notebooks, explore, notebooks
from refocuslab.lab.cli.photo_verbs import calibrate, refocus, remake, scenes
from refocuslab.lab.cli.sliders_verb import sliders
from refocuslab.lab.folders import destinations
from refocuslab.lab.terminal import tell

if TYPE_CHECKING:
    from refocuslab.lab.sweeps.notebook_runs import Which
    from refocuslab.lab.sweeps.sweep import Row

# A parameter and its text, from each -p.
Changes = tuple[tuple[str, str], ...]

# The options that several verbs have.
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


@click.group(cls=Commands, epilog=EXIT_CODES, invoke_without_command=True)
@click.version_option(package_name="refocuslab", message="refocuslab %(version)s")
@click.pass_context
def main(context: click.Context) -> None:
    """Refocus misfocused photos; make the paper's figures, runs and sweeps, and the verdict."""
    if context.invoked_subcommand is None:
        click.echo(greeting())


@main.command(cls=WithParameters)
@click.argument("numbers", nargs=-1, metavar="[N]...")
@CHANGES
@PROFILES
@results_option()
@click.option("--again", is_flag=True, help="Also run what has been run before and has not changed.")
def figures(numbers: tuple[str, ...], changes: Changes, profile: str, output: str | None, again: bool) -> int:
    """Make the paper's figures, 1 to 5.

    All, or those named by number or by their notebook.
    """
    whole, failures, folder = _figures(numbers, changes, profile, output, again)
    if whole is None:
        return fail(failures)
    from refocuslab.lab.records.changed import caution, of_all
    from refocuslab.lab.records.report import table

    click.echo(f"\n{table(whole['rows'])}\n" if whole["rows"] else "")
    if told := of_all(whole["notebooks"]):
        click.echo(f"{told} {caution(whole['notebooks'])}\n")
    for claim in whole["claims"]:
        of = f": {claim['part']}" if claim["part"] else ""
        click.echo(f"Claim {claim['number']} (§{claim['section']}): {claim['verdict']}{of}")
    click.echo()
    tell(f"The page to look at: {folder / 'index.html'}")
    return 0


@main.command(cls=WithParameters)
@PROFILES
@CHANGES
@results_option()
@click.option("--again", is_flag=True, help="Also run what has been run before and has not changed.")
@click.option("--readme", metavar="FILE", help="Put the table of claims into this file.")
def verify(profile: str, changes: Changes, output: str | None, again: bool, readme: str | None) -> int:
    """Judge every figure and claim of the paper.

    Makes the figures that are not there yet, and writes the page of the verdict.

    A claim that is not reproduced is a result, not a failure.
    """
    from refocuslab.lab.pages import verdict

    if readme is not None:
        destinations.check_file(readme, endings=(Path(readme).suffix.lower(),), argument="--readme")
        verdict.check_readme(Path(readme))
    whole, failures, folder = _figures((), changes, profile, output, again)
    if whole is None:
        return fail(failures)
    from refocuslab.lab.evidence.population import measured
    from refocuslab.lab.records.changed import caution, of_all
    from refocuslab.lab.records.report import table

    if whole["rows"]:
        click.echo(f"\n{table(whole['rows'])}")
    if told := of_all(whole["notebooks"]):
        click.echo(f"\n{told} {caution(whole['notebooks'])}")
    click.echo(f"\n{verdict.text(whole)}")
    if readme is not None:
        verdict.into_readme(whole, measured(), Path(readme))
    click.echo()
    tell(f"The pages to look at: {folder / 'verdict.html'} and {folder / 'index.html'}")
    return 0


def _figures(
    numbers: tuple[str, ...], changes: Changes, profile: str, output: str | None, again: bool
) -> tuple[dict[str, Any] | None, list[str], Path]:
    """The report of the figures, None if a notebook failed; a line for each that did; and the folder."""
    from refocuslab.files import installed
    from refocuslab.lab.parameters import arguments

    if output is not None:
        destinations.check_folder(output)
    chosen = arguments.notebooks(numbers, installed.notebooks_folder())
    values = arguments.parameters(chosen, dict(changes), profile)
    from refocuslab.lab.records.changed import folder_name

    named = str(Path("results", folder_name(values))) if output is None else output
    folder = destinations.check_folder(named)
    from refocuslab.lab.notebooks import runs

    return *runs.figures(folder, values, again=again, asked=numbers), folder


@main.command(cls=WithParameters)
@click.argument("notebook")
@CHANGES
@PROFILES
@output_option("runs", "Folder that gets a folder for the run.")
def run(notebook: str, changes: Changes, profile: str, output: str) -> int:
    """Run a notebook with other parameters.

    By name or number, in a process and a folder of its own. The folder is named by a hash of all that
    determines the result. If it is there and whole, nothing is run.
    """
    from refocuslab.lab.parameters import arguments
    from refocuslab.lab.parameters.validation import notebook_name

    name = notebook_name(notebook)
    values = arguments.parameters([name], dict(changes), profile)[name]
    destinations.check_folder(output)
    from refocuslab.lab.notebooks.execute import NotebookError
    from refocuslab.lab.notebooks.run_pages import write_list
    from refocuslab.lab.notebooks.runs import run_once
    from refocuslab.lab.pages.results import run_title
    from refocuslab.lab.progress_line import ProgressLine

    try:
        with ProgressLine().of(name) as progress:
            path, _, made = run_once(name, values, output, progress=progress)
    except NotebookError as error:
        return fail([str(error)])
    write_list(path.parent)
    tell(f"{path}{'' if made else '  (was there already)'}")
    tell(f"{run_title(name, values)}: {path / 'index.html'}")
    return 0


@main.command(cls=WithParameters)
@click.argument("notebook")
@click.option(
    "-p",
    "changes",
    nargs=2,
    multiple=True,
    metavar="NAME VALUES",
    help="A parameter and its values, with commas between; repeat it for more. A value that has a "
    "comma stands in double quotes.",
)
@PROFILES
@output_option("sweep", "Folder for the table, the pictures and the page.")
@click.option(
    "--notebooks",
    type=click.Choice(["none", "best", "all"]),
    default="none",
    show_default=True,
    help="Which points to run as notebooks too, on this machine.",
)
@click.option("--workers", type=click.IntRange(1), help="Processes on this machine; by default one a core.")
@click.option(
    "--scheduler",
    metavar="ADDRESS",
    help="Make the points on the workers of this Dask scheduler (start them with --nthreads 1).",
)
def sweep(
    notebook: str,
    changes: Changes,
    profile: str,
    output: str,
    notebooks: "Which",
    workers: int | None,
    scheduler: str | None,
) -> int:
    """Refocus with every combination of values.

    Scores and seconds go to a table, pictures to contact sheets. Each point is written as soon as it is
    done: after a kill, the same command goes on from there. Points that fail are listed, tried again by
    the next such command, and end it with exit code 1.

    For example: refocuslab sweep 4 -p scene motorcycle,coffee -p lambda_texture 0.001,0.01,0.1,
    and with a comma in a folder's name: -p scene '"cup, old",coffee'
    """
    from refocuslab.lab.parameters import arguments
    from refocuslab.lab.sweeps.plan import plan

    planned = plan(notebook, arguments.axes(changes), profile)
    from refocuslab.lab.sweeps.notebook_runs import run_notebooks
    from refocuslab.lab.sweeps.report import publish
    from refocuslab.lab.sweeps.sweep import make_points

    folder = destinations.check_folder(output)
    rows = make_points(planned, folder, workers=workers, scheduler=scheduler)
    runs, failures = run_notebooks(planned, rows, folder, notebooks, workers)
    whole = publish(planned, rows, folder, runs=runs)
    for scene, best in whole["best"].items():
        told = ", ".join(f"{name} {best[name]}" for name in planned.axes if name != "scene")
        psnr = "" if best["psnr"] is None else f"{float(best['psnr']):.2f} dB, "
        tell(f"best of {scene}: {told or 'the only one'} ({psnr}reblur RMS {best['reblur_rms']:.2f})")
    click.echo(f"table without seconds: sha256 {whole['table']}")
    tell(f"The page to look at: {folder / 'index.html'}")
    if doubted := sum(bool(row.made and row.made.doubts) for row in rows):
        text = f"{doubted} of {len(rows)} points are doubted: the column doubts of table.csv says why"
        warnings.warn(text, RefocusWarning, stacklevel=2)
    failures += [f"{_told(row, planned.axes)}: {row.why}" for row in rows if not row.made]
    return fail([f"failed: {line}" for line in failures]) if failures else 0


def _told(row: "Row", axes: dict[str, list[Any]]) -> str:
    return ", ".join(f"{name} {row.parameters[name]}" for name in axes)


VERBS = (
    app,
    explore,
    sliders,
    refocus,
    calibrate,
    scenes,
    remake,
    evidence,
    course,
    warm_up,
    copy_notebooks,
    notebooks,
    check_notebooks,
    doctor,
    completion,
)
for verb in VERBS:
    main.add_command(verb)

if __name__ == "__main__":
    main()
