"""The folder of this user's cache, on each system."""

from pathlib import Path

import pytest

from refocuslab.running import cache_folder


@pytest.mark.parametrize(
    ("platform", "environment", "expected"),
    [
        ("linux", {"XDG_CACHE_HOME": "cache"}, "cache/numba"),
        ("linux", {}, "home/.cache/numba"),
        ("darwin", {"XDG_CACHE_HOME": "cache"}, "home/Library/Caches/numba"),
        ("win32", {"LOCALAPPDATA": "local"}, "local/numba/Cache"),
        ("win32", {}, None),
    ],
)
def test_the_users_folder_is_the_one_that_numba_takes(monkeypatch, platform, environment, expected):
    for name in ("XDG_CACHE_HOME", "LOCALAPPDATA"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(cache_folder.sys, "platform", platform)
    monkeypatch.setattr(Path, "home", lambda: Path("home"))
    assert cache_folder.of_the_user("numba") == (expected and Path(expected))


def test_without_a_home_there_is_no_users_folder(monkeypatch):
    def homeless():
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setattr(cache_folder.sys, "platform", "linux")
    monkeypatch.setattr(Path, "home", homeless)
    assert cache_folder.of_the_user("numba") is None
