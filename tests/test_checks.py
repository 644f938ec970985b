"""Checks of arguments: what passes and as what type, and the rule that the message names."""

import dataclasses
import math

import numpy as np
import pytest

from refocuslab import checks
from refocuslab.errors import RefocusError


def refused(rule, check, *arguments, **options):
    with pytest.raises(RefocusError) as caught:
        check("some", *arguments, **options)
    assert (caught.value.argument, caught.value.rule) == ("some", rule)


@pytest.mark.parametrize("value", [3, 3.0, np.int8(3), np.uint64(3), np.float16(3), np.float32(3)])
def test_a_number_of_any_type_is_a_float(value):
    found = checks.check_number("some", value, 0, 3)
    assert type(found) is float and found == 3


def test_numbers_out_of_range_or_that_are_none():
    for value in (True, "3", None, 1j, [3], np.array(3.0)):
        refused("must be a number", checks.check_number, value, 0, 9)
    for value in (-0.001, 9.001, math.inf, 10**400):
        refused("must be from 0 to 9", checks.check_number, value, 0, 9)
    refused("must be a number", checks.check_number, math.nan, 0, 9)
    refused("must be a number greater than 0", checks.check_number, 0, 0, 9, positive=True)
    assert checks.check_number("some", math.inf, 0, 9, infinite=True) == math.inf
    refused("must be from 0 to 9, or infinite", checks.check_number, -math.inf, 0, 9, infinite=True)


@pytest.mark.parametrize("value", [[1, 2.5], (1, 2.5), np.array([1, 2.5])])
def test_a_sequence_of_numbers_is_a_tuple_of_floats(value):
    assert checks.check_numbers("some", value, 2, 0, 9) == (1.0, 2.5)


@pytest.mark.parametrize(
    "value", [[1], [1, 2, 3], [1, math.nan], [1, math.inf], [1, True], "12", 12, [1, 10]]
)
def test_a_sequence_of_another_length_or_with_another_number_is_refused(value):
    with pytest.raises(RefocusError, match="some must be"):
        checks.check_numbers("some", value, 2, 0, 9)


def test_counts_are_pythons_integers_within_their_range():
    assert type(checks.check_count("some", np.uint8(7), 9)) is int
    for value in (0, -1, True, 2.0, "2", None, math.nan):
        refused("must be an integer of at least 1", checks.check_count, value, 9)
    refused("must be at most 9", checks.check_count, 10, 9)


@pytest.mark.parametrize("seed", [0, 2**128 - 1, [1, 2], (3,), np.uint8(4), np.random.SeedSequence(5)])
def test_a_seed_gives_what_numpy_makes_of_it(seed):
    assert checks.check_seed("some", seed).random() == np.random.default_rng(seed).random()


@pytest.mark.parametrize("seed", [-1, 2**128, True, 1.0, "1", [1, -1], [1, [2]], list(range(17)), [None]])
def test_what_is_no_seed_is_refused(seed):
    with pytest.raises(RefocusError, match="some must be"):
        checks.check_seed("some", seed)


def test_texts_are_short_and_whole():
    assert checks.check_text("some", "ä λ 中", 5) == "ä λ 中"
    refused("must be text", checks.check_text, b"a", 5)
    refused("must be of at most 5 characters", checks.check_text, "123456", 5)
    refused("must hold whole characters", checks.check_text, "\ud800", 5)
    assert checks.check_text("some", checks.clean_text("a\udcff"), 5) == "a?"


def test_a_choice_is_one_of_the_choices():
    assert checks.check_choice("some", "b", ("a", "b")) == "b"
    for value in ("c", "", None, ["a"]):
        refused('must be "a" or "b"', checks.check_choice, value, ("a", "b"))


def test_real_numbers_become_float64_and_float64_is_not_copied():
    given = np.ones((2, 3))
    assert checks.check_reals("some", given, "must be numbers", 6) is given
    assert checks.check_reals("some", [[1, 2]], "must be numbers", 6).dtype == np.float64
    refused("must hold at most 5 numbers", checks.check_reals, given, "must be numbers", 5)
    for value in ([True, 1], np.ones(2, bool), [1j], ["1"], [None], [[1], [1, 2]], range(3)):
        refused("must be numbers", checks.check_reals, value, "must be numbers", 6)


def test_a_photo_is_uint8_with_three_channels_and_no_larger_than_is_read(monkeypatch):
    photo = np.zeros((10, 20, 3), np.uint8)
    assert checks.check_photo("some", photo) is photo
    for value in (photo[..., 0], photo[..., :2], photo[:0], photo / 255, photo.astype(int)):
        refused("must be a photo of shape (H, W, 3) and type uint8", checks.check_photo, value)
    monkeypatch.setenv("REFOCUSLAB_MEGAPIXELS", "0.0002")
    assert checks.check_photo("some", photo) is photo
    refused("must have at most 0.0002 megapixels", checks.check_photo, np.zeros((10, 21, 3), np.uint8))


def test_the_environment_sets_the_largest_picture(monkeypatch):
    monkeypatch.delenv("REFOCUSLAB_MEGAPIXELS", raising=False)
    assert checks.megapixels() == 150
    checks.check_size("a.png", 15_000, 10_000)
    with pytest.raises(RefocusError, match=r"at most 150 megapixels .* 10000 x 15001 pixels"):
        checks.check_size("a.png", 15_001, 10_000)
    monkeypatch.setenv("REFOCUSLAB_MEGAPIXELS", " ")
    assert checks.megapixels() == 150
    for nonsense in ("many", "0", "-1", "nan", "1e6"):
        monkeypatch.setenv("REFOCUSLAB_MEGAPIXELS", nonsense)
        with pytest.raises(RefocusError, match="REFOCUSLAB_MEGAPIXELS must be a number of megapixels"):
            checks.megapixels()


def test_fields_of_a_frozen_dataclass_are_set():
    @dataclasses.dataclass(frozen=True)
    class Frozen:
        a: int

    frozen = Frozen(1)
    checks.set_fields(frozen, a=2)
    assert frozen.a == 2
