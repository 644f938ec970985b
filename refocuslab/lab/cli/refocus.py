"""The method on a scene or on one's own photos, without a notebook: what ``refocuslab refocus`` does."""

import os
import warnings
from collections.abc import Iterator
from pathlib import Path

import click

from refocuslab.errors import RefocusError, RefocusWarning
from refocuslab.lab.cli.own_photos import Photos
from refocuslab.lab.folders import destinations
from refocuslab.lab.parameters import arguments
from refocuslab.lab.records import shown_paths
from refocuslab.method import Method


def source(photos: tuple[str, ...], given: dict) -> Photos | str:
    """A scene's name or folder, or `Photos`; all checked. given: the fields of `Photos`, or None."""
    given = {name: value for name, value in given.items() if value}
    if len(photos) == 1 and not os.path.isfile(photos[0]):
        if given:
            name = next(iter(given))
            rule = "comes from the scene where one is given"
            raise RefocusError(f"--{name.replace('_', '-')}", rule, given[name])
        return arguments.scene("scene", photos[0])
    return Photos(photos[0], photos[1:], **given)


def inputs(source: Photos | str) -> list[Path]:
    """Every file that is read, none of which may be written."""
    if isinstance(source, Photos):
        return [Path(path) for path in source.paths]
    return shown_paths.files_of_scene(source)


def refocus_to(
    source: Photos | str, method: Method, output: Path, *, threads: int | None = None, anyway: bool = False
) -> Iterator[str]:
    """Refocus, write the picture whole, and tell what came of it, line by line.

    A picture that is likely to be wrong altogether is refused, unless ``anyway``.
    """
    from refocuslab.evaluation.metrics import score
    from refocuslab.lab.progress_line import ProgressLine
    from refocuslab.refocusing.refocuser import Refocuser
    from refocuslab.scenes.folder import load_scene

    like = None
    if isinstance(source, Photos):
        scene, like = source.scene(method.light)
    else:
        scene = load_scene(source)
    at = "starts"

    def progress(stage: str, share: float) -> None:
        nonlocal at
        at = f"{stage} {share:.0%}"

    with ProgressLine().of(scene.name or "refocus", lambda: at):
        result = Refocuser(scene, threads=threads).refocus(method, progress=progress)
    if not anyway and (grave := [doubt for doubt in result.doubts if doubt.grave]):
        raise click.UsageError(f"{grave[0]} Nothing was written; --anyway writes the picture all the same.")
    destinations.write(output, encoded(source, method, result, output, like))
    for doubt in result.doubts:
        warnings.warn(str(doubt), RefocusWarning, stacklevel=2)
    measured = score(result.image, scene, light=method.light)
    yield from (f"note: {note}" for note in result.notes)
    psnr = "" if measured.psnr is None else f"PSNR {measured.psnr:.2f} dB, "
    ssim = "" if measured.ssim is None else f"SSIM {measured.ssim:.3f}, "
    yield f"{psnr}{ssim}reblur RMS {measured.reblur_rms:.2f} grey levels"
    yield ", ".join(f"{stage} {seconds:.2f} s" for stage, seconds in result.seconds.items())
    yield str(output)


def encoded(source: Photos | str, method: Method, result, output: Path, like) -> bytes:
    """The picture's file, in the format that the ending says; a PNG file tells what it was made from."""
    from refocuslab.lab.sweeps.point import Point, picture

    if isinstance(source, Photos):
        made_from = source.made_from(method, source.names(output.absolute().parent))
    else:
        made_from = Point.of(source, 0, method).made_from
    return picture(result, made_from, output.suffix, like=like)
