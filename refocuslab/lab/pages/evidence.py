"""The page of the evidence: a row for each claim, which unfolds to its parts, its scenes and its strips."""

import base64
from collections.abc import Mapping
from typing import Any

from refocuslab.lab.escaping import in_html
from refocuslab.lab.evidence.cases import FRAMES, POPULATION, Case
from refocuslab.lab.evidence.judgment import FAILS, HOLDS, UNCLEAR, Effect, Judged, judgments, verdict
from refocuslab.lab.evidence.measurements import ALONE, BEST, SCANLINE
from refocuslab.lab.evidence.parts import Found
from refocuslab.lab.figures import strip_plot
from refocuslab.lab.figures.drawing import png
from refocuslab.lab.pages import html
from refocuslab.lab.pages.verdict import CLAIMS

_BADGES = {"reproduced": "yes", "in part": "part", "not": "no", "not measured": "soft"}
_DOTS = 110


def page(found: Mapping[Case, Found], report: dict[str, Any]) -> str:
    """The page, as HTML that needs nothing beside it.

    Parameters
    ----------
    found : mapping of Case to measures
        The population, as ``population.measured`` gives it.
    report : dict
        The machine and the date, for the page's foot.
    """
    claims = judgments(dict(found))
    sections = {
        "Claims": "".join(_claim(number, judged) for number, judged in claims.items()),
        "Scenes": _scenes(found),
    }
    return html.frame("The evidence", _about(found), sections, {"the verdict": "verdict.html"}, report)


def told(effect: Effect, unit: str) -> str:
    """An effect with its interval and its unit, such as ``1.2 dB [0.8, 1.6]``."""
    unit = {"times": "times", "dB": "dB", "SSIM": "SSIM"}.get(unit, "")
    mean = f"{_number(effect.mean)} {unit}".strip()
    return mean if effect.of < 2 else f"{mean} [{_number(effect.low)}, {_number(effect.high)}]"


def sentence(judged: Judged) -> str:
    """Where a part holds and where not, in words."""
    holds, fails, unclear = (judged.named(word) for word in (HOLDS, FAILS, UNCLEAR))
    text = f"Holds on {len(holds)} of {len(judged.scenes)} scenes"
    if 0 < len(holds) <= 3:
        text += f" ({', '.join(holds)})"
    elif 0 < len(fails) <= 4:
        text += f"; not on {', '.join(fails)}"
    if unclear:
        text += f"; within the noise on {', '.join(unclear)}"
    return text + "."


def two_verdicts(judged: list[Judged]) -> tuple[str, str]:
    """The verdict on what the paper compares, and on what it gives as the cause."""
    comparison, explanation = (
        verdict(one for one in judged if one.part.kind == kind) for kind in ("comparison", "explanation")
    )
    return comparison, explanation


def _about(found: Mapping[Case, Found]) -> str:
    scenes = {case.scene for case in found}
    return (
        f"Each claim on {len(scenes)} scenes in {len({c.frame for c in found})} frames and "
        f"{len({c.draw for c in found})} draws of the noise: {len(found)} photos, each refocused in every "
        "order with both neighborhoods and without texture, so that one thing changes at a time. An effect "
        "is the mean over the scenes, with its interval at 95 % confidence. A part holds on a scene where the "
        "interval over the draws lies above the threshold."
    )


def _claim(number: int, judged: list[Judged]) -> str:
    section, statement = CLAIMS[number]
    comparison, explanation = two_verdicts(judged)
    badges = f'<span class="badge {_BADGES[comparison]}">compared as in the paper: {comparison}</span>'
    if explanation != "not measured":
        badges += f'<span class="badge {_BADGES[explanation]}">its cause: {explanation}</span>'
    picture = base64.b64encode(png(strip_plot.strips(judged), _DOTS)).decode()
    rows = [
        [
            in_html(one.part.says) + _kind(one),
            in_html(told(one.over_scenes, one.part.unit)),
            f"{_number(one.part.threshold)}<br><span class='soft'>{in_html(one.part.reason)}</span>",
            in_html(sentence(one)),
            f"{in_html(one.most_against.scene)}: {_number(one.most_against.effect.mean)}",
        ]
        for one in judged
    ]
    head = ("It says that", "Effect over the scenes", "Above", "Where", "Most against it")
    return (
        f'<details class="card"><summary><b>Claim {number}</b> <span class="soft">§{in_html(section)}</span> '
        f"{badges}<br>{in_html(statement)}</summary>"
        f'<img src="data:image/png;base64,{picture}" alt="Claim {number}: its effects on every scene">'
        f"{html.table(head, rows, numbers=[])}{''.join(map(_by_scene, judged))}</details>"
    )


def _kind(judged: Judged) -> str:
    return "" if judged.part.kind == "comparison" else '<br><span class="soft">one thing changed</span>'


def _by_scene(judged: Judged) -> str:
    frames = list(dict.fromkeys(frame for scene in judged.scenes for frame in scene.frames))
    rows = [
        [
            in_html(scene.scene),
            in_html(scene.group),
            *(in_html(told(scene.frames[f], judged.part.unit)) if f in scene.frames else "–" for f in frames),
            scene.holds,
        ]
        for scene in judged.scenes
    ]
    head = ("Scene", "Focused photo", *frames, "It")
    numbers = range(2, 2 + len(frames))
    table = html.table(head, rows, numbers=numbers)
    return f"<details><summary>{in_html(judged.part.says)}</summary>{table}</details>"


def _scenes(found: Mapping[Case, Found]) -> str:
    """How friendly each scene is, and what each variation makes of it."""
    columns = {
        "misfocused": "scene",
        "no texture": ALONE,
        "scanline, causal": SCANLINE,
        "confidence, symmetric": BEST,
    }
    rows = []
    for scene, group in POPULATION.items():
        whole = [one for case, one in found.items() if (case.scene, case.frame) == (scene, FRAMES[0])]
        if whole:
            means = [sum(one[of]["psnr"] or 0.0 for one in whole) / len(whole) for of in columns.values()]
            itself = sum(one["scene"]["found in place"] or 0.0 for one in whole) / len(whole)
            rows.append([in_html(scene), in_html(group), f"{itself:.1%}", *(f"{mean:.1f}" for mean in means)])
    head = ("Scene", "Focused photo shows", "Found in place", *(f"{name}, dB" for name in columns))
    note = (
        '<p class="soft">Whole scenes, means over the draws. Found in place: the share of pixels whose '
        "nearest patch is cut from the same pixel of the focused photo. Where it is high, the answer lies "
        "there to be copied, and little is asked of the synthesis.</p>"
    )
    return html.table(head, rows, numbers=range(2, 3 + len(columns))) + note if rows else ""


def _number(value: float) -> str:
    return f"{value:.2g}" if abs(value) < 1 else f"{value:.3g}"
