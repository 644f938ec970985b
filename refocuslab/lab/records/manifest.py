"""The manifest of a run: what determined it, where and when it was made, its outputs; written last.

A run is complete when its manifest is there as it was written, and every output has the hash that stands
in it.
"""

import hashlib
import json
import stat
import subprocess
from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache
from pathlib import Path, PurePosixPath
from typing import Any

from pydantic import BaseModel, ConfigDict

from refocuslab.files.installed import PACKAGE
from refocuslab.files.plain_files import write_whole
from refocuslab.lab.records.identity import name_of, sha256
from refocuslab.lab.records.machine import machine

# Bytes. A manifest of the longest notebook has some 100 KB, its largest output some 10 MB.
LARGEST, LARGEST_OUTPUT = 10_000_000, 1_000_000_000


# The score of a picture, or a row of a notebook, whose parameters are a dict of its own.
Score = dict[str, bool | int | float | str | dict[str, Any] | None]


class Manifest(BaseModel):
    """One run.

    Attributes
    ----------
    name : str
        ``name_of(identity)``.
    identity : dict
        All that determines the result, see ``identity``.
    parameters : dict
        {parameter: value}, as asked for.
    scenes : dict
        {scene: {file: SHA-256}}.
    seconds : dict of str to float
        {stage: seconds}.
    scores : list of dict
        The score of a picture, or the rows of a notebook.
    outputs : dict of str to str
        {file: SHA-256}, relative to the folder of the run.
    machine : dict
        Where it was made, as ``machine`` has it.
    commit : str
        From what, as ``commit`` has it.
    date : str
        When, in the form of ISO 8601.
    doubts : tuple of str
        The doubts about its result, a sentence each.
    seal : str
        The hash of all other fields, by which a manifest that was edited is recognized.
    """

    # An infinite PSNR (a perfect photo) is written as "Infinity", which JSON itself has not.
    model_config = ConfigDict(extra="forbid", frozen=True, ser_json_inf_nan="strings")

    name: str
    identity: dict[str, Any]
    parameters: dict[str, bool | int | float | str]
    scenes: dict[str, dict[str, str]]
    seconds: dict[str, float]
    scores: list[Score]
    outputs: dict[str, str]
    machine: dict[str, Any]
    commit: str
    date: str
    doubts: tuple[str, ...] = ()
    seal: str = ""

    @property
    def is_as_written(self) -> bool:
        """Whether its name and its seal are the hashes that they should be."""
        return self.name == name_of(self.identity) and self.seal == self._sealed()

    def sealed(self) -> "Manifest":
        """A copy with the seal set."""
        return self.model_copy(update={"seal": self._sealed()})

    def holds(self, folder: Path) -> bool:
        """Whether it is as it was written, and every output within the folder is, too."""
        return self.is_as_written and all(
            _within(file) and _sha256(folder / file) == known for file, known in self.outputs.items()
        )

    def _sealed(self) -> str:
        # In the form that a file holds, so that reading it back changes nothing.
        return name_of(json.loads(self.model_dump_json(exclude={"seal"})))


def manifest(
    identity: dict[str, Any],
    *,
    parameters: dict[str, bool | int | float | str],
    scenes: dict[str, dict[str, str]],
    seconds: dict[str, float],
    scores: list[Score],
    outputs: dict[str, bytes],
    doubts: Iterable[str] = (),
) -> Manifest:
    """The sealed manifest of what was made here and now.

    Parameters
    ----------
    identity, parameters, scenes, seconds : dict
        As in ``Manifest``.
    scores : list of dict
        As in ``Manifest``.
    outputs : dict of str to bytes
        {file: its content}.
    doubts : iterable of str
        As in ``Manifest``.
    """
    return Manifest(
        name=name_of(identity),
        identity=identity,
        parameters=parameters,
        scenes=scenes,
        seconds=seconds,
        scores=scores,
        outputs={file: sha256(content) for file, content in outputs.items()},
        machine=_machine(),
        commit=commit(),
        date=datetime.now().astimezone().isoformat(timespec="seconds"),
        doubts=tuple(doubts),
    ).sealed()


def write(made: Manifest, path: Path) -> None:
    """Write a manifest to a file, whole, as JSON."""
    write_whole(path, (made.model_dump_json(indent=1) + "\n").encode())


def read(path: Path) -> Manifest | None:
    """The manifest in a file; None if there is none, or it is not as it was written."""
    try:
        if not is_plain(path, LARGEST):
            return None
        made = Manifest.model_validate_json(path.read_bytes())
        return made if made.is_as_written else None
    except (OSError, ValueError, RecursionError):
        return None


def is_plain(path: Path, largest: int) -> bool:
    """Whether it is a plain file of at most ``largest`` bytes, which can be read without waiting."""
    try:
        found = path.stat()
    except (OSError, ValueError):
        return False
    return stat.S_ISREG(found.st_mode) and found.st_size <= largest


def _within(file: str) -> bool:
    return (
        not PurePosixPath(file).is_absolute() and ".." not in PurePosixPath(file).parts and "\0" not in file
    )


def _sha256(path: Path) -> str | None:
    try:
        if not is_plain(path, LARGEST_OUTPUT):
            return None
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return None


@lru_cache(maxsize=1)
def commit() -> str:
    """The commit of the checkout that this package lies in, ``<hash> with changes`` if files differ from it.

    Returns
    -------
    str
        Empty where there is no checkout or no git.
    """
    root = PACKAGE.parent
    if not (root / ".git").exists():
        return ""
    try:
        head, changed = (
            subprocess.run(
                ["git", *what], cwd=root, capture_output=True, text=True, check=True
            ).stdout.strip()
            for what in (("rev-parse", "HEAD"), ("status", "--porcelain", "--untracked-files=no"))
        )
    except (OSError, subprocess.CalledProcessError):
        return ""
    return f"{head} with changes" if changed else head


_machine = lru_cache(maxsize=1)(machine)
