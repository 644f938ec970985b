"""Pictures of anybody: what they tell is held against a schema before anything is looked for or made."""

import copy
import json
import os
import time
import tracemalloc
import zlib
from types import SimpleNamespace

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

from refocuslab.errors import RefocusError
from refocuslab.lab.cli import main
from refocuslab.lab.cli.photos import remake
from refocuslab.lab.progress_line import ProgressLine
from refocuslab.lab.records import identity, made_from, provenance

METHOD = {"candidates": 20, "order": "confidence", "lambda_image": 0.01}
PROGRAM = {"source": "0" * 16, "libraries": {"numpy": "1.0"}}
NOTEBOOK = {
    "kind": "notebook",
    "notebook": "02_image_scene",
    "figure": "figure2.png",
    "parameters": {"crop": 40},
    "identity": {"scenes": {"scene": "0" * 16}, "program": PROGRAM},
}
POINT = {
    "kind": "point",
    "scene": "coffee",
    "identity": {"method": METHOD, "crop": 40, "scene": "0" * 16, "program": PROGRAM},
}
SWEEP = {
    "kind": "sweep",
    "notebook": "04_confidence_order",
    "axes": {"candidates": [5, 20]},
    "fixed": {"scene": "coffee", "crop": 40},
    "figure": "sheet-1-coffee.png",
    "identity": {"points": ["0" * 16], "program": PROGRAM},
}
PHOTOS = {
    "kind": "photos",
    "identity": {"files": ["0" * 64] * 2, "method": METHOD, "program": PROGRAM},
    "photos": {
        "misfocused": "u.png",
        "focused": ["v.png"],
        "mask": "",
        "same_mask": False,
        "diameter": 3,
        "light": [],
    },
}
GOOD = {"notebook": NOTEBOOK, "point": POINT, "sweep": SWEEP, "photos": PHOTOS}
PASSWORDS = "/etc" + "/passwd"


def picture(path, text: str | bytes | dict):
    """A PNG file of which a text chunk tells this."""
    text = json.dumps(text) if isinstance(text, dict) else text
    text = text.encode() if isinstance(text, str) else text
    Image.fromarray(np.zeros((3, 3, 3), np.uint8)).save(path)
    header, *rest = (chunk for _, chunk in provenance.chunks(path.read_bytes()))
    body = b"tEXt" + provenance.KEYWORD + b"\0" + text
    chunk = (len(body) - 4).to_bytes(4, "big") + body + zlib.crc32(body).to_bytes(4, "big")
    path.write_bytes(provenance.join((header, chunk, *rest)))
    return path


def changed(kind: str, *place, to) -> dict:
    """A good one with another value at a place; without the key for ``...``."""
    told = copy.deepcopy(GOOD[kind])
    inner = told
    for key in place[:-1]:
        inner = inner[key]
    if to is ...:
        del inner[place[-1]]
    else:
        inner[place[-1]] = to
    return told


deep: list = []
for _ in range(50):
    deep = [deep]
HOSTILE = [
    *(
        changed("notebook", "figure", to=name)
        for name in (
            "../../secret.png",
            PASSWORDS,
            "manifest.json/..",
            "a/b.png",
            "a\\b.png",
            "C:x.png",
            "..",
            ".hidden",
            "x" * 5000,
            3,
            None,
            ["figure2.png"],
            {"a": 1},
            "\0",
        )
    ),
    *(changed("notebook", "notebook", to=name) for name in ("../x", "", 2, None, "nothing", "x" * 5000, [])),
    *(
        changed("notebook", "parameters", to=values)
        for values in (
            [],
            None,
            "x",
            {"crop": [40]},
            {"crop": 10**400},
            {"crop": {"a": 1}},
            {"crop": -1},
            {"crop": True},
            {str(n): n for n in range(1000)},
            {"x" * 5000: 1},
            {"scene": "x" * 100_000},
            {"nothing": 1},
            {"lambda_image": 1e308},
        )
    ),
    *(
        changed("notebook", "identity", to=value)
        for value in ([], 3, {"scenes": []}, {"scenes": {"a": [1]}}, {"a": deep})
    ),
    *(
        changed("point", "identity", "method", to=value)
        for value in (
            [],
            {"order": ["a"]},
            {"order": {}},
            {"candidates": 10**30 * 10**30},
            "x",
            None,
        )
    ),
    *(changed("point", "identity", "crop", to=value) for value in (-1, 10**9, 1.5, "40", True, None, ...)),
    *(changed("point", "scene", to=value) for value in (3, None, [], "x" * 5000, ...)),
    *(
        changed("sweep", "axes", to=value)
        for value in (
            [],
            {"candidates": 5},
            {"candidates": []},
            {"candidates": [[5]]},
            {"candidates": [10**9]},
            {"nothing": [1]},
            {"candidates": list(range(1, 201)), "crop": list(range(32, 232))},
            {"candidates": [True]},
            {"neighborhood": [3, 5], "candidates": [1] * 20_000},
        )
    ),
    *(
        changed("sweep", "fixed", to=value)
        for value in ([], {"crop": []}, {"nothing": 1}, {"candidates": 10**9})
    ),
    changed("sweep", "figure", to="../points/x.png"),
    *(changed("photos", "photos", to=value) for value in ([], None, {}, {"misfocused": "u.png"})),
    *(
        changed("photos", "photos", "focused", to=value)
        for value in ([], "v.png", [1], ["v.png"] * 1000, None)
    ),
    *(changed("photos", "photos", "diameter", to=value) for value in (-3, 10**9, "3", 3.0, True)),
    *(changed("photos", "identity", "files", to=value) for value in (3, [3], None, ...)),
    *({"kind": kind} for kind in ("poem", None, 3, [], {}, "notebook", "point", "sweep", "photos")),
]
TEXTS = {
    "a list": "[1]",
    "a number": "3",
    "nothing": "",
    "no JSON": "{kind}",
    "brackets": "[" * 200_000,
    "tables": '{"a":' * 100_000,
    "digits": '{"kind":' + "9" * 5000 + "}",
    "not a number": '{"kind": NaN}',
    "infinity": '{"kind": "point", "a": -Infinity}',
    "no UTF-8": b'{"kind": "\xff"}',
    "half a character": '{"kind": "\\ud800"}',
    "a megabyte": '{"kind": "' + "x" * 2**20 + '"}',
    "more than is read": '{"kind": "' + "x" * 2**23 + '"}',
}


@pytest.mark.parametrize("kind", GOOD)
def test_what_is_told_as_it_should_be_is_taken(kind):
    found = made_from.checked(GOOD[kind])
    assert found["kind"] == kind
    assert {key: found[key] for key in GOOD[kind] if key != "identity"}.items() <= (
        GOOD[kind] | found
    ).items()
    assert GOOD[kind]["identity"].items() <= found["identity"].items()


def test_there_are_fifty_hostile_ones():
    assert len(HOSTILE) + len(TEXTS) > 100


@pytest.mark.parametrize("number", range(len(HOSTILE)))
def test_a_hostile_picture_is_refused_before_anything_is_made(number, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    nothing_is_made(monkeypatch)
    figure = picture(tmp_path / "a.png", HOSTILE[number])
    start = time.monotonic()
    with pytest.raises(RefocusError) as caught:
        remake.remake(figure, ProgressLine())
    assert time.monotonic() - start < 10
    assert len(str(caught.value).splitlines()) == 1
    assert len(str(caught.value)) < 3000


def nothing_is_made(monkeypatch):
    def made(*_, **__):
        pytest.fail("something was made")

    for name in ("notebooks.runs.run_once", "sweeps.sweep.make_points", "sweeps.point.evaluate"):
        monkeypatch.setattr(f"refocuslab.lab.{name}", made)
    monkeypatch.setattr("refocuslab.refocusing.refocuser.Refocuser.refocus", made)


@pytest.mark.parametrize("name", TEXTS)
def test_hostile_texts(name, tmp_path):
    figure = picture(tmp_path / "a.png", TEXTS[name])
    tracemalloc.start()
    try:
        with pytest.raises(RefocusError, match=r"^figure must be"):
            remake.remake(figure, ProgressLine())
        assert tracemalloc.get_traced_memory()[1] < 50e6
    finally:
        tracemalloc.stop()


@pytest.mark.seconds
def test_what_is_no_plain_file_and_what_has_no_end(tmp_path):
    os.mkfifo(tmp_path / "pipe.png")
    (tmp_path / "null.png").symlink_to(os.devnull)
    (tmp_path / "folder.png").mkdir()
    picture(tmp_path / "a.png", POINT)
    for number, length in enumerate((2**31, 2**32 - 1, 2**20)):
        png = bytearray((tmp_path / "a.png").read_bytes())
        at = png.index(b"tEXt") - 4
        png[at : at + 4] = length.to_bytes(4, "big")
        (tmp_path / f"length{number}.png").write_bytes(png)
    (tmp_path / "empty_chunks.png").write_bytes(provenance.join([b"\0\0\0\0abcd\0\0\0\0"] * 2_000_000))
    with open(tmp_path / "sparse.png", "wb") as file:
        file.write(provenance.join([]))
        file.truncate(2**40)
    for path in sorted(tmp_path.glob("*.png")):
        if path.name != "a.png":
            start = time.monotonic()
            with pytest.raises(RefocusError, match=r"^figure must be"):
                provenance.read(path)
            assert time.monotonic() - start < 20


def test_a_large_picture_is_not_read_for_its_stamp(tmp_path):
    figure = picture(tmp_path / "a.png", POINT)
    with figure.open("ab") as file:
        file.truncate(2**36)
    assert provenance.read(figure) == POINT


def test_no_file_but_a_figure_of_the_run_comes_into_the_picture(tmp_path, monkeypatch):
    """The end of it: a picture that names a file beside the run's figures, as far as the command line."""
    from refocuslab.lab.notebooks import runs

    run = tmp_path / "run"
    run.mkdir()
    (run / "figure2.png").write_bytes(b"the figure")
    (run / "manifest.json").write_bytes(b"not a figure")
    (tmp_path / "secret.png").write_bytes(b"a secret")

    made = SimpleNamespace(outputs={"figure2.png": ""})
    monkeypatch.setattr(runs, "run_once", lambda *_, **__: (run, made, True))
    monkeypatch.chdir(tmp_path)
    for name in ("manifest.json", "../secret.png", str(tmp_path / "secret.png"), ""):
        picture(tmp_path / "hostile.png", NOTEBOOK | {"figure": name})
        asked = CliRunner().invoke(main.main, ["remake", "hostile.png", "-o", "again.png"])
        assert asked.exit_code == 2, asked.output
        assert asked.exception is None or isinstance(asked.exception, SystemExit)
        assert not (tmp_path / "again.png").exists()
    picture(tmp_path / "honest.png", NOTEBOOK)
    assert CliRunner().invoke(main.main, ["remake", "honest.png", "-o", "again.png"]).exit_code == 1
    assert (tmp_path / "again.png").read_bytes() == b"the figure"


def test_photos_that_lie_elsewhere_are_not_read(tmp_path, monkeypatch):
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    Image.fromarray(np.zeros((9, 9, 3), np.uint8)).save(tmp_path / "private.png")
    nothing_is_made(monkeypatch)
    for name in ("../private.png", str(tmp_path / "private.png"), PASSWORDS):
        told = changed("photos", "photos", "misfocused", to=name)
        with pytest.raises(RefocusError):
            remake.remake(picture(tmp_path / "here" / "a.png", told), ProgressLine())


def test_differences_are_lines_of_some_length_whatever_they_tell():
    then = {"a": "\x1b[2J\n", "b": "x" * 10_000, "\x00" * 500: 1}
    for line in identity.differences(then, {"a": 1}):
        assert len(line.splitlines()) == 1
        assert len(line) < 1500
        assert line.isprintable()
