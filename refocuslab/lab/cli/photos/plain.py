"""What is said of photos of one's own, to those who have not read the paper."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from refocuslab.optics.light import LightKind
    from refocuslab.proposal.proposal import MaskProposal
    from refocuslab.refocusing.result import Result
    from refocuslab.registration.register import Match, Registration

# Differences that are not worth a word: a tenth of a stop is 3 % in gray levels, and 5 % of light between the
# channels are 2 %.
_STOPS, _CAST = 0.1, 0.05
# The share of a focused photo that is told to be too bright.
_BRIGHT = 0.001
# The share of the picture that no focused photo shows, from which that is told, where the mask ends at it. A
# photo that is laid over another loses a row at its edge, one in a thousand, which nobody sees; three rows
# were seen.
_UNSHOWN, _BESIDE = 0.002, 2
# Pixels of the mask whose detail comes from the misfocused photo by more than half stay nearly as they are;
# from the second share of them that is told. Where the photos show what is refocused there is none, of a ring
# (1521 x 1141) and of three pairs made of coffee; nearly all, where the photos could not be laid over each
# other.
_KEPT, _TOLD = 0.5, 0.01


def fitting(proposal: "MaskProposal", light: "LightKind") -> Iterator[str]:
    """How each focused photo fits, and how it was exposed."""
    from refocuslab.refocusing.match_doubts import named

    matches = proposal.registration.matches
    for number, match in enumerate(matches):
        name = named(number, len(matches))
        yield f"{name} {'fits' if match.trusted else 'does not fit'}. {match.note}{exposed(match, light)}"


def exposed(match: "Match", light: "LightKind") -> str:
    """How a focused photo differs in light and color, a sentence after a space; or nothing."""
    from refocuslab.refocusing.match_doubts import stops

    if not match.trusted:
        return ""
    more, told = float(stops(match.gain, light).mean()), []
    if abs(more) > _STOPS:
        how = f"{1 - 2**more:.0%} less" if more < 0 else f"{2**more - 1:.0%} more"
        told.append(f"got {how} light ({abs(more):.1f} stops)")
    if match.gain.max() > (1 + _CAST) * match.gain.min():
        told.append("has other colors")
    return f" It {' and '.join(told)}, which is evened out." if told else ""


def unshown(proposal: "MaskProposal") -> str:
    """What no focused photo shows beside the mask, in a sentence; "" if there is nothing to tell of."""
    from scipy import ndimage

    placed = proposal.registration
    shown = np.zeros(proposal.mask.shape, bool)
    for photo, number in zip(placed.scene.focused, placed.origin, strict=True):
        if placed.matches[number].trusted:
            shown |= photo.mask
    parts, _ = ndimage.label(~shown)
    beside = np.unique(parts[ndimage.binary_dilation(proposal.mask, iterations=_BESIDE)])
    hidden = np.isin(parts, beside[beside > 0])
    share = float(hidden.mean())
    if share < _UNSHOWN:
        return ""
    return (
        f"No focused photo shows {_percent(share)} of the picture{_where(hidden)}: that stays as it is, "
        "soft or not."
    )


def _percent(share: float) -> str:
    return f"{share:.1%}" if share < 0.1 else f"{share:.0%}"


def _where(hidden: NDArray[np.bool_]) -> str:
    """At which edges of the picture most of it is hidden, and how many pixels deep."""
    sides = {"top": hidden, "bottom": hidden[::-1], "left": hidden.T, "right": hidden.T[::-1]}
    told = []
    for side, lines in sides.items():
        mostly = lines.mean(axis=1) > 0.5
        if deep := len(mostly) if mostly.all() else int(mostly.argmin()):
            told.append(f"the {side} ({deep} pixel{'s' * (deep > 1)})")
    return f", along {' and '.join(told)}" if told else ""


def after(result: "Result", mask: NDArray[np.bool_], proposal: "MaskProposal | None") -> list[str]:
    """What is to be known of a result and was not said before: not how photos fit, if they were looked at.

    Parameters
    ----------
    result : Result
        What was made.
    mask : ndarray of bool, (H, W)
        Where.
    proposal : MaskProposal or None
        By which that was found, and said.
    """
    from refocuslab.refocusing.match_doubts import of_registration

    registration, estimate = result.registration, result.psf_estimate
    known = {} if estimate is None else {estimate.note: estimate.plain}
    if proposal is not None:
        said = of_registration(registration, result.method.light)[0] if registration else []
        known |= dict.fromkeys(said, "")
        if proposal.psf is not None:
            known[proposal.psf.note] = ""
    told = [known.get(note, note) for note in result.notes]
    if proposal is not None and registration is not None:
        told += [_bright(match, number, registration) for number, match in enumerate(registration.matches)]
    told += [_unchanged(result, mask), _guessed(result, mask)]
    return list(filter(None, told))


def _bright(match: "Match", number: int, registration: "Registration") -> str:
    from refocuslab.refocusing.match_doubts import named

    if match.clipped < _BRIGHT:
        return ""
    name, share = named(number, len(registration.matches)), _percent(match.clipped)
    return f"{name} is too bright in {share} of it; there the misfocused photo tells the light."


def _unchanged(result: "Result", mask: NDArray[np.bool_]) -> str:
    share = 0.0 if result.basis is None else float((result.basis[..., 0][mask] > _KEPT).mean())
    told = f"In {_percent(share)} of what was to be refocused the picture stays nearly as it is."
    return told if share > _TOLD else ""


def _guessed(result: "Result", mask: NDArray[np.bool_]) -> str:
    """How much of the mask is in no photo, where all of them were laid over the misfocused one."""
    registration = result.registration
    if registration is None or any(match.model == "none" for match in registration.matches):
        return ""
    shown = np.any([photo.mask for photo in registration.scene.focused], axis=0)
    share = float((~shown)[mask].mean())
    told = f"No focused photo shows {_percent(share)} of what was to be refocused: the like of it stands in."
    return told if share > _TOLD else ""


def verdict(reblur_rms: float) -> str:
    """How well a result, blurred again, agrees with the misfocused photo; in gray levels."""
    off = f"{reblur_rms:.1f} of 255 gray levels"
    return f"Blurred again, the result looks like the misfocused photo to within {off}."
