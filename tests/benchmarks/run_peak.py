"""Refocus a scene of bench_forecast.py by one of its methods: prints the peak of its memory, MB."""

import sys

from bench_forecast import METHODS, scene_of
from run_large import Peak, resident

from refocuslab.refocusing.refocuser import Refocuser

name, method = sys.argv[1:]
scene = scene_of(name)
Refocuser(scene.middle(60)).refocus(METHODS[method])  # loads the kernels
before = resident()
with Peak() as peak:
    Refocuser(scene).refocus(METHODS[method])
print(1e3 * (peak.highest - before))
