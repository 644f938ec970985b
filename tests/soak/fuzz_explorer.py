"""The explorer under random messages and trait updates, such as a hostile visitor of a Voilà page may send.

After each burst a valid change must still give its picture, no file may have changed outside the folder
for results, and that folder may hold no more than a page is allowed to save.
"""

import io
import logging
import os
import random
import tempfile
import time
from collections import Counter
from pathlib import Path

import numpy as np
from PIL import Image

import refocuslab as rl
from refocuslab.lab.explorer import Explorer, saving
from refocuslab.lab.widgets.arriving import Unfit
from refocuslab.optics.blur import blur
from refocuslab.optics.psf import disk

BURST, SIDE, TIMEOUT = 30, 24, 120
METHOD = rl.Method(neighborhood=3, candidates=3)


def run(seconds: float, seed: int) -> dict:
    """Bursts for so many seconds: {"counts": cases by outcome, "failures": a text each}."""
    logging.getLogger("traitlets").setLevel(logging.CRITICAL)
    counts, failures = Counter(), []
    end, burst = time.monotonic() + seconds, 0
    while time.monotonic() < end:
        with tempfile.TemporaryDirectory() as name:
            world = _World(Path(name))
            for _ in range(20):
                chance = random.Random(f"{seed}.{burst}")
                wrong = world.burst(chance, counts)
                burst += 1
                if wrong:
                    failures.append(f"seed {seed}, burst {burst - 1}: {wrong}")
                if wrong or time.monotonic() > end:
                    break
        if len(failures) >= 20:
            break
    return {"counts": dict(counts), "failures": failures}


# What files of a scene may be called.
NAMES = ("scene.toml", "../scene.toml", "/etc/hostname", "a.zip", "misfocused.png", "..", "x" * 255)


class _World:
    """An explorer, the folder it may write to, and what lies round it."""

    def __init__(self, root: Path):
        self.root, self.results = root, root / "results"
        self.secret = rl.save_scene(_scene("secret"), root / "secret")
        offered = rl.save_scene(_scene("offered"), root / "offered")
        os.mkfifo(root / "pipe")
        self.explorer = Explorer(_scene("made"), METHOD, scenes=[offered], threads=1, results=self.results)
        self.explorer.settle(TIMEOUT)
        self.around = self._around()

    def burst(self, chance: random.Random, counts: Counter) -> str:
        """Send a burst of nonsense; what is wrong after it, or nothing."""
        for _ in range(chance.randint(1, BURST)):
            state = chance.random() < 0.4
            sent = self._state(chance) if state else self._message(chance)
            try:
                if state:
                    self.explorer.set_state(sent)
                else:
                    pieces = [bytes(chance.randint(1, 9))] if chance.random() < 0.3 else []
                    self.explorer._handle_custom_msg(sent, pieces)
            except Exception as error:
                return f"{type(error).__name__}: {error}, at {sent!r:.300}"
            counts["traits" if state else "messages"] += 1
        try:
            return self._wrong(counts)
        except Exception as error:
            return f"{type(error).__name__}: {error}, after the burst"

    def _wrong(self, counts: Counter) -> str:
        explorer = self.explorer
        explorer._handle_custom_msg({"kind": "cancel"}, [])
        try:
            explorer.settle(TIMEOUT)
        except (rl.RefocusError, Unfit):
            counts["settings without a picture"] += 1
        except TimeoutError:
            return "no end after a cancel"
        for name, value in (("scene", "made"), ("system", "scanline_texture"), ("candidates", 3)):
            serial = explorer.values["serial"] + 1
            explorer._handle_custom_msg({"kind": "set", "name": name, "value": value, "serial": serial}, [])
            if explorer.status["error"]:
                return f"{name} = {value} is refused: {explorer.status['error']}"
        for name, value in (("passes", 1), ("neighborhood", 3), ("levels", 1), ("search", "exact")):
            explorer.set(**{name: value})
        explorer.set_state({"shown": ["refocused"]})
        outcome = explorer.settle(TIMEOUT)
        counts["pictures"] += 1
        shown = np.asarray(Image.open(io.BytesIO(explorer.png_refocused)))
        if not np.array_equal(shown, rl.Refocuser(outcome.scene).refocus(outcome.settings.method).image):
            return "another picture is shown"
        if explorer.values["candidates"] != 3 or explorer.status["busy"]:
            return "the controls do not say what is shown"
        if self._around() != self.around:
            return "a file outside the results has changed"
        saved = len(list(self.results.glob("*.png"))) if self.results.exists() else 0
        return f"{saved} pictures saved" if saved > saving.MOST else ""

    def _around(self) -> dict:
        files = (path for path in self.root.rglob("*") if self.results not in (path, *path.parents))
        return {path: path.lstat().st_mtime_ns for path in files}

    def _message(self, chance: random.Random):
        explorer = self.explorer
        kept = [row["id"] for row in explorer._strip.rows(explorer.outcome)]
        likely = {
            "set": {
                "name": self._name(chance),
                "value": self._value(chance),
                "serial": chance.randint(0, 99),
            },
            "cancel": {},
            "recall": {"id": kept[int(chance.random() * len(kept))]},
            "save": {},
            "stroke": {
                "erase": chance.random() < 0.5,
                "radius": 10 ** chance.uniform(-2, 2),
                "points": [[chance.uniform(-9, SIDE + 9) for _ in "xy"] for _ in range(chance.randint(1, 9))],
            },
            "fill": {"to": chance.choice(["everything", "nothing", "the rest", "the proposal"])},
            chance.choice(["undo", "redo", "use mask", "save scene", "download scene"]): {},
            "scene file": {"id": chance.randint(0, 9), "name": chance.choice(NAMES), "size": 9},
            "piece": {"id": chance.randint(0, 9), "at": chance.randint(0, 9)},
            "open scene": {"ids": [chance.randint(0, 9) for _ in range(chance.randint(1, 3))]},
        }
        kind = chance.choices(list(likely), [16, 2, 4, 2, 2, 1, 2, 2, 2, 1])[0]
        message = {"kind": kind} | likely[kind]
        if chance.random() < 0.3:
            message[chance.choice([*message, "folder", "more"])] = _nonsense(chance)
        if chance.random() < 0.1:
            message.pop(chance.choice(list(message)))
        return message if chance.random() < 0.95 else _nonsense(chance)

    def _name(self, chance: random.Random):
        known = [*self.explorer._controls, "scene", "scene", "lambda_texture", "threads", "results", "crop"]
        return chance.choice(known) if chance.random() < 0.95 else _nonsense(chance)

    def _value(self, chance: random.Random):
        if chance.random() < 0.4:
            return _nonsense(chance)
        if chance.random() < 0.2:
            paths = [self.secret, self.root / "pipe", self.root, self.root / "offered", self.root / "nothing"]
            return str(chance.choice(paths))
        control = chance.choice(list(self.explorer._controls.values()))
        if control.kind == "choice":
            return chance.choice(control.choices)[0]
        # Small numbers, or the pictures take longer than the time there is.
        return chance.choice([True, False, 1, 2, 3, 5, 0.01, 0.5, 3.0, control.least, 0])

    def _state(self, chance: random.Random) -> dict:
        traits = [*sorted(self.explorer.keys), "shown", "selected", "unheard of"]
        return {chance.choice(traits): _nonsense(chance, self.explorer) for _ in range(chance.randint(1, 3))}


def _nonsense(chance: random.Random, explorer: Explorer | None = None):
    """Anything that JSON can say, deep, long, huge or empty; of an explorer, also what it might want."""
    side = chance.randint(-3, SIDE + 3)
    values = [
        None, True, False, "", "ab", "x" * chance.choice([1, 100, 100_000]), "../../results", "\0", "\ud83d",
        "<b>", "nan", "constructor", 0, 1, -1, 2**31, 2**53, 2**64, 10**400, -(10**4200), 0.1, 1e308,
        float("inf"), float("nan"), [], {}, [[]], [None, None], ["a", "b"], [1], [1, 2, 3], [1.5, 2.5],
        [side, chance.randint(-3, SIDE + 3)], [2**40, 2**40], {"a": {"b": [1]}}, ["refocused"],
        ["turns", "order", "nothing"], list(range(1000)), _deep(chance.randint(1, 300)), b"\x89PNG",
    ]  # fmt: skip
    if explorer is not None:
        values += [list(explorer.all_pictures), dict(explorer.status), dict(explorer.values)]
    return chance.choice(values)


def _deep(depth: int) -> list:
    value: list = []
    for _ in range(depth):
        value = [value]
    return value


def _scene(name: str) -> rl.Scene:
    sharp = np.random.default_rng(1).integers(0, 256, (SIDE, SIDE, 3), dtype=np.uint8)
    mask = np.zeros((SIDE, SIDE), bool)
    mask[8:-8, 8:-8] = True
    return rl.Scene(blur(sharp, disk(3)), mask, [rl.FocusedPhoto(sharp)], psf=disk(3), truth=sharp, name=name)


if __name__ == "__main__":
    import sys

    print(run(float(sys.argv[1]), int(sys.argv[2])))
