"""The manifest of a run: what determined it, where and when it was made, what came out; written last.

A run counts as done when its manifest is there as it was written, and every output still has the hash
that stands in it.
"""

import hashlib
import json
import stat
import subprocess
from datetime import datetime
from functools import lru_cache
from pathlib import Path, PurePosixPath

from pydantic import BaseModel, ConfigDict

from refocuslab.files.installed import PACKAGE
from refocuslab.files.plain_files import write_whole
from refocuslab.lab.records.identity import name_of, sha256
from refocuslab.lab.records.notebook_record import machine

# Bytes. A manifest of the longest notebook has some 100 KB, its largest output some 10 MB.
LARGEST, LARGEST_OUTPUT = 10_000_000, 1_000_000_000


class Manifest(BaseModel):
    """One run.

    name: the hash of identity, which is all that determines the result. parameters: as asked for.
    scenes: {scene: {file: SHA-256}}. seconds: per stage. scores: those of a picture, or a notebook's
    rows. outputs: {file: SHA-256}. machine, commit, date: where, from what and when. doubts: what there is
    to doubt about its result, a sentence each. seal: the hash of all the other fields, by which an edited
    manifest is known.
    """

    # An infinite PSNR (a perfect photo) is written as "Infinity", which JSON itself has not.
    model_config = ConfigDict(extra="forbid", frozen=True, ser_json_inf_nan="strings")

    name: str
    identity: dict
    parameters: dict[str, bool | int | float | str]
    scenes: dict[str, dict[str, str]]
    seconds: dict[str, float]
    scores: list[dict[str, bool | int | float | str | dict | None]]
    outputs: dict[str, str]
    machine: dict
    commit: str
    date: str
    doubts: tuple[str, ...] = ()
    seal: str = ""

    @property
    def is_as_written(self) -> bool:
        return self.name == name_of(self.identity) and self.seal == self._sealed()

    def sealed(self) -> "Manifest":
        return self.model_copy(update={"seal": self._sealed()})

    def holds(self, folder: Path) -> bool:
        """Whether it and all its outputs, within the folder, are as they were written."""
        return self.is_as_written and all(
            _within(file) and _sha256(folder / file) == known for file, known in self.outputs.items()
        )

    def _sealed(self) -> str:
        # In the form that a file holds, so that reading it back changes nothing.
        return name_of(json.loads(self.model_dump_json(exclude={"seal"})))


def manifest(
    identity: dict, *, parameters, scenes, seconds, scores, outputs: dict[str, bytes], doubts=()
) -> Manifest:
    """The manifest of what was made here and now; ``outputs`` maps each file to its content."""
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
    write_whole(path, (made.model_dump_json(indent=1) + "\n").encode())


def read(path: Path) -> Manifest | None:
    """The manifest in a file; None if there is none, or none that is as it was written."""
    try:
        if not is_plain(path, LARGEST):
            return None
        made = Manifest.model_validate_json(path.read_bytes())
        return made if made.is_as_written else None
    except (OSError, ValueError, RecursionError):
        return None


def is_plain(path: Path, largest: int) -> bool:
    """Whether a file can be read without waiting: it is neither a pipe nor a device, and no larger."""
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
    """The commit of the checkout that this package lies in, marked if files differ; else nothing."""
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
