"""The examination of a machine: what is missing is told with its remedy, and ends nothing."""

import importlib.metadata
import sys
import webbrowser

import pytest

from refocuslab.lab.doctor import examination
from refocuslab.lab.doctor.examination import FAULT, FINE, NOTE, Finding
from refocuslab.lab.notebooks import execute
from refocuslab.running import kernel_cache


def test_what_is_needed_here_is_there():
    assert examination.packages().state == FINE
    assert examination.python() == Finding(
        "Python", FINE, f"{sys.version.split()[0].rstrip('+')}, {sys.executable}"
    )


def test_a_package_that_is_absent_or_too_old_is_named(monkeypatch):
    known = importlib.metadata.version

    def version(name):
        if name == "papermill":
            raise importlib.metadata.PackageNotFoundError(name)
        return "1.0" if name == "numpy" else known(name)

    monkeypatch.setattr(importlib.metadata, "version", version)
    found = examination.packages()
    assert found.state == FAULT and "pip install" in found.remedy
    assert "papermill is not installed" in found.found and "numpy is 1.0, not >=" in found.found
    assert "scipy" not in found.found


def test_an_extra_that_is_absent_is_said_with_what_it_is_for(monkeypatch):
    known = importlib.metadata.version

    def version(name):
        if name == "pillow-heif":
            raise importlib.metadata.PackageNotFoundError(name)
        return "99" if name == "rawpy" else known(name)

    monkeypatch.setattr(importlib.metadata, "version", version)
    found = examination.extras()
    assert (found.state, found.found) == (NOTE, "without heic: no photos of the HEIC format")
    assert found.remedy == 'pip install "refocuslab[heic]"'


def test_little_memory_and_little_room_are_said(monkeypatch):
    import psutil

    from refocuslab.refocusing import memory

    monkeypatch.setattr(memory, "there_is", lambda: 10**9)  # as in a container
    assert examination.memory()[1:3] == (NOTE, "1.0 GB to be had")
    monkeypatch.setattr(memory, "there_is", lambda: None)
    free = psutil.virtual_memory()._replace(available=8 * 10**9)
    monkeypatch.setattr(psutil, "virtual_memory", lambda: free)
    assert examination.memory()[1:3] == (FINE, "8.0 GB to be had")
    usage = examination.shutil.disk_usage(".")._replace(free=10**8)
    monkeypatch.setattr(examination.shutil, "disk_usage", lambda _: usage)
    assert examination.disk()[1:] == (NOTE, "0.1 GB free", "make room")


def test_kernels_are_counted_where_they_are_kept(tmp_path, monkeypatch):
    monkeypatch.setenv(kernel_cache.PLACE, str(tmp_path))
    assert examination.compiled()[1:] == (NOTE, "none yet: the first run compiles", "refocuslab warm-up")
    (tmp_path / "module").mkdir()
    (tmp_path / "module" / "kernel.nbi").touch()
    assert examination.compiled()[1:3] == (FINE, "1 are kept")


def test_no_browser_and_no_cache_folder_are_no_faults(tmp_path, monkeypatch):
    def none():
        raise webbrowser.Error("none")

    monkeypatch.setattr(webbrowser, "get", none)
    assert examination.browser().state == NOTE and "address" in examination.browser().remedy
    (tmp_path / "file").touch()
    monkeypatch.setattr(examination, "of_the_user", lambda _: tmp_path / "file" / "folder")
    assert examination.kept().state == NOTE and "XDG_CACHE_HOME" in examination.kept().remedy


def test_a_look_that_fails_is_told_and_the_others_go_on(monkeypatch):
    def threads():
        raise ValueError("two\nlines")

    monkeypatch.setattr(examination, "threads", threads)
    monkeypatch.setattr(examination, "kernel", lambda: Finding("kernel", FINE, ""))
    found = {one.about: one for one in examination.examine()}
    assert found["threads"].state == FAULT and found["threads"].found == "ValueError: two lines"
    assert found["kernel"].state == FINE and len(found) == 10


@pytest.mark.slow
def test_a_kernel_starts_and_one_that_does_not_is_a_fault(monkeypatch):
    assert examination.kernel() == Finding("kernel", FINE, "python3 starts, and is this Python")
    monkeypatch.setattr(execute, "KERNEL", "no-such-kernel")
    found = examination._told(examination.kernel)
    assert found.state == FAULT and "no-such-kernel" in found.found
