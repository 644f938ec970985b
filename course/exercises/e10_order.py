"""E10: what the order of assignment does, by experiment."""

import numpy as np

TITLE = "What the order does"
UNIT = 3
MINUTES = 30
TASK = """\
The paper compares scanline order with the causal neighborhood to confidence order with the symmetric one, and credits
the **order** with what it sees (claim 4). It also says that causal neighborhoods give poor results, in any order
(claim 5). Find out on your own crop. Three functions:

**`experiment(measure, draws)`** makes the table. `measure(order, neighborhood, draw)` runs one system on your crop
and returns a number: the larger, the better. Orders are `"scanline"`, `"random"`, `"confidence"`; neighborhoods are
`"causal"`, `"symmetric"`; `measure("none", "none", draw)` is the baseline without texture. `draws` are the draws of
the photo's noise. Return a list of rows `(order, neighborhood, draw, value)`, one for each run that the questions
below need: decide which runs these are.

**`effect(table, first, second)`** compares two systems, such as `("random", "causal")` and `("none", "none")`: the
differences second − first, **each within one draw**. Return `(mean, spread)`: their mean, and the largest less the
smallest of them. The rows of a table may stand in any order.

**`verdict(table)`** says what follows, as a dictionary of three words:

| key | which effects it is made of |
|---|---|
| `"claim 4"` | confidence − scanline order, and confidence − random order, within the same neighborhood: 4 effects |
| `"claim 5"` | symmetric − causal, within the same order: 3 effects |
| `"texture"` | each of the six systems with texture − the baseline: 6 effects |

An effect is **clear** where its mean, without its sign, is larger than its spread. The word of a key is the first in this list
that fits its effects:

1. `"holds"`: all are clear and positive;
2. `"in part"`: at least one is clear and positive, whatever the others are;
3. `"reversed"`: at least one is clear and negative;
4. `"not seen"`: none is clear.

`verdict` may call your `effect`.
"""


def experiment(measure, draws):
    """Every run that is needed: a list of rows (order, neighborhood, draw, value)."""
    # BEGIN SOLUTION
    systems = [("none", "none")]
    for order in ("scanline", "random", "confidence"):
        systems += [(order, "causal"), (order, "symmetric")]
    return [(*system, draw, measure(*system, draw)) for draw in draws for system in systems]
    # END SOLUTION


def effect(table, first, second):
    """(mean, spread) of the differences second - first, each within one draw."""
    # BEGIN SOLUTION
    value = {(order, kind, draw): number for order, kind, draw, number in table}
    draws = sorted({row[2] for row in table})
    differences = [value[(*second, draw)] - value[(*first, draw)] for draw in draws]
    return np.mean(differences), max(differences) - min(differences)
    # END SOLUTION


def verdict(table):
    """{"claim 4": word, "claim 5": word, "texture": word}"""
    # BEGIN SOLUTION
    orders, kinds = ("scanline", "random", "confidence"), ("causal", "symmetric")
    pairs = {
        "claim 4": [((other, kind), ("confidence", kind)) for other in orders[:2] for kind in kinds],
        "claim 5": [((order, "causal"), (order, "symmetric")) for order in orders],
        "texture": [(("none", "none"), (order, kind)) for order in orders for kind in kinds],
    }
    words = {}
    for key, compared in pairs.items():
        effects = [effect(table, first, second) for first, second in compared]
        better = [mean > spread for mean, spread in effects]
        worse = [-mean > spread for mean, spread in effects]
        if all(better):
            words[key] = "holds"
        elif any(better):
            words[key] = "in part"
        else:
            words[key] = "reversed" if any(worse) else "not seen"
    return words
    # END SOLUTION


_ROWS = "return [(*system, draw, measure(*system, draw)) for draw in draws for system in systems]"
_BOTH = 'systems += [(order, "causal"), (order, "symmetric")]'
_FOUR = '[((other, kind), ("confidence", kind)) for other in orders[:2] for kind in kinds]'
_FIVE = '[((order, "causal"), (order, "symmetric")) for order in orders]'
_SIX = '[(("none", "none"), (order, kind)) for order in orders for kind in kinds]'
_MEAN = "return np.mean(differences), max(differences) - min(differences)"
_BETTER = "better = [mean > spread for mean, spread in effects]"
_WORSE = "worse = [-mean > spread for mean, spread in effects]"
WRONG = {
    "rows-of-four": (_ROWS, "return [measure(*system, draw) for draw in draws for system in systems]"),
    "not-a-list": (
        _ROWS,
        "return ((*system, draw, measure(*system, draw)) for draw in draws for system in systems)",
    ),
    "not-a-list#array": (
        _ROWS,
        "return np.array([(*system, draw, measure(*system, draw)) for draw in draws for system in systems])",
    ),
    "two-at-once": (
        _BOTH,
        'systems += {"scanline": [(order, "causal")], "confidence": [(order, "symmetric")]}.get(order, [])',
    ),
    "not-all-systems": ('"scanline", "random", "confidence"):', '"scanline", "confidence"):'),
    "not-all-systems#one-kind": (_BOTH, 'systems += [(order, "symmetric")]'),
    "no-baseline": ('systems = [("none", "none")]', "systems = []"),
    "one-draw": ("for draw in draws for system", "for draw in draws[:1] for system"),
    "another-draw-each": (
        _ROWS,
        "return [(*s, draws[i % len(draws)], measure(*s, draws[i % len(draws)])) for i, s in enumerate(systems)]",
    ),
    "not-what-was-measured": ("measure(*system, draw))", "round(measure(*system, draw)))"),
    "not-what-was-measured#mean": (
        _ROWS,
        "rows = [(*s, d, np.mean([measure(*s, e) for e in draws])) for d in draws for s in systems]\n"
        "    return rows",
    ),
    "two-numbers": (_MEAN, "return np.mean(differences)"),
    "wrong-way-round": (
        "value[(*second, draw)] - value[(*first, draw)]",
        "value[(*first, draw)] - value[(*second, draw)]",
    ),
    "sign-lost": (
        "value[(*second, draw)] - value[(*first, draw)]",
        "abs(value[(*second, draw)] - value[(*first, draw)])",
    ),
    "pairs-by-place": (
        "differences = [value[(*second, draw)] - value[(*first, draw)] for draw in draws]",
        "a, b = [[row[3] for row in table if row[:2] == s] for s in (first, second)]\n"
        "    differences = [y - x for x, y in zip(a, b)]",
    ),
    "pairs-by-value": (
        "differences = [value[(*second, draw)] - value[(*first, draw)] for draw in draws]",
        "a, b = [sorted(row[3] for row in table if row[:2] == s) for s in (first, second)]\n"
        "    differences = [y - x for x, y in zip(a, b)]",
    ),
    "changes-its-input": ("draws = sorted({row[2] for row in table})", "table.sort()\n    draws = sorted({row[2] for row in table})"),
    "changes-its-input#turned": ("draws = sorted({row[2] for row in table})", "table.reverse()\n    draws = sorted({row[2] for row in table})"),
    "spread-of-values": (
        _MEAN,
        "numbers = [value[(*second, draw)] for draw in draws]\n"
        "    return np.mean(differences), max(numbers) - min(numbers)",
    ),
    "other-spread": (_MEAN, "return np.mean(differences), np.std(differences)"),
    "other-mean": (_MEAN, "return np.median(differences), max(differences) - min(differences)"),
    "three-words": ('"texture": [(', '"baseline": [('),
    "three-words#numbers": ("return words", "return effects"),
    "verdict-of-two-at-once": (
        _FOUR,
        '[(("scanline", "causal"), ("confidence", "symmetric"))]',
    ),
    "smaller-than-the-spread": (_BETTER, "better = [mean > 0 for mean, spread in effects]"),
    "smaller-than-the-spread#fifth": (
        _BETTER,
        "better = [mean > spread / 5 for mean, spread in effects]",
    ),
    "sign-forgotten": (_BETTER, "better = [abs(mean) > spread for mean, spread in effects]"),
    "no-control": (_FOUR, '[(("scanline", kind), ("confidence", kind)) for kind in kinds]'),
    "one-for-all": ("if all(better):", "if any(better):"),
    "one-for-all#best": (_FOUR, '[((other, "symmetric"), ("confidence", "symmetric")) for other in orders[:2]]'),
    "one-for-all#orders": (_FIVE, '[(("confidence", "causal"), ("confidence", "symmetric"))]'),
    "baseline-forgotten": (_SIX, '[(("scanline", "causal"), ("confidence", "symmetric"))]'),
    "one-against-the-baseline": (_SIX, '[(("none", "none"), ("confidence", "symmetric"))]'),
    "never-reversed": ('"reversed" if any(worse) else "not seen"', '"not seen"'),
    "reversed-if-all": ("if any(worse)", "if all(worse)"),
    "reversed-by-chance": (_WORSE, "worse = [mean < 0 for mean, spread in effects]"),
    "never-holds": [
        ("if all(better):", "if any(better):"),
        ('words[key] = "holds"', 'words[key] = "in  part"'),
        ("elif any(better):", "elif all(better):"),
        ('words[key] = "in part"', 'words[key] = "holds"'),
        ("in  part", "in part"),
    ],
    "as-large-as-the-spread": (_BETTER, _BETTER.replace(">", ">=")),
    "as-large-as-the-spread#worse": (_WORSE, _WORSE.replace(">", ">=")),
    "effect-to-write": ("draws = sorted({row[2] for row in table})", "raise NotImplementedError"),
    "verdict-to-write": ('orders, kinds = ("scanline"', 'raise NotImplementedError\n    orders, kinds = ("scanline"'),
    "own-table": [
        (_ROWS, "return [[*system, draw, measure(*system, draw)] for draw in draws for system in systems]"),
        ("value = {(order, kind, draw): number for order, kind, draw, number in table}",
         "value = {(*one, row[2]): row[3] for row in table for one in (first, second) if row[:2] == one}"),
    ],
    "calls-the-package": (
        'systems = [("none", "none")]',
        "from refocuslab.course.checks.unit3 import e10_order\n"
        "    return e10_order.pieces()[0](measure, draws)\n"
        '    systems = [("none", "none")]',
    ),
}  # fmt: skip

BELIEFS = {
    "not-a-list": "Whatever can be looped over is a list; or: an array holds texts and numbers side by side.",
    "rows-of-four": "The numbers are enough; one knows where they came from.",
    "two-at-once": "The paper's two systems are the two to compare.",
    "not-all-systems": "The control, or the other neighborhood, has nothing to say about the claim.",
    "no-baseline": "A system is judged by its rivals, not by doing nothing.",
    "one-draw": "The computer gives the same each time, so once is enough.",
    "another-draw-each": "Any draw of the noise will do for any system.",
    "not-what-was-measured": "A table should be tidy: rounded, or means only.",
    "two-numbers": "An effect is its mean.",
    "wrong-way-round": "The order of a difference is a matter of taste.",
    "sign-lost": "A difference is how far two things are apart.",
    "pairs-by-place": "Rows come in the order in which I made them.",
    "pairs-by-value": "The best of the one belongs to the best of the other.",
    "changes-its-input": "A table that I was given is mine.",
    "spread-of-values": "The spread of an effect is that of what was measured.",
    "other-spread": "Any measure of spread is the spread that was agreed on.",
    "other-mean": "Mean or median, it is the middle.",
    "three-words": "Names do not matter.",
    "verdict-of-two-at-once": "What the paper compares is what the paper claims.",
    "smaller-than-the-spread": "A positive mean is an effect.",
    "sign-forgotten": "A large effect is support.",
    "no-control": "Random order is no rival: nobody would use it.",
    "one-for-all": "What holds somewhere holds.",
    "baseline-forgotten": "Texture helps if one texture is better than another.",
    "one-against-the-baseline": "The best system speaks for all.",
    "never-reversed": "A claim can fail, but it cannot be the wrong way round.",
    "reversed-if-all": "A claim is reversed where its opposite holds.",
    "reversed-by-chance": "Only support has to be clear; a contradiction need not be.",
    "never-holds": "Of two conditions, either may be asked first.",
    "as-large-as-the-spread": "No smaller is larger: even 0 is then larger than 0.",
    "effect-to-write": "(The first of three functions is right.)",
    "verdict-to-write": "(Two of three functions are right.)",
    "own-table": "A list and a tuple of the same things are the same.",
    "calls-the-package": "What the package has need not be understood.",
}


def experiment_in_loops(measure, draws):
    """Loop by loop."""
    rows = []
    for one in draws:
        rows.append(("none", "none", one, measure("none", "none", one)))
        for how in ["confidence", "random", "scanline"]:
            for what in ["symmetric", "causal"]:
                rows.append([how, what, one, measure(how, what, one)])
    return rows


def effect_of_arrays(table, first, second):
    """Rows of both systems, sorted by draw."""
    runs = [
        sorted((row[2], row[3]) for row in table if tuple(row[:2]) == tuple(one)) for one in (first, second)
    ]
    before, after = (np.array(one)[:, 1] for one in runs)
    return np.array([(after - before).mean(), np.ptp(after - before)])


def verdict_by_counting(table):
    """Signs of the clear effects, counted."""

    def sign(first, second):
        mean, spread = effect_of_arrays(table, first, second)
        return int(np.sign(mean)) if abs(mean) > spread else 0

    def word(signs):
        if min(signs) == 1:
            return "holds"
        if 1 in signs:
            return "in part"
        return "reversed" if -1 in signs else "not seen"

    sides = ["causal", "symmetric"]
    ways = ["scanline", "random", "confidence"]
    return {
        "texture": word([sign(["none"] * 2, [way, side]) for way in ways for side in sides]),
        "claim 5": word([sign([way, "causal"], [way, "symmetric"]) for way in ways]),
        "claim 4": word([sign([way, side], ["confidence", side]) for way in ways[:2] for side in sides]),
    }


def experiment_by_product(measure, draws):
    """The product of all three, and the baseline after it."""
    from itertools import product

    names = [*product(("random", "confidence", "scanline"), ("causal", "symmetric")), ("none", "none")]
    return tuple((a, b, d, measure(a, b, d)) for (a, b), d in product(names, draws))


def effect_by_draw(table, first, second):
    """A dictionary of draws for each system."""
    before = {r[2]: r[3] for r in table if (r[0], r[1]) == first}
    after = {r[2]: r[3] for r in table if (r[0], r[1]) == second}
    gains = np.array([after[d] - before[d] for d in before])
    return float(gains.mean()), float(gains.max() - gains.min())


def verdict_in_steps(table):
    """Each key by itself."""
    answer = {}
    for name in ("claim 4", "claim 5", "texture"):
        found = []
        for order in ("scanline", "random", "confidence"):
            for side in ("causal", "symmetric"):
                if name == "claim 4" and order != "confidence":
                    found.append(effect_by_draw(table, (order, side), ("confidence", side)))
                if name == "claim 5" and side == "causal":
                    found.append(effect_by_draw(table, (order, side), (order, "symmetric")))
                if name == "texture":
                    found.append(effect_by_draw(table, ("none", "none"), (order, side)))
        up = sum(m > s for m, s in found)
        down = sum(m < -s for m, s in found)
        answer[name] = "not seen" if not up and not down else "reversed" if not up else "in part"
        if up == len(found):
            answer[name] = "holds"
    return answer


ALSO_RIGHT = [
    (experiment_in_loops, effect_of_arrays, verdict_by_counting),
    (experiment_by_product, effect_by_draw, verdict_in_steps),
]
