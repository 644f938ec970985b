"""What the tests of the explorer share: an explorer of one, and messages of its page."""

import pytest

import refocuslab as rl
from refocuslab.lab.explorer import Explorer

TIMEOUT = 30
METHOD = rl.Method(candidates=4, neighborhood=3)


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
