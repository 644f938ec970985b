"""The manifest of a run: what determined it, where and when it was made, what came out; written last.

A run counts as done when its manifest is there and every output still has the hash that stands in it.
"""

import subprocess
from datetime import datetime
from functools import lru_cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from refocuslab.lab.identity import name_of, sha256
from refocuslab.lab.records import machine
from refocuslab.photos import write_whole


class Manifest(BaseModel):
    """One run.

    name: the hash of identity, which is all that determines the result. parameters: as asked for.
    scenes: {scene: {file: SHA-256}}. seconds: per stage. scores: those of a picture, or a notebook's
    rows. outputs: {file: SHA-256}. machine, commit, date: where, from what and when.
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

    def holds(self, folder: Path) -> bool:
        """Whether its name is right, and all its outputs lie in the folder as they were written."""
        return self.name == name_of(self.identity) and all(
            (folder / file).is_file() and sha256((folder / file).read_bytes()) == known
            for file, known in self.outputs.items()
        )


def manifest(identity: dict, *, parameters, scenes, seconds, scores, outputs: dict[str, bytes]) -> Manifest:
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
    )


def write(made: Manifest, path: Path) -> None:
    write_whole(path, (made.model_dump_json(indent=1) + "\n").encode())


def read(path: Path) -> Manifest | None:
    """The manifest in a file; None if there is none, or none that can be read."""
    try:
        return Manifest.model_validate_json(path.read_bytes())
    except (OSError, ValidationError):
        return None


@lru_cache(maxsize=1)
def commit() -> str:
    """The commit of the checkout that this package lies in, marked if files differ; else nothing."""
    root = Path(__file__).resolve().parents[2]
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
