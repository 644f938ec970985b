"""What this machine has for the project, and what to do where something is missing."""

import importlib.metadata
import os
import shutil
import sys
import tempfile
import webbrowser
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from refocuslab.lab.terminal import command_line
from refocuslab.running import kernel_cache
from refocuslab.running.cache_folder import of_the_user, usable
from refocuslab.running.threads import thread_count

# How grave a finding is: nothing to do; something is slower or absent; something will not work.
FINE, NOTE, FAULT = "ok", "note", "fault"
# Bytes below which it is said: a megapixel refocused by `consistent` takes 3.4 GB, all results 60 MB.
_MEMORY, _DISK = 4_000_000_000, 500_000_000
# Extras of the package that are not needed, and what is absent without them.
_EXTRAS = {
    "heic": "photos of the HEIC format",
    "raw": "camera raw",
    "search": "other people's searches in notebook 7",
    "cluster": "sweeps on a cluster",
}


class Finding(NamedTuple):
    """What was looked at, and what was found.

    Attributes
    ----------
    about : str
        What was looked at.
    state : str
        ``FINE``, ``NOTE`` or ``FAULT``.
    found : str
        What is there.
    remedy : str
        What to do; empty where nothing is.
    """

    about: str
    state: str
    found: str
    remedy: str = ""


def examine() -> Iterator[Finding]:
    """Look at one thing after another, the slow ones last; each is told as soon as it is known."""
    for look in (python, packages, extras, threads, memory, disk, kept, compiled, browser, kernel):
        yield _told(look)


def python() -> Finding:
    """The interpreter."""
    version = ".".join(map(str, sys.version_info[:3]))
    return Finding("Python", FINE, f"{version}, {sys.executable}")


def packages() -> Finding:
    """The packages that method and lab need, at versions that the project has seen."""
    needed = [*_required(""), *_required("lab")]
    wrong = [said for name, least in needed if (said := _why_not(name, least))]
    if wrong:
        remedy = 'pip install --upgrade "refocuslab[lab]", or `make ready` in a checkout'
        return Finding("packages", FAULT, ", ".join(wrong), remedy)
    return Finding("packages", FINE, f"all {len(needed)} that method and lab need")


def extras() -> Finding:
    """The packages that some things need."""
    absent = [extra for extra in _EXTRAS if any(_why_not(*one) for one in _required(extra))]
    if not absent:
        return Finding("extras", FINE, f"all of {', '.join(_EXTRAS)}")
    without = "; ".join(f"without {extra}: no {_EXTRAS[extra]}" for extra in absent)
    return Finding("extras", NOTE, without, f'pip install "refocuslab[{",".join(absent)}]"')


def threads() -> Finding:
    """The cores that this process may use."""
    cores, there = thread_count(None), os.cpu_count() or 1
    less = f" of {there}" if cores < there else ""
    return Finding("threads", FINE, f"one on each of {cores} cores{less}; pictures do not depend on it")


def memory() -> Finding:
    """The memory that is free."""
    import psutil

    from refocuslab.refocusing.memory import there_is

    free = psutil.virtual_memory().available
    free = min(free, there_is() or free)  # a container may have less than the machine
    state = FINE if free >= _MEMORY else NOTE
    remedy = (
        "" if state == FINE else "close other programs before a photo of many megapixels; --forecast tells"
    )
    return Finding("memory", state, f"{free / 1e9:.1f} GB to be had", remedy)


def disk() -> Finding:
    """The room for results in the current folder."""
    here = Path.cwd()
    free = shutil.disk_usage(here).free
    if not os.access(here, os.W_OK):
        return Finding("this folder", NOTE, "cannot be written to", "name another by -o")
    state = FINE if free >= _DISK else NOTE
    return Finding("this folder", state, f"{free / 1e9:.1f} GB free", "" if state == FINE else "make room")


def kept() -> Finding:
    """The user's cache folder, for what was measured of this machine."""
    folder = of_the_user("refocuslab")
    if folder is None or not usable(folder):
        where = "there is none" if folder is None else f"{folder} cannot be written to"
        return Finding("cache folder", NOTE, where, "set XDG_CACHE_HOME to a folder that can be written to")
    return Finding("cache folder", FINE, str(folder))


def compiled() -> Finding:
    """Whether compiled kernels are kept, and whether they are there."""
    kernel_cache.settle()
    if note := kernel_cache.take_note():
        return Finding("compiled kernels", NOTE, note.partition(":")[0], kernel_cache.REMEDY)
    if number := kernel_cache.count():
        return Finding("compiled kernels", FINE, f"{number} are kept")
    return Finding("compiled kernels", NOTE, "none yet: the first run compiles", command_line("warm-up"))


def browser() -> Finding:
    """A browser that pages are opened in."""
    try:
        webbrowser.get()
    except webbrowser.Error:
        remedy = "open the address that is printed in a browser of any machine that reaches this one"
        return Finding("browser", NOTE, "none that can be opened from here", remedy)
    return Finding("browser", FINE, "there is one")


def kernel() -> Finding:
    """Whether a notebook's kernel starts, answers, and has this package."""
    from nbformat.v4 import new_code_cell, new_notebook

    from refocuslab.lab.notebooks.execute import execute

    cell = new_code_cell("import sys, refocuslab\nprint(sys.executable)")
    with tempfile.TemporaryDirectory() as folder:
        done = execute("kernel", new_notebook(cells=[cell]), folder=Path(folder))
    answer = done.cells[0].outputs[0].text.strip()
    if answer != sys.executable:
        remedy = "python -m ipykernel install --sys-prefix, with this Python"
        return Finding("kernel", FAULT, f"python3 is another Python: {answer}", remedy)
    return Finding("kernel", FINE, "python3 starts, and is this Python")


def _told(look: Callable[[], Finding]) -> Finding:
    """What was found; a look that fails is a finding, too."""
    try:
        return look()
    except Exception as error:  # whatever is broken on this machine must not end the examination
        found = f"{type(error).__name__}: {' '.join(str(error).split())}"
        return Finding(look.__name__, FAULT, found, "`make ready` in a checkout makes an environment anew")


def _required(extra: str) -> list[tuple[str, str]]:
    """Names and least versions of what the package asks for, of itself or for an extra."""
    from packaging.requirements import Requirement

    required = []
    for text in importlib.metadata.requires("refocuslab") or []:
        one = Requirement(text)
        marked = "extra" in str(one.marker or "")
        if marked == bool(extra) and (one.marker is None or one.marker.evaluate({"extra": extra})):
            required.append((one.name, str(one.specifier)))
    return required


def _why_not(name: str, versions: str) -> str:
    """Why a package does not serve; empty if it does."""
    from packaging.specifiers import SpecifierSet

    try:
        there = importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return f"{name} is not installed"
    fits = SpecifierSet(versions).contains(there, prereleases=True)
    return "" if fits else f"{name} is {there}, not {versions}"
