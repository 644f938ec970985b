"""What ``refocuslab refocus`` does: the method on a scene or on photos of one's own, without a notebook."""

import os
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from refocuslab.errors import RefocusError, RefocusWarning
from refocuslab.lab.cli.photos import plain
from refocuslab.lab.cli.photos.own_photos import Photos
from refocuslab.lab.cli.photos.proposed import Task
from refocuslab.lab.folders import destinations
from refocuslab.lab.parameters import arguments
from refocuslab.lab.records import shown_paths
from refocuslab.lab.terminal import command_line
from refocuslab.lab.widgets.texts import duration, stage
from refocuslab.method import Method

if TYPE_CHECKING:
    from refocuslab.evaluation.metrics import Score
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
    click.UsageError
        It is one photo.
    """
    given = {name: value for name, value in given.items() if value}
    if len(photos) == 1 and not os.path.isfile(photos[0]):
        if given:
            name = next(iter(given))
            rule = "comes from the scene where one is given"
            raise RefocusError(f"--{name.replace('_', '-')}", rule, given[name])
        return arguments.scene("scene", photos[0])
    if len(photos) == 1:
        both = command_line("refocus", photos[0], "sharp.jpg")
        raise click.UsageError(f"“{photos[0]}” is one photo: name a sharp one of the same thing, too: {both}")
    return Photos(photos[0], photos[1:], **given)


def inputs(source: Photos | str) -> list[Path]:
    """Every file that is read, and so must not be written over."""
    if isinstance(source, Photos):
        return [Path(path) for path in source.paths]
    return shown_paths.files_of_scene(source)


def refocus_to(
    source: Photos | str,
    method: Method,
    output: Path,
    *,
    threads: int | None = None,
    anyway: bool = False,
    page: Path | None = None,
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
    page : Path or None
        Where to write a page that tells how the picture was made.

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
    from refocuslab.forecasting.forecast import expected, learn
    from refocuslab.lab.progress_line import ProgressLine, Stages
    from refocuslab.running.threads import interruptible

    task = looked_at(source, method, threads=threads)
    scene = task.scene
    awaited = expected(task.to_come, method, threads=threads)
    own = isinstance(source, Photos)  # of whose owner nobody knows that they have read the paper
    if own:
        yield from task.lines(sum(awaited.values()), method.light)
    stages, engine = Stages(awaited, stage if own else str), task.engine(threads)
    with ProgressLine().of(scene.name or "refocus", lambda: str(stages)):
        result = interruptible(lambda cancel: task.refocused(engine, method, progress=stages, cancel=cancel))
    learn(result.with_psf(scene), method, result.seconds, threads=threads)
    if not anyway and (grave := [doubt for doubt in result.doubts if doubt.grave]):
        raise click.UsageError(f"{grave[0]} Nothing was written; --anyway writes the picture all the same.")
    destinations.write(output, encoded(source, method, result, output, task.like))
    measured = score(result.image, result.with_psf(scene), light=method.light)
    if page is not None:
        from refocuslab.lab.cli.photos.explained import explained

        destinations.write(page, explained(task, result, measured.reblur_rms))
    advice = task.proposal.advice if task.proposal else ()
    for doubt in (*advice, *result.doubts):
        warnings.warn(str(doubt), RefocusWarning, stacklevel=2)
    if own:
        yield from plain.after(result, scene.mask, task.proposal)
        yield plain.verdict(measured.reblur_rms)
        yield f"Made in {duration(sum(result.seconds.values()))}."
    else:
        yield from _measured(result, measured)
    yield str(output)
    if page is not None:
        yield f"The page that explains it: {page}"


def _measured(result: "Result", measured: "Score") -> Iterator[str]:
    """Notes, scores and seconds, for those who know what they are."""
    yield from (f"note: {note}" for note in result.notes)
    psnr = "" if measured.psnr is None else f"PSNR {measured.psnr:.2f} dB, "
    ssim = "" if measured.ssim is None else f"SSIM {measured.ssim:.3f}, "
    yield f"{psnr}{ssim}reblur RMS {measured.reblur_rms:.2f} gray levels"
    yield ", ".join(f"{name} {seconds:.2f} s" for name, seconds in result.seconds.items())


def looked_at(source: Photos | str, method: Method, *, threads: int | None = None) -> Task:
    """What is to be refocused; while the photos are looked at, a line says so."""
    from refocuslab.lab.progress_line import ProgressLine
    from refocuslab.running.threads import interruptible

    share = 0.0

    def step(done: float) -> None:
        nonlocal share
        share = done

    if not isinstance(source, Photos):
        return Task.of(source, method)
    with ProgressLine().of("photos", lambda: f"{share:.0%} looked at"):
        return interruptible(lambda _: Task.of(source, method, threads=threads, step=step))


def forecast_of(source: Photos | str, method: Method, *, threads: int | None = None) -> Iterator[str]:
    """Tell what `refocus_to` would take on this machine, line by line: each stage, then all of it.

    Parameters
    ----------
    source : Photos or str
        Of `source_of`.
    method : Method
        How to refocus.
    threads : int or None
        By default one a core.

    Yields
    ------
    str
        A line for standard output.
    """
    from refocuslab.forecasting.forecast import forecast
    from refocuslab.lab.progress_line import ProgressLine
    from refocuslab.refocusing.memory import what_fits
    from refocuslab.running.threads import interruptible

    scene = looked_at(source, method, threads=threads).to_come
    with ProgressLine().of("forecast", lambda: "measures this machine, once"):
        told = interruptible(lambda _: forecast(scene, method, threads=threads))
    names = {name: stage(name) if isinstance(source, Photos) else name for name in told.stages}
    wide = max(map(len, names.values()))
    for name, seconds in told.stages.items():
        yield f"{names[name]:{wide}} {seconds:8.1f} s"
    available = "" if told.available is None else f" of {told.available / 1e9:.1f} GB"
    yield f"{'all':{wide}} {told.seconds:8.1f} s, {told.memory / 1e9:.2f} GB{available}"
    if not told.fits:
        yield f"This does not fit into memory; {what_fits(scene, method, told.available or 0)} would."


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
