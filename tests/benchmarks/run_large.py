"""Refocus a large photo by coherent search, and parts of it of 300 x 300 pixels each with a library of
their own: prints seconds, microseconds a pixel, and the peak of the memory in GB, as JSON."""

import json
import sys
from threading import Event, Thread

import numpy as np

import refocuslab as rl
from refocuslab.lab.measures import timing_scenes

PART = 300
METHOD = rl.Method(search="coherent")


def resident() -> float:
    """GB that the process holds now. /proc is Linux's; elsewhere there is no such figure."""
    try:
        with open("/proc/self/statm") as file:
            return int(file.read().split()[1]) * 4096 / 1e9
    except OSError:
        return float("nan")


class Peak:
    """The most that the process held between start and end, looked at every 20 ms."""

    def __enter__(self):
        self.highest, self._end = resident(), Event()
        self._thread = Thread(target=self._watch)
        self._thread.start()
        return self

    def _watch(self):
        while not self._end.wait(0.02):
            self.highest = max(self.highest, resident())

    def __exit__(self, *_):
        self._end.set()
        self._thread.join()


def seconds(scene) -> float:
    return sum(rl.refocus(scene, METHOD).seconds.values())


def main(side: int) -> None:
    photo = timing_scenes.large_photo(side)
    # Corners of the parts: inside tiles, and across the joins of two and of four.
    corners = [(100, 100), (100, 350), (350, 350), (600, 1100), (1350, 850), (1600, 1600)]
    corners = [corner for corner in corners if max(corner) + PART <= side] or [(0, 0)]
    parts = [timing_scenes.shot(np.ascontiguousarray(photo[y : y + PART, x : x + PART])) for y, x in corners]
    seconds(parts[0])
    before = [min(seconds(part) for _ in range(2)) for part in parts]
    scene = timing_scenes.shot(photo)
    with Peak() as peak:
        whole = seconds(scene)
    after = [seconds(part) for part in parts]
    least = np.minimum(before, after)
    part, whole_pixel = 1e6 * least.mean() / PART**2, 1e6 * whole / side**2
    print(json.dumps({"seconds": whole, "peak": peak.highest, "part": part, "whole": whole_pixel,
                      "ratio": whole_pixel / part}))  # fmt: skip


if __name__ == "__main__":
    main(int(sys.argv[1]))
