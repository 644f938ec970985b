"""From effects to verdicts: intervals, where each part of a claim holds, and what that makes of it."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Literal, NamedTuple

import numpy as np
from scipy import stats

from refocuslab.lab.evidence.cases import POPULATION, Case
from refocuslab.lab.evidence.parts import PARTS, Found, Kind, Part

CONFIDENCE = 0.95
# A claim is about photos in general: what holds on three scenes of four holds, what holds on one does not.
MOST, FEW = 0.75, 0.25
Word = Literal["holds", "fails", "unclear"]
HOLDS: Word = "holds"
FAILS: Word = "fails"
UNCLEAR: Word = "unclear"
Verdict = Literal["reproduced", "in part", "not", "not measured"]


class Effect(NamedTuple):
    """A mean and its interval, in the unit of its part.

    Attributes
    ----------
    mean, low, high : float
        Of a single value the interval is infinite.
    of : int
        How many values the mean is of.
    """

    mean: float
    low: float
    high: float
    of: int


@dataclass(frozen=True)
class OnScene:
    """One part on one scene.

    Attributes
    ----------
    scene, group : str
        Where.
    frames : dict of str to Effect
        The effect over the draws of noise, by frame; the first decides.
    holds : {"holds", "fails", "unclear"}
        "unclear" where the interval over the draws holds the threshold.
    elsewhere : tuple of str
        The frames of the same scene that say otherwise; those that are "unclear" say nothing.
    """

    scene: str
    group: str
    frames: dict[str, Effect]
    holds: Word
    elsewhere: tuple[str, ...]

    @property
    def effect(self) -> Effect:
        """That of the frame which decides."""
        return next(iter(self.frames.values()))


@dataclass(frozen=True)
class Judged:
    """One part on the whole population.

    Attributes
    ----------
    part : Part
        What was asked.
    scenes : tuple of OnScene
        What each scene says.
    over_scenes : Effect
        The mean effect, with the interval over subjects: what a further one would make of it.
    """

    part: Part
    scenes: tuple[OnScene, ...]
    over_scenes: Effect

    def named(self, holds: Word) -> list[str]:
        """The scenes on which it holds, fails, or is unclear."""
        return [scene.scene for scene in self.scenes if scene.holds == holds]

    @property
    def share(self) -> float:
        """The share of scenes on which it holds."""
        return len(self.named(HOLDS)) / len(self.scenes)

    @property
    def most_against(self) -> OnScene:
        """The scene that contradicts it most, or supports it least."""
        return min(self.scenes, key=lambda one: one.effect.mean)


def interval(values: Iterable[float], *, ratio: bool = False) -> Effect:
    """The mean and its interval by Student's t; of ratios, in logarithms."""
    data = np.array([value for value in values if math.isfinite(value)])
    if not len(data):
        return Effect(math.nan, math.nan, math.nan, 0)
    data = np.log(data) if ratio else data
    mean, half = float(data.mean()), math.inf
    if len(data) > 1:
        half = float(_student(len(data)) * (data.std(ddof=1) / math.sqrt(len(data))))
    scale = np.exp if ratio else float
    return Effect(float(scale(mean)), float(scale(mean - half)), float(scale(mean + half)), len(data))


@cache  # the same few counts, some thousand times
def _student(count: int) -> np.float64:
    """How many standard errors of a mean of so many values its interval reaches."""
    quantile: np.float64 = stats.t.ppf((1 + CONFIDENCE) / 2, count - 1)
    return quantile


def judge(found: Mapping[Case, Found], part: Part) -> Judged:
    """A part on every scene of its groups that was measured."""
    ratio = part.unit == "times"
    scenes = []
    for scene, group in POPULATION.items():
        if group not in part.groups:
            continue
        frames = {}
        for frame in part.frames:
            draws = [
                part.effect(one) for case, one in found.items() if (case.scene, case.frame) == (scene, frame)
            ]
            if (effect := interval(draws, ratio=ratio)).of:
                frames[frame] = effect
        if frames:
            says = [_says(effect, part.threshold) for effect in frames.values()]
            apart = [
                frame for frame, word in zip(frames, says, strict=True) if word not in (UNCLEAR, says[0])
            ]
            scenes.append(OnScene(scene, group, frames, says[0], tuple(apart)))
    # Scenes of one subject share U itself, noise and all: they count as one, lest the interval be too narrow.
    subjects: dict[str, list[float]] = {}
    for one in scenes:
        subjects.setdefault(one.scene.partition("-")[0], []).append(one.effect.mean)
    means = (interval(effects, ratio=ratio).mean for effects in subjects.values())
    return Judged(part, tuple(scenes), interval(means, ratio=ratio))


def judgments(found: Mapping[Case, Found]) -> dict[int, list[Judged]]:
    """Every part on the population, by the number of its claim."""
    claims: dict[int, list[Judged]] = {}
    for part in PARTS:
        if (judged := judge(found, part)).scenes:
            claims.setdefault(part.claim, []).append(judged)
    return claims


def verdict(judged: Sequence[Judged], kind: Kind) -> Verdict:
    """What parts of a kind make together: "reproduced" if each holds on most scenes, "not" if each on few."""
    shares = [one.share for one in judged if one.part.kind == kind]
    if not shares:
        return "not measured"
    if all(share >= MOST for share in shares):
        return "reproduced"
    return "not" if all(share <= FEW for share in shares) else "in part"


def by_scene(judged: Sequence[Judged], kind: Kind) -> dict[str, Verdict]:
    """What each scene makes of the parts of a kind: "reproduced" if all hold there, "not" if none does."""
    held: dict[str, list[bool]] = {}
    for one in judged:
        if one.part.kind == kind:
            for scene in one.scenes:
                held.setdefault(scene.scene, []).append(scene.holds == HOLDS)
    return {
        name: "reproduced" if all(parts) else "in part" if any(parts) else "not"
        for name, parts in held.items()
    }


def _says(effect: Effect, threshold: float) -> Word:
    # A single draw has no interval: it decides as it stands.
    low, high = (effect.low, effect.high) if effect.of > 1 else (effect.mean, effect.mean)
    return HOLDS if low > threshold else FAILS if high <= threshold else UNCLEAR
