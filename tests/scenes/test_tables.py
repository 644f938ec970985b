"""The tables of a ``scene.toml`` are those that data/README.md describes, key for key."""

import dataclasses
import re
import typing

import pytest

from refocuslab.errors import RefocusError
from refocuslab.files.installed import data_folder
from refocuslab.files.toml_tables import given, read_table
from refocuslab.scenes import bench_tables, tables
from refocuslab.scenes.bench_tables import BenchSceneTable, TextureTable
from refocuslab.scenes.tables import CropTable, NoiseTable, PhotoTable, SceneTable


def inner_table(field):
    """The dataclass of the table, or of the tables, that stand under a key; or None."""
    kinds = [field.type, *typing.get_args(field.type)]
    return next((kind for kind in kinds if dataclasses.is_dataclass(kind)), None)


def declared(kind, header="at the top"):
    """{where: keys} of a table and of those within it, named as the README names them."""
    found = {header: {field.name for field in dataclasses.fields(kind)}}
    for field in dataclasses.fields(kind):
        if (inner := inner_table(field)) is None:
            continue
        place = field.name if header == "at the top" else f"{header.strip('[]')}.{field.name}"
        if inner is TextureTable:
            place = "a texture"
        elif inner in (CropTable, tables.SimulateTable, tables.ViewTable, NoiseTable):
            place = field.name
        elif typing.get_origin(field.type) is list:
            place = f"[[{place}]]"
        else:
            place = f"[{place}]"
        for where, keys in declared(inner, place).items():
            found[where] = found.get(where, set()) | keys
    return found


def documented():
    """{where: keys} of the README's two lists of keys."""
    found, places, listed = {}, [], False
    for line in (data_folder() / "README.md").read_text("utf-8").splitlines():
        listed = line.startswith("|") and (listed or line.startswith("| where |"))
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if not listed or cells[0] in ("where", "---"):
            continue
        if cells[0]:
            places = re.findall(r"`([^`]*)`", cells[0]) or [cells[0]]
        keys = re.findall(r"`([^`]*)`", cells[1])
        for place in places:
            found.setdefault(place, set()).update(keys)
        if inner := re.match(r"`\{ (.*?) \}`", cells[2]):
            (key,) = keys
            found[key] = set(inner[1].split(", "))
    # A header is a key of the table that it stands in.
    for place in [place for place in found if place.startswith("[")]:
        *outer, key = place.strip("[]").split(".")
        found[f"[{'.'.join(outer)}]" if outer else "at the top"].add(key)
    return found


def test_every_key_of_the_readme_is_a_field_and_every_field_a_key():
    expected = declared(SceneTable)
    for where, keys in declared(BenchSceneTable).items():
        expected[where] = expected.get(where, set()) | keys
    assert documented() == expected


def test_every_field_is_described_in_its_class():
    for kind in (vars(tables) | vars(bench_tables)).values():
        if dataclasses.is_dataclass(kind):
            lines = re.findall(r"^    (\w[\w, ]*?)(?: : .*)?$", kind.__doc__, re.M)
            names = {name for line in lines for name in line.split(", ")}
            assert {field.name for field in dataclasses.fields(kind)} <= names, kind


def test_a_key_that_is_left_out_has_its_default():
    table = read_table(PhotoTable, {"photo": "u.png"})
    assert table == PhotoTable(photo="u.png", crop=None)
    assert given(table) == {"photo": "u.png"}
    assert given(table, but=["photo"]) == {}
    assert read_table(NoiseTable, {"std": 1}) == NoiseTable(std=1.0, seed=0)


@pytest.mark.parametrize(
    ("toml", "message"),
    [
        (3, "it must be a table; got 3"),
        ({"foto": 1}, 'foto is none of the keys "photo", "crop" (did you mean "photo"?); got 1'),
        ({"x" * 61: 1}, f'{"x" * 61} is none of the keys "photo", "crop"; got 1'),
        ({"photo": 1}, "photo must be text; got 1"),
        ({}, "photo must be given; got nothing"),
        ({"photo": "", "crop": []}, "crop must be a table; got []"),
        ({"photo": "", "crop": {"top": 1.0}}, "crop: top must be a whole number; got 1.0"),
        ({"photo": "", "crop": {"top": True}}, "crop: top must be a whole number; got True"),
        ({"photo": "", "crop": {"top": 1}}, "crop: left must be given; got nothing"),
    ],
)
def test_what_a_table_may_not_hold(toml, message):
    with pytest.raises(RefocusError) as caught:
        read_table(PhotoTable, toml)
    assert str(caught.value) == message


def test_a_place_at_the_top_of_a_file_is_named_by_its_header():
    photo = {"photo": "u.png"}
    for inner, place in (
        ({"misfocused": {}, "focused": []}, "[misfocused] photo"),
        ({"misfocused": photo, "focused": [photo, {}]}, "[[focused]] number 2: photo"),
        ({"misfocused": photo, "focused": [photo | {"noise": {}}]}, "[[focused]] number 1: noise: std"),
    ):
        with pytest.raises(RefocusError) as caught:
            read_table(SceneTable, inner, headers=True)
        assert caught.value.argument == place


@pytest.mark.parametrize("seed", [-1, 2**128])
def test_a_seed_has_a_range(seed):
    with pytest.raises(RefocusError, match=rf"seed must be at least 0, and at most \d+; got {seed}"):
        read_table(NoiseTable, {"std": 1.0, "seed": seed})
