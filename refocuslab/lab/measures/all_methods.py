"""What notebook 8 measures: the paper, its opponents and what goes beyond it, on one scene after another.

Deconvolution is tuned on the truth, as no user could; nothing else here is.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from time import perf_counter

import numpy as np

import refocuslab as rl
from refocuslab.consistency.disk_size import diameter_of
from refocuslab.consistency.solver import make_consistent
from refocuslab.evaluation.deconvolution import richardson_lucy, total_variation, wiener
from refocuslab.evaluation.tuning import Tuning, tune
from refocuslab.lab.escaping import in_markdown
from refocuslab.lab.measures.cropping import cut
from refocuslab.optics.psf import disk
from refocuslab.registration.register import Registration, register
from refocuslab.simulation.bench import bench_scene
from refocuslab.simulation.misfocus import misfocus

NOTHING, PASTED, CONSISTENT = "misfocused", "flow-warped photo, pasted in", "consistent"
DECONVOLUTIONS = {"Wiener": wiener, "Richardson-Lucy": richardson_lucy, "total variation": total_variation}
BEST = "confidence order"  # of the paper's systems, by its own account
PAPER = {
    "image-scene": rl.Method.image_scene,
    "scanline order": rl.Method.scanline_texture,
    BEST: rl.Method.confidence_order,
}
METHODS = (NOTHING, *DECONVOLUTIONS, *PAPER, PASTED, CONSISTENT)
# The lines of the curves.
PAPERS, OPPONENT, UNCORRECTED = "the paper's best", "best deconvolution", "consistent, PSF as given"
# Pixels by which focused photos are wider than U on either side where both are cut down.
MARGIN = 32
SEED = 5


@dataclass(frozen=True, eq=False)
class Compared:
    """One scene by all METHODS. images: (H, W, 3) uint8; seconds: of one run each, without the tuning.
    tunings: of each deconvolution. registered: how the pasted photo was brought there."""

    scene: rl.Scene
    images: dict[str, np.ndarray]
    scores: dict[str, rl.Score]
    seconds: dict[str, float | None]
    tunings: dict[str, Tuning]
    registered: Registration

    @property
    def opponent(self) -> str:
        """The deconvolution with the best PSNR."""
        return max(DECONVOLUTIONS, key=lambda name: self.scores[name].psnr)

    @property
    def same_view(self) -> bool:
        """Whether every focused photo already lies where U does: all that registration does is expose it."""
        return all(np.array_equal(match.matrix, np.eye(3)) for match in self.registered.matches)


def compare(study, names: Iterable[str]) -> dict[str, Compared]:
    """Every method on each of the scenes; the scores become rows of the study's results.

    Scenes that share U, mask and PSF share their deconvolutions, which look at nothing else.
    """
    found, tuned = {}, {}
    for name in names:
        scene = study.scene(name)
        key = scene.misfocused.tobytes() + scene.mask.tobytes() + scene.psf.tobytes()
        if key not in tuned:
            tuned[key] = _tuned(scene, study.parameters["light"])
        found[name] = _compare(study, scene, *tuned[key])
    return found


def _tuned(scene, light) -> tuple[dict[str, Tuning], dict[str, float]]:
    tunings, seconds = {}, {}
    for name, deconvolve in DECONVOLUTIONS.items():
        tunings[name] = best = tune(deconvolve, scene, light=light)
        start = perf_counter()
        deconvolve(scene, best.strength, light=light, explain=best.explain)
        seconds[name] = perf_counter() - start
    return tunings, seconds


def _compare(study, scene, tunings, seconds) -> Compared:
    images = {NOTHING: scene.misfocused} | {name: one.image for name, one in tunings.items()}
    seconds = {NOTHING: None} | seconds
    start = perf_counter()
    registered = register(scene, light=study.parameters["light"])
    images[PASTED] = pasted(scene, registered)
    seconds[PASTED] = perf_counter() - start
    for name, preset in (PAPER | {CONSISTENT: rl.Method.consistent}).items():
        result = study.refocus(scene, study.method(preset))
        images[name], seconds[name] = result.image, sum(result.seconds.values())
    images = {name: images[name] for name in METHODS}
    scores = {
        name: study.score("Beyond", name, scene, image, seconds=seconds[name])
        for name, image in images.items()
    }
    return Compared(scene, images, scores, seconds, tunings, registered)


def pasted(scene, registered: Registration) -> np.ndarray:
    """U with the registered focused photos laid over it, wherever they show the object in the mask.

    Where registration found a flow to trust, the photo warped by it lies on top. One that could not be
    registered is laid over as it is, if it has U's size.
    """
    image = scene.misfocused.copy()
    for photo in reversed(registered.scene.focused):
        if photo.image.shape == image.shape:
            where = photo.mask & scene.mask
            image[where] = photo.image[where]
    return image


@dataclass(frozen=True)
class Bar:
    """What `consistent` set out to reach: at least `bar` dB, and `ssim`, more than `against`, a method or
    itself on another scene; `dream` was hoped for."""

    scene: str
    against: str
    bar: float
    dream: float
    ssim: float | None = None


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
    """The BARS as lines of a Markdown table: what was wanted, what was measured, met or missed."""
    lines = ["| scene | `consistent` against | bar | dream | measured | |", "|---|---|--:|--:|--:|---|"]
    for one in BARS:
        if one.scene not in found:
            continue
        here = found[one.scene]
        if one.against in found:
            against, there = f"`consistent` on {one.against}", found[one.against].scores[CONSISTENT]
        else:
            name = here.opponent if one.against == OPPONENT else one.against
            against, there = f"{one.against} ({name})" if name != one.against else name, here.scores[name]
        psnr, ssim = (getattr(here.scores[CONSISTENT], m) - getattr(there, m) for m in ("psnr", "ssim"))
        wanted, measured = f"{one.bar:+.1f} dB", f"{psnr:+.1f} dB"
        met = psnr >= one.bar
        if one.ssim is not None:
            wanted, measured = f"{wanted}, {one.ssim:+.2f}", f"{measured}, {ssim:+.3f}"
            met = met and ssim >= one.ssim
        said = "missed" if not met else "met" if psnr < one.dream else "met, and the dream"
        lines.append(
            f"| {one.scene} | {against} | {wanted} | {one.dream:+.1f} dB | {measured} | **{said}** |"
        )
    return lines


def table(found: dict[str, Compared], value) -> list[str]:
    """A Markdown table, a row for each scene and a column for each method: value(score), the best bold.

    value: gives (text, number); the largest number is the best.
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
    """PSNR against something: lines {label: [dB]} over x."""

    about: str
    xlabel: str
    x: list[float]
    lines: dict[str, list[float]] = field(default_factory=dict)

    def add(self, points: dict[str, float]) -> None:
        """One more point of each line."""
        for label, psnr in points.items():
            self.lines.setdefault(label, []).append(psnr)


def small(scene, side: int):
    """The middle of a scene: `side` pixels of U, MARGIN more on every side of the focused photos."""
    if not side:
        return scene
    return cut(scene, side).replace(focused=cut(scene, side + 2 * MARGIN).focused)


def against_diameter(study, scene, diameters) -> Curve:
    """U misfocused anew by wider and wider disks, with noise of one grey level."""
    curve = Curve("The blur", "diameter of the disk, pixels", list(diameters))
    for diameter in diameters:
        curve.add(_point(study, _misfocused(study, scene, diameter, 1.0)))
    return curve


def against_noise(study, scene, noises) -> Curve:
    """U misfocused as it was, with more and more noise."""
    curve = Curve("Noise", "noise of the misfocused photo, grey levels", list(noises))
    for noise in noises:
        curve.add(_point(study, _misfocused(study, scene, _diameter(scene), noise)))
    return curve


def against_psf_error(study, scene, errors) -> Curve:
    """The scene as it is, but with a PSF whose disk is too narrow or too wide."""
    curve = Curve("The PSF's error", "error of the disk's diameter, pixels", list(errors))
    right = _diameter(scene)
    for error in errors:
        wrong = scene.replace(psf=disk(right + error))
        points = _point(study, wrong)
        points[UNCORRECTED] = _psnr(study, wrong, _uncorrected(study, wrong))
        curve.add(points)
    return curve


def against_turn(study, bench, angles, side: int) -> Curve:
    """A bench whose focused photo is taken from farther and farther round its subject."""
    curve = Curve("The change of view", "camera turned by, degrees", list(angles))

    def taken(camera, side):
        return camera.replace(width=side, height=side) if side else camera

    camera = taken(bench.camera, side)
    round_it = [bench.camera.turned(angle, about=bench.point).focused_on(bench.point) for angle in angles]
    wide = side and side + 2 * MARGIN
    shots = bench.replace(camera=camera, focused=[taken(one, wide) for one in round_it])
    scene = bench_scene(shots, threads=study.parameters["threads"] or None)
    opponent = _opponent(study, scene)  # it looks at no focused photo
    for photo in scene.focused:
        curve.add(_point(study, scene.replace(focused=[photo]), opponent))
    return curve


def _misfocused(study, scene, diameter, noise):
    light = study.parameters["light"]
    photo = misfocus(scene.truth, diameter, noise=noise, seed=SEED, light=light)
    return scene.replace(misfocused=photo, psf=disk(diameter))


def _diameter(scene) -> int:
    diameter = diameter_of(scene.psf)
    if diameter is None:
        raise rl.RefocusError("scene", "must have a disk for its PSF, to be made wider", scene.name)
    return diameter


def _opponent(study, scene) -> float:
    light = study.parameters["light"]
    return max(tune(one, scene, light=light).score.psnr for one in DECONVOLUTIONS.values())


def _point(study, scene, opponent: float | None = None) -> dict[str, float]:
    """PSNR of the misfocused photo, the best deconvolution, the paper's best, and consistent."""
    opponent = _opponent(study, scene) if opponent is None else opponent
    images = [
        study.refocus(scene, study.method(preset)).image
        for preset in (rl.Method.confidence_order, rl.Method.consistent)
    ]
    paper, consistent = (_psnr(study, scene, image) for image in images)
    before = _psnr(study, scene, scene.misfocused)
    return {CONSISTENT: consistent, OPPONENT: opponent, PAPERS: paper, NOTHING: before}


def _uncorrected(study, scene) -> np.ndarray:
    light, threads = study.parameters["light"], study.parameters["threads"] or None
    registered = register(scene, light=light, flow=False).scene
    return make_consistent(registered, light=light, correct_psf=False, threads=threads).image


def _psnr(study, scene, image) -> float:
    return rl.score(image, scene, light=study.parameters["light"]).psnr
