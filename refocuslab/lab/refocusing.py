"""The method on a scene or on one's own photos, without a notebook: what ``refocuslab refocus`` does."""

from collections.abc import Iterator
from pathlib import Path

from refocuslab.errors import RefocusError
from refocuslab.lab import asked
from refocuslab.lab.own_photos import Photos
from refocuslab.method import Method


def source(photos: tuple[str, ...], given: dict) -> Photos | str:
    """A scene's name or folder, or `Photos`; all checked. given: the fields of `Photos`, or None."""
    given = {name: value for name, value in given.items() if value}
    if len(photos) == 1 and not Path(photos[0]).is_file():
        if given:
            name = next(iter(given))
            rule = "comes from the scene where one is given"
            raise RefocusError(f"--{name.replace('_', '-')}", rule, given[name])
        return asked.scene("scene", photos[0])
    return Photos(photos[0], photos[1:], **given)


def refocus_to(source: Photos | str, method: Method, output: Path, threads: int | None) -> Iterator[str]:
    """Refocus, write the picture whole, and tell what came of it, line by line."""
    from refocuslab.lab.progress import ProgressLine
    from refocuslab.metrics import score
    from refocuslab.photos import write_whole
    from refocuslab.scene_folder import load_scene
    from refocuslab.synthesis import refocus

    scene = source.scene(method.light) if isinstance(source, Photos) else load_scene(source)
    at = "starts"

    def progress(stage: str, share: float) -> None:
        nonlocal at
        at = f"{stage} {share:.0%}"

    with ProgressLine().of(scene.name or "refocus", lambda: at):
        result = refocus(scene, method, progress=progress, threads=threads)
    write_whole(output, _picture(source, method, result))
    measured = score(result.image, scene, light=method.light)
    psnr = "" if measured.psnr is None else f"PSNR {measured.psnr:.2f} dB, "
    ssim = "" if measured.ssim is None else f"SSIM {measured.ssim:.3f}, "
    yield f"{psnr}{ssim}reblur RMS {measured.reblur_rms:.2f} grey levels"
    yield ", ".join(f"{stage} {seconds:.2f} s" for stage, seconds in result.seconds.items())
    yield str(output)


def _picture(source: Photos | str, method: Method, result) -> bytes:
    from refocuslab.lab.points import Point, picture

    if isinstance(source, Photos):
        return picture(result, source.made_from(method))
    return picture(result, Point.of(source, 0, method).made_from)
