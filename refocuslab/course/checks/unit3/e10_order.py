"""E10: What the order does."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from refocuslab.course.case import Case, Function, Hint, NotWritten
from refocuslab.course.checks.unit3.made_worlds import Row, World, crossing, level, swaying, world
from refocuslab.course.checks.unit3.own_crop import (
    BASELINE,
    NEIGHBORHOODS,
    ORDERS,
    SYSTEMS,
    System,
    flat,
)
from refocuslab.course.variant import Variant

WORDS = ("holds", "in part", "reversed", "not seen")
CLAIM_4, CLAIM_5, TEXTURE = "claim 4", "claim 5", "texture"
_CONFIDENT = {System("confidence", kind): 2.0 for kind in NEIGHBORHOODS}
_SYMMETRIC = {System(order, "symmetric"): 2.0 for order in ORDERS}
# The systems that each question compares, the second with the first.
COMPARED = {
    CLAIM_4: [(System(o, kind), System(ORDERS[2], kind)) for kind in NEIGHBORHOODS for o in ORDERS[:2]],
    CLAIM_5: [(System(o, NEIGHBORHOODS[0]), System(o, NEIGHBORHOODS[1])) for o in ORDERS],
    TEXTURE: [(BASELINE, system) for system in SYSTEMS],
}


def check(case: Case, experiment: Function, effect: Function, verdict: Function) -> None:
    """Let them find out about made worlds, each of which one misunderstanding sees wrongly."""
    table = _check_experiment(case, experiment)
    try:
        _check_effect(case, effect)
    except NotWritten:
        raise Hint("effect-to-write") from None
    try:
        _check_verdict(case, verdict)
    except NotWritten:
        raise Hint("verdict-to-write") from None
    try:
        case.call(effect, table, tuple(SYSTEMS[0]), tuple(SYSTEMS[1]))
        case.call(verdict, table)
    except Hint:
        raise Hint("own-table") from None


def _check_experiment(case: Case, experiment: Function) -> Any:
    """The table, if it is right."""
    made = world(case.rng, {**_CONFIDENT, **_SYMMETRIC}, draws=3)

    def measure(order: str, neighborhood: str, draw: int) -> float:  # with nothing to look into
        return made(order, neighborhood, draw)

    found = case.call(experiment, measure, made.draws)
    case.need(isinstance(found, list | tuple), "not-a-list")
    rows = list(found)
    whole = bool(rows) and all(isinstance(row, list | tuple) and len(row) == 4 for row in rows)
    case.need(whole and all(isinstance(name, str) for row in rows for name in row[:2]), "rows-of-four")
    runs = {_key(case, row): float(case.numbers(row[3])) for row in rows}
    systems = {System(*key[:2]) for key in runs}
    case.need(systems - {BASELINE} != {SYSTEMS[0], SYSTEMS[-1]}, "two-at-once")
    case.need(systems >= set(SYSTEMS), "not-all-systems", len(systems - {BASELINE}))
    case.need(BASELINE in systems, "no-baseline")
    case.need(len({key[2] for key in runs}) > 1, "one-draw")
    case.need(runs.keys() >= made.values.keys(), "another-draw-each", len(runs))
    case.need(all(made.values.get(key) == value for key, value in runs.items()), "not-what-was-measured")
    return found


def _key(case: Case, row: Sequence[Any]) -> tuple[str, str, int]:
    draw = case.numbers(row[2])
    case.need(draw.ndim == 0 and draw == np.rint(draw), "rows-of-four")
    return str(row[0]), str(row[1]), int(draw)


def _check_effect(case: Case, effect: Function) -> None:
    made = crossing(case.rng, {SYSTEMS[-1]: 6.0, SYSTEMS[3]: 3.0})
    table = made.table(case.rng)
    for first, second in ((SYSTEMS[0], SYSTEMS[-1]), (BASELINE, SYSTEMS[2]), (SYSTEMS[-1], SYSTEMS[0])):
        found = case.numbers(case.call(effect, table, tuple(first), tuple(second)))
        case.need(found.shape == (2,), "two-numbers", found.shape)
        mean, spread = pieces()[1](table, first, second)
        case.need(mean > 0 or not np.isclose(found[0], -mean), "sign-lost", found[0])
        case.need(not np.isclose(found[0], -mean), "wrong-way-round", found[0])
        case.need(np.isclose(found[0], mean), "other-mean", found[0])
        case.need(not np.isclose(found[1], _by_place(table, first, second)), "pairs-by-place", found[1])
        by_value = np.ptp(np.subtract(_sorted_by_value(table, second), _sorted_by_value(table, first)))
        case.need(not np.isclose(found[1], by_value), "pairs-by-value", found[1])
        case.need(found[1] < 10, "spread-of-values", found[1])
        case.need(np.isclose(found[1], spread), "other-spread", found[1])


def _by_place(table: list[Row], first: System, second: System) -> float:
    """The spread of differences between rows that come at the same place, whatever their draws."""
    before, after = ([row[3] for row in table if row[:2] == one] for one in (first, second))
    return float(np.ptp(np.subtract(after, before)))


def _sorted_by_value(table: list[Row], system: System) -> list[float]:
    return sorted(row[3] for row in table if row[:2] == system)


def _check_verdict(case: Case, verdict: Function) -> None:
    rng, (causal, symmetric) = case.rng, NEIGHBORHOODS
    word = _word(case, verdict, swaying(rng, *_CONFIDENT), CLAIM_4)
    case.need(word == "not seen", "smaller-than-the-spread")
    word = _word(case, verdict, world(rng, _SYMMETRIC), CLAIM_4)
    case.need(word != "reversed", "reversed-by-chance")
    case.need(word == "not seen", "verdict-of-two-at-once")
    worse = world(rng, {System(order, symmetric): -2.0 for order in ORDERS})
    word = _word(case, verdict, worse, CLAIM_5)
    case.need(word != "not seen", "never-reversed")
    case.need(word == "reversed", "sign-forgotten")
    losing = swaying(rng, *(System(order, kind) for order in ORDERS[:2] for kind in NEIGHBORHOODS))
    case.need(_word(case, verdict, losing, CLAIM_4) == "not seen", "reversed-by-chance")
    once = world(rng, {System("confidence", causal): 2.0, System("random", symmetric): 2.0})
    words = [_word(case, verdict, once, claim) for claim in (CLAIM_4, CLAIM_5)]
    case.need(words == ["in part"] * 2, "one-for-all")
    beyond_scan = world(rng, {**_CONFIDENT, **{System("random", kind): 2.0 for kind in NEIGHBORHOODS}})
    case.need(_word(case, verdict, beyond_scan, CLAIM_4) == "in part", "no-control")
    better = world(rng, {**_SYMMETRIC, System("confidence", symmetric): 4.0}, baseline=6.0)
    case.need(_word(case, verdict, better, TEXTURE) == "reversed", "baseline-forgotten")
    only = world(rng, {System("confidence", symmetric): 4.0}, baseline=2.0)
    case.need(_word(case, verdict, only, TEXTURE) == "in part", "one-against-the-baseline")
    both = world(rng, {one: _CONFIDENT.get(one, 0) + _SYMMETRIC.get(one, 0) for one in SYSTEMS})
    case.need(all(_word(case, verdict, both, claim) == "holds" for claim in COMPARED), "never-holds")
    partly = world(rng, {System("scanline", symmetric): -2.0})
    case.need(_word(case, verdict, partly, CLAIM_5) == "reversed", "reversed-if-all")
    even = level(rng)
    words = [_word(case, verdict, even, claim) for claim in (CLAIM_4, CLAIM_5)]
    case.need(words == ["not seen"] * 2, "as-large-as-the-spread")


def _word(case: Case, verdict: Function, made: World, claim: str) -> str:
    """What the verdict on a made world's table says of a claim."""
    found = case.call(verdict, made.table(case.rng))
    case.need(isinstance(found, dict) and found.keys() == COMPARED.keys(), "three-words")
    case.need(all(isinstance(one, str) and one in WORDS for one in found.values()), "three-words")
    return str(found[claim])


def refused(given: Variant) -> str:
    """Whether the student's crop is too plain for an experiment."""
    return "the crop is of nearly one color" if flat(given) else ""


def experiment(measure: Callable[[str, str, int], float], draws: Sequence[int]) -> list[Row]:
    """Every system and the baseline, under each draw."""
    runs = [(one, draw) for one in (BASELINE, *SYSTEMS) for draw in draws]
    return [(one.order, one.neighborhood, draw, measure(*one, draw)) for one, draw in runs]


def differences(
    table: Sequence[Sequence[Any]], first: Sequence[str], second: Sequence[str]
) -> NDArray[np.float64]:
    """What the second system gains on the first under each draw."""
    reached: list[dict[int, float]] = [
        {row[2]: row[3] for row in table if System(*row[:2]) == System(*one)} for one in (first, second)
    ]
    return np.array([reached[1][draw] - before for draw, before in reached[0].items()])


def effect(
    table: Sequence[Sequence[Any]], first: Sequence[str], second: Sequence[str]
) -> tuple[float, float]:
    """Mean and spread of the differences."""
    gains = differences(table, first, second)
    return float(gains.mean()), float(np.ptp(gains))


def verdict(table: Sequence[Sequence[Any]]) -> dict[str, str]:
    """A word for each question, from the effects that are clear."""
    found = {}
    for claim, compared in COMPARED.items():
        signs = {_sign(*effect(table, *pair)) for pair in compared}
        found[claim] = "holds" if signs == {1} else "in part" if 1 in signs else WORDS[3 + min(signs)]
    return found


def cause(table: Sequence[Sequence[Any]]) -> str:
    """What changes the measure clearly: "the order", "the neighborhood", "both", or "neither"."""
    order, kind = (
        any(_sign(*effect(table, *pair)) for pair in COMPARED[claim]) for claim in (CLAIM_4, CLAIM_5)
    )
    return ("both" if kind else "the order") if order else ("the neighborhood" if kind else "neither")


def _sign(mean: float, spread: float) -> int:
    """1 or -1 where an effect is clear, else 0."""
    return int(np.sign(mean)) * (abs(mean) > spread)


def pieces() -> tuple[Function, ...]:
    """The experiment as this file has it."""
    return experiment, effect, verdict
