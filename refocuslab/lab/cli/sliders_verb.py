"""The verb ``sliders``: a page for a class without a network."""

import click

from refocuslab.lab.cli.behavior import Verb
from refocuslab.lab.folders import destinations
from refocuslab.lab.terminal import tell


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
    from refocuslab.lab.sliders.page import sliders_page

    write_whole(path, sliders_page(loaded, side).encode())
    tell(f"The page to look at: {path}")
    return 0
