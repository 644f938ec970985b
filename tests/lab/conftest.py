"""Small scenes; a population small enough to judge by hand, and pages that do not draw it anew."""

from types import SimpleNamespace

import numpy as np
import pytest

import refocuslab as rl
from refocuslab.lab.evidence.cases import POPULATION, Case
from refocuslab.lab.evidence.measurements import SYSTEMS
from refocuslab.lab.evidence.population import Evidence
from refocuslab.lab.figures import strip_plot
from refocuslab.lab.figures.layout import png
from refocuslab.lab.pages import evidence as evidence_page

drawn: list[bytes] = []


@pytest.fixture(scope="session")
def a_scene():
    """Makes scenes with all of their truth in the focused photo."""

    def made(
        name: str = "made", *, title: str = "", truth: bool = True, side: int = 20, seed: int = 0
    ) -> rl.Scene:
        sharp = np.random.default_rng(seed).integers(0, 256, (side, side, 3), dtype=np.uint8)
        mask = np.zeros((side, side), bool)
        mask[4:-4, 4:-4] = True
        photos = rl.blur(sharp, rl.disk(3)), mask, [rl.FocusedPhoto(sharp)]
        return rl.Scene(*photos, psf=rl.disk(3), truth=sharp if truth else None, name=name, title=title)

    return made


def measures(case: Case) -> dict:
    """Of every case the same but the bleeding: the scenes from another view bleed no less in any order."""
    picture = {
        "psnr": 30.0 + case.draw / 100, "ssim": 0.9, "grain where flat": 1.0, "bled from before": 0.01,
        "bled from after": 0.01, "bled": 0.02, "kept": 0.5, "gross": 0.01,
    }  # fmt: skip
    found = {name: dict(picture) for name in SYSTEMS}
    if "perspective" not in case.scene:
        found["scanline causal"] |= {"bled": 0.08, "kept": 0.4, "ssim": 0.8}
    found["scene"] = {
        "pixels": 1000, "patches": 1000, "found in place": 0.25, "psnr": 20.0, "ssim": 0.5,
        "rms where sure": 2.0, "rms where unsure": 4.0, "grain where unsure": 2.0,
        "true grain where unsure": 1.0, "true grain where flat": 2.0, "rank of contrast": 0.6,
        "confidence, most contrast": 0.9, "confidence, least contrast": 0.3, "rank of error": 0.1,
        "split": 0.3,
    }  # fmt: skip
    found["k-means"] = {"split": 0.1}
    return found


@pytest.fixture(scope="session")
def evidence():
    """Two draws of every scene, whole."""
    found = {case: measures(case) for case in (Case(s, "whole", d) for s in POPULATION for d in (0, 1))}
    machine = {"cpu": "a cpu", "cores": 2, "system": "Linux", "python": "3.14", "packages": {"numpy": "2"}}
    return Evidence(found, machine, "2026-01-31", "0123")


@pytest.fixture(autouse=True)
def strips_once(request, monkeypatch):
    """On a page of evidence, the strips of one claim stand for every claim's: all take seconds.

    A test that gives it False gets them all.
    """

    def first(judged, dots):
        if not drawn:
            drawn.append(png(strip_plot.strips(judged), dots))
        return drawn[0]

    if getattr(request, "param", True):
        monkeypatch.setattr(evidence_page, "strip_plot", SimpleNamespace(strips=lambda judged: judged))
        monkeypatch.setattr(evidence_page, "png", first)
