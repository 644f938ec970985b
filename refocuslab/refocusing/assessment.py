"""What is said about a result: how it was made, and why it may be wrong (Result.notes, Result.doubts)."""

import numpy as np

from refocuslab.consistency.disk_size import FEWEST, REACH, diameter_of
from refocuslab.doubts import Doubt
from refocuslab.optics.blur import blur
from refocuslab.paper.patches import around
from refocuslab.refocusing.evidence import Unexplained, clear_of_edge, detail, noise, unexplained
from refocuslab.refocusing.relation import relate
from refocuslab.registration.exposure import LIKELY_GAIN
from refocuslab.registration.parallax import IN_PLACE

# It is looked into why, where W, blurred, leaves more than SUSPECT of U's contrast unexplained and is off by
# more than SEEN grey levels besides the noise and TIMES the noise, or by OFF and OFF_TIMES. Of 40
# pairs that fit (scikit-image photographs, disks of 3 to 15 pixels, noise of 0.5 to 8 grey levels), 5 % left
# more than 0.15; the shipped scenes of U's view leave 0.001 to 0.005 and the real pairs 0.10 to 0.14.
SUSPECT, SEEN, TIMES = 0.15, 2.0, 1.5
# Of the shipped scenes at 200 pixels, those of U's view are off by 1.2 grey levels at the most, 1.5 times the
# noise; those of other views by 2.4 at the least, 2.3 times.
OFF, OFF_TIMES = 2.0, 2.0
# If no photo shows the object of U either (relation.py), the result is worthless where it leaves half of U's
# contrast unexplained and is off by 10 grey levels, or leaves all of the contrast and more. Of 86 pairs of
# unlike photographs, crops of 32 to 150 pixels, none left less than 0.91 and half of them 8; of others 0.7
# was met, off by 16. Of those that fit, in one exposure, 98 % left less than 0.34. Crops of 56 to 80 pixels
# of astronaut-perspective, too small to register, leave 0.8 to 1.03, off by 8.
WORTHLESS, WORTHLESS_OFF, NO_BETTER = 0.5, 10.0, 1.2
# A result that leaves such a share, or so many grey levels, unexplained for no known reason is doubted.
POOR, POORLY_OFF = 0.3, 8.0
# Exposures that differ by less, in stops, do little harm: 0.15 stops cost 12 dB, but left 31. White balances
# likewise, the strongest channel by the weakest; and places, in pixels.
STOPS, BALANCE, MOVED = 0.12, 1.12, 1.5
# The share of a focused photo that is clipped, from which it is told, and doubted.
CLIPPED, MUCH_CLIPPED = 0.001, 0.25
# A photo may mislead whose registration agrees less, and one that shows less of the object.
WEAK, SHOWN = 0.6, 0.5
# The fewest patches, and the fewest for each pixel of the mask.
PATCHES, PER_PIXEL = 50, 0.1
# Detail of the focused photo in that of U, mean squares, below which there is nothing to gain: 2.4 for a real
# disk of 4 pixels, and more for wider ones. U has detail to speak of from so many (grey levels)^2 and such a
# part of its noise's.
SHARPER, DETAIL, DETAIL_OF_NOISE = 1.5, 0.3, 0.1
# A correction of white balance, in stops, that is not worth a word.
_NO_STOPS = 0.05


def assess(result, scene, whole, register) -> tuple[tuple[str, ...], tuple[Doubt, ...]]:
    """(notes, doubts) of the result of refocusing a scene by blur.

    ``scene``: as it was given; ``whole``: the same with its whole mask, which registration looks at.
    ``register()``: a Registration of it; called only where W does not explain U and none was asked for.
    """
    light, consistent, registration = result.method.light, result.consistent, result.registration
    noisy = noise(scene.misfocused, scene.mask)
    notes, doubts = _of_registration(registration, light) if registration else ([], [])
    notes += _of_psf(scene, consistent)
    doubts += _of_patches(result, scene)
    soft = _of_detail(whole, registration, noisy)
    limit = _at_limit_of_psf(scene, consistent)

    # W of the paper's stages: consistency makes any W blur to U, and so hides what does not fit.
    box = around(scene.mask, len(scene.psf))
    photo, mask = scene.misfocused[box], scene.mask[box]
    paper = photo.copy()
    paper[mask] = result.library.centres[result.source[scene.mask]]
    where = clear_of_edge(mask, len(scene.psf) // 2)
    left = unexplained(blur(paper, scene.psf, light=light), photo, where, len(scene.psf), noisy)
    suspect = left.share > SUSPECT and left.excess > SEEN and left.times > TIMES
    if suspect or (left.excess > OFF and left.times > OFF_TIMES):
        relations = relate(whole, registration or register(), light=light, noise=noisy)
        unrelated = _unrelated(relations, left)
        if unrelated and unrelated.grave:
            return tuple(notes), (*doubts, unrelated)
        # Photos swapped, or both sharp, spoil every other comparison.
        if not soft:
            doubts += [unrelated] if unrelated else _of_relations(relations, left, result.method, consistent)
            # What U itself tells of the PSF is better than how far its correction came.
            limit = [] if any(doubt.about == "PSF" for doubt in doubts) else limit
            if not doubts and not limit and (left.share > POOR or left.excess > POORLY_OFF):
                text = (
                    f"The result is doubtful: {_off(left)}. The PSF may be wrong, or the object may have "
                    "moved or been lit otherwise."
                )
                doubts.append(Doubt("reblur", text))
    return tuple(notes), (*doubts, *limit, *soft)


def _named(number: int, count: int) -> str:
    return "The focused photo" if count == 1 else f"Focused photo {number + 1}"


def _stops(gain, light: str) -> np.ndarray:
    """How many stops more light a focused photo got than U, in each channel."""
    # Encoded values are about the light to the power 1/2.2.
    return -np.log2(gain) * (1.0 if light == "linear" else 2.2)


def _exposed(gain, light: str) -> str:
    more = float(_stops(gain, light).mean())
    ratio = " : ".join(f"{value:.2f}" for value in gain[1] / gain)
    balance = f"another white balance (R : G : B as {ratio})"
    if abs(more) < _NO_STOPS:
        return f"taken with {balance}" if gain.max() > 1.02 * gain.min() else "exposed as the misfocused one"
    text = f"exposed {abs(more):.2f} stops {'more' if more > 0 else 'less'} than the misfocused one"
    return f"{text}, with {balance}" if gain.max() > 1.05 * gain.min() else text


def _off(left: Unexplained) -> str:
    return (
        f"blurred, it differs from the misfocused photo by {left.rms:.1f} grey levels (RMS), "
        f"where the noise is {left.noise:.1f}"
    )


def _of_registration(registration, light: str) -> tuple[list[str], list[Doubt]]:
    notes, doubts = [], []
    for number, match in enumerate(registration.matches):
        name = _named(number, len(registration.matches))
        note = f"{name}: {match.note[0].lower()}{match.note[1:]}"
        if match.trusted and (match.gain != 1).any():
            note += f" It was {_exposed(match.gain, light)}."
        notes.append(note)
        if match.clipped > CLIPPED:
            share = f"{match.clipped:.1%}" if match.clipped < 0.1 else f"{match.clipped:.0%}"
            notes.append(f"{name}: {share} is clipped; there the misfocused photo told how bright it is.")
        doubts += [Doubt(about, f"{name} {text}") for about, text in _of_match(match, light)]
    return notes, doubts


def _of_match(match, light: str):
    """Yields (about, text without the photo's name) for each doubt about a registered photo."""
    if not match.trusted:
        why = match.note.removeprefix("Not registered: ").rstrip(".")
        yield (
            "registration",
            (
                f"could not be registered ({why}) and was used as it is: check that it shows the object, and "
                "give masks of the object in both photos."
            ),
        )
        return
    if match.agreement < WEAK:
        yield (
            "registration",
            (
                f"was registered, but the detail correlates to {match.agreement:.2f} only: look whether the "
                "result has displaced parts, or take a photo from nearer the misfocused view."
            ),
        )
    if match.overlap < SHOWN:
        yield (
            "overlap",
            (
                f"shows only {match.overlap:.0%} of the object: make the mask smaller, or add a focused "
                "photo of the rest."
            ),
        )
    if match.clipped > MUCH_CLIPPED:
        yield (
            "clipping",
            (
                f"is clipped in {match.clipped:.0%} of its pixels, as it was {_exposed(match.gain, light)}: "
                "their light is an estimate from the misfocused photo; take a focused photo with less "
                "exposure."
            ),
        )
    least, most = LIKELY_GAIN
    if (match.gain <= least).any() or (match.gain >= most).any():
        yield (
            "exposure",
            (
                "differs from the misfocused one by more than three stops in a channel, and was matched by "
                "three only: take both with nearly one exposure."
            ),
        )


def _of_psf(scene, consistent) -> list[str]:
    if consistent is None:
        return []
    given, found = diameter_of(scene.psf), diameter_of(consistent.psf)
    if given is None:
        return ["The PSF was used as given: it is no disk of a whole diameter, which could be corrected."]
    if found != given:
        return [f"The diameter of the PSF was corrected from {given} to {found} pixels."]
    if clear_of_edge(scene.mask, (given + REACH) // 2, thin=False).sum() < FEWEST:
        return [
            f"The PSF was used as given: the mask is too small to correct its diameter of {given} pixels."
        ]
    return []


def _at_limit_of_psf(scene, consistent) -> list[Doubt]:
    given = consistent and diameter_of(scene.psf)
    found = given and diameter_of(consistent.psf)
    # One correction reaches no farther, and there are two at the most.
    if not found or abs(found - given) <= REACH:
        return []
    text = (
        f"The diameter of the PSF was corrected from {given} to {found} pixels, about as far as is tried: "
        f"give {found} pixels, or calibrate the misfocus by a light."
    )
    return [Doubt("PSF", text)]


def _unrelated(relations, left: Unexplained) -> Doubt | None:
    """The doubt that no focused photo shows the object of U, if none does."""
    if any(relation.related for relation in relations):
        return None
    if not (left.share > NO_BETTER or (left.share > WORTHLESS and left.excess > WORTHLESS_OFF)):
        text = (
            f"The result is doubtful: {_off(left)}, and no focused photo could be matched to the misfocused "
            "one. Check that they show one object, and the PSF."
        )
        return Doubt("reblur", text)
    name = "The focused photo does" if len(relations) == 1 else "The focused photos do"
    text = (
        f"{name} not seem to show the object of the misfocused photo, and the result is worthless: "
        f"{_off(left)}. Check which photos were given."
    )
    return Doubt("unrelated", text, grave=True)


def _of_relations(relations, left: Unexplained, method, consistent) -> list[Doubt]:
    doubts = []
    for number, relation in enumerate(relations):
        name = _named(number, len(relations))
        if not relation.related and not method.register:
            text = f"{name} does not seem to show the object of the misfocused photo: leave it out."
            doubts.append(Doubt("unrelated", text))
        used = diameter_of(consistent.psf if consistent else relation.psf)
        # What consistency has corrected is known to a pixel by both.
        near = 1 if consistent and used != diameter_of(relation.psf) else 0
        if relation.diameter and abs(relation.diameter - used) > near:
            text = (
                f"The misfocused photo looks blurred by a disk of about {relation.diameter} pixels, not of "
                f"{used}: give that diameter, or calibrate the misfocus by a light."
            )
            doubts.append(Doubt("PSF", text))
        # A wrong PSF tilts exposure and geometry.
        if relation.diameter or method.register or not relation.related:
            continue
        if relation.gain is not None and _differs(relation.gain, method.light):
            text = (
                f"{name} was {_exposed(relation.gain, method.light)}: match the exposures with "
                "register=True (-p register true)."
            )
            doubts.append(Doubt("exposure", text))
        elif relation.match.trusted and relation.moved > MOVED:
            text = (
                f"{name} shows another view (by up to {relation.moved:.0f} pixels), and the result does not "
                f"fit: {_off(left)}. Match the views with register=True (-p register true)."
            )
            doubts.append(Doubt("view", text))
        elif relation.match.trusted and relation.match.agreement < IN_PLACE:
            text = (
                f"{name} shows another view, with parallax, and the result does not fit: {_off(left)}. "
                "Method.consistent() makes more of it (-p register true -p consistency true)."
            )
            doubts.append(Doubt("view", text))
    return doubts


def _differs(gain, light: str) -> bool:
    return bool(abs(_stops(gain, light).mean()) > STOPS or gain.max() > BALANCE * gain.min())


def _of_patches(result, scene) -> list[Doubt]:
    patches, pixels = len(result.library), int(scene.mask.sum())
    if patches >= max(PATCHES, PER_PIXEL * pixels):
        return []
    text = (
        f"The focused photos offer only {patches} patches for the {pixels} pixels of the mask: widen their "
        "masks, or take a larger photo of the object."
    )
    return [Doubt("patches", text)]


def _of_detail(scene, registration, noisy: float) -> list[Doubt]:
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
    if here < DETAIL + DETAIL_OF_NOISE * noisy**2 or there > SHARPER * here:
        return []
    if there < here / SHARPER:
        return [
            Doubt("sharpness", "The misfocused photo is sharper than the focused one: were the two swapped?")
        ]
    text = (
        "The focused photo is no sharper than the misfocused one, so there is nothing to gain: is the "
        "misfocused photo sharp, or the focused one not?"
    )
    return [Doubt("sharpness", text)]
