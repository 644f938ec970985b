"""TOML of anybody: within bounds it is what tomllib makes of it, and nothing keeps it busy or ends it."""

import os
import time
import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from refocuslab.errors import RefocusError
from refocuslab.files.installed import data_folder
from refocuslab.files.toml_files import LARGEST, parse_toml, read_bounded, read_toml

N = LARGEST - 50
HOSTILE = {
    "brackets": b"a=" + b"[" * (N // 2),
    "500 brackets": b"a=" + b"[" * 500 + b"]" * 500,
    "tables": b"a=" + b"{b=" * (N // 3),
    "digits": b"a=" + b"9" * 5000,
    "digits with underscores": b"a=" + b"1_" * 5000 + b"1",
    "hexadecimal digits": b"a=0x" + b"f" * 5000,
    "a dotted key": b".".join([b"a"] * 100_000) + b"=1",
    "a dotted key of texts": b".".join([b'"a"'] * 100_000) + b"=1",
    "a dotted key with spaces": b" . ".join([b"a"] * 100_000) + b"=1",
    "a dotted header": b"[" + b".".join([b"a"] * 100_000) + b"]",
    "a dotted key in a table": b"a={" + b".".join([b"a"] * 100_000) + b"=1}",
    "an open text": b'a=1\n"""' + b'\\"""' * (N // 5),
    "quotation marks": b'"' * N,
    "apostrophes": b"'" * N,
    "signs": b"a=" + b"-" * N,
    "no UTF-8": b'a="\xff"',
    "a day that never was": b"a=9999-99-99",
}
M = LARGEST // 8  # the parser needs some seconds for it all
SLOW_TO_READ = {
    "comments": b"#" * M,
    "a long text": b'a="' + b"\\n" * (M // 2 - 5) + b'"',
    "a list": b"a=[" + b"1," * (M // 2 - 5) + b"]",
    "lists": b"a=[" + b"[]," * (M // 3 - 5) + b"]",
    "tables in a list": b"a=[" + b"{a.b.c.d=1}," * (M // 13) + b"]",
    "headers": b"[[a]]\n" * (M // 6),
    "keys": b"\n".join(b"a%d=1" % i for i in range(10_000)),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_what_would_keep_the_parser_busy_or_end_it_is_refused_at_once(name):
    start = time.monotonic()
    with pytest.raises(RefocusError, match=r"^file must "):
        parse_toml("file", HOSTILE[name])
    assert time.monotonic() - start < 20


@pytest.mark.seconds
@pytest.mark.parametrize("name", SLOW_TO_READ)
def test_what_is_merely_long_is_read(name):
    start = time.monotonic()
    assert parse_toml("file", SLOW_TO_READ[name]) == tomllib.loads(SLOW_TO_READ[name].decode())
    assert time.monotonic() - start < 60


@pytest.mark.parametrize(
    "text",
    [
        'a = "' + "9" * 5000 + "." * 5000 + "[" * 5000 + '"',
        "a = '''" + "{a=" * 500 + "'''",
        'a = """' + '\\"""' + "[" * 100 + '""""',
        "# " + "[" * 100 + "9" * 5000 + "\na = 1",
        "a = 1" + "0" * 300 + ".0",
        "\ufeffa = 1",
        "a = [[[[[[1]]]]]]",
        "a.b.c.d.e.f = 1",
    ],
)
def test_texts_comments_and_long_numbers_may_be_what_they_like(text):
    assert parse_toml("file", text.encode()) == tomllib.loads(text.removeprefix("\ufeff"))


@pytest.mark.seconds
@given(st.text(st.sampled_from("ab\"'\\#[]{}=.,\n 1_-"), max_size=60))
def test_short_texts_give_what_the_parser_gives(text):
    try:
        expected = tomllib.loads(text)
    except ValueError:
        with pytest.raises(RefocusError):
            parse_toml("file", text.encode())
    else:
        assert parse_toml("file", text.encode()) == expected


def test_the_shipped_scenes_are_far_within_the_bounds():
    for path in data_folder().glob("*/scene.toml"):
        assert read_toml(path) == tomllib.loads(path.read_text("utf-8"))
        assert path.stat().st_size < LARGEST / 50


def test_files_that_are_no_plain_files_are_never_opened(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()
    (tmp_path / "null").symlink_to(os.devnull)
    (tmp_path / "loop").symlink_to("loop")
    (tmp_path / "long").write_bytes(b" " * (LARGEST + 1))
    for name in ("pipe", "folder", "null", "loop", "long", "none", "x" * 300):
        with pytest.raises(RefocusError, match=r"^file must"):
            read_bounded("file", tmp_path / name, LARGEST)
        with pytest.raises(RefocusError):
            read_toml(tmp_path / name)
