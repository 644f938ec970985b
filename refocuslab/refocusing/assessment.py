"""What is said about a result: how it was made, and why it may be wrong (Result.notes, Result.doubts)."""

from collections.abc import Callable

from refocuslab.consistency.consistent import Consistent
from refocuslab.consistency.disk_size import FEWEST, REACH, diameter_of
from refocuslab.doubts import Doubt
from refocuslab.optics.light import decode, encode
from refocuslab.paper.patches import around
from refocuslab.refocusing.evidence import Unexplained, clear_of_edge, detail, noise, unexplained
from refocuslab.refocusing.match_doubts import of_registration
from refocuslab.refocusing.relation import relate
from refocuslab.refocusing.relation_doubts import of_relations, off, unrelated
from refocuslab.refocusing.result import Result
from refocuslab.registration.psf_estimate import differs
from refocuslab.registration.register import Registration
from refocuslab.scene import Scene

# The thresholds of this file, of match_doubts.py, relation_doubts.py and relation.py were halved and doubled
# on 112 results whose verdict is known: crops of 100 pixels of seven shipped scenes, each as it is and
# registered; with a focused photo exposed by 0.6, 0.85, 0.92 and 2, of another white balance, and of another
# object; with the PSF off by 2 and by 4 pixels; with the photos swapped, with both sharp, and with few
# patches.
#
# W is compared with its focused photos where, blurred, it leaves more than _SUSPECT of the contrast of U and
# more than _SEEN gray levels besides the noise and _TIMES the noise, or more than the two below. Of 40 pairs
# that fit (scikit-image photographs, disks of 3 to 15 pixels, noise of 0.5 to 8 gray levels), 5 % left more
# than 0.15; the shipped scenes of U's view leave 0.001 to 0.005 and the real pairs 0.10 to 0.14. Half and
# double change no verdict.
_SUSPECT, _SEEN, _TIMES = 0.15, 2.0, 1.5
# Of the shipped scenes at 200 pixels, those of U's view are off by 1.2 gray levels at the most, 1.5 times the
# noise; those of other views by 2.4 at the least, 2.3 times. Half changes no verdict; double of the first
# misses 8 exposures and PSFs, and 3 times the noise misses one.
_OFF, _OFF_TIMES = 2.0, 2.0
# A result that leaves more of the contrast, or more gray levels, for no known reason is doubted. Half of the
# second doubts one exposure of 0.92 more; nothing else changes.
_POOR, _POORLY_OFF = 0.3, 8.0
# The fewest patches, and the fewest for each pixel of the mask. Half and double change no verdict.
_PATCHES, _PER_PIXEL = 50, 0.1
# The ratio of the detail of the focused photo and of U, mean squares, below which there is nothing to gain:
# it is 2.4 for a real disk of 4 pixels, and more for wider ones. And the least detail of U that can be
# compared: (gray levels)^2, and as a share of the noise's. Half and double of each change no verdict, nor do
# ratios of 1.25 and 2.
_SHARPER, _DETAIL, _DETAIL_OF_NOISE = 1.5, 0.3, 0.1


def assess(
    result: Result, scene: Scene, whole: Scene, register: Callable[[], Registration]
) -> tuple[tuple[str, ...], tuple[Doubt, ...]]:
    """Assess the result of refocusing a scene by blur.

    Parameters
    ----------
    result : Result
        W, without notes and doubts.
    scene : Scene
        As it was given.
    whole : Scene
        The same with its whole mask, which registration looks at.
    register : callable
        Gives a Registration of it; called only where W does not explain U and none was asked for.

    Returns
    -------
    notes : tuple of str
        How W was made, a sentence each.
    doubts : tuple of Doubt
        Why W may be wrong.
    """
    light, consistent, registration = result.method.light, result.consistent, result.registration
    noisy = noise(scene.misfocused, scene.mask)
    notes, doubts = of_registration(registration, light) if registration else ([], [])
    notes += [result.psf_estimate.note] if result.psf_estimate else _of_psf(scene, consistent)
    doubts += _of_patches(result, scene) + _of_widths(result)
    soft = _of_detail(whole, registration, noisy)
    limit = _at_limit_of_psf(scene, consistent)

    left = _left(result, scene, noisy)
    suspect = left.share > _SUSPECT and left.excess > _SEEN and left.times > _TIMES
    if suspect or (left.excess > _OFF and left.times > _OFF_TIMES):
        relations = relate(whole, registration or register(), light=light, noise=noisy)
        strange = unrelated(relations, left)
        if strange and strange.grave:
            return tuple(notes), (*doubts, strange)
        # Photos swapped, or both sharp, spoil every other comparison.
        if not soft:
            doubts += [strange] if strange else of_relations(relations, left, result.method, consistent)
            # What U itself tells of the PSF is better than how far its correction came.
            limit = [] if any(doubt.about == "PSF" for doubt in doubts) else limit
            if not doubts and not limit and (left.share > _POOR or left.excess > _POORLY_OFF):
                text = (
                    f"The result is doubtful: {off(left)}. The PSF may be wrong, or the object may have "
                    "moved or been lit otherwise."
                )
                doubts.append(Doubt("reblur", text))
    return tuple(notes), (*doubts, *limit, *soft)


def _left(result: Result, scene: Scene, noisy: float) -> Unexplained:
    """How far the W of the paper's stages is from U, blurred, or the first matches of consistency.

    Consistency makes any W blur to U, and so hides what does not fit.
    """
    light, box = result.method.light, around(scene.mask, len(scene.known_psf))
    photo, mask = scene.misfocused[box], scene.mask[box]
    paper = photo.copy()
    paper[mask] = (result.consistent.begun if result.consistent else result.image)[box][mask]
    where = clear_of_edge(mask, len(scene.known_psf) // 2)
    blurred = encode(scene.convolved(decode(paper, light=light), box), light=light)
    return unexplained(blurred, photo, where, len(scene.known_psf), noisy)


def _of_psf(scene: Scene, consistent: Consistent | None) -> list[str]:
    if consistent is None:
        return []
    given, found = diameter_of(scene.known_psf), diameter_of(consistent.psf)
    if given is None:
        return ["The PSF was used as given: it is no disk of a whole diameter, which could be corrected."]
    if found != given:
        return [f"The diameter of the PSF was corrected from {given} to {found} pixels."]
    if clear_of_edge(scene.mask, (given + REACH) // 2, thin=False).sum() < FEWEST:
        return [
            f"The PSF was used as given: the mask is too small to correct its diameter of {given} pixels."
        ]
    return []


def _of_widths(result: Result) -> list[Doubt]:
    estimate = result.psf_estimate
    if estimate is None or estimate.varying is not None or not differs(estimate.widths):
        return []
    least, most = estimate.widths
    text = (
        f"The misfocus differs from place to place, from {least:.1f} to {most:.1f} pixels, and one PSF was "
        "used for all: give a mask of what lies at one distance."
    )
    return [Doubt("PSF", text)]


def _at_limit_of_psf(scene: Scene, consistent: Consistent | None) -> list[Doubt]:
    if consistent is None:
        return []
    given, found = diameter_of(scene.known_psf), diameter_of(consistent.psf)
    # One correction reaches no farther, and there are two at the most.
    if not given or not found or abs(found - given) <= REACH:
        return []
    text = (
        f"The diameter of the PSF was corrected from {given} to {found} pixels, about as far as is tried: "
        f"give {found} pixels, or calibrate the misfocus by a light."
    )
    return [Doubt("PSF", text)]


def _of_patches(result: Result, scene: Scene) -> list[Doubt]:
    photos = (result.registration.scene if result.registration else scene).focused
    patches, pixels = sum(int(photo.mask.sum()) for photo in photos), int(scene.mask.sum())
    if patches >= max(_PATCHES, _PER_PIXEL * pixels):
        return []
    text = (
        f"The focused photos offer only {patches} patches for the {pixels} pixels of the mask: widen their "
        "masks, or take a larger photo of the object."
    )
    return [Doubt("patches", text)]


def _of_detail(scene: Scene, registration: Registration | None, noisy: float) -> list[Doubt]:
    """Whether the focused photos are sharper than U, on the object as far as its place is known."""
    here = detail(scene.misfocused, scene.mask, noisy)
    mean, there = float(scene.misfocused[scene.mask].mean()), 0.0
    for photo in (registration.scene if registration else scene).focused:
        where = photo.mask
        if where.shape == scene.mask.shape and (where & scene.mask).any():
            where = where & scene.mask
        # Another exposure scales detail as it scales the mean.
        scale = mean / max(float(photo.image[where].mean()), 1.0)
        there = max(there, scale**2 * detail(photo.image, where, noisy / max(scale, 1.0)))
    if here < _DETAIL + _DETAIL_OF_NOISE * noisy**2 or there > _SHARPER * here:
        return []
    if there < here / _SHARPER:
        return [
            Doubt("sharpness", "The misfocused photo is sharper than the focused one: were the two swapped?")
        ]
    text = (
        "The focused photo is no sharper than the misfocused one, so there is nothing to gain: is the "
        "misfocused photo sharp, or the focused one not?"
    )
    return [Doubt("sharpness", text)]
