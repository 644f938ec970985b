"""Kills against sweeps and against ``refocus``: nothing is lost, nothing half-written, the same result.

A round has a seed of its own, which plays it again: ``python tests/soak/kill_sweeps.py SEED``.
"""

import os
import random
import re
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from PIL import Image

import refocuslab as rl
from refocuslab.lab.records import manifest
from refocuslab.pictures.masks import write_mask
from refocuslab.pictures.writing import write_photo

ROOT = Path(__file__).parents[2]
SWEEP = ["sweep", "4", "-p", "scene", "motorcycle,coffee", "-p", "lambda_texture", "0.001,0.1"]
SWEEP += ["-p", "candidates", "5,10", "-p", "crop", "40"]
REFOCUS = ["refocus", "blurred.png", "sharp.png", "--mask", "mask.png", "--diameter", "5"]
REFOCUS += ["-p", "candidates", "60", "-p", "passes", "4"]
SIGNALS = (signal.SIGKILL, signal.SIGTERM, signal.SIGINT)
KILLS = 4  # of one sweep before it may end
LIMIT = 300  # seconds for a command that nobody disturbs


class Found(AssertionError):
    """What a round found that must not be."""


def run(seconds: float, seed: int) -> dict:
    """Rounds until the time is over, and at least one: counts of each kind, of kills, and what failed."""
    counts, failures = {"sweeps": 0, "pairs of sweeps": 0, "pictures": 0, "kills": 0}, []
    end, chance = time.monotonic() + seconds, random.Random(seed)
    with tempfile.TemporaryDirectory(prefix="kills-") as folder:
        undisturbed = _Undisturbed(Path(folder))
        while not sum(counts.values()) + len(failures) or time.monotonic() < end:
            of_round = chance.randrange(2**32)
            try:
                one_round(of_round, undisturbed, counts)
            except Found as found:
                failures.append(f"kill_sweeps.py {of_round}: {found}")
    return {"counts": counts, "failures": failures}


def one_round(seed: int, undisturbed: "_Undisturbed", counts: dict) -> None:
    """One sweep, two at once, or one picture, killed at moments that the seed chooses."""
    chance = random.Random(seed)
    kind = chance.choice(("sweeps", "pairs of sweeps", "pictures", "pictures"))
    with tempfile.TemporaryDirectory(dir=undisturbed.folder) as name:
        if kind == "pictures":
            counts["kills"] += _picture(chance, undisturbed, Path(name))
        else:
            counts["kills"] += _sweep(chance, undisturbed, Path(name), 2 if kind == "pairs of sweeps" else 1)
    counts[kind] += 1


class _Undisturbed:
    """What comes of the commands when nobody disturbs them, and how long they take."""

    def __init__(self, folder: Path):
        self.folder = folder
        photos(folder)
        start = time.monotonic()
        self.table = table(ended(started(folder, *SWEEP, "-o", "undisturbed")))
        self.sweep_seconds = time.monotonic() - start
        start = time.monotonic()
        ended(started(folder, *REFOCUS, "-o", "undisturbed.png"))
        self.picture_seconds = time.monotonic() - start
        self.picture = (folder / "undisturbed.png").read_bytes()


def _sweep(chance: random.Random, undisturbed: _Undisturbed, folder: Path, at_once: int) -> int:
    whole: set[str] = set()
    for _ in range(KILLS):
        running = [started(undisturbed.folder, *SWEEP, "-o", str(folder)) for _ in range(at_once)]
        time.sleep(chance.uniform(0, undisturbed.sweep_seconds))
        for one in running:
            # The command with its workers, or the command alone, whose workers find themselves orphans.
            sent = chance.choice(SIGNALS)
            (os.killpg if chance.random() < 0.5 else os.kill)(one.pid, sent)
        for one in running:
            orderly(one)
        now = whole_points(folder)
        if whole - now:
            raise Found(f"points are lost: {sorted(whole - now)}")
        whole = now
    for said in [ended(one) for one in [started(undisturbed.folder, *SWEEP, "-o", str(folder))]]:
        if table(said) != undisturbed.table:
            raise Found(f"another table: {table(said)}, undisturbed {undisturbed.table}")
    if left := [path.name for path in folder.rglob(".*")]:
        raise Found(f"left behind: {left}")
    whole_points(folder)
    return KILLS * at_once


def _picture(chance: random.Random, undisturbed: _Undisturbed, folder: Path) -> int:
    before = chance.choice((b"", b"what was there before"))
    path = folder / "out.png"
    if before:
        path.write_bytes(before)
    running = started(undisturbed.folder, *REFOCUS, "-o", str(path))
    time.sleep(chance.uniform(0, 1.2 * undisturbed.picture_seconds))
    sent = chance.choice(SIGNALS)
    running.send_signal(sent)
    orderly(running)
    now = path.read_bytes() if path.exists() else b""
    if now not in (before, undisturbed.picture):
        raise Found(f"half a picture of {len(now)} bytes after {sent.name}")
    others = [one.name for one in folder.iterdir() if one != path]
    if others and sent != signal.SIGKILL:
        raise Found(f"left behind after {sent.name}: {others}")
    return 1


def photos(folder: Path) -> None:
    """A photo of random blocks, blurred and sharp, and a mask."""
    blocks = np.random.default_rng(3).integers(0, 256, (16, 16, 3), dtype=np.uint8)
    sharp = np.repeat(np.repeat(blocks, 6, 0), 6, 1)
    mask = np.zeros(sharp.shape[:2], bool)
    mask[20:70, 20:70] = True
    write_photo(folder / "sharp.png", sharp)
    write_photo(folder / "blurred.png", rl.blur(sharp, rl.disk(5)))
    write_mask(folder / "mask.png", mask)


def started(folder: Path, *arguments: str) -> subprocess.Popen:
    """The command, in a process group of its own."""
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "refocuslab.lab", *arguments]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    return subprocess.Popen(command, cwd=folder, env=environment, start_new_session=True, **pipes)


def ended(running: subprocess.Popen) -> str:
    """What a command that nobody disturbs says; it must succeed."""
    said, errors = running.communicate(timeout=LIMIT)
    if running.returncode:
        raise Found(f"exit code {running.returncode}: {errors[-500:]}")
    return said


def orderly(running: subprocess.Popen) -> None:
    """Wait for a command that was killed: it may end as it likes, but not with a traceback."""
    try:
        _, errors = running.communicate(timeout=LIMIT)
    except subprocess.TimeoutExpired:
        os.killpg(running.pid, signal.SIGKILL)
        running.communicate()
        raise Found("it did not end when it was killed") from None
    # An interrupt can come before there is anything of ours to catch it.
    if "Traceback" in errors and any(name in errors for name in ("refocuslab/lab", "joblib", "loky")):
        raise Found(f"a traceback: {errors[-1500:]}")


def table(said: str) -> str:
    return re.search(r"sha256 (\w{64})", said)[1]


def whole_points(folder: Path) -> set[str]:
    """The points that are there; all that has a name must be whole."""
    found = set()
    for path in (folder / "points").glob("[!.]*.json"):
        made = manifest.read(path)
        if made is None or not made.holds(path.parent):
            raise Found(f"half a point: {path.name}")
        found.add(path.stem)
    for path in folder.rglob("[!.]*.png"):
        with Image.open(path) as picture:
            picture.load()
    return found


if __name__ == "__main__":
    tallied = {"sweeps": 0, "pairs of sweeps": 0, "pictures": 0, "kills": 0}
    with tempfile.TemporaryDirectory(prefix="kills-") as place:
        one_round(int(sys.argv[1]), _Undisturbed(Path(place)), tallied)
    print(tallied)
