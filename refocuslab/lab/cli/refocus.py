"""What ``refocuslab refocus`` does: the method on a scene or on photos of one's own, without a notebook."""

import os
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from refocuslab.errors import RefocusError, RefocusWarning
from refocuslab.lab.cli.own_photos import Photos
from refocuslab.lab.folders import destinations
from refocuslab.lab.parameters import arguments
from refocuslab.lab.records import shown_paths
from refocuslab.method import Method

if TYPE_CHECKING:
    from refocuslab.pictures.picture import Picture
    from refocuslab.refocusing.result import Result


def source_of(photos: tuple[str, ...], given: dict[str, Any]) -> Photos | str:
    """What is to be refocused, checked.

    Parameters
    ----------
    photos : tuple of str
        One name or folder of a scene, or the paths of a misfocused photo and of focused ones.
    given : dict
        The other fields of `Photos`; those that are None or empty count as not given.

    Returns
    -------
    Photos or str
        The photos, or the scene's name or folder.

    Raises
    ------
    RefocusError
        There is no such scene or file, or the fields do not go together.
    """
    given = {name: value for name, value in given.items() if value}
    if len(photos) == 1 and not os.path.isfile(photos[0]):
        if given:
            name = next(iter(given))
            rule = "comes from the scene where one is given"
            raise RefocusError(f"--{name.replace('_', '-')}", rule, given[name])
        return arguments.scene("scene", photos[0])
    return Photos(photos[0], photos[1:], **given)


def inputs(source: Photos | str) -> list[Path]:
    """Every file that is read, and so must not be written over."""
    if isinstance(source, Photos):
        return [Path(path) for path in source.paths]
    return shown_paths.files_of_scene(source)


def refocus_to(
    source: Photos | str, method: Method, output: Path, *, threads: int | None = None, anyway: bool = False
) -> Iterator[str]:
    """Refocus, write the picture whole, and tell notes, scores, seconds and the path, line by line.

    Doubts are given as warnings.

    Parameters
    ----------
    source : Photos or str
        Of `source_of`.
    method : Method
        How to refocus.
    output : Path
        The file; its ending says the format.
    threads : int or None
        By default one a core.
    anyway : bool
        Also write a picture with a grave doubt.

    Yields
    ------
    str
        A line for standard output.

    Raises
    ------
    click.UsageError
        The picture is likely to be wrong altogether, and ``anyway`` is False; nothing was written.
    """
    from refocuslab.evaluation.metrics import score
    from refocuslab.lab.explorer.work.clock import expected_seconds
    from refocuslab.lab.progress_line import ProgressLine, Stages
    from refocuslab.refocusing.refocuser import Refocuser
    from refocuslab.scenes.folder import load_scene

    like = None
    if isinstance(source, Photos):
        scene, like = source.scene(method.light)
    else:
        scene = load_scene(source)
    stages = Stages(expected_seconds(method, None))
    with ProgressLine().of(scene.name or "refocus", lambda: str(stages)):
        result = Refocuser(scene, threads=threads).refocus(method, progress=stages)
    if not anyway and (grave := [doubt for doubt in result.doubts if doubt.grave]):
        raise click.UsageError(f"{grave[0]} Nothing was written; --anyway writes the picture all the same.")
    destinations.write(output, encoded(source, method, result, output, like))
    for doubt in result.doubts:
        warnings.warn(str(doubt), RefocusWarning, stacklevel=2)
    measured = score(result.image, result.with_psf(scene), light=method.light)
    yield from (f"note: {note}" for note in result.notes)
    psnr = "" if measured.psnr is None else f"PSNR {measured.psnr:.2f} dB, "
    ssim = "" if measured.ssim is None else f"SSIM {measured.ssim:.3f}, "
    yield f"{psnr}{ssim}reblur RMS {measured.reblur_rms:.2f} gray levels"
    yield ", ".join(f"{stage} {seconds:.2f} s" for stage, seconds in result.seconds.items())
    yield str(output)


def encoded(
    source: Photos | str, method: Method, result: "Result", output: Path, like: "Picture | None"
) -> bytes:
    """The bytes of the picture's file, in the format of the ending; a PNG file tells how it was made."""
    from refocuslab.lab.sweeps.point import Point, picture

    if isinstance(source, Photos):
        made_from = source.made_from(method, source.names(output.absolute().parent))
    else:
        made_from = Point.of(source, 0, method).made_from
    return picture(result, made_from, output.suffix, like=like)
