"""What the tests of the explorer share: small scenes, an explorer of one, and messages of its page."""

import numpy as np
import pytest

import refocuslab as rl
from refocuslab.lab.explorer import Explorer

TIMEOUT = 30
METHOD = rl.Method(candidates=4, neighborhood=3)


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


@pytest.fixture
def explorer(a_scene, tmp_path) -> Explorer:
    """An explorer that shows its first picture, and saves to a folder ``results``."""
    made = Explorer(a_scene(), METHOD, results=tmp_path / "results")
    made.settle(TIMEOUT)
    return made


@pytest.fixture(scope="session")
def _steady(a_scene, tmp_path_factory) -> Explorer:
    made = Explorer(a_scene(), METHOD, results=tmp_path_factory.mktemp("steady") / "results")
    made.settle(TIMEOUT)
    return made


@pytest.fixture
def steady(_steady) -> Explorer:
    """As `explorer`, but one for all tests of what must change nothing; earlier errors are gone."""
    _steady._objection = ""
    _steady.status = _steady.status | {"error": "", "message": ""}
    return _steady


@pytest.fixture
def method() -> rl.Method:
    """The method of `explorer`."""
    return METHOD


@pytest.fixture
def hear():
    """Sends a message as a page does."""
    return lambda explorer, message: explorer._handle_custom_msg(message, [])
