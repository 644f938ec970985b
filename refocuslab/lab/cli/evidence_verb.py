"""The verb for the claims on many scenes: evidence."""

from pathlib import Path

import click

from refocuslab.errors import RefocusError
from refocuslab.lab.cli.behavior import Verb
from refocuslab.lab.folders import destinations
from refocuslab.lab.terminal import tell


@click.command(cls=Verb)
@click.argument("names", nargs=-1, metavar="[SCENE]...")
@click.option("--draws", type=click.IntRange(1, 1000), default=5, show_default=True, help="Of the noise.")
@click.option("-o", "--output", default="evidence", show_default=True, metavar="PATH", help="Folder.")
@click.option("--threads", type=click.IntRange(1, 1024), help="By default one a core.")
def evidence(names: tuple[str, ...], draws: int, output: str, threads: int | None) -> int:
    """Judge the claims of the paper on many scenes.

    All scenes of the population, or those named, whole and in two smaller frames, with several draws of the
    noise: half an hour on two cores. Each photo is kept as soon as it is measured: after a kill, the same
    command goes on from there. The folder gets evidence.json and the page evidence.html.
    """
    from refocuslab.lab.evidence.cases import FRAMES, POPULATION, cases

    for name in names:
        if name not in POPULATION:
            raise RefocusError("scene", f"must be one of {', '.join(POPULATION)}", name)
    folder = destinations.check_folder(output)
    from refocuslab.lab.evidence import population
    from refocuslab.lab.pages.evidence import page
    from refocuslab.lab.progress_line import ProgressLine

    wanted = cases(names or tuple(POPULATION), FRAMES, draws)
    at = 0

    def step(done: int, _: int) -> None:
        nonlocal at
        at = done

    with ProgressLine().of("evidence", lambda: f"photo {at} of {len(wanted)}"):
        found = population.make(wanted, folder / "photos", threads=threads, step=step)
    whole = population.Evidence.of(found)
    destinations.write(folder / population.MEASURED, whole.as_bytes())
    destinations.write(Path(folder, "evidence.html"), page(whole).encode())
    tell(f"The page to look at: {folder / 'evidence.html'}")
    return 0
