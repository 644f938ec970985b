"""The verb ``sliders``: a page for a class without a network."""

from time import perf_counter

import click

from refocuslab.lab.cli.behavior import Verb
from refocuslab.lab.folders import destinations
from refocuslab.lab.terminal import tell

# Measured with the default side on two cores: 38 to 54 s.
_ABOUT = "about a minute where the side is 80, and it grows with the area or faster"


@click.command(cls=Verb)
@click.argument("scene", default="motorcycle-perturbed")
@click.option("-o", "--output", default="sliders.html", show_default=True, metavar="PATH", help="The page.")
@click.option(
    "--side",
    type=click.IntRange(7, 160),
    default=80,
    show_default=True,
    help="Pixels of the square in the middle of the scene.",
)
def sliders(scene: str, output: str, side: int) -> int:
    """Make a page of sliders that needs no kernel.

    One file, for a class without a network: the weight of texture, the neighborhood and the order, on the
    middle of a scene; a click on a pixel shows its candidates. Every picture is made now, by exact search.
    """
    from refocuslab.files.plain_files import write_whole
    from refocuslab.scenes.folder import load_scene

    path = destinations.check_file(output, endings=(".html",))
    loaded = load_scene(scene)
    from refocuslab.lab.progress_line import ProgressLine, clock_text
    from refocuslab.lab.sliders.page import sliders_page

    progress, start, at = ProgressLine(lines=10), perf_counter(), ""

    def step(done: int, count: int) -> None:
        nonlocal at
        left = (perf_counter() - start) / done * (count - done)
        at = f"{done} of {count} pictures" + (f", about {clock_text(left)} left" if left >= 1 else "")

    progress.say(f"Every picture that the sliders show, {side} x {side} pixels: {_ABOUT}")
    with progress.of("sliders", lambda: at):
        page = sliders_page(loaded, side, step=step)
    write_whole(path, page.encode())
    tell(f"Next: open {path} in a browser; it needs nothing beside it, and may be given to students")
    return 0
