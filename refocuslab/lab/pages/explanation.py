"""How a picture was made, step by step, on one page that holds all of it and loads nothing."""

import base64
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from refocuslab.lab.escaping import in_html
from refocuslab.lab.figures.basis_map import BASIS
from refocuslab.lab.pages import html
from refocuslab.lab.pages.comparing import SCRIPT, STYLE, Shown, alone, blink, wipe

_ABOUT = "What was found of the photos and what was made of them, step by step."
_KEYS = """
.key { display: inline-block; width: .9em; height: .9em; border: 1px solid var(--soft);
  border-radius: 3px; margin: 0 .3em 0 0; vertical-align: -.1em; }
.keys { display: block; } .keys > span { white-space: nowrap; margin-right: 1.1em; }
.range { display: inline-block; white-space: nowrap; }
.point { width: 15rem; max-width: 100%; margin: 1.25rem auto; font-size: .85rem; color: var(--soft); }
.point img { width: 100%; height: auto; max-height: none; background: #000; border-radius: 6px; }
.point > div { margin-top: .5rem; white-space: nowrap; }
.ruler { display: inline-block; height: .5em; border: solid currentColor; border-width: 0 2px 2px; }
.scale { display: inline-block; width: 7rem; height: .7em; border-radius: 3px; margin: 0 .5em; }
main p, main li { max-width: 46rem; }
"""


# What the sources of a pixel, and the forms of a blur, are called by those who have not read the paper.
_SOURCES = {
    "U": "the misfocused photo",
    "the library": "patches of the focused photos",
    "a pasted photo": "a focused photo in its place",
}
_FORMS = {
    "whole disk": "disk, a whole number of pixels wide",
    "disk": "disk of any width",
    "Gaussian": "bell (Gaussian)",
    "soft disk": "disk with a soft edge",
    "ring": "disk, brighter or darker in the middle",
    "polygon": "polygon, as of a lens's blades",
    "free": "any form, a pixel at a time",
}


@dataclass(frozen=True)
class Laid:
    """One focused photo laid over the misfocused one.

    Attributes
    ----------
    note : str
        How it fits.
    photos : (Shown, Shown) or None
        The misfocused photo and this one in its view; None if they are not of one size.
    difference : Shown or None
        Where they differ once both are blurred.
    """

    note: str
    photos: tuple[Shown, Shown] | None = None
    difference: Shown | None = None


@dataclass(frozen=True)
class Explanation:
    """The steps from photos to a picture.

    Attributes
    ----------
    title : str
        The heading.
    verdict : str
        How well the picture, blurred again, agrees with U: a sentence.
    laid : sequence of Laid
        One for each focused photo.
    psf : Shown
        The PSF, enlarged.
    pixels : int
        Pixels of the photo on a side of its picture.
    blur : str
        It in a sentence.
    errors : mapping of str to float
        How far each family of PSFs misses parts of U it was not fitted to, gray levels; empty if given.
    form : str
        The family that was taken, one of them.
    widths : (Shown, float, float) or None
        The diameter of each place, where it varies, as colors; and the diameters of their ends, in pixels.
    mask : Shown
        What is refocused.
    chosen : str
        That in a sentence.
    basis : Shown
        What each pixel rests on, or how sure it is.
    shares : mapping of str to float or None
        The mean share of each basis, by the names of ``BASIS``; None of the paper's systems.
    whole, part : (Shown, Shown), and the same or None
        Before and after: all of the photo, and a part at full size if it is larger than its picture.
    told : sequence of str
        Notes and doubts, a sentence each.
    colors : sequence of (int, int, int)
        Of scales, from low to high.
    largest : float
        The difference at the end of its scale, gray levels.
    """

    title: str
    verdict: str
    laid: Sequence[Laid]
    psf: Shown
    pixels: int
    blur: str
    errors: Mapping[str, float]
    form: str
    widths: tuple[Shown, float, float] | None
    mask: Shown
    chosen: str
    basis: Shown
    shares: Mapping[str, float] | None
    whole: tuple[Shown, Shown]
    part: tuple[Shown, Shown] | None
    told: Sequence[str]
    colors: Sequence[tuple[int, int, int]]
    largest: float


def explanation_page(about: Explanation) -> str:
    """The page: alignment, blur, mask, what each pixel rests on, before and after.

    Parameters
    ----------
    about : Explanation
        What it tells.

    Returns
    -------
    str
        HTML that depends on nothing else.
    """
    sections = {
        "Result": _result(about),
        "How the photos fit": "".join(_laid(one, about) for one in about.laid),
        "How it is blurred": _blur(about),
        "What was refocused": alone(about.mask, in_html(about.chosen)),
        "Where each pixel comes from": alone(about.basis, _basis(about)),
    }
    digest = base64.b64encode(hashlib.sha256(SCRIPT.encode()).digest()).decode("ascii")
    policy = f"default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'sha256-{digest}'"
    return html.frame(
        about.title,
        _ABOUT,
        sections,
        {},
        {},
        head=f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n',
        style=STYLE + _KEYS,
        script=SCRIPT,
    )


def _result(about: Explanation) -> str:
    body = wipe(*about.whole, "Before and after. Drag the line, or move it with the arrow keys.")
    if about.part is not None:
        body += wipe(*about.part, "The part that changed most, a pixel of the photo a pixel of the page.")
    told = "".join(f"<li>{in_html(text)}</li>" for text in (about.verdict, *about.told))
    return f"{body}<ul>{told}</ul>"


def _laid(one: Laid, about: Explanation) -> str:
    note = in_html(one.note)
    if one.photos is None:
        return f"<p>{note}</p>"
    body = blink(*one.photos, f"{note} What lies in place stays where it is, and only its sharpness changes.")
    if one.difference is not None:
        text = "What differs once both are equally blurred, in gray levels of 255: "
        body += alone(one.difference, text + _scale(about, "0", f"{about.largest:g} and more"))
    return body


def _blur(about: Explanation) -> str:
    body = _point(about)
    if about.widths is not None:
        picture, low, high = about.widths
        text = "The diameter of the blur at each place, in pixels: "
        body += alone(picture, text + _scale(about, f"{low:.1f}", f"{high:.1f}"))
    if about.errors:
        rows = [
            [f"<b>{_form(name)}</b>" if name == about.form else _form(name), f"{error:.2f}"]
            for name, error in about.errors.items()
        ]
        told = (
            "Each form was fitted to parts of the photo, and held against the other parts. The number is how "
            "far it is from them (RMS), in gray levels of 255. Of forms that are as good, the simplest is "
            "taken: the one in bold."
        )
        table = html.table(("Form of the blur", "Off by"), rows, numbers=[1])
        summary = f"Why this form? {len(rows)} were tried."
        body += f"<details><summary>{summary}</summary><p>{told}</p>{table}</details>"
    return body


def _point(about: Explanation) -> str:
    """The PSF, and below it a bar of a round number of pixels."""
    bar = max(n for n in (1, 2, 5, 10, 20, 50, 100) if n <= max(1, about.pixels // 2))
    ruler = (
        f'<span class="ruler" style="width: {bar / about.pixels:.1%}"></span> {bar} '
        f"pixel{'s' * (bar > 1)} of the photo"
    )
    picture = f'<div class="point">{about.psf.img}<div>{ruler}</div></div>'
    text = "A point of light as it is blurred, enlarged (the point spread function, PSF)."
    return f"<figure>{picture}<figcaption>{text} {in_html(about.blur)}</figcaption></figure>"


def _form(name: str) -> str:
    return in_html(_FORMS.get(name, name))


def _basis(about: Explanation) -> str:
    if about.shares is None:
        text = "Each pixel is that of a patch of a focused photo. How sure its choice is: "
        return text + _scale(about, "not at all", "most")
    keys = "".join(
        f'<span><span class="key" style="background: rgb{BASIS[name]}"></span>'
        f"{in_html(_SOURCES[name])}, {percent}%</span> "
        for name, percent in zip(about.shares, _percents(list(about.shares.values())), strict=True)
    )
    text = "The detail that blur took comes from three sources; colors between are mixtures of them."
    return f'{text} <span class="keys">{keys}</span>'


def _percents(shares: Sequence[float]) -> list[int]:
    """Shares of 1 in whole percents that sum to 100: those that lose most are rounded up."""
    whole = [int(100 * share) for share in shares]
    left = sorted(range(len(shares)), key=lambda n: whole[n] - 100 * shares[n])
    for number in left[: 100 - sum(whole)]:
        whole[number] += 1
    return whole


def _scale(about: Explanation, low: str, high: str) -> str:
    colors = ", ".join(f"rgb{tuple(color)}" for color in about.colors)
    bar = f'<span class="scale" style="background: linear-gradient(90deg, {colors})"></span>'
    return f'<span class="range">{in_html(low)}{bar}{in_html(high)}</span>'
