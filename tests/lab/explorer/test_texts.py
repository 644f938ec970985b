"""What the explorer says: doubts and notes, names from files, commands to take along."""

import dataclasses
import json
import re
import shlex
import warnings

import pytest

import refocuslab as rl
from refocuslab.lab.explorer import Explorer, page_content, saving
from refocuslab.lab.explorer.making.controls import Settings
from refocuslab.lab.explorer.making.scenes import own_name
from refocuslab.lab.widgets import texts
from refocuslab.lab.widgets.loading import Loading
from refocuslab.lab.widgets.worker import Turn

TIMEOUT = 30
HOSTILE = '<img src=x onerror="window.hurt=1"> \'; touch hurt; $(touch hurt) `x` \\ " & \n {{7*7}} \u202e%s'


# ---------------------------------------------------------------- doubts


def test_doubts_and_notes_of_a_result_are_told_the_grave_ones_first(explorer, monkeypatch, hear):
    doubts = (
        rl.Doubt("registration", f"It is doubted {HOSTILE}"),
        rl.Doubt("photos", "Unrelated.", grave=True),
    )
    inner = rl.Refocuser.refocus

    def doubted(self, *args, **kwargs):
        result = inner(self, *args, **kwargs)
        return dataclasses.replace(result, doubts=doubts, notes=("the diameter was corrected to 9",))

    assert explorer.doubts == list(page_content.doubts(explorer.outcome))
    monkeypatch.setattr(rl.Refocuser, "refocus", doubted)
    explorer.set(ratio=2.0)
    outcome = explorer.settle(TIMEOUT)
    assert [one["about"] for one in explorer.doubts] == ["photos", "registration"]
    assert [one["grave"] for one in explorer.doubts] == [True, False]
    assert explorer.notes == ["the diameter was corrected to 9"] and outcome.doubts == doubts
    told = json.loads(explorer.save()[1].read_text())
    assert told["doubts"][1]["text"] == "Unrelated." and told["notes"] == explorer.notes
    # They belong to their picture: an earlier one has its own.
    monkeypatch.undo()
    hear(explorer, {"kind": "recall", "id": explorer.strip[0]["id"]})
    explorer.settle(TIMEOUT)
    assert "the diameter was corrected to 9" not in explorer.notes


@pytest.mark.seconds
def test_what_is_doubted_when_a_scene_is_read_is_told_each_time(tmp_path, monkeypatch, a_scene, method):
    def load(name):
        warnings.warn("The photo holds two pictures; the first was taken.", rl.RefocusWarning, stacklevel=2)
        warnings.warn("of another kind", DeprecationWarning, stacklevel=2)
        return a_scene()

    monkeypatch.setattr(rl, "load_scene", load)
    with warnings.catch_warnings(record=True) as others:
        warnings.simplefilter("always")
        for _ in range(2):
            explorer = Explorer(tmp_path, method)
            explorer.settle(TIMEOUT)
            told = [one["text"] for one in explorer.doubts]
            assert "The photo holds two pictures; the first was taken." in told
    assert not [one for one in others if one.category is rl.RefocusWarning]
    # As errors, where the user's filters make them errors, they would say nothing more to the page.
    with warnings.catch_warnings():
        warnings.simplefilter("error", rl.RefocusWarning)
        warnings.simplefilter("ignore", DeprecationWarning)
        loading = Loading(tmp_path)
        loading.until_done(Turn())
        assert len(loading.outcome()[1]) == 1


# ---------------------------------------------------------------- texts


@pytest.mark.seconds
@pytest.mark.parametrize(
    "name", [HOSTILE, "a b", "it's", 'say "x"', "$HOME", "-x", "é\u2028x", "{x}", "a\tb"]
)
def test_commands_are_quoted_whatever_the_scene_is_called(name, monkeypatch, a_scene, method):
    settings = Settings(name, method)
    loaded = []
    monkeypatch.setattr(rl, "load_scene", lambda given: loaded.append(given) or a_scene())
    exec(saving.python_line(settings), {})
    assert loaded == [name]
    line = saving.shell_line(settings)
    if name.isprintable():
        words = shlex.split(line)
        assert words[words.index("scene") + 1] == name and words[0] == "refocuslab"
    else:
        assert shlex.split(line, comments=True) == []
    assert all(one.isprintable() or one == "\n" for one in saving.python_line(settings) + line)


def test_a_python_line_names_what_is_public_and_nothing_else(method):
    line = saving.python_line(Settings("motorcycle", method), crop=40)
    assert re.findall(r"import (\S+)|from (\S+)", line) == [("refocuslab", "")]
    assert set(re.findall(r"rl\.(\w+)", line)) <= set(rl.__all__)


@pytest.mark.seconds
def test_names_are_shown_as_one_line_of_visible_text(a_scene, method):
    shown = texts.printable(HOSTILE)
    assert shown.isprintable() and "<img" in shown and len(texts.printable("x" * 10**6)) < 100
    assert texts.brief(10**400) and len(texts.brief([[1] * 10**5] * 5)) < 200
    given = Explorer(a_scene(HOSTILE, title=HOSTILE), method)
    given.settle(TIMEOUT)
    (scene,) = (one for one in given.form if one["name"] == "scene")
    assert all(text.isprintable() for text in scene["choices"][0])
    assert given.strip[0]["title"].isprintable()
    assert own_name(a_scene("")) == own_name(a_scene(" ")) == "own scene"
    with pytest.raises(rl.RefocusError, match=r"^scene must have a name in Unicode"):
        own_name("half \udcff")


def test_the_front_end_takes_no_text_for_markup():
    ways = (
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|DOMParser|eval\(|new Function|srcdoc|setHTML"
    )
    assert not re.search(ways, Explorer._esm)
