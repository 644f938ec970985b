"""The evidence, as parts of a page: a card for each claim, which unfolds to its parts, scenes and strips."""

import base64
import math
from collections.abc import Mapping, Sequence

from refocuslab.lab.escaping import in_html
from refocuslab.lab.evidence.cases import FRAMES, POPULATION, Case
from refocuslab.lab.evidence.judgment import (
    FAILS,
    HOLDS,
    UNCLEAR,
    Effect,
    Judged,
    by_scene,
    judgments,
    verdict,
)
from refocuslab.lab.evidence.measurements import ALONE, BEST, SCANLINE
from refocuslab.lab.evidence.parts import Found, Kind
from refocuslab.lab.evidence.population import Evidence
from refocuslab.lab.evidence.statements import CLAIMS, WHY
from refocuslab.lab.figures import strip_plot
from refocuslab.lab.figures.layout import png
from refocuslab.lab.pages import html

# What a badge says before the verdict, by the kind of the parts.
_ASKED: Mapping[Kind, str] = {"comparison": "on all scenes", "explanation": "its cause"}
_DOTS = 110
_SHORT = ("times", "dB", "SSIM")  # units that stand behind each number; the others are told once
_FEW = 4  # scenes that a sentence names; more are counted


def page(evidence: Evidence) -> str:
    """The evidence as a page of its own, in HTML that needs nothing beside it.

    Parameters
    ----------
    evidence : Evidence
        As ``population.measured`` gives it.
    """
    report = {"machine": evidence.machine, "date": evidence.date}
    sections = {"Claims": cards(evidence, {}), "Scenes": scenes(evidence.found)}
    return html.frame("The evidence", about(evidence), sections, {}, report)


def about(evidence: Evidence) -> str:
    """What was measured, and how it is judged, in text."""
    found = evidence.found
    count = {name: len({getattr(case, name) for case in found}) for name in ("scene", "frame", "draw")}
    subjects = {case.scene.partition("-")[0] for case in found}
    return (
        f"Each claim was measured on {count['scene']} scenes, in {count['frame']} frames of each and "
        f"{count['draw']} draws of the noise: {len(found)} photos, each refocused in every order with both "
        "neighborhoods and without texture, so that one thing changes at a time. A part of a claim holds on "
        "a scene where the interval over the draws (95 %) lies above its threshold; a claim is reproduced if "
        "each part holds on three scenes of four. The draws are of the noise alone: random order is the "
        f"same in all of them. The scenes show {len(subjects)} subjects, and means are over these."
    )


def cards(evidence: Evidence, runs: Mapping[int, tuple[str, str]]) -> str:
    """A card for each claim, in HTML.

    Parameters
    ----------
    evidence : Evidence
        The population.
    runs : mapping of int to (str, str)
        What a run of the notebooks says to a claim: its badge, and its measurements, in HTML. A claim may
        have a run, evidence, or both.
    """
    judged = judgments(evidence.found)
    return "".join(
        _card(number, judged.get(number, []), runs.get(number, ("", "")), evidence.found)
        for number in CLAIMS
        if number in judged or number in runs
    )


def told(effect: Effect, unit: str) -> str:
    """An effect with its interval and its unit, such as ``1.2 dB [0.8, 1.6]``."""
    mean = f"{_number(effect.mean, unit)} {unit}" if unit in _SHORT else _number(effect.mean, unit)
    return mean if effect.of < 2 else f"{mean} [{_number(effect.low, unit)}, {_number(effect.high, unit)}]"


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
    apart = [f"{one.scene} ({', '.join(one.elsewhere)})" for one in judged.scenes if one.elsewhere]
    return text + (f". Other frames differ: {', '.join(apart)}." if apart else ".")


def whole_sentence(judged: Sequence[Judged]) -> str:
    """On which scenes all that is compared holds together, some of it, or none, in words."""
    words = by_scene(judged, "comparison")
    scenes = {
        word: [name for name, said in words.items() if said == word]
        for word in ("reproduced", "in part", "not")
    }
    told = [
        f"{word} on {len(names)} of {len(words)} scenes{_named(names)}"
        for word, names in scenes.items()
        if names
    ]
    text = "; ".join(told)
    return f"{text[:1].upper()}{text[1:]}."


def _named(names: Sequence[str]) -> str:
    return f" ({', '.join(names)})" if len(names) <= _FEW else ""


def in_words(judged: Sequence[Judged]) -> str:
    """The verdicts on a claim, such as ``in part; its cause: not``."""
    comparison, cause = verdict(judged, "comparison"), verdict(judged, "explanation")
    return comparison if cause == "not measured" else f"{comparison}; its cause: {cause}"


def _card(number: int, judged: Sequence[Judged], run: tuple[str, str], found: Mapping[Case, Found]) -> str:
    section, statement = CLAIMS[number]
    badge, measured = run
    kinds = {kind: verdict(judged, kind) for kind in _ASKED}
    badges = f"{badge} " + " ".join(
        html.badge(word, f"{_ASKED[kind]}: {word}") for kind, word in kinds.items() if word != "not measured"
    )
    summary = (
        f"<summary><b>Claim {number}</b> <span class='soft'>§{in_html(section)}</span> {badges}"
        f"<br>{in_html(statement)}"
    )
    if not judged:
        return f'<details class="card claim">{summary}</summary>{measured}</details>'
    picture = base64.b64encode(png(strip_plot.strips(judged), _DOTS)).decode()
    why = f"<p>{in_html(WHY[number])}</p>" if number in WHY else ""
    scenes_told = "".join(_by_scene(one, found) for one in judged)
    text = f"Claim {number}, the effect of each part on every scene; the table below has the numbers"
    return (
        f'<details class="card claim">{summary}<br><span class="soft">{in_html(whole_sentence(judged))}'
        f"</span></summary>{why}{measured}"
        f'<img src="data:image/png;base64,{picture}" alt="{text}">'
        f"{_parts(judged)}{scenes_told}</details>"
    )


def _parts(judged: Sequence[Judged]) -> str:
    rows = [
        [
            in_html(one.part.says) + _kind(one),
            in_html(told(one.over_scenes, one.part.unit)) + _unit(one),
            _number(one.part.threshold, one.part.unit)
            + f'<br><span class="soft">{in_html(one.part.reason)}</span>',
            in_html(sentence(one)),
            f"{in_html(one.most_against.scene)}: {_number(one.most_against.effect.mean, one.part.unit)}",
        ]
        for one in judged
    ]
    head = ("It says that", "Mean over the subjects", "Above", "Where", "Most against it")
    return html.table(head, rows, numbers=[])


def _kind(judged: Judged) -> str:
    words = {"comparison": "", "explanation": "one thing changed", "control": "control, not judged"}
    return f'<br><span class="soft">{words[judged.part.kind]}</span>'


def _unit(judged: Judged) -> str:
    unit = judged.part.unit
    return "" if unit in _SHORT else f'<br><span class="soft">{in_html(unit)}</span>'


def _by_scene(judged: Judged, found: Mapping[Case, Found]) -> str:
    frames = list(dict.fromkeys(frame for scene in judged.scenes for frame in scene.frames))
    rows = [
        [
            in_html(scene.scene),
            in_html(scene.group),
            _in_place(scene.scene, found),
            *(in_html(told(scene.frames[f], judged.part.unit)) if f in scene.frames else "–" for f in frames),
            scene.holds,
        ]
        for scene in judged.scenes
    ]
    head = ("Scene", "Focused photo shows", "Found in place", *frames, "It")
    numbers = range(2, 3 + len(frames))
    table = html.table(head, rows, numbers=numbers)
    return f"<details><summary>{in_html(judged.part.says)}</summary>{table}</details>"


def _in_place(scene: str, found: Mapping[Case, Found]) -> str:
    """The share of pixels whose nearest patch is the pixel itself, in the largest frame that there is."""
    frame = min((case.frame for case in found if case.scene == scene), key=FRAMES.index)
    shares = [
        one["scene"]["found in place"] or 0.0
        for case, one in found.items()
        if (case.scene, case.frame) == (scene, frame)
    ]
    return f"{sum(shares) / len(shares):.1%}"


def scenes(found: Mapping[Case, Found]) -> str:
    """A table, in HTML: how friendly each scene is, and what each variation makes of it."""
    columns = {
        "misfocused": "scene",
        "no texture": ALONE,
        "scanline,<br>causal": SCANLINE,
        "confidence,<br>symmetric": BEST,
        "registered,<br>pasted in": "pasted",
    }
    rows = []
    for scene, group in POPULATION.items():
        whole = [one for case, one in found.items() if (case.scene, case.frame) == (scene, FRAMES[0])]
        if whole:
            means = [_mean([one.get(of, {}).get("psnr") for one in whole]) for of in columns.values()]
            rows.append([in_html(scene), in_html(group), _in_place(scene, found), *means])
    head = ("Scene", "Focused photo shows", "Found in place", *(f"{name},<br>dB" for name in columns))
    note = (
        '<p class="soft">Whole scenes, means over the draws. Found in place: the share of pixels whose '
        "nearest patch is cut from the same pixel of the focused photo. Where it is high, the answer lies "
        "there to be copied, and little is asked of the synthesis.</p>"
    )
    return html.table(head, rows, numbers=range(2, 3 + len(columns))) + note if rows else ""


def _mean(values: Sequence[float | None]) -> str:
    there = [value for value in values if value is not None]
    return f"{sum(there) / len(there):.1f}" if there else "–"


def _number(value: float, unit: str) -> str:
    if not math.isfinite(value):
        return "–"
    if unit == "times":
        return f"{value:.2f}" if value < 10 else f"{value:.0f}"
    return f"{value:+.2f}" if unit == "dB" else f"{value:.3f}"
