"""What notebook 11 measures: lenses of the bench, whose blur is known, and what wrong models of it cost."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

import refocuslab as rl
from refocuslab.evaluation.pasted_photo import pasted_photo
from refocuslab.lab.escaping import in_markdown
from refocuslab.lab.measures.all_methods import MARGIN, SEED, Notebook
from refocuslab.lab.measures.picture_measures import truth_of
from refocuslab.lens.psf_families import soft_disk
from refocuslab.lens.varying_psf import VaryingPsf
from refocuslab.optics.light import LightKind
from refocuslab.optics.psf import disk
from refocuslab.paper.patches import around
from refocuslab.registration.register import register
from refocuslab.scene import FocusedPhoto, Scene
from refocuslab.simulation.bench import Bench, blur_map, pin_sharp, render
from refocuslab.simulation.misfocus import add_noise

_Array = NDArray[np.float64]
_Photo = NDArray[np.uint8]

# What is said of the blur, and the pictures that follow from none of it.
TRUE, FOUND, WHOLE = "true PSF", "found from the photos", "best whole disk"
PASTED, NOTHING = "warped photo, pasted in", "misfocused"
MODELS = (TRUE, FOUND, WHOLE)
# No camera of the bench has soft edges: that lens is the truth blurred by a disk whose edge is soft by so
# many pixels, with noise of so many gray levels.
SOFTNESS, NOISE = 1.5, 0.5
# A blur whose diameter differs by less than this over the mask, in pixels, is the same everywhere.
_SAME = 0.25
# Whole disks are tried up to so many pixels from the median diameter.
_AROUND = 4
# A PSF that leaves so many gray levels more of U than the best whole disk does is called wrong.
_WORSE = 0.1
# What the claim allows, in dB.
ALLOWED = 0.3


@dataclass(frozen=True, eq=False)
class Lens:
    """The photos by one lens, without a PSF, and the truth of its blur.

    Attributes
    ----------
    scene : Scene
        U, a square of it as the mask, one focused photo and the truth. It has no PSF.
    psf : ndarray of float64, (n, n)
        The true PSF in the middle of the mask.
    width : ndarray of float64, (H, W)
        The true diameter at each pixel, of the nominal disk.
    subject : ndarray of bool, (H, W)
        The pixels that show the subject, inside the mask and around it: the PSF is found there.
    """

    scene: Scene
    psf: _Array
    width: _Array
    subject: NDArray[np.bool_]

    @property
    def box(self) -> tuple[slice, slice]:
        """The rows and the columns of the mask."""
        return around(self.scene.mask, 0)

    @property
    def varies(self) -> bool:
        """Whether the true diameter differs from place to place."""
        return bool(np.ptp(self.width[self.scene.mask]) > _SAME)

    @property
    def known(self) -> Scene:
        """The scene with its true PSF, of each pixel's own diameter where that differs."""
        varying = VaryingPsf.of(self.width) if self.varies else None
        return self.scene.replace(psf=self.psf, varying=varying)


@dataclass(frozen=True, eq=False)
class Told:
    """What the photos of a lens tell of it, and what each model of the blur costs.

    Attributes
    ----------
    lens : Lens
        The lens.
    found : PsfEstimate or None
        The PSF that the photos alone tell; None where they do not.
    why : str
        Why they do not.
    diameter : int
        Of the whole disk that, applied to the truth, comes nearest to U; pixels.
    left : dict of str to float
        RMS(Blur(T) - U) over the mask by each model, gray levels: what it leaves unexplained.
    images : dict of str to ndarray of uint8, (H, W, 3)
        U, the focused photo pasted in, and W of ``Method.consistent`` with each model.
    psnrs : dict of str to float
        Of these, dB.
    pastes : dict of str to float
        The share of the mask that each W takes from the focused photo as it lies.
    """

    lens: Lens
    found: rl.PsfEstimate | None
    why: str
    diameter: int
    left: dict[str, float]
    images: dict[str, _Photo]
    psnrs: dict[str, float]
    pastes: dict[str, float]


def take(
    bench: Bench,
    name: str,
    *,
    turn: float = 0.0,
    side: int = 0,
    softness: float = 0.0,
    threads: int | None = None,
) -> Lens:
    """The photos that a bench's lens takes.

    Parameters
    ----------
    bench : Bench
        Its first focused camera takes the focused photo.
    name : str
        Of the scene.
    turn : float
        Degrees by which that camera is turned around the subject.
    side : int
        Of the square to refocus, in pixels; 0 for the whole photo. It lies in the middle, or in the corner
        where a rim hides most of the aperture. ``MARGIN`` pixels around it are photographed, too.
    softness : float
        If not 0, no camera takes U: it is the truth blurred by a disk with edges as soft as this, in pixels.
    threads : int or None
        As for ``refocus``.
    """
    camera, focused = bench.camera, bench.focused[0]
    if turn:
        turned = camera.turned(turn, about=bench.point).focused_on(bench.point)
        focused = turned.replace(f_number=focused.f_number)
    wide = side + 2 * MARGIN if side else 0
    if wide > min(camera.width, camera.height):
        wide = side = 0
    if wide and not camera.rim_distance:
        camera, focused = (one.replace(width=wide, height=wide) for one in (camera, focused))
    cut = np.s_[:wide, :wide] if wide else np.s_[:, :]
    truth, mask = pin_sharp(bench, camera, threads=threads)
    truth, mask = truth[cut], mask[cut]
    width = blur_map(bench, camera, threads=threads)[cut]
    width = np.where(np.isfinite(width), width, np.nanmedian(width))
    subject = mask
    if side:
        inner = np.zeros_like(mask)
        inner[MARGIN:-MARGIN, MARGIN:-MARGIN] = True
        mask = mask & inner
    middle = width.shape[1] / 2, width.shape[0] / 2
    if np.ptp(width[mask]) > _SAME:
        psf = VaryingPsf.of(width).middle
    else:
        psf = camera.psf(middle, float((bench.point - camera.position) @ camera.axes[2]))
    if softness:
        psf = soft_disk(float(np.median(width)), softness)
        misfocused = add_noise(rl.blur(truth, psf), NOISE, SEED)
    else:
        misfocused = render(bench, camera, seed=(bench.seed, 0), threads=threads)[cut]
    sharp = render(bench, focused, seed=(bench.seed, 1), threads=threads)[cut]
    seen = pin_sharp(bench, focused, threads=threads)[1][cut]
    scene = Scene(misfocused, mask, [FocusedPhoto(sharp, seen)], truth=truth, name=name)
    return Lens(scene, psf, width, subject)


def told_alone(scene: Scene, light: LightKind) -> tuple[rl.PsfEstimate | None, str]:
    """The PSF that the photos of a scene tell, whatever the scene says of it; or None, and why they do not.

    Parameters
    ----------
    scene : Scene
        Its PSF and its calibration are withheld.
    light : {"linear", "encoded"}
        Where the PSF acts.
    """
    try:
        return rl.estimate_psf(scene.replace(psf=None, calibration=None), light=light), ""
    except rl.RefocusError as error:
        return None, str(error)


def judge(study: Notebook, lens: Lens) -> Told:
    """Find the PSF from the photos, and refocus by each model of it.

    Parameters
    ----------
    study : Study
        That of notebook 11.
    lens : Lens
        The lens.
    """
    light, threads = study.parameters["light"], study.parameters["threads"] or None
    scene, truth = lens.scene, truth_of(lens.scene)
    method = study.method(rl.Method.consistent)

    def left(known: Scene) -> float:
        return rl.score(truth, known, light=light).reblur_rms

    def refocused(known: Scene) -> rl.Result:
        # Photos are registered, and a PSF is found, by all that they show of the subject.
        whole = rl.Refocuser(known.replace(mask=lens.subject), threads=threads)
        return whole.within(scene.mask).refocus(method)

    about = round(float(np.median(lens.width[scene.mask])))
    disks = {d: scene.replace(psf=disk(d)) for d in range(max(1, about - _AROUND), about + _AROUND + 1)}
    diameter = min(disks, key=lambda d: left(disks[d]))
    models = {TRUE: lens.known, WHOLE: disks[diameter]}
    results = {model: refocused(known) for model, known in models.items()}
    found, why = None, ""
    try:
        results[FOUND] = refocused(scene)
    except rl.RefocusError as error:
        why = str(error)
    else:
        found = results[FOUND].psf_estimate
    if found:
        models[FOUND] = scene.replace(psf=found.psf, varying=found.varying)
    told = models.get(FOUND, models[WHOLE]).replace(mask=lens.subject)
    images = {NOTHING: scene.misfocused, PASTED: pasted_photo(scene, register(told, light=light))}
    images |= {model: result.image for model, result in results.items()}
    scores = {
        name: study.score("Real lens", name, models.get(name, lens.known), image, seconds=None)
        for name, image in images.items()
    }
    return Told(
        lens,
        found,
        why,
        diameter,
        {model: left(known) for model, known in models.items()},
        images,
        {name: score.psnr for name, score in scores.items() if score.psnr is not None},
        {m: float(r.consistent.pasted[scene.mask].mean()) for m, r in results.items() if r.consistent},
    )


def lenses(
    benches: Mapping[str, Bench], *, turn: float, side: int, threads: int | None = None
) -> dict[str, Lens]:
    """The photos of every lens: a disk and a soft disk, made of the polygon's bench, then the benches.

    Parameters
    ----------
    benches : mapping of str to Bench
        {what the lens is called: its bench}; the one called "polygon" is there.
    turn : float
        As for ``take``.
    side : int
        As for ``take``.
    threads : int or None
        As for ``take``.
    """
    plain = benches["polygon"]
    cameras = {
        "camera": plain.camera.replace(blades=0),
        "focused": [c.replace(blades=0) for c in plain.focused],
    }
    round_one = plain.replace(**cameras)
    taken = {
        "disk": take(round_one, "disk", turn=turn, side=side, threads=threads),
        "soft disk": take(round_one, "soft disk", turn=turn, side=side, softness=SOFTNESS, threads=threads),
    }
    return taken | {
        name: take(bench, name, turn=turn, side=side, threads=threads) for name, bench in benches.items()
    }


def blur_table(found: Mapping[str, Told]) -> list[str]:
    """Lines of a Markdown table: what each lens did, what the photos told, what each model leaves of U."""
    lines = [
        "| lens | true blur, pixels | found from the photos "
        "| left of U: true PSF | found | best whole disk |",
        "|---|---|---|--:|--:|--:|",
    ]
    for name, one in found.items():
        left = [f"{one.left[model]:.2f}" if model in one.left else "–" for model in MODELS]
        true = _span(one.lens.width[one.lens.scene.mask])
        lines.append(
            f"| {in_markdown(name)} | {true} | {in_markdown(_said(one))} "
            f"| {left[0]} | {left[1]} | {left[2]} ({one.diameter} px) |"
        )
    return lines


def cost_table(found: Mapping[str, Told]) -> list[str]:
    """Lines of a Markdown table: PSNR of every picture of every lens, the best in bold."""
    columns = (*MODELS, PASTED, NOTHING)
    lines = [f"| lens | {' | '.join(columns)} |", f"|---|{'--:|' * len(columns)}"]
    for name, one in found.items():
        best = f"{max(one.psnrs.values()):.1f}"
        texts = [f"{one.psnrs[column]:.1f}" if column in one.psnrs else "–" for column in columns]
        cells = [f"**{text}**" if text == best else text for text in texts]
        lines.append(f"| {in_markdown(name)} | {' | '.join(cells)} |")
    return lines


def summary(found: Mapping[str, Told]) -> list[str]:
    """Lines of Markdown: what the table of costs says in words."""

    def lost(model: str) -> dict[str, float]:
        both = {name: one.psnrs for name, one in found.items() if model in one.psnrs}
        return {name: psnrs[TRUE] - psnrs[model] for name, psnrs in both.items()}

    def listed(costs: Mapping[str, float]) -> str:
        much = [f"{cost:.1f} dB on *{in_markdown(n)}*" for n, cost in costs.items() if cost > ALLOWED]
        little = [f"*{in_markdown(n)}*" for n, cost in costs.items() if cost <= ALLOWED]
        parts = [", ".join(much), f"at most {ALLOWED} dB on {', '.join(little)}" if little else ""]
        return "; ".join(filter(None, parts))

    whole, alone = lost(WHOLE), lost(FOUND)
    silent = [f"*{in_markdown(name)}*" for name, one in found.items() if one.found is None]
    gains = {name: one.psnrs[FOUND] - one.psnrs[PASTED] for name, one in found.items() if FOUND in one.psnrs}
    lines = [f"- **The best whole disk** costs {listed(whole)}."]
    if alone:
        lines.append(f"- **The PSF that was found** costs {listed(alone)}.")
    wrong = [
        f"*{in_markdown(name)}* ({one.left[FOUND]:.1f} against {one.left[WHOLE]:.1f} gray levels)"
        for name, one in found.items()
        if FOUND in one.left and one.left[FOUND] > one.left[WHOLE] + _WORSE
    ]
    if wrong:
        lines.append(
            f"- **The estimate is wrong** where it leaves more of U than that disk: {', '.join(wrong)}."
        )
    if silent:
        lines.append(f"- **No PSF** was found on {', '.join(silent)}.")
    if gains:
        least, most = min(gains, key=gains.__getitem__), max(gains, key=gains.__getitem__)
        lines.append(
            f"- **Against pasting** the PSF that was found gives from {gains[least]:+.1f} dB "
            f"(*{in_markdown(least)}*) to {gains[most]:+.1f} dB (*{in_markdown(most)}*)."
        )
    pasted_in = [f"*{in_markdown(n)}*" for n, one in found.items() if one.pastes.get(FOUND, 0) > 0.95]
    if pasted_in:
        lines.append(
            "- **W is nearly all of the warped photo** (more than 95 % of the pixels, with the PSF that was "
            f"found) on {', '.join(pasted_in)}. There a PSF matters only for the warp and the exposure, "
            "which registration measures through it."
        )
    return lines


def claim(found: Mapping[str, Told]) -> list[str]:
    """Lines of Markdown: what this notebook claims, what was measured of it, and the verdict.

    A lens on which the photos tell no PSF counts as one on which the claim fails.
    """
    against = {
        name: tuple(one.psnrs.get(FOUND, -np.inf) - one.psnrs[other] for other in (TRUE, PASTED))
        for name, one in found.items()
    }
    held = [name for name, gains in against.items() if min(gains) >= -ALLOWED]
    said = "holds" if len(held) == len(found) else "holds in part" if held else "does not hold"
    told = "; ".join(
        f"{name} {_gain(gains[0])} and {_gain(gains[1])} dB"
        if np.isfinite(gains[0])
        else f"{name}: no PSF found"
        for name, gains in against.items()
    )
    failed = [name for name in found if name not in held]
    where = f" It fails on: {in_markdown(', '.join(failed))}." if failed else ""
    return [
        f"**Claim of this notebook.** With the PSF withheld, `consistent` is at most {ALLOWED} dB below what "
        "it reaches with the true PSF, and never more than that below the photo that is pasted in.",
        "",
        "Measured: PSNR with the PSF that was found, less that with the true one, and less that of the "
        f"photo pasted in: {in_markdown(told)}.",
        "",
        f"Verdict here: **{said}**, on {len(held)} of {len(found)} lenses.{where}",
    ]


def _gain(value: float) -> str:
    return f"{round(value, 1) + 0.0:+.1f}"  # without the sign of -0.0


def _said(one: Told) -> str:
    """The estimate in a few words."""
    if one.found is None:
        return "nothing: " + one.why.partition("; got ")[2]
    family, numbers = one.found.family, one.found.numbers
    told = {
        "diameter": "{:.1f} pixels",
        "deviation": "deviation {:.1f} pixels",
        "softness": "soft by {:.1f}",
        "obstruction": "middle {:.0%} darker",
        "blades": "{:.0f} sides",
    }
    words = [form.format(numbers[name]) for name, form in told.items() if abs(numbers.get(name, 0)) > 0.05]
    if one.found.varying is not None and one.found.map is not None:
        words[0] = f"{_span(one.found.map.width[one.lens.scene.mask])} pixels ({one.found.map.form})"
    return ", ".join([family, *words])


def _span(width: _Array) -> str:
    least, most = float(width.min()), float(width.max())
    return f"{least:.1f} to {most:.1f}" if most - least > _SAME else f"{np.median(width):.1f}"
