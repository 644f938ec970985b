"""A scene that is read in a thread of its own: waited for, given up, and told with its doubts."""

import threading
import warnings

import pytest

from refocuslab.errors import Cancelled, RefocusError, RefocusWarning
from refocuslab.lab.widgets import loading
from refocuslab.lab.widgets.loading import Loading


@pytest.fixture
def read(monkeypatch):
    """A function that puts another in the place of load_scene."""
    return lambda function: monkeypatch.setattr(loading.rl, "load_scene", function)


def test_a_scene_is_what_it_is(a_scene):
    given = a_scene()
    made = Loading(given)
    made.until_done()
    assert made.outcome() == (given, ())


def test_warnings_of_its_reading_are_its_doubts(a_scene, read):
    def warn(source):
        warnings.warn(f"{source} is dark", RefocusWarning, stacklevel=1)
        return scene

    scene = a_scene()
    read(warn)
    found, doubts = Loading("folder").outcome()
    assert found is scene
    assert [(doubt.about, str(doubt), doubt.grave) for doubt in doubts] == [
        ("photos", "folder is dark", False)
    ]


def test_what_its_reading_raises_is_raised_where_the_scene_is_asked_for(read):
    def fail(source):
        raise RefocusError("scene", "must be there", source)

    read(fail)
    made = Loading("folder")
    made.until_done()
    with pytest.raises(RefocusError, match="must be there; got folder"):
        made.outcome()


def test_one_that_never_ends_is_waited_for_until_that_is_cancelled(a_scene, read):
    release, cancel, scene = threading.Event(), threading.Event(), a_scene()
    read(lambda source: release.wait(5) and scene)
    made = Loading("folder")
    cancel.set()
    with pytest.raises(Cancelled):
        made.until_done(cancel)
    release.set()
    made.until_done(threading.Event())
    assert made.outcome() == (scene, ())


def test_while_another_is_read_it_waits_a_while_and_is_then_read_without_its_doubts(
    a_scene, read, monkeypatch
):
    scenes, release = {"slow": a_scene("slow"), "next": a_scene("next")}, threading.Event()
    begun = threading.Event()

    def slow(source):
        if source == "slow":
            begun.set()
            release.wait(5)
        return scenes[source]

    read(slow)
    monkeypatch.setattr(loading, "PATIENCE", 0.01)
    first = Loading("slow")
    begun.wait(5)
    assert Loading("next").outcome() == (scenes["next"], ())
    release.set()
    assert first.outcome() == (scenes["slow"], ())
