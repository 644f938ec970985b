"""An hour of hostile input, `make soak`: random scenes, fuzzed files, kills.

Each part runs in a process of its own, so a crash costs that part only, in turns of some minutes. The seed
grows by one from turn to turn; what falls is told with the seed of its turn, which gives the same cases:

    python tests/soak/soak.py --minutes 60 --seed 7          all parts
    python tests/soak/soak.py --only fuzz_photos --seed 7    one of them
"""

import argparse
import importlib
import json
import multiprocessing
import resource
import sys
import time
from collections import Counter
from pathlib import Path

# What each part gets of the time: the first three have the most ways to fail.
PARTS = {
    "random_scenes": 4,
    "fuzz_photos": 3,
    "fuzz_scenes": 2,
    "kill_sweeps": 2,
    "fuzz_explorer": 1,
    "course_checks": 1,
}
# Longest turn of a part, seconds; and how much longer than asked a part may take before it counts as hung.
TURN, GRACE = 300, 300
# Memory of a part, bytes: far more than any of its inputs should take.
MEMORY = 8 * 2**30


def main() -> int:
    asked = _arguments()
    parts = asked.only or list(PARTS)
    whole = sum(PARTS[part] for part in parts)
    print(f"soak: {asked.minutes:g} minutes, seed {asked.seed}", flush=True)
    figures = {part: {"seconds": 0.0, "counts": Counter(), "failures": []} for part in parts}
    for part in parts:
        left, turn = 60 * asked.minutes * PARTS[part] / whole, 0
        while left > 1:
            seconds, seed = min(left, TURN), asked.seed + turn
            began = time.monotonic()
            counts, failures = _turn(part, seconds, seed)
            spent = time.monotonic() - began
            left, turn = left - max(spent, seconds), turn + 1
            figures[part]["seconds"] += spent
            figures[part]["counts"].update(counts)
            figures[part]["failures"] += failures
            print(f"{part}, seed {seed}, {spent:.0f} s: {_told(counts)}; {len(failures)} fell", flush=True)
            for failure in failures:
                print(f"  {failure}", flush=True)
    print(f"\n{table(figures)}")
    if asked.output:
        asked.output.parent.mkdir(parents=True, exist_ok=True)
        asked.output.write_text(json.dumps({"seed": asked.seed, "parts": figures}, indent=1) + "\n")
    return 1 if any(one["failures"] for one in figures.values()) else 0


def table(figures: dict) -> str:
    """A line of Markdown for each part: what was tried, how often, what fell."""
    lines = ["| part | seconds | cases | outcomes | fell |", "|---|--:|--:|---|--:|"]
    for part, one in figures.items():
        cases, fell = sum(one["counts"].values()), len(one["failures"])
        lines.append(f"| {part} | {one['seconds']:.0f} | {cases:,} | {_told(one['counts'])} | {fell} |")
    return "\n".join(lines)


def _arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--seed", type=int, default=int(time.time()) % 1_000_000)
    parser.add_argument("--only", action="append", choices=list(PARTS))
    parser.add_argument("--output", type=Path, help="also write the figures to this file, as JSON")
    return parser.parse_args()


def _turn(part: str, seconds: float, seed: int) -> tuple[dict, list[str]]:
    """What a part counted and what fell, in a process that may die."""
    start = multiprocessing.get_context("spawn")
    receiver, sender = start.Pipe(duplex=False)
    process = start.Process(target=_work, args=(part, seconds, seed, sender))
    process.start()
    sender.close()
    try:
        found = receiver.recv() if receiver.poll(seconds + GRACE) else None
    except EOFError:
        process.join()
        return {"died": 1}, [f"{part} --seed {seed}: the process ended with code {process.exitcode}"]
    if found is None:
        process.kill()
        process.join()
        return {"hung": 1}, [f"{part} --seed {seed}: no end {GRACE} s after its time"]
    process.join()
    return found


def _work(part: str, seconds: float, seed: int, sender) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    sys.path.insert(0, str(Path(__file__).parent))
    found = importlib.import_module(part).run(seconds, seed)
    sender.send((found["counts"], [str(failure) for failure in found["failures"]]))


def _told(counts: dict) -> str:
    return ", ".join(f"{name} {count:,}" for name, count in sorted(counts.items()))


if __name__ == "__main__":
    sys.exit(main())
