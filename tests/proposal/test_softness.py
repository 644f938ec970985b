"""Noise, bands of detail, and what they say of softness."""

import numpy as np
import pytest

from refocuslab import disk
from refocuslab.proposal.softness import Bands, blurred_gray, evidence, noise_of


def white(side=160, deviation=2.0, seed=0):
    return (128 + np.random.default_rng(seed).normal(size=(side, side)) * deviation).astype(np.float32)


def test_noise_is_told_beside_texture():
    gray = white()
    gray[:, 80:] += white(seed=1)[:, 80:] * 0 + np.random.default_rng(2).normal(size=(160, 80)) * 30
    assert noise_of(gray) == pytest.approx(2.0, rel=0.15)
    assert noise_of(np.full((40, 40), 255, np.float32)) == 0.25


def test_noise_adds_to_the_bands_what_they_say():
    bands = Bands.of(white(deviation=3.0), 1, 3.0)
    assert [energy.mean() for energy in bands.energy] == pytest.approx(list(bands.noise), rel=0.1)


def test_evidence_speaks_for_what_is_blurred_and_against_what_is_not():
    sharp = white(deviation=25.0)
    soft = blurred_gray(sharp, disk(7))
    given, blurred = Bands.of(sharp, 1, 0.25), Bands.of(blurred_gray(sharp, disk(7)), 1, 0.0)
    inner = np.s_[20:-20, 20:-20]
    assert (evidence(Bands.of(soft, 1, 0.25), given, blurred)[inner] > 0.3).all()
    assert (evidence(given, given, blurred)[inner] < -0.3).all()


def test_nothing_to_see_is_left():
    flat = white(deviation=0.3)
    given, blurred = Bands.of(flat, 1, 0.3), Bands.of(blurred_gray(flat, disk(7)), 1, 0.0)
    assert (evidence(Bands.of(blurred_gray(flat, disk(7)), 1, 0.25), given, blurred) <= 0).all()
