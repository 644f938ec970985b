"""What the page is told of a picture, in JSON's types: scores, captions, doubts, the choice of a pixel."""

import dataclasses
from typing import Any

import numpy as np

from refocuslab.lab.explorer import saving
from refocuslab.lab.explorer.making import controls
from refocuslab.lab.explorer.making.session import Outcome
from refocuslab.lab.explorer.pixel import Pixel, surroundings
from refocuslab.lab.parameters.validation import plain
from refocuslab.lab.widgets.texts import printable

# Characters of a doubt, which is one or two sentences, with a path perhaps.
LONGEST_TEXT = 1000


# Field of Score, name, unit, digits, explanation.
SCORES = (
    ("psnr", "PSNR", "dB", 2, "closeness to the truth; more is better"),
    ("ssim", "SSIM", "", 4, "likeness to the truth, 1 at most; more is better"),
    ("reblur_rms", "reblur RMS", "levels", 2, "distance of the picture, blurred again, from U"),
)


def scores(outcome: Outcome, before: Outcome | None) -> list[dict[str, str]]:
    """Rows of name, value, unit, and the change since the picture before if that was of the same scene."""
    rows = []
    then = before.score if before is not None and before.scene is outcome.scene else None
    for key, name, unit, digits, help in SCORES:
        value = getattr(outcome.score, key)
        if value is None:
            continue
        change = value - getattr(then, key) if then is not None else np.nan
        told = f"{change:+.{digits}f}" if np.isfinite(change) else ""
        rows.append(
            {"name": name, "value": f"{value:.{digits}f}", "unit": unit, "change": told, "help": help}
        )
    return rows


def caption(outcome: Outcome) -> str:
    """The picture's most telling score; "" for a preview, which has none."""
    score = outcome.score
    if score is None:
        return ""
    return f"{score.psnr:.2f} dB" if score.psnr is not None else f"{score.reblur_rms:.2f} reblur"


def change(outcome: Outcome, before: Outcome | None) -> str:
    """What was changed since the picture before it, in words."""
    now, then = outcome.settings.values(), before.settings.values() if before else {}
    moved = {name: value for name, value in now.items() if then.get(name, value) != value}
    if "scene" in moved:
        moved["scene"] = outcome.called
    if moved.get("system", controls.OTHER) != controls.OTHER:
        # A system sets several controls, which need not be named.
        moved = {name: moved[name] for name in ("scene", "system") if name in moved}
        return ", ".join(str(value).replace("_", " ") for value in moved.values())
    names = controls.NAMES | {"ratio": "λ ratio"}
    return ", ".join(
        f"{names.get(name, name)} {f'{value:g}' if type(value) is float else value}"
        for name, value in moved.items()
        if name != "system"
    )


def title(outcome: Outcome) -> str:
    """The scene, and what of the method differs from the defaults."""
    told = ", ".join(f"{name} {value}" for name, value in saving.differing(outcome.settings.method).items())
    return f"{outcome.called}: {told or 'defaults'}"


def doubts(outcome: Outcome) -> list[dict[str, Any]]:
    """The doubts about the picture, grave ones first."""
    rows = [
        {"about": printable(one.about), "text": printable(one.text, LONGEST_TEXT), "grave": bool(one.grave)}
        for one in outcome.doubts
    ]
    return sorted(rows, key=lambda row: not row["grave"])


def notes(outcome: Outcome) -> list[str]:
    """What the user should know of how the picture was made."""
    return [printable(note, LONGEST_TEXT) for note in outcome.result.notes]


def why(outcome: Outcome, pixel: Pixel) -> dict[str, Any]:
    """A Pixel for the page: numbers as JSON, patches as bytes of R, G, B."""
    method = outcome.result.method
    photo, y, x = pixel.places[pixel.chosen]
    place, at_y, at_x = surroundings(outcome.focused[photo].image, y, x)
    own, own_y, own_x = surroundings(outcome.scene.misfocused, pixel.y, pixel.x)
    told = {field.name: getattr(pixel, field.name) for field in dataclasses.fields(pixel)}
    patches = ("query", "window", "blurred", "sharp", "texture", "above")
    numbers = {
        name: value.tolist() if isinstance(value, np.ndarray) else plain(value)
        for name, value in told.items()
        if name not in patches
    }
    images = {name: np.ascontiguousarray(told[name]).tobytes() for name in patches if told[name] is not None}
    fields = ("order", "causal", "passes", "search", "selection", "weighted")
    of_method = {name: getattr(method, name) for name in fields}
    of_method["textured"] = method.lambda_texture > 0
    around = {
        "size": len(pixel.query),
        "place": {"side": len(place), "y": at_y, "x": at_x, "rgb": place.tobytes()},
        "own": {"side": len(own), "y": own_y, "x": own_x, "rgb": own.tobytes()},
    }
    return numbers | images | of_method | around
