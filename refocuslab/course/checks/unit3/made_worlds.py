"""Made worlds: measurements in which it is known what the order does, for experiments to find it out."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from refocuslab.course.checks.unit3.own_crop import BASELINE, SYSTEMS, System

Row = tuple[str, str, int, float]
_OF_A_DRAW = 20.0  # by which draws of the noise differ: more than any effect, so that only pairs show one
_GAIN = 2.0


@dataclass(frozen=True)
class World:
    """What is measured in a made world.

    Attributes
    ----------
    values : dict of (str, str, int) to float
        What each system reaches under each draw.
    """

    values: Mapping[tuple[str, str, int], float]

    def __call__(self, order: str, neighborhood: str, draw: int) -> float:
        """What a system reaches."""
        try:
            return self.values[order, neighborhood, draw]
        except (KeyError, TypeError):
            told = f"no system ({order!r}, {neighborhood!r}) with draw {draw!r} can be measured"
            raise ValueError(told) from None

    @property
    def draws(self) -> tuple[int, ...]:
        """The draws of its noise."""
        return tuple(sorted({draw for _, _, draw in self.values}))

    def table(self, rng: np.random.Generator) -> list[Row]:
        """All that can be measured, in an order of chance; no two systems have their draws in one order."""
        systems = (BASELINE, *SYSTEMS)
        turned = {one: np.roll(self.draws, place).tolist() for place, one in enumerate(systems)}
        waiting = [one for one in systems for _ in self.draws]
        rows = []
        for place in rng.permutation(len(waiting)):
            one = waiting[place]
            draw = turned[one].pop()
            rows.append((*one, draw, self.values[(*one, draw)]))
        return rows


def world(
    rng: np.random.Generator,
    gains: Mapping[System, float],
    *,
    baseline: float = -5.0,
    chance: float = 0.1,
    draws: int = 4,
) -> World:
    """A world in which each system gains so much, under each draw alike but for chance.

    Parameters
    ----------
    rng : numpy.random.Generator
        Of the draws' numbers and what they are worth.
    gains : mapping of System to float
        Of the systems with texture; 0 where it names none.
    baseline : float
        Gain of no texture.
    chance : float
        Largest deviation of a value. Each system's add up to nothing over the draws, so that what gains
        nothing has a mean of nothing.
    draws : int
        Of the noise.
    """
    numbers = rng.choice(np.arange(1, 999), draws, replace=False).tolist()
    worth = rng.permutation(draws) * _OF_A_DRAW / draws
    values: dict[tuple[str, str, int], float] = {}
    for one, gain in {**dict.fromkeys(SYSTEMS, 0.0), **gains, BASELINE: baseline}.items():
        by_chance = rng.uniform(-1, 1, draws)
        reached = 30 + gain + worth + chance / 2 * (by_chance - by_chance.mean())
        values |= {(*one, draw): float(value) for draw, value in zip(numbers, reached, strict=True)}
    return World(values)


def crossing(rng: np.random.Generator, gains: Mapping[System, float]) -> World:
    """A world in which two draws are worth nearly the same, and which is the better one changes by system.

    Sorted by value, the rows of two systems are no pairs.
    """
    plain = world(rng, gains, chance=0.3)
    worth = {draw: plain.values[(*BASELINE, draw)] for draw in plain.draws}
    one, other = sorted(plain.draws, key=worth.__getitem__)[:2]
    level_with = worth[one] - worth[other]
    ranks_so = dict(zip((BASELINE, *SYSTEMS), (1, -1, 1, -1, 1, -1, 1), strict=True))
    moved = {one: 1.5, other: -0.5}
    return World(
        {
            (order, kind, draw): value
            + ranks_so[System(order, kind)] * moved.get(draw, 0.0)
            + (level_with if draw == other else 0.0)
            for (order, kind, draw), value in plain.values.items()
        }
    )


def swaying(rng: np.random.Generator, *systems: System) -> World:
    """A world of chance: under one draw in four these systems lose what they gain under the others.

    Their mean gain is a quarter of its spread: no effect, though three draws of four agree.
    """
    plain = world(rng, {}, chance=0.0, baseline=0.0)
    losing = int(rng.choice(plain.draws))
    return World(
        {
            (order, kind, draw): value + ((order, kind) in systems) * (-_GAIN if draw == losing else _GAIN)
            for (order, kind, draw), value in plain.values.items()
        }
    )


def level(rng: np.random.Generator) -> World:
    """A world of whole numbers: confidence order gains 1 or 3, the symmetric neighborhood loses it.

    Means are as large as their spreads, 2, and no larger: as of two systems that do the same, both 0.
    """
    plain = world(rng, {}, chance=0.0, baseline=0.0)
    by_draw = dict(zip(plain.draws, rng.permutation([1.0, 1.0, 3.0, 3.0]), strict=True))
    return World(
        {
            (order, kind, draw): np.rint(value).item()
            + ((order == "confidence") - (kind == "symmetric")) * by_draw[draw].item()
            for (order, kind, draw), value in plain.values.items()
        }
    )
