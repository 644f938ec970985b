"""Parts of one work side by side, which report their progress together and end together."""

from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from threading import Event
from typing import TypeVar

from refocuslab.errors import Cancelled
from refocuslab.running.progress import Step
from refocuslab.running.threads import thread_count

_Part = TypeVar("_Part")
_Made = TypeVar("_Made")
# How often the progress is told, in seconds, and so how soon a cancelled work begins to end.
_BREATH = 0.05


def side_by_side(
    parts: Sequence[_Part],
    work: Callable[[_Part, int, Step], _Made],
    threads: int | None,
    step: Step,
    *,
    at_once: int = 2,
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
    shares, stop = [0.0] * len(parts), Event()

    def run(number: int) -> _Made:
        def own(share: float) -> None:
            if stop.is_set():
                raise Cancelled("another part has ended the work")
            shares[number] = share

        return work(parts[number], max(1, count // workers), own)

    with ThreadPoolExecutor(workers) as pool:
        futures: list[Future[_Made]] = [pool.submit(run, number) for number in range(len(parts))]
        try:
            waiting = set(futures)
            while waiting:
                done, waiting = wait(waiting, timeout=_BREATH, return_when=FIRST_EXCEPTION)
                for one in done:
                    one.result()
                step(sum(shares) / max(1, len(parts)))
        finally:
            stop.set()
            for one in futures:
                one.cancel()
        return [one.result() for one in futures]
