"""What notebook 8 measures: the paper, its opponents and what goes beyond it, on one scene after another.

Deconvolution is tuned on the truth, as no user could; nothing else here is.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

import refocuslab as rl
from refocuslab.consistency.consistent import make_consistent
from refocuslab.consistency.disk_size import diameter_of
from refocuslab.evaluation.deconvolution import richardson_lucy, total_variation, wiener
from refocuslab.evaluation.pasted_photo import pasted_photo
from refocuslab.evaluation.tuning import Tuning, tune
from refocuslab.lab.escaping import in_markdown
from refocuslab.lab.measures.cropping import cut
from refocuslab.lab.measures.picture_measures import psnr_of, truth_of
from refocuslab.optics.light import LightKind
from refocuslab.optics.psf import disk
from refocuslab.registration.psf_estimate import with_psf
from refocuslab.registration.register import Registration, register
from refocuslab.simulation.bench import Bench, bench_scene
from refocuslab.simulation.camera import Camera
from refocuslab.simulation.misfocus import misfocus

_Photo = NDArray[np.uint8]

# What the tables call the methods, in their order.
NOTHING, PASTED, CONSISTENT = "misfocused", "flow-warped photo, pasted in", "consistent"
DECONVOLUTIONS: dict[str, Callable[..., _Photo]] = {
    "Wiener": wiener,
    "Richardson-Lucy": richardson_lucy,
    "total variation": total_variation,
}
BEST = "confidence order"  # of the paper's systems, by its own account
PAPER: dict[str, Callable[..., rl.Method]] = {
    "image-scene": rl.Method.image_scene,
    "scanline order": rl.Method.scanline_texture,
    BEST: rl.Method.confidence_order,
}
METHODS = (NOTHING, *DECONVOLUTIONS, *PAPER, PASTED, CONSISTENT)
# The lines of the curves.
PAPERS, OPPONENT, UNCORRECTED = "the paper's best", "best deconvolution", "consistent, PSF as given"
# Pixels by which focused photos are wider than U on either side where both are cut down.
MARGIN = 32
SEED = 5  # of the noise of photos misfocused anew


class Notebook(Protocol):
    """What is asked of ``lab.notebooks.notebook.Study``, whose room lies below this one."""

    parameters: dict[str, Any]

    def scene(self, name: str) -> rl.Scene:
        """A scene by its name or folder, cut down as the notebook asks for."""
        ...

    def method(self, preset: Callable[..., rl.Method]) -> rl.Method:
        """A preset with the notebook's own parameters."""
        ...

    def refocus(self, scene: rl.Scene, method: rl.Method) -> rl.Result:
        """Refocus on as many threads as the notebook asks for."""
        ...

    def score(
        self, figure: str, variant: str, scene: rl.Scene, result: _Photo, *, seconds: float | None
    ) -> rl.Score:
        """Score a photo, and keep it as a row of the results."""
        ...


@dataclass(frozen=True, eq=False)
class Compared:
    """One scene by all ``METHODS``.

    Attributes
    ----------
    scene : Scene
        With its truth, and with the PSF that the photos tell if it gives none.
    images : dict of str to ndarray of uint8, (H, W, 3)
        The picture of each method, sRGB.
    scores : dict of str to Score
        Of each picture.
    seconds : dict of str to (float or None)
        Of one run of each method, without the tuning, and without finding a PSF that the scene does not
        give; None for ``NOTHING``.
    tunings : dict of str to Tuning
        Of each deconvolution.
    registered : Registration
        How the pasted photo was brought to the view of U.
    """

    scene: rl.Scene
    images: dict[str, _Photo]
    scores: dict[str, rl.Score]
    seconds: dict[str, float | None]
    tunings: dict[str, Tuning]
    registered: Registration

    @property
    def opponent(self) -> str:
        """The deconvolution with the best PSNR."""
        return max(DECONVOLUTIONS, key=lambda name: psnr_of(self.scores[name]))

    @property
    def same_view(self) -> bool:
        """Whether every focused photo has the view of U, so that registration changes its exposure only."""
        return all(np.array_equal(match.matrix, np.eye(3)) for match in self.registered.matches)


def compare(study: Notebook, names: Iterable[str]) -> dict[str, Compared]:
    """Every method on each of the scenes; the scores become rows of the study's results.

    Scenes that share U, mask and PSF share their deconvolutions, which depend on nothing else. A PSF that a
    scene does not give is the one that its photos tell, for every method.

    Parameters
    ----------
    study : Study
        That of notebook 8.
    names : iterable of str
        Of scenes with a truth.
    """
    found: dict[str, Compared] = {}
    tuned: dict[bytes, tuple[dict[str, Tuning], dict[str, float]]] = {}
    for name in names:
        given = study.scene(name)
        scene = with_psf(given, light=study.parameters["light"])
        key = scene.misfocused.tobytes() + scene.mask.tobytes() + scene.known_psf.tobytes()
        if scene.varying is not None:
            key += scene.varying.width.tobytes()
        if key not in tuned:
            tuned[key] = _tuned(scene, study.parameters["light"])
        found[name] = _compare(study, given, scene, *tuned[key])
    return found


def _tuned(scene: rl.Scene, light: LightKind) -> tuple[dict[str, Tuning], dict[str, float]]:
    tunings, seconds = {}, {}
    for name, deconvolve in DECONVOLUTIONS.items():
        tunings[name] = best = tune(deconvolve, scene, light=light)
        start = perf_counter()
        deconvolve(scene, best.strength, light=light, explain=best.explain)
        seconds[name] = perf_counter() - start
    return tunings, seconds


def _compare(
    study: Notebook,
    given: rl.Scene,
    scene: rl.Scene,
    tunings: dict[str, Tuning],
    tuned_seconds: dict[str, float],
) -> Compared:
    images = {NOTHING: scene.misfocused} | {name: one.image for name, one in tunings.items()}
    seconds: dict[str, float | None] = {NOTHING: None} | tuned_seconds
    start = perf_counter()
    registered = register(scene, light=study.parameters["light"])
    images[PASTED] = pasted_photo(scene, registered)
    seconds[PASTED] = perf_counter() - start
    for name, preset in (PAPER | {CONSISTENT: rl.Method.consistent}).items():
        result = study.refocus(given, study.method(preset))
        images[name] = result.image
        seconds[name] = sum(spent for stage, spent in result.seconds.items() if stage != "PSF")
    images = {name: images[name] for name in METHODS}
    scores = {
        name: study.score("Beyond", name, scene, image, seconds=seconds[name])
        for name, image in images.items()
    }
    return Compared(scene, images, scores, seconds, tunings, registered)


@dataclass(frozen=True)
class Bar:
    """The least lead of ``Method.consistent`` on a scene that was aimed at.

    Attributes
    ----------
    scene : str
        The scene's name.
    against : str
        A method, ``OPPONENT``, or the name of a scene: ``Method.consistent`` itself, there.
    bar : float
        PSNR more than that, in dB.
    dream : float
        What was hoped for, in dB.
    ssim : float or None
        SSIM more than that; None where it is not judged.
    """

    scene: str
    against: str
    bar: float
    dream: float
    ssim: float | None = None


# What Method.consistent set out to reach; ``bars`` adds that on no scene it may be worse than pasting.
BARS = (
    Bar("motorcycle-perturbed", BEST, 5.5, 8.0, ssim=0.15),
    Bar("motorcycle-perturbed", OPPONENT, 3.0, 5.0),
    Bar("astronaut-perspective", OPPONENT, 1.5, 4.0),
    Bar("chelsea-perspective", OPPONENT, 1.5, 4.0),
    Bar("bench-perturbed", OPPONENT, 2.0, 4.0),
    Bar("motorcycle", BEST, -0.5, 0.0),
    Bar("coffee", BEST, -0.5, 0.0),
    Bar("bench", BEST, -0.5, 0.0),
    Bar("motorcycle-breathing", "motorcycle", -1.5, -0.5),
)


def bars(found: dict[str, Compared]) -> list[str]:
    """The ``BARS`` as lines of a Markdown table: what was aimed at, what was measured, met or missed."""
    lines = ["| scene | `consistent` against | bar | dream | measured | |", "|---|---|--:|--:|--:|---|"]
    for one in (*BARS, *(Bar(name, PASTED, -0.3, 0.0) for name in found)):
        if one.scene not in found:
            continue
        here = found[one.scene]
        if one.against in found:
            against, there = f"`consistent` on {one.against}", found[one.against].scores[CONSISTENT]
        else:
            name = here.opponent if one.against == OPPONENT else one.against
            against, there = f"{one.against} ({name})" if name != one.against else name, here.scores[name]
        own = here.scores[CONSISTENT]
        psnr = psnr_of(own) - psnr_of(there)
        wanted, measured = f"{one.bar:+.1f} dB", f"{psnr:+.1f} dB"
        met = psnr >= one.bar
        if one.ssim is not None and own.ssim is not None and there.ssim is not None:
            ssim = own.ssim - there.ssim
            wanted, measured = f"{wanted}, {one.ssim:+.2f}", f"{measured}, {ssim:+.3f}"
            met = met and ssim >= one.ssim
        said = "missed" if not met else "met" if psnr < one.dream else "met, and the dream"
        lines.append(
            f"| {one.scene} | {against} | {wanted} | {one.dream:+.1f} dB | {measured} | **{said}** |"
        )
    return lines


def table(found: dict[str, Compared], value: Callable[[rl.Score], tuple[str, float]]) -> list[str]:
    """The lines of a Markdown table: a row for each scene, a column for each method, the best in bold.

    Parameters
    ----------
    found : dict of str to Compared
        {scene: its comparison}.
    value : callable
        Called with a score; gives the text of its cell, and a number that is largest for the best.
    """
    lines = [f"| scene | {' | '.join(METHODS)} |", f"|---|{'--:|' * len(METHODS)}"]
    for name, one in found.items():
        told = {method: value(score) for method, score in one.scores.items()}
        best = max(number for _, number in told.values())
        cells = [f"**{text}**" if number == best else text for text, number in told.values()]
        lines.append(f"| {in_markdown(name)} | {' | '.join(cells)} |")
    return lines


# ---------------------------------------------------------------- curves


@dataclass(frozen=True)
class Curve:
    """PSNR against one property of the scene.

    Attributes
    ----------
    about : str
        The property, as a title.
    xlabel : str
        The property and its unit.
    x : list of float
        Its values.
    lines : dict of str to list of float
        {label: PSNR in dB at each of the values}.
    """

    about: str
    xlabel: str
    x: list[float]
    lines: dict[str, list[float]] = field(default_factory=dict)

    def add(self, points: dict[str, float]) -> None:
        """Append a point to each line: {label: PSNR in dB}."""
        for label, psnr in points.items():
            self.lines.setdefault(label, []).append(psnr)


def small(scene: rl.Scene, side: int) -> rl.Scene:
    """The middle of a scene: ``side`` pixels of U, ``MARGIN`` more on every side of the focused photos.

    0 leaves it whole.
    """
    if not side:
        return scene
    return cut(scene, side).replace(focused=cut(scene, side + 2 * MARGIN).focused)


def against_diameter(study: Notebook, scene: rl.Scene, diameters: Sequence[int]) -> Curve:
    """PSNR where U is the truth misfocused by these disks, in pixels, with noise of 1 gray level."""
    curve = Curve("The blur", "diameter of the disk, pixels", list(diameters))
    for diameter in diameters:
        curve.add(_point(study, _misfocused(study, scene, diameter, 1.0)))
    return curve


def against_noise(study: Notebook, scene: rl.Scene, noises: Sequence[float]) -> Curve:
    """PSNR where U is the truth misfocused by the scene's disk, with noise of these standard deviations."""
    curve = Curve("Noise", "noise of the misfocused photo, gray levels", list(noises))
    for noise in noises:
        curve.add(_point(study, _misfocused(study, scene, _diameter(scene), noise)))
    return curve


def against_psf_error(study: Notebook, scene: rl.Scene, errors: Sequence[int]) -> Curve:
    """PSNR where the PSF's disk is too wide by these numbers of pixels, negative where too narrow."""
    curve = Curve("The PSF's error", "error of the disk's diameter, pixels", list(errors))
    right = _diameter(scene)
    for error in errors:
        wrong = scene.replace(psf=disk(right + error))
        points = _point(study, wrong)
        points[UNCORRECTED] = _psnr(study, wrong, _uncorrected(study, wrong))
        curve.add(points)
    return curve


def against_turn(study: Notebook, bench: Bench, angles: Sequence[float], side: int) -> Curve:
    """PSNR where the camera of the focused photo is turned around the subject.

    Parameters
    ----------
    study : Study
        That of notebook 8.
    bench : Bench
        Its subject, and the camera to turn.
    angles : sequence of float
        In degrees.
    side : int
        Of the square photos, in pixels; 0 for the camera's own size.
    """
    curve = Curve("The change of view", "camera turned by, degrees", list(angles))

    def sized(camera: Camera, side: int) -> Camera:
        return camera.replace(width=side, height=side) if side else camera

    camera = sized(bench.camera, side)
    round_it = [bench.camera.turned(angle, about=bench.point).focused_on(bench.point) for angle in angles]
    wide = side + 2 * MARGIN if side else 0
    shots = bench.replace(camera=camera, focused=[sized(one, wide) for one in round_it])
    scene = bench_scene(shots, threads=study.parameters["threads"] or None)
    opponent = _opponent(study, scene)  # deconvolution uses no focused photo
    for photo in scene.focused:
        curve.add(_point(study, scene.replace(focused=[photo]), opponent))
    return curve


def _misfocused(study: Notebook, scene: rl.Scene, diameter: int, noise: float) -> rl.Scene:
    light = study.parameters["light"]
    photo = misfocus(truth_of(scene), diameter, noise=noise, seed=SEED, light=light)
    return scene.replace(misfocused=photo, psf=disk(diameter))


def _diameter(scene: rl.Scene) -> int:
    diameter = diameter_of(with_psf(scene).known_psf)
    if diameter is None:
        raise rl.RefocusError("scene", "must have a disk for its PSF, to be made wider", scene.name)
    return diameter


def _opponent(study: Notebook, scene: rl.Scene) -> float:
    light = study.parameters["light"]
    return max(psnr_of(tune(one, scene, light=light).score) for one in DECONVOLUTIONS.values())


def _point(study: Notebook, scene: rl.Scene, opponent: float | None = None) -> dict[str, float]:
    """PSNR of each line of the curves but ``UNCORRECTED``."""
    opponent = _opponent(study, scene) if opponent is None else opponent
    images = [
        study.refocus(scene, study.method(preset)).image
        for preset in (rl.Method.confidence_order, rl.Method.consistent)
    ]
    paper, consistent = (_psnr(study, scene, image) for image in images)
    before = _psnr(study, scene, scene.misfocused)
    pasted = _psnr(study, scene, pasted_photo(scene, light=study.parameters["light"]))
    return {CONSISTENT: consistent, OPPONENT: opponent, PAPERS: paper, PASTED: pasted, NOTHING: before}


def _uncorrected(study: Notebook, scene: rl.Scene) -> _Photo:
    light, threads = study.parameters["light"], study.parameters["threads"] or None
    registered = register(scene, light=light, flow=False).scene
    return make_consistent(registered, light=light, correct_psf=False, threads=threads).image


def _psnr(study: Notebook, scene: rl.Scene, image: _Photo) -> float:
    return psnr_of(rl.score(image, scene, light=study.parameters["light"]))
