"""The checks of the course on 200 students: right answers pass, each wrong one gets its own hint.

A turn takes some students at a time through all exercises, until its time is over; no two turns share a
student.
"""

import time
from collections import Counter
from pathlib import Path

from refocuslab.lab.course import gates
from refocuslab.lab.course.sources import read_exercises

COURSE = Path(__file__).parents[2] / "course"
STUDENTS = 200  # of a turn, at most
_AT_ONCE = 5


def run(seconds: float, seed: int, students: int = STUDENTS) -> dict:
    """Judge for so many seconds: {"counts": cases by outcome, "failures": a text each}."""
    counts, failures = Counter(), []
    exercises = read_exercises(COURSE).values()
    end, at = time.monotonic() + seconds, 0
    while at < students and (at == 0 or time.monotonic() < end):
        names = range(seed * STUDENTS + at, seed * STUDENTS + min(at + _AT_ONCE, students))
        for exercise in exercises:
            for row in gates.rows(exercise, names):
                counts[f"{exercise.exercise} {'as expected' if row.as_expected else 'fell'}"] += len(names)
                if not row.as_expected:
                    failures.append(f"{row}; students seed {names.start} to {names.stop - 1}")
        at += _AT_ONCE
        if len(failures) >= 20:
            break
    return {"counts": dict(counts), "failures": failures}
