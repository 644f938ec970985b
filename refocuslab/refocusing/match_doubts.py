"""What is said of focused photos that were registered: how, and why they may mislead."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from refocuslab.doubts import Doubt
from refocuslab.optics.light import LightKind
from refocuslab.registration.exposure import LIKELY_GAIN
from refocuslab.registration.register import Match, Registration

# The shares of a focused photo that are clipped, from which that is told, and doubted. Half and double of the
# first change nothing, nor does half of the second; double misses four photos with two times the light.
_CLIPPED, _MUCH_CLIPPED = 0.001, 0.25
# A photo may mislead whose registration correlates less, and one that shows less of the object. Correlations
# of 0.3 and 0.8 change no verdict, nor does half of the share; double, 1, doubts every registered photo.
_WEAK, _SHOWN = 0.6, 0.5
# A correction of white balance, in stops, that is not worth a word.
_NO_STOPS = 0.05


def named(number: int, count: int) -> str:
    """The name of one of ``count`` focused photos, counted from 0, at the head of a sentence."""
    return "The focused photo" if count == 1 else f"Focused photo {number + 1}"


def stops(gain: NDArray[np.float64], light: LightKind) -> NDArray[np.float64]:
    """How many stops more light a focused photo got than U, in each channel, (3,); ``gain`` as in Match."""
    # Encoded values are about the light to the power 1/2.2.
    return -np.log2(gain) * (1.0 if light == "linear" else 2.2)


def exposed(gain: NDArray[np.float64], light: LightKind) -> str:
    """How a focused photo was exposed, in words that follow "It was"."""
    more = float(stops(gain, light).mean())
    ratio = " : ".join(f"{value:.2f}" for value in gain[1] / gain)
    balance = f"another white balance (R : G : B as {ratio})"
    if abs(more) < _NO_STOPS:
        return f"taken with {balance}" if gain.max() > 1.02 * gain.min() else "exposed as the misfocused one"
    text = f"exposed {abs(more):.2f} stops {'more' if more > 0 else 'less'} than the misfocused one"
    return f"{text}, with {balance}" if gain.max() > 1.05 * gain.min() else text


def of_registration(registration: Registration, light: LightKind) -> tuple[list[str], list[Doubt]]:
    """(notes, doubts) of a registration that was asked for."""
    notes: list[str] = []
    doubts: list[Doubt] = []
    for number, match in enumerate(registration.matches):
        name = named(number, len(registration.matches))
        note = f"{name}: {match.note[0].lower()}{match.note[1:]}"
        if match.trusted and (match.gain != 1).any():
            note += f" It was {exposed(match.gain, light)}."
        notes.append(note)
        if match.clipped > _CLIPPED:
            share = f"{match.clipped:.1%}" if match.clipped < 0.1 else f"{match.clipped:.0%}"
            notes.append(f"{name}: {share} is clipped; there the misfocused photo told how bright it is.")
        doubts += [Doubt(about, f"{name} {text}") for about, text in _of_match(match, light)]
    return notes, doubts


def _of_match(match: Match, light: LightKind) -> Iterator[tuple[str, str]]:
    """(about, text without the photo's name) of each doubt about a registered photo."""
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
    if match.agreement < _WEAK:
        yield (
            "registration",
            (
                f"was registered, but the detail correlates to {match.agreement:.2f} only: look whether the "
                "result has displaced parts, or take a photo from nearer the misfocused view."
            ),
        )
    if match.overlap < _SHOWN:
        yield (
            "overlap",
            (
                f"shows only {match.overlap:.0%} of the object: make the mask smaller, or add a focused "
                "photo of the rest."
            ),
        )
    if match.clipped > _MUCH_CLIPPED:
        yield (
            "clipping",
            (
                f"is clipped in {match.clipped:.0%} of its pixels, as it was {exposed(match.gain, light)}: "
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
