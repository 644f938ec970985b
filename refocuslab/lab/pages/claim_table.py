"""The numbers of a claim as a small table: what each is called, in a row, and of what, in a column.

A claim tells its numbers in one line of text, which is what the committed notebooks hold. Its ``_Form``
is that line with a brace for each number, so that both tell the same: a line that does not fit has no table.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from types import MappingProxyType

from refocuslab.errors import RefocusError
from refocuslab.lab.escaping import in_html, in_markdown

# A number of the line by its place, or a column that this row leaves empty.
_Place = int | None


@dataclass(frozen=True)
class ClaimTable:
    """Named values.

    Attributes
    ----------
    columns : tuple of str
        Of what each number is; empty if one column stands alone.
    rows : tuple of (str, tuple of str)
        What is measured, with its unit, and a text for each column, empty where there is none.
    """

    columns: tuple[str, ...]
    rows: tuple[tuple[str, tuple[str, ...]], ...]


@dataclass(frozen=True)
class _Form:
    line: str
    columns: tuple[str, ...]
    rows: Sequence[tuple[str, Sequence[_Place]]]


_FORMS = MappingProxyType(
    {
        1: _Form(
            "RMS error {} and {}; grain {}, of the truth {} gray levels",
            ("most confident quarter", "least confident quarter", "truth, least confident quarter"),
            (("RMS error, gray levels", (0, 1, None)), ("grain, gray levels", (None, 2, 3))),
        ),
        2: _Form(
            "rank correlation {}; confidence {} and {}",
            (),
            (
                ("rank correlation of contrast and confidence", (0,)),
                ("mean confidence in the tenth with most contrast", (1,)),
                ("mean confidence in the tenth with least contrast", (2,)),
            ),
        ),
        3: _Form(
            "grain: alone {}, scanline {}, truth {} gray levels; bled from before {}, from after {} of "
            "the pixels; features kept: alone {}, scanline {}",
            ("image-scene alone", "scanline order", "truth"),
            (
                ("grain in the low-contrast half, gray levels", (0, 1, 2)),
                ("pixels bled from before in the scan", (None, 3, None)),
                ("pixels bled from after in the scan", (None, 4, None)),
                ("small features kept", (5, 6, None)),
            ),
        ),
        4: _Form(
            "bled {} and {} of the pixels; features kept {} and {}; SSIM {} and {}; PSNR {} and {} dB",
            ("scanline order, causal", "confidence order, symmetric"),
            (
                ("pixels bled", (0, 1)),
                ("small features kept", (2, 3)),
                ("SSIM", (4, 5)),
                ("PSNR, dB", (6, 7)),
            ),
        ),
        5: _Form(
            "scanline {} dB, confidence {} dB",
            ("scanline order", "confidence order"),
            (("PSNR of the symmetric neighborhood less that of the causal one, dB", (0, 1)),),
        ),
        6: _Form(
            "PSNR {} and {} dB; SSIM {} and {}; grossly wrong {} and {} of the pixels; features kept {} and "
            "{}; true color among the candidates {} and {}",
            ("same view", "perturbed view"),
            (
                ("PSNR, dB", (0, 1)),
                ("SSIM", (2, 3)),
                ("pixels grossly wrong", (4, 5)),
                ("small features kept", (6, 7)),
                ("true color among the candidates", (8, 9)),
            ),
        ),
        7: _Form(
            "{} differences; {} to {} billion a second",
            (),
            (
                ("squared differences: one search for the candidates, one more for each", (0,)),
                ("billions a second, if a picture takes 10 hours", (1,)),
                ("billions a second, if a picture takes 5 hours", (2,)),
            ),
        ),
        8: _Form(
            "nearest {} with P = {}, k-means {} with P = {}; split: nearest {}, k-means {} of the "
            "probability; PSNR {} dB",
            ("nearest", "k-means"),
            (
                ("the paper's case: best candidate, (R, G, B)", (0, 2)),
                ("the paper's case: its probability", (1, 3)),
                ("another view: probability in other candidates of nearly the best color", (4, 5)),
                ("PSNR of the picture, less nearest, dB", (None, 6)),
            ),
        ),
        9: _Form(
            "exponents: all dimensions {}, a limit known {}, a subset {}; {} of the patches",
            ("all dimensions", "a limit known", "a subset of them"),
            (
                ("exponent of the patches looked at", (0, 1, 2)),
                ("share of the largest library looked at", (None, 3, None)),
            ),
        ),
    }
)
# Claim 10 has three numbers for each scene, of as many scenes as there are.
_OF_SCENES = "same view: {} dB; another view: {} dB"
_RIVALS = re.compile(r"([-\d.infa]+) and ([-\d.infa]+) \(([-\d.infa]+)\)")
_RIVAL_COLUMNS = ("the paper's best", "best deconvolution", "registered photo, pasted in")


def claim_table(
    number: int, value: str, scenes: tuple[Sequence[str], Sequence[str]] = ((), ())
) -> ClaimTable:
    """The table of a claim of the paper.

    Parameters
    ----------
    number : int
        The claim's.
    value : str
        What it measured, as ``Claim.value`` tells it.
    scenes : (sequence of str, sequence of str)
        For claim 10, the scenes of the same view and those of another, in their order; they are
        numbered if these are others in number.

    Raises
    ------
    RefocusError
        The text is none of this claim.

    Examples
    --------
    >>> from refocuslab.lab.pages.claim_table import claim_table
    >>> claim_table(5, "scanline +5.2 dB, confidence +3.2 dB").rows[0][1]
    ('+5.2', '+3.2')
    """
    if number == 10:
        same, other = _numbers(number, _OF_SCENES, value)
        named = zip(("same view", "another view"), (same, other), scenes, strict=True)
        rows = [row for view, text, names in named for row in _rivals(view, text, names)]
        return ClaimTable(_RIVAL_COLUMNS, tuple(rows))
    form = _FORMS.get(number)
    if form is None:
        raise RefocusError("number", f"must be that of a claim of the paper, 1 to {len(_FORMS) + 1}", number)
    numbers = _numbers(number, form.line, value)
    filled = [
        (label, tuple("" if place is None else numbers[place] for place in places))
        for label, places in form.rows
    ]
    return ClaimTable(form.columns, tuple(filled))


def in_markdown_lines(shown: ClaimTable) -> str:
    """Named values as the cell of a table in Markdown: a line for each row, the numbers bold."""
    lines = []
    for label, values in shown.rows:
        named = zip(shown.columns or ("",) * len(values), values, strict=True)
        told = ", ".join(
            f"{in_markdown(column)} **{in_markdown(value)}**".lstrip() for column, value in named if value
        )
        lines.append(f"{in_markdown(label)}{':' if shown.columns else ''} {told}")
    return "<br>".join(lines)


def in_html_table(shown: ClaimTable) -> str:
    """Named values as a table in HTML."""
    head = ""
    if shown.columns:
        cells = "".join(f'<th scope="col">{in_html(name)}</th>' for name in shown.columns)
        head = f"<thead><tr><th></th>{cells}</tr></thead>"
    rows = "".join(
        f'<tr><th scope="row">{in_html(label)}</th>'
        + "".join(f"<td>{in_html(value.replace('%', ' %'))}</td>" for value in values)
        + "</tr>"
        for label, values in shown.rows
    )
    return f'<div class="values"><table>{head}<tbody>{rows}</tbody></table></div>'


def _rivals(view: str, text: str, scenes: Sequence[str]) -> list[tuple[str, tuple[str, ...]]]:
    found = _RIVALS.findall(text)
    names = scenes if len(scenes) == len(found) else [f"scene {place + 1}" for place in range(len(found))]
    return [(f"{name}, {view}: PSNR, dB", tuple(one)) for name, one in zip(names, found, strict=True)]


def _numbers(number: int, line: str, value: str) -> tuple[str, ...]:
    pattern = "(.+?)".join(map(re.escape, line.split("{}")))
    if (found := re.fullmatch(pattern, value)) is None:
        raise RefocusError("value", f"must be what claim {number} measured", value)
    return found.groups()
