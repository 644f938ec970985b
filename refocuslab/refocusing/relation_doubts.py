"""What is said of a result that does not blur to U: why, as far as its focused photos tell."""

import numpy as np
from numpy.typing import NDArray

from refocuslab.consistency.consistent import Consistent
from refocuslab.consistency.disk_size import diameter_of
from refocuslab.doubts import Doubt
from refocuslab.method import Method
from refocuslab.optics.light import LightKind
from refocuslab.refocusing.evidence import Unexplained
from refocuslab.refocusing.match_doubts import exposed, named, stops
from refocuslab.refocusing.relation import Relation
from refocuslab.registration.parallax import IN_PLACE

# If no photo shows the object of U, W is worthless where it leaves _WORTHLESS of the contrast of U and is off
# by _WORTHLESS_OFF gray levels, or leaves _NO_BETTER of the contrast. Of 86 pairs of unlike photographs,
# crops of 32 to 150 pixels, none left less than 0.91 and half of them 8; of others 0.7 was met, off by 16. Of
# those that fit, in one exposure, 98 % left less than 0.34. Crops of 56 to 80 pixels of astronaut-
# perspective, too small to register, leave 0.8 to 1.03, off by 8. Of the 112 results of assessment.py half
# and double change no verdict, but double of either of the first two, with which one photo of another object
# gives no grave doubt.
_WORTHLESS, _WORTHLESS_OFF, _NO_BETTER = 0.5, 10.0, 1.2
# Exposures that differ by less, in stops, do little harm: 0.15 stops cost 12 dB, but left 31. White balances
# likewise, the strongest channel by the weakest; and places, in pixels. These draw a line that a user sees:
# half of the first doubts exposures of 0.92, double misses those of 0.85; 1.24 misses balances of 1.18, 1.06
# doubts that of motorcycle-perturbed; half of the last doubts bench-perturbed, off by a pixel, and double
# misses the view of motorcycle-perturbed.
_STOPS, _BALANCE, _MOVED = 0.12, 1.12, 1.5


def off(left: Unexplained) -> str:
    """How far the blurred result is from U, in words."""
    return (
        f"blurred, it differs from the misfocused photo by {left.rms:.1f} gray levels (RMS), "
        f"where the noise is {left.noise:.1f}"
    )


def unrelated(relations: list[Relation], left: Unexplained) -> Doubt | None:
    """The doubt that no focused photo shows the object of U, if none does; grave if W is worthless."""
    if any(relation.related for relation in relations):
        return None
    if not (left.share > _NO_BETTER or (left.share > _WORTHLESS and left.excess > _WORTHLESS_OFF)):
        text = (
            f"The result is doubtful: {off(left)}, and no focused photo could be matched to the misfocused "
            "one. Check that they show one object, and the PSF."
        )
        return Doubt("reblur", text)
    name = "The focused photo does" if len(relations) == 1 else "The focused photos do"
    text = (
        f"{name} not seem to show the object of the misfocused photo, and the result is worthless: "
        f"{off(left)}. Check which photos were given."
    )
    return Doubt("unrelated", text, grave=True)


def of_relations(
    relations: list[Relation], left: Unexplained, method: Method, consistent: Consistent | None
) -> list[Doubt]:
    """The doubts about each focused photo, of which at least one shows the object of U."""
    doubts: list[Doubt] = []
    for number, relation in enumerate(relations):
        name = named(number, len(relations))
        if not relation.related and not method.register:
            text = f"{name} does not seem to show the object of the misfocused photo: leave it out."
            doubts.append(Doubt("unrelated", text))
        used = diameter_of(consistent.psf if consistent else relation.psf)
        # What consistency has corrected is known to a pixel by both.
        near = 1 if consistent and used != diameter_of(relation.psf) else 0
        if relation.diameter and used and abs(relation.diameter - used) > near:
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
                f"{name} was {exposed(relation.gain, method.light)}: match the exposures with "
                "register=True (-p register true)."
            )
            doubts.append(Doubt("exposure", text))
        elif relation.match.trusted and relation.moved > _MOVED:
            text = (
                f"{name} shows another view (by up to {relation.moved:.0f} pixels), and the result does not "
                f"fit: {off(left)}. Match the views with register=True (-p register true)."
            )
            doubts.append(Doubt("view", text))
        elif relation.match.trusted and relation.match.agreement < IN_PLACE:
            text = (
                f"{name} shows another view, with parallax, and the result does not fit: {off(left)}. "
                "Method.consistent() makes more of it (-p register true -p consistency true)."
            )
            doubts.append(Doubt("view", text))
    return doubts


def _differs(gain: NDArray[np.float64], light: LightKind) -> bool:
    return bool(abs(stops(gain, light).mean()) > _STOPS or gain.max() > _BALANCE * gain.min())
