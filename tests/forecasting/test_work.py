"""The model of the work: its shares follow from sizes and methods, whatever the machine."""

import numpy as np
import pytest

import refocuslab as rl
from refocuslab.forecasting.speeds import TYPICAL, Rate, Speeds
from refocuslab.forecasting.work import Size, work

SIZE = Size(frame=160_000, pixels=40_000, box=50_000, patches=160_000, photos=(160_000,))
SPEEDS = Speeds(1, {name: Rate(*rate) for name, rate in TYPICAL.items()})


def shares(size=SIZE, *, psf_given=True, **changes):
    """The share of each stage in the seconds of all."""
    stages = work(size, rl.Method(**changes), psf_given=psf_given)
    seconds = SPEEDS.seconds(stages, size.patches)
    return {stage: value / sum(seconds.values()) for stage, value in seconds.items()}


def units(size=SIZE, **changes):
    """The units of each rate, of all stages."""
    found = {}
    for parts in work(size, rl.Method(**changes), psf_given=True).values():
        for rate, count in parts:
            found[rate] = found.get(rate, 0) + count
    return found


def test_a_size_is_that_of_the_scene():
    photo = np.zeros((30, 40, 3), np.uint8)
    mask = np.zeros((30, 40), bool)
    mask[10:14, 20:29] = True
    focused = [rl.FocusedPhoto(photo[:20], mask[:20]), rl.FocusedPhoto(photo)]
    size = Size.of(rl.Scene(photo, mask, focused, psf=rl.disk(5)))
    assert size == Size(frame=1200, pixels=36, box=9 * 14, patches=36 + 1200, photos=(800, 1200))
    assert size.halved(1) == Size(frame=300, pixels=9, box=32, patches=309, photos=(200, 300))


@pytest.mark.parametrize("search", ["exact", "coherent"])
def test_queries_follow_the_mask_and_trees_the_library(search):
    half = Size(frame=160_000, pixels=20_000, box=25_000, patches=160_000, photos=(160_000,))
    whole, part = units(search=search), units(half, search=search)
    for rate in (f"candidates: {search}", f"texture: {search}", "order"):
        assert part[rate] == whole[rate] / 2
    assert part["tree"] == whole["tree"] and part["library"] == whole["library"]
    # The texture constraint has a tree of its own.
    alone = units(search=search, lambda_texture=0.0)
    assert whole["tree"] == alone["tree"] * (2 if search == "exact" else 1)


def test_a_linear_search_compares_every_patch():
    twice = Size(frame=160_000, pixels=40_000, box=50_000, patches=320_000, photos=(160_000, 160_000))
    rate = "candidates: linear, a patch"
    assert units(twice, search="linear")[rate] == 2 * units(search="linear")[rate]
    assert "tree" not in units(search="linear")


@pytest.mark.parametrize(
    ("changes", "rate"),
    [
        ({}, "texture: exact"),
        ({"causal": True, "order": "scanline"}, "texture: scanline"),
        ({"causal": True}, "texture: arbitrary"),
        ({"weighted": True}, "texture: linear"),
        ({"levels": 2}, "texture: linear"),
        ({"weighted": True, "search": "coherent"}, "texture: coherent"),
    ],
)
def test_the_texture_constraint_has_the_search_that_knows_its_distances(changes, rate):
    assert {name for name in units(**changes) if name.startswith("texture")} - {f"{rate}, a patch"} == {rate}


def test_what_is_asked_for_has_a_stage_in_the_order_of_the_stages():
    assert list(shares()) == ["library", "candidates", "order", "texture", "assessment"]
    assert list(shares(lambda_texture=0.0)) == ["library", "candidates", "order", "assessment"]
    assert list(shares(register=True, psf_given=False))[:3] == ["PSF", "registration", "library"]
    assert list(shares(levels=3))[:3] == ["library", "coarser levels", "candidates"]
    consistent = shares(register=True, consistency=True)
    assert list(consistent) == ["registration", "consistency", "assessment"]


def test_shares_of_the_stages():
    # CPU of the exact search, 300 x 300 pixels of seven photographs: 0.29 to 0.55 of it for the candidates;
    # of the coherent one 0.55 to 0.67.
    size = Size(frame=90_000, pixels=90_000, box=95_000, patches=90_000, photos=(90_000,))
    assert 0.29 < shares(size)["candidates"] < 0.55
    assert 0.5 < shares(size, search="coherent")["candidates"] < 0.7
    assert shares(size, passes=4)["texture"] > shares(size, passes=2)["texture"] > shares(size)["texture"]
    assert shares(size, register=True, consistency=True)["consistency"] > 0.6


def test_seconds_a_unit_grow_with_the_library():
    speeds = Speeds(1, {"tree": Rate(2.0, 0.5)})
    stages = {"library": work(SIZE, rl.Method(), psf_given=True)["candidates"][:1]}
    few, many = (speeds.seconds(stages, patches)["library"] for patches in (65_536, 4 * 65_536))
    assert few == 2.0 * stages["library"][0].units and many == 2 * few
