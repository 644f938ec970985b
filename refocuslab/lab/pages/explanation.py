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
.scale { display: inline-block; width: 7rem; height: .7em; border-radius: 3px; margin: 0 .5em; }
main p, main li { max-width: 46rem; }
"""


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
    laid : sequence of Laid
        One for each focused photo.
    psf : Shown
        The PSF.
    blur : str
        It in a sentence.
    errors : mapping of str to float
        How far each family of PSFs misses parts of U it was not fitted to, gray levels; empty if given.
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
    laid: Sequence[Laid]
    psf: Shown
    blur: str
    errors: Mapping[str, float]
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
        "Alignment": "".join(_laid(one, about) for one in about.laid),
        "Blur": _blur(about),
        "Mask": alone(about.mask, in_html(about.chosen)),
        "What each pixel rests on": alone(about.basis, _basis(about)),
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
    told = "".join(f"<li>{in_html(text)}</li>" for text in about.told)
    return body + (f"<ul>{told}</ul>" if told else "")


def _laid(one: Laid, about: Explanation) -> str:
    note = in_html(one.note)
    if one.photos is None:
        return f"<p>{note}</p>"
    body = blink(*one.photos, f"{note} What lies in place stays where it is, and only its sharpness changes.")
    if one.difference is not None:
        text = "What differs once both are equally blurred, in gray levels: "
        body += alone(one.difference, text + _scale(about, "0", f"{about.largest:g} and more"))
    return body


def _blur(about: Explanation) -> str:
    body = alone(about.psf, in_html(about.blur), kind="pixels")
    if about.widths is not None:
        picture, low, high = about.widths
        text = "The diameter of the blur at each place, in pixels: "
        body += alone(picture, text + _scale(about, f"{low:.1f}", f"{high:.1f}"))
    if about.errors:
        rows = [[in_html(name), f"{error:.2f}"] for name, error in about.errors.items()]
        head = ("Form of the PSF", "RMS error")
        body += html.table(head, rows, numbers=[1])
        body += "<p>In gray levels, in parts of the photo that the form was not fitted to.</p>"
    return body


def _basis(about: Explanation) -> str:
    if about.shares is None:
        text = "Each pixel of the mask is that of a focused photo's patch. How sure its choice is: "
        return text + _scale(about, "not at all", "most")
    keys = "".join(
        f'<span><span class="key" style="background: rgb{BASIS[name]}"></span>'
        f"{in_html(name)}, {share:.0%}</span> "
        for name, share in about.shares.items()
    )
    text = "The misfocused photo itself (U), patches of focused photos (the library), or a photo as it lies."
    return f'{text} <span class="keys">{keys}</span>'


def _scale(about: Explanation, low: str, high: str) -> str:
    colors = ", ".join(f"rgb{tuple(color)}" for color in about.colors)
    bar = f'<span class="scale" style="background: linear-gradient(90deg, {colors})"></span>'
    return f'<span class="range">{in_html(low)}{bar}{in_html(high)}</span>'
