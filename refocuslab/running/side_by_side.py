"""Parts of one work side by side, which report their progress together and end together."""

from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_EXCEPTION, wait
from typing import TypeVar

from refocuslab.running.progress import Step, breathe
from refocuslab.running.threads import pool, thread_count

_Part = TypeVar("_Part")
_Made = TypeVar("_Made")
# How often the progress is told, in seconds, and so how soon a cancelled work begins to end.
_BREATH = 0.05
# How many parts are worked on at a time, at the most: each takes memory.
AT_ONCE = 2


def side_by_side(
    parts: Sequence[_Part],
    work: Callable[[_Part, int, Step], _Made],
    threads: int | None,
    step: Step,
    *,
    at_once: int = AT_ONCE,
) -> list[_Made]:
    """work(part, threads, step) for every part, some of them at once; what was made, in their order.

    Parameters
    ----------
    parts : sequence
        What is to be worked on.
    work : callable
        Called in any thread, with a number of threads of its own and a step for its own share done, which
        raises ``Cancelled`` once another part has failed.
    threads : int or None
        As for ``thread_count``.
    step : callable
        Called in this thread with the share of all that is done; what it raises ends all parts.
    at_once : int
        How many parts are worked on at a time, at the most: each takes memory.
    """
    count = thread_count(threads)
    workers = max(1, min(at_once, count, len(parts)))
    shares = [0.0] * len(parts)

    def run(number: int) -> _Made:
        def own(share: float) -> None:
            breathe()
            shares[number] = share

        return work(parts[number], max(1, count // workers), own)

    with pool(workers) as executor:
        futures = [executor.submit(run, number) for number in range(len(parts))]
        waiting = set(futures)
        while waiting:
            done, waiting = wait(waiting, timeout=_BREATH, return_when=FIRST_EXCEPTION)
            for one in done:
                one.result()
            step(sum(shares) / len(parts))
        return [one.result() for one in futures]
