"""Random scenes through every system: what is handed back is finite, and the same for any number of threads.

A case is drawn from one seed: a scene that strains the method, photos of 1 x 1 pixel among them, and a
system. Floating-point errors and warnings count as failures. What is checked:

- nothing but a RefocusError is raised, and that only where the rules of a Method foretell it;
- W is U outside the mask; confidences, energies and deviations are finite, and in their range;
- what solves step (b) of consistency does not leave a higher energy than it began with;
- one thread and several give the same bytes;
- the oracle (refocuslab/reference/paper.py) gives the same bytes, where a scene is small enough for it.

    python tests/soak/random_scenes.py --seconds 60 --seed 7      cases until the time is over
    python tests/soak/random_scenes.py --cases 10000 --seed 7     so many of them
    python tests/soak/random_scenes.py --replay 7000123           the one case of this seed
"""

import argparse
import json
import sys
import time
import warnings
from collections import Counter
from contextlib import ExitStack
from dataclasses import asdict, astuple
from unittest.mock import patch

import numpy as np

import refocuslab as rl
from refocuslab.consistency import agreement, rounds
from refocuslab.evaluation.tuning import STRENGTHS
from refocuslab.method import CONFIDENCES, LIGHTS, ORDERS, SEARCHES, SELECTIONS, Method
from refocuslab.optics.blur import blur
from refocuslab.optics.image_function import Downsampling
from refocuslab.optics.psf import disk
from refocuslab.paper import candidates, order_of_assignment, texture
from refocuslab.paper.lambda_from_data import expected_color
from refocuslab.reference import paper
from refocuslab.running import threads

KINDS = ("smooth", "noise", "grain", "colors", "grays", "extremes", "tiles", "flat", "black", "white",
         "saturated", "dark", "spark", "halves")  # fmt: skip
MASKS = ("all", "one", "corner", "frame", "row", "column", "sparse", "holes", "inside", "edge")
PSFS = ("disk", "disk", "disk", "huge", "random", "corner", "line", "ring", "point", "sparse")
# How a focused photo relates to the truth.
RELATED = ("same", "near", "shifted", "mirrored", "larger", "brighter", "zoomed", "unrelated", "unrelated")
# (lambda_image, lambda_texture): sensible ones, and the ends.
LAMBDAS = ((0.01, 0.01), (0.003, 0.03), (0.01, 0.0), (0.0, 0.01), (1e9, 1e9), (1e-300, 1.0), (1.0, 1e-300),
           (1e9, 1e-9), (1e-9, 1e9))  # fmt: skip
# How often each system is drawn.
SYSTEMS = {
    "image_scene": 2, "scanline_texture": 2, "confidence_order": 3, "variation": 5, "consistent": 5,
    "consistency alone": 3, "registered": 2, "make_consistent": 2, "expected_color": 1, "downsampling": 1,
    "deconvolution": 1,
}  # fmt: skip
# Pixels of the mask times patches of the library that the oracle compares in about a second.
FOR_THE_ORACLE = 12_000
# Energies are sums in float32.
ROUNDED = 1e-5


class Fallen(AssertionError):
    """A case that broke a rule."""


def run(seconds: float, seed: int, cases: int | None = None) -> dict:
    """Cases until the time is over, or so many of them: counts by system and outcome, and what fell."""
    counts, failures, end = Counter(), [], time.monotonic() + seconds
    number = 0
    while (time.monotonic() < end) if cases is None else (number < cases):
        case, number = 1_000_000 * seed + number, number + 1
        try:
            system, outcome = one(case)
            counts[f"{system}: {outcome}"] += 1
        except Exception as error:
            system = draw(case)[0]
            counts[f"{system}: fell"] += 1
            failures.append(f"random_scenes.one({case}), {system}: {type(error).__name__}: {error}")
    return {"counts": dict(counts), "failures": failures}


def one(seed: int) -> tuple[str, str]:
    """The system and the outcome of one case: "finite", "oracle" (compared with it, too) or "refused"."""
    system, scene, method, rng = draw(seed)
    with ExitStack() as strict:
        strict.enter_context(warnings.catch_warnings())
        warnings.simplefilter("error")
        # That a result is in doubt is no failure here.
        warnings.simplefilter("ignore", rl.RefocusWarning)
        strict.enter_context(np.errstate(over="raise", divide="raise", invalid="raise"))
        # Work is cut so small that even these scenes are shared by threads.
        for module, name, value in (
            (threads, "PART", 7),
            (order_of_assignment, "WORTH_SHARING", 2),
            (order_of_assignment, "SHARE", 7),
            (candidates, "ROWS", 0),
            (texture, "WORTH_A_PRODUCT", 1),
            (rounds, "Agreement", Falling),
        ):
            strict.enter_context(patch.object(module, name, value))
        if system == "deconvolution":
            return system, _deconvolved(scene, rng)
        make = {"make_consistent": _made_consistent, "expected_color": _expected}.get(system, _refocused)
        image_function = Downsampling(int(rng.integers(1, 5))) if system == "downsampling" else None
        several = [int(rng.integers(2, 5))] if seed % 8 else [2, 3, 4]
        try:
            found = make(scene, method, 1, image_function)
        except rl.RefocusError as error:
            if not _foretold(system, scene, method):
                raise Fallen(f"refused: {error}; {_told(scene, method)}") from error
            return system, "refused"
        _check(scene, found, _told(scene, method))
        for count in several:
            again = make(scene, method, count, image_function)
            _same(found, again, f"{count} threads")
        if _for_the_oracle(system, scene, method):
            _as_the_oracle(scene, method, found["result"])
            return system, "oracle"
        return system, "finite"


def _refocused(scene, method, count, image_function):
    result = rl.refocus(scene, method, threads=count, image_function=image_function)
    return {"image": result.image, "result": result, "made": result.consistent}


def _made_consistent(scene, method, count, _):
    rng = np.random.default_rng(scene.misfocused.size)
    start = rng.integers(0, 256, scene.misfocused.shape).astype(np.uint8) if rng.random() < 0.3 else None
    made = rl.make_consistent(scene, start, light=method.light, threads=count)
    return {"image": made.image, "result": None, "made": made}


def _expected(scene, method, count, _):
    recipe = expected_color(scene, threads=count, light=method.light, neighborhood=method.neighborhood)
    return _refocused(scene, recipe, count, None)


def _deconvolved(scene, rng):
    kinds = list(STRENGTHS)
    deconvolve = kinds[rng.integers(len(kinds))]
    strength = STRENGTHS[deconvolve][rng.integers(min(8, len(STRENGTHS[deconvolve])))]
    image = deconvolve(scene, strength, light=LIGHTS[rng.integers(2)])
    _require(np.array_equal(image[~scene.mask], scene.misfocused[~scene.mask]), "W is not U outside the mask")
    return "finite"


class Falling(agreement.Agreement):
    """Agreement, but a solution of more energy than its start is a fault."""

    def solve(self, start, *, threads=None):
        found = super().solve(start, threads=threads)
        before, after = self.energy(start), self.energy(found)
        _require(np.isfinite(after), f"an energy of {after}")
        _require(after <= before * (1 + ROUNDED), f"the energy rises from {before} to {after}")
        return found


# What must hold


def _require(holds, what):
    if not holds:
        raise Fallen(what)


def _check(scene, found, what):
    mask, image = scene.mask, found["image"]
    _require(image.shape == scene.misfocused.shape and image.dtype == np.uint8, f"no photo; {what}")
    _require(np.array_equal(image[~mask], scene.misfocused[~mask]), f"W is not U outside the mask; {what}")
    if found["result"] is not None:
        _check_result(mask, found["result"], what)
    if found["made"] is not None:
        _check_rounds(mask, found["made"], what)


def _check_result(mask, result, what):
    for name in ("confidence", "neighborhood_confidence"):
        values = getattr(result, name)
        _require(np.isfinite(values[mask]).all() and np.isnan(values[~mask]).all(), f"{name}; {what}")
        _require((values[mask] >= 0).all() and (values[mask] <= 1).all(), f"{name} not in 0 … 1; {what}")
    _require(np.array_equal(np.sort(result.order[mask]), np.arange(mask.sum())), f"order; {what}")
    sources = result.source
    _require((sources[~mask] == -1).all(), f"a source outside the mask; {what}")
    _require((sources[mask] >= 0).all() and (sources < len(result.library)).all(), f"source; {what}")
    if result.consistent is None and result.method.selection == "nearest":
        centers = result.library.centers[sources[mask]]
        _require(np.array_equal(result.image[mask], centers), f"W is not made of its sources; {what}")
    if result.registration is not None:
        for match in result.registration.matches:
            numbers = [match.matrix, match.gain, match.offset, match.agreement]
            numbers += [] if match.flow is None else [match.flow]
            _require(all(np.isfinite(part).all() for part in numbers), f"registration: {match}; {what}")


def _check_rounds(mask, made, what):
    _require(made.rounds, f"no round; {what}")
    for number, measured in enumerate(made.rounds):
        _require(np.isfinite(astuple(measured)).all(), f"round {number}: {measured}; {what}")
    _require(np.isfinite(made.psf).all() and np.isfinite(made.misfit.detail).all(), f"misfit; {what}")
    _require((made.match[mask] >= 0).all() and (made.match[~mask] == -1).all(), f"match; {what}")


def _same(found, again, what):
    _require(np.array_equal(found["image"], again["image"]), f"{what} give another W")
    if found["result"] is not None:
        for name in ("source", "order", "confidence"):
            one, other = getattr(found["result"], name), getattr(again["result"], name)
            _require(np.array_equal(one, other, equal_nan=name == "confidence"), f"{what}: another {name}")
    if found["made"] is not None:
        one, other = ([astuple(r) for r in both["made"].rounds] for both in (found, again))
        _require(one == other, f"{what}: other rounds")


def _for_the_oracle(system, scene, method):
    if system not in ("image_scene", "scanline_texture", "confidence_order", "variation"):
        return False
    if method.register or method.consistency or method.search == "coherent":
        return False
    patches = sum(int(photo.mask.sum()) for photo in scene.focused)
    wide = method.neighborhood**2 / 25 * method.passes
    return int(scene.mask.sum()) * patches * wide <= FOR_THE_ORACLE and (
        method.selection == "nearest" or method.pool <= 30
    )


def _as_the_oracle(scene, method, result):
    expected = paper.refocus(scene, method)
    names = ("image", "source", "order", "confidence", "neighborhood_confidence")
    pairs = {name: (getattr(result, name), getattr(expected, name)) for name in names}
    for name in ("values", "distances", "sources"):
        both = getattr(result.candidates, name), getattr(expected, f"candidate_{name}")
        pairs[f"candidates.{name}"] = both
    for name, (got, want) in pairs.items():
        alike = np.array_equal(got, want, equal_nan=got.dtype.kind == "f")
        _require(alike, f"the oracle has another {name}; {_told(scene, method)}")


def _foretold(system, scene, method):
    """Whether the rules say that this method does not fit these photos."""
    sides = [side for photo in (scene, *scene.focused) for side in photo.mask.shape]
    if min(sides) < method.neighborhood:
        return True
    levels = method.levels if method.lambda_texture > 0 else 1
    return levels > 1 and -(-min(sides) // 2 ** (levels - 1)) < max(method.neighborhood, 3)


def _told(scene, method):
    focused = [(photo.image.shape[:2], int(photo.mask.sum())) for photo in scene.focused]
    changed = {name: value for name, value in asdict(method).items() if value != asdict(Method())[name]}
    counts = f"{int(scene.mask.sum())} in the mask, focused {focused}"
    return f"U {scene.mask.shape}, {counts}, PSF {scene.psf.shape[0]}; {changed}"


# What is drawn


def draw(seed: int):
    """(system, scene, method, the rest of the random numbers) of a case."""
    rng = np.random.default_rng(seed)
    system = _one_of(rng, SYSTEMS, weights=SYSTEMS.values())
    method = _method(rng, system)
    scene = _scene(rng, method, _range_of_sides(rng, system, method))
    return system, scene, method, rng


def _one_of(rng, choices, weights=None):
    choices = list(choices)
    if weights is None:
        return choices[rng.integers(len(choices))]
    weights = np.array(list(weights), float)
    return choices[rng.choice(len(choices), p=weights / weights.sum())]


def _method(rng, system):
    light = _one_of(rng, LIGHTS)
    small = int(_one_of(rng, (3, 5, 5, 7)))
    if system == "variation":
        lambda_image, lambda_texture = _one_of(rng, LAMBDAS)
        return Method(
            neighborhood=int(_one_of(rng, (3, 3, 5, 7, 9))),
            candidates=int(_one_of(rng, (1, 2, 5, 20, 60))),
            causal=bool(rng.integers(2)),
            order=_one_of(rng, ORDERS),
            passes=int(_one_of(rng, (1, 1, 2, 3))),
            lambda_image=lambda_image,
            lambda_texture=lambda_texture,
            search=_one_of(rng, SEARCHES),
            light=light,
            seed=int(rng.integers(99)),
            selection=_one_of(rng, SELECTIONS),
            pool=int(_one_of(rng, (1, 5, 30))),
            confidence=_one_of(rng, CONFIDENCES),
            box=int(_one_of(rng, (1, 3, 5, 99))),
            weighted=bool(rng.integers(2)),
            levels=int(_one_of(rng, (1, 1, 2, 3))),
        )
    if system in ("image_scene", "scanline_texture", "confidence_order"):
        return getattr(Method, system)(neighborhood=small, light=light, search=_one_of(rng, SEARCHES))
    if system == "consistent":
        return Method.consistent(neighborhood=int(_one_of(rng, (3, 3, 3, 5))), light=light)
    if system == "consistency alone":
        return Method(consistency=True, neighborhood=3, light=light)
    if system == "registered":
        return Method(register=True, neighborhood=3, light=light)
    return Method(neighborhood=3 if system in ("make_consistent", "downsampling") else small, light=light)


def _range_of_sides(rng, system, method):
    if system in ("make_consistent", "deconvolution"):
        return _one_of(rng, ((1, 2), (1, 6), (2, 12), (5, 26)))
    least = method.neighborhood
    if rng.random() < 0.04:
        return 1, least + 1
    if method.register:
        return _one_of(rng, ((least, least + 2), (least, 10), (least, 18), (16, 34)))
    if method.consistency:
        return _one_of(rng, ((least, least + 1), (least, 8), (least, 16), (10, 30)))
    least *= _one_of(rng, (1, 2 ** (method.levels - 1)))
    return _one_of(rng, ((least, least + 1), (least, least + 6), (least, least + 14)))


def _scene(rng, method, sides):
    def shape():
        return tuple(int(side) for side in rng.integers(sides[0], sides[1] + 1, 2))

    shapes = [shape() for _ in range(1 + int(_one_of(rng, (1, 1, 2, 3))))]
    if rng.random() < 0.5:
        shapes = shapes[:1] * len(shapes)
    psf = _psf(rng, min(min(one) for one in shapes))
    truth = _photo(rng, _one_of(rng, KINDS), *shapes[0])
    misfocused = blur(truth, psf, light=method.light) if rng.random() < 0.85 else truth
    if rng.random() < 0.5:
        misfocused = _noisy(rng, misfocused, _one_of(rng, (0.5, 1, 3, 40)))
    focused = []
    for one in shapes[1:]:
        photo = _focused(rng, _one_of(rng, RELATED), truth, one)
        masked = None if rng.random() < 0.5 else _mask(rng, _one_of(rng, MASKS), *photo.shape[:2])
        focused.append(rl.FocusedPhoto(photo, masked))
    return rl.Scene(misfocused, _mask(rng, _one_of(rng, MASKS), *shapes[0]), focused, psf=psf)


def _noisy(rng, photo, noise):
    return np.clip(np.rint(photo + rng.normal(0, noise, photo.shape)), 0, 255).astype(np.uint8)


def _focused(rng, kind, truth, shape):
    if kind == "unrelated":
        return _photo(rng, _one_of(rng, KINDS), *shape)
    if kind == "near":
        photo = _noisy(rng, truth, 0.4)
    elif kind == "shifted":
        photo = np.roll(truth, rng.integers(-3, 4, 2), (0, 1))
    elif kind == "mirrored":
        photo = truth[:, ::-1]
    elif kind == "brighter":
        photo = np.clip(truth * rng.uniform(0.3, 2.5, 3) + rng.uniform(-20, 20), 0, 255).astype(np.uint8)
    elif kind == "zoomed":
        photo = truth[np.arange(shape[0]) * truth.shape[0] // shape[0]]
        return photo[:, np.arange(shape[1]) * truth.shape[1] // shape[1]]
    else:
        photo = truth
    # Of the size drawn for it: cut, or mirrored beyond its edges.
    grown = [(0, max(0, want - have)) for want, have in zip(shape, photo.shape[:2], strict=True)]
    return np.pad(photo, [*grown, (0, 0)], mode="symmetric")[: shape[0], : shape[1]]


def _photo(rng, kind, height, width):
    shape = (height, width, 3)
    y, x = np.mgrid[:height, :width] / max(height, width)
    if kind in ("smooth", "saturated", "dark"):
        slopes = rng.uniform(-1, 1, (3, 2))
        light = 128 + 200 * (slopes[:, 0] * y[..., None] + slopes[:, 1] * x[..., None])
        light += 60 * (np.hypot(y - 0.5, x - 0.4) < 0.3)[..., None]
        image = light * {"smooth": 1, "saturated": 2.5, "dark": 0.03}[kind]
    elif kind == "noise":
        image = rng.integers(0, 256, shape)
    elif kind == "grain":
        image = rng.integers(20, 230, 3) + np.rint(rng.normal(0, 2, shape))
    elif kind == "colors":
        palette = rng.integers(0, 256, (rng.integers(2, 6), 3))
        image = palette[rng.integers(0, len(palette), shape[:2])]
    elif kind == "grays":
        image = np.repeat(100 + rng.integers(0, 3, (height, width, 1)), 3, axis=2)
    elif kind == "extremes":
        image = 255 * rng.integers(0, 2, shape)
    elif kind == "tiles":
        tile = rng.integers(0, 256, (rng.integers(1, 4), rng.integers(2, 5), 3))
        image = np.tile(tile, (height, width, 1))[:height, :width]
    elif kind == "spark":
        image = np.zeros(shape)
        image[rng.integers(height), rng.integers(width)] = 255
    elif kind == "halves":
        image = np.where((x < rng.random())[..., None], rng.integers(0, 256, 3), rng.integers(0, 256, 3))
    else:
        values = {"black": 0, "white": 255, "flat": rng.integers(0, 256, 3)}
        image = np.broadcast_to(values[kind], shape)
    return np.clip(image, 0, 255).astype(np.uint8)


def _mask(rng, kind, height, width):
    mask = np.zeros((height, width), bool)
    y, x = rng.integers(height), rng.integers(width)
    if kind == "all":
        mask[:] = True
    elif kind == "corner":
        mask[y:, x:] = True
    elif kind == "frame":
        mask[:] = True
        mask[1:-1, 1:-1] = False
    elif kind == "row":
        mask[y] = True
    elif kind == "column":
        mask[:, x] = True
    elif kind in ("sparse", "holes"):
        mask = rng.random((height, width)) < (0.2 if kind == "sparse" else 0.8)
    elif kind == "inside":
        mask[1:-1, 1:-1] = True
    elif kind == "edge":
        mask[0, : x + 1] = True
    if not mask.any():
        mask[y, x] = True
    return mask


def _psf(rng, least):
    """A PSF that fits: its radius is less than the shortest side."""
    kind, radius = _one_of(rng, PSFS), int(rng.integers(0, min(least, 6)))
    if kind == "disk":
        return disk(int(rng.integers(1, 2 * min(least, 6))))
    if kind == "huge":
        return disk(2 * least - 1)
    side = 2 * radius + 1
    psf = np.zeros((side, side))
    if kind == "random":
        psf = rng.random((side, side)) + 1e-3
    elif kind == "sparse":
        psf = rng.random((side, side)) * (rng.random((side, side)) < 0.1)
        psf[radius, radius] += 1e-3
    elif kind == "corner":
        psf[0, -1] = 1
    elif kind == "line":
        psf[radius] = 1
    elif kind == "ring":
        psf[0] = psf[-1] = psf[:, 0] = psf[:, -1] = 1
    else:
        psf[radius, radius] = 1
    return psf / psf.sum()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--cases", type=int)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--replay", type=int)
    asked = parser.parse_args()
    if asked.replay is not None:
        print(*one(asked.replay), sep=": ")
        return 0
    found = run(asked.seconds, asked.seed, asked.cases)
    print(json.dumps(found, indent=1))
    return 1 if found["failures"] else 0


if __name__ == "__main__":
    sys.exit(main())
