"""Method: the presets are the paper's systems, and nothing out of range gets past construction."""

import dataclasses

import numpy as np
import pytest

from refocuslab import Method, RefocusError


def test_the_presets_are_the_systems_of_section_3():
    assert Method() == Method.confidence_order()
    paper = {"neighborhood": 5, "candidates": 20, "passes": 1, "search": "exact", "light": "linear"}
    for preset, expected in {
        Method.image_scene: {"lambda_texture": 0.0},
        Method.scanline_texture: {"order": "scanline", "causal": True},
        Method.confidence_order: {"order": "confidence", "causal": False},
    }.items():
        made = dataclasses.asdict(preset())
        assert {name: made[name] for name in paper | expected} == paper | expected
    for preset in (Method.scanline_texture, Method.confidence_order):
        assert preset().lambda_image > 0 and preset().lambda_texture > 0


def test_a_preset_gives_way_to_what_it_is_told():
    assert Method.scanline_texture(causal=False, neighborhood=7) == Method(order="scanline", neighborhood=7)
    assert Method.image_scene(lambda_texture=0.5) == Method(lambda_texture=0.5)
    with pytest.raises(TypeError, match="size"):
        Method.confidence_order(size=5)


def test_a_method_is_frozen_and_its_fields_are_named():
    with pytest.raises(dataclasses.FrozenInstanceError):
        Method().passes = 2
    with pytest.raises(TypeError):
        Method(5, 20)
    assert len({Method(), Method(), Method(seed=1)}) == 2


NOT_ODD = "must be odd, from 3 to 31"
RANGE = "must be from 0 to 1e+09"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        *[({"neighborhood": n}, f"neighborhood {NOT_ODD}; got {n}") for n in (-5, 0, 1, 4, 33)],
        ({"neighborhood": 5.0}, "neighborhood must be of type int; got 5.0"),
        ({"neighborhood": True}, "neighborhood must be of type int; got True"),
        ({"candidates": 0}, "candidates must be 1 or more; got 0"),
        ({"passes": 0}, "passes must be 1 or more; got 0"),
        ({"passes": "2"}, "passes must be of type int; got 2"),
        ({"box": 4}, "box must be odd, from 1 to 99; got 4"),
        ({"pool": 0}, "pool must be 1 or more; got 0"),
        ({"selection": "best"}, "selection must be one of nearest, kmeans, modes, spread; got best"),
        ({"confidence": 1}, "confidence must be one of share, variance, ratio, entropy; got 1"),
        ({"seed": -1}, "seed must be 0 or more; got -1"),
        ({"causal": 1}, "causal must be True or False; got 1"),
        ({"causal": None}, "causal must be True or False; got None"),
        ({"order": "spiral"}, "order must be one of scanline, confidence, random; got spiral"),
        ({"search": "Exact"}, "search must be one of exact, coherent, linear; got Exact"),
        ({"light": None}, "light must be one of linear, encoded; got None"),
        ({"passes": 99_999_999_999}, "passes must be at most 100; got 99999999999"),
        ({"candidates": 10**9}, "candidates must be at most 1000"),
        ({"pool": 1001}, "pool must be at most 1000"),
        ({"seed": 10**5000}, "seed must be at most 3402"),
        ({"order": np.array(["scanline", "random"])}, "order must be one of"),
        ({"lambda_image": -1e-9}, f"lambda_image {RANGE}; got -1e-09"),
        ({"lambda_image": float("inf")}, f"lambda_image {RANGE}; got inf"),
        ({"lambda_texture": float("nan")}, f"lambda_texture {RANGE}; got nan"),
        ({"lambda_texture": 10**400}, f"lambda_texture {RANGE}; got 1000"),
        ({"lambda_texture": True}, "lambda_texture must be of type float; got True"),
        ({"lambda_image": "0.01"}, "lambda_image must be of type float; got 0.01"),
        (
            {"lambda_image": 0, "lambda_texture": 0},
            "lambda_image must be more than 0 where lambda_texture is 0; got 0",
        ),
    ],
)
def test_values_out_of_range(changes, message):
    with pytest.raises(RefocusError) as caught:
        Method(**changes)
    assert str(caught.value).startswith(message)
    assert caught.value.argument in changes


def test_the_ends_of_every_range_are_in_it():
    for changes in (
        {"neighborhood": 3, "candidates": 1, "seed": 0, "lambda_image": 0},
        {"neighborhood": 31, "candidates": 1000, "passes": 100, "pool": 1000, "seed": 2**64},
        {"lambda_image": 1e9, "lambda_texture": 10**9},
        {"lambda_image": 5e-324, "lambda_texture": 0.0},
    ):
        made = Method(**changes)
        assert {name: getattr(made, name) for name in changes} == changes
