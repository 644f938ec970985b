"""Everything compiled before class, and how long it took: small runs of what lessons use."""

import dataclasses
import tempfile
from collections.abc import Callable
from pathlib import Path
from time import perf_counter

import refocuslab as rl
from refocuslab.pictures.reading import read_photo
from refocuslab.pictures.writing import write_photo

_SIDE = 48  # pixels of a scene: kernels compile for types, not for sizes


# Seconds that all parts took on two cores where nothing was compiled.
FIRST = 105.0


def warmed(run: Callable[[], object]) -> tuple[float, float]:
    """The seconds of a part the first time and the second, when it is compiled."""
    start = perf_counter()
    run()
    between = perf_counter()
    run()
    return between - start, perf_counter() - between


def parts() -> dict[str, Callable[[], object]]:
    """What is compiled, {name: a small run of it}."""
    return {
        "photos": _photos,
        "scenes": lambda: rl.load_scene("motorcycle"),
        "the paper's systems": _systems,
        "other choices": _choices,
        "registration": lambda: rl.register(_view()),
        "consistency": lambda: rl.refocus(_view(), rl.Method.consistent(neighborhood=3, candidates=5)),
        "deconvolution": _deconvolution,
        "the bench": lambda: rl.load_scene("bench-perturbed"),
    }


def _scene() -> rl.Scene:
    return rl.load_scene("motorcycle").middle(_SIDE)


def _view() -> rl.Scene:
    return rl.load_scene("motorcycle-perturbed").middle(2 * _SIDE)


def _photos() -> None:
    photo = _scene().misfocused
    with tempfile.TemporaryDirectory() as folder:
        for ending in ("png", "tif", "jpg"):
            path = Path(folder, f"photo.{ending}")
            write_photo(path, photo)
            read_photo(path)


def _systems() -> None:
    kept = rl.Refocuser(_scene())
    for method in (rl.Method.image_scene(), rl.Method.scanline_texture(), rl.Method.confidence_order()):
        kept.refocus(method)
        kept.refocus(dataclasses.replace(method, causal=True, order="random"))


def _choices() -> None:
    kept = rl.Refocuser(_scene())
    for changes in (
        {"search": "linear"}, {"search": "coherent"}, {"selection": "kmeans"}, {"selection": "modes"},
        {"selection": "spread"}, {"confidence": "variance"}, {"confidence": "ratio"},
        {"confidence": "entropy"}, {"weighted": True}, {"levels": 2}, {"passes": 2},
    ):  # fmt: skip
        kept.refocus(rl.Method.confidence_order(neighborhood=3, candidates=5, pool=10, **changes))


def _deconvolution() -> None:
    scene = _scene()
    rl.wiener(scene, 1e-3)
    rl.richardson_lucy(scene, 2)
    rl.total_variation(scene, 1e-3)
