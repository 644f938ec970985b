"""The verbs for photos and pictures: refocus, calibrate, scenes, remake.

As in `main`, slow imports come after the checks of the arguments.
"""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from refocuslab.lab.cli.behavior import Verb, WithMethod, fail
from refocuslab.lab.folders import destinations
from refocuslab.lab.terminal import tell

if TYPE_CHECKING:
    from refocuslab.optics.light import LightKind

# The types of arguments that several verbs have.
FILE = click.Path(exists=True, dir_okay=False)
LIGHT = click.Choice(["linear", "encoded"])
# Bytes of a picture's file. An uncompressed TIFF file of 150 megapixels, 16 bits a channel, has 0.9e9.
LARGEST = 1_000_000_000


@click.command(
    cls=WithMethod,
    seldom=("same_mask", "diameter", "light", "threads", "strict"),
    experts=("consistent", "changes"),
)
@click.argument("photos", nargs=-1, required=True, metavar="PHOTOS...|FOLDER")
@click.option(
    "-o",
    "--output",
    metavar="PICTURE",
    help="The refocused photo; its ending says the format: .png, .tif, .webp, .jpg. By default it goes "
    "beside the first photo, as NAME.refocused.png, also of a JPEG photo so that nothing is lost, or .tif "
    "where that has 16 bits.",
)
@click.option(
    "--explain",
    is_flag=True,
    help="Also write a page beside the picture, as NAME.refocused.html: how the photos fit, the blur, the "
    "mask, where each pixel comes from, before and after.",
)
@click.option(
    "--mask",
    default="",
    metavar="PHOTO",
    help="White where to refocus. Without it: where the photo is not transparent, or where it is softer "
    "than the focused photos.",
)
@click.option("--whole", is_flag=True, help="Refocus everything, also what is sharp already.")
@click.option(
    "--forecast", is_flag=True, help="Only tell how many seconds and how much memory it would take here."
)
@click.option("--anyway", is_flag=True, help="Also write a picture that is likely to be wrong altogether.")
@click.option("--same-mask", is_flag=True, help="The mask bounds the object in the focused photos too.")
@click.option(
    "--diameter",
    type=click.IntRange(1, 99),
    help="The first photo is blurred as by a disk of so many pixels; by default the photos tell how.",
)
@click.option(
    "--light",
    nargs=2,
    metavar="FOCUSED MISFOCUSED",
    help="Shots of a small light, to find the blur (the PSF) by.",
)
@click.option("--threads", type=click.IntRange(1, 1024), help="By default one a core.")
@click.option(
    "--consistent/--paper",
    default=None,
    help="--consistent, of photos of your own the default, matches views and exposures and makes a picture "
    "that, blurred, is the misfocused one; --paper, of scenes the default, is the paper's best system, for "
    "photos of one view and exposure.",
)
@click.option(
    "-p", "changes", nargs=2, multiple=True, metavar="NAME VALUE", help="Set one of the choices below."
)
def refocus(
    photos: tuple[str, ...],
    output: str | None,
    forecast: bool,
    explain: bool,
    changes: tuple[tuple[str, str], ...],
    consistent: bool | None,
    mask: str,
    whole: bool,
    same_mask: bool,
    diameter: int | None,
    light: tuple[str, str] | None,
    threads: int | None,
    anyway: bool,
) -> int:
    """Refocus photos of your own, or a scene.

    Of PHOTOS the misfocused one comes first, then sharp ones of the same thing. The photos tell all else:
    how they lie over each other, where the first is softer, and how it is blurred there. Only there it is
    changed.

    For example: refocuslab refocus blurred.jpg sharp.jpg

    A scene is named by its FOLDER, which holds a scene.toml, or by its name in `refocuslab scenes`.
    """
    from refocuslab.lab.cli.photos.proposed import beside
    from refocuslab.lab.cli.photos.refocus import forecast_of, inputs, refocus_to, source_of
    from refocuslab.lab.parameters import arguments
    from refocuslab.method import Method

    given = {"mask": mask, "same_mask": same_mask, "diameter": diameter, "light": light, "whole": whole}
    source = source_of(photos, given)
    own = not isinstance(source, str)
    best = Method.consistent() if (own if consistent is None else consistent) else Method()
    method = arguments.method(dict(changes), best)
    if output is None and not forecast:
        output = beside(source)
    if forecast and explain:
        raise click.UsageError("--explain tells how a picture was made, and --forecast makes none.")
    if forecast:
        for line in forecast_of(source, method, threads=threads):
            tell(line)
        return 0
    path = destinations.check_file(str(output), inputs(source))
    page = None
    if explain:
        beside_it = str(path.with_suffix(".html"))
        page = destinations.check_file(
            beside_it, inputs(source), endings=destinations.PAGE, argument="--explain"
        )
    for line in refocus_to(source, method, path, threads=threads, anyway=anyway, page=page):
        tell(line)
    return 0


@click.command(cls=Verb)
@click.argument("focused", type=FILE)
@click.argument("misfocused", type=FILE)
@click.option(
    "--largest", type=click.IntRange(1, 99), default=31, show_default=True, help="Largest diameter tried."
)
@click.option(
    "--light", type=LIGHT, default="linear", show_default=True, help="The values that the PSF blurs."
)
@click.option("-o", "--output", metavar="NPY", help="Also save the PSF, as scene.toml takes it.")
def calibrate(focused: str, misfocused: str, largest: int, light: "LightKind", output: str | None) -> int:
    """Find the PSF from two shots of a light.

    The light is small, once in focus and once out of focus (paper, §3).
    """
    from refocuslab.files.plain_files import check_plain_file

    for argument, path in (("focused", focused), ("misfocused", misfocused)):
        check_plain_file(argument, path, LARGEST)
    if output is not None:
        destinations.check_file(output, (focused, misfocused), endings=destinations.NPY)
    from refocuslab.optics.calibration import calibrate
    from refocuslab.pictures.reading import read_photo

    found = calibrate(read_photo(focused), read_photo(misfocused), largest=largest, light=light)
    click.echo("diameter, pixels  RMS error, share of full light")
    for diameter, error in found.errors.items():
        click.echo(f"{diameter:16d}  {error:.5f}{'  best' if diameter == found.diameter else ''}")
    if output is not None:
        import numpy as np

        destinations.write(Path(output), lambda file: np.save(file, found.psf))
    return 0


@click.command(cls=Verb)
@click.option("-o", "--output", metavar="HTML", help="Also write a page with thumbnails.")
@click.argument("names", nargs=-1)
def scenes(output: str | None, names: tuple[str, ...]) -> int:
    """List the scenes, and show them on a page.

    All that come with refocuslab, or those named, or in folders.
    """
    from datetime import datetime

    from refocuslab.lab.parameters import arguments
    from refocuslab.lab.records import shown_paths
    from refocuslab.scenes.shipped import scene_names

    chosen = [arguments.scene("scene", name) for name in names] or scene_names()
    if output is not None:
        read = [path for name in chosen for path in shown_paths.files_of_scene(name)]
        destinations.check_file(output, read, endings=destinations.PAGE)
    from refocuslab.lab.pages.scenes import line, scene_page
    from refocuslab.scenes.folder import load_scene

    loaded = []
    for name in chosen:
        loaded.append(load_scene(name))
        tell(line(loaded[-1]))
    if output is not None:
        page = scene_page(loaded, datetime.now().strftime("%Y-%m-%d"))
        destinations.write(Path(output), page.encode(errors="backslashreplace"))
        tell(f"The page to look at: {output}")
    return 0


@click.command(cls=Verb)
@click.argument("figure", type=FILE)
@click.option(
    "-o",
    "--output",
    metavar="PNG",
    help="Where to write it; by default beside FIGURE, as NAME.remade.png.",
)
def remake(figure: str, output: str | None) -> int:
    """Make a figure again from its own file.

    The file says what it was made from; the bytes are compared. Photos and scenes of your own are looked
    for beside it and in the current folder.

    Exit code 0 if they are the same; 1 if not, with what has changed since.
    """
    from refocuslab.files.plain_files import check_plain_file
    from refocuslab.lab.records import provenance

    path = check_plain_file("figure", figure, LARGEST)
    provenance.read(path)  # refused before what is slow to load
    beside = path.with_name(f"{path.stem}.remade.png")
    target = destinations.check_file(
        output if output is not None else str(beside), [path], endings=destinations.PNG
    )
    from refocuslab.lab.cli.photos.remake import remake
    from refocuslab.lab.notebooks.execute import NotebookError

    try:
        png, changed = remake(path)
    except NotebookError as error:
        return fail([str(error)])
    same = png == path.read_bytes()
    destinations.write(target, png)
    tell(f"{target}: {'the same bytes' if same else 'other bytes'}")
    return 0 if same else fail(changed or ["nothing that the file tells of has changed"])
