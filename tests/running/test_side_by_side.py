"""Parts side by side: what is made, who may work, and how all end."""

import threading
import time

import pytest

from refocuslab.errors import Cancelled
from refocuslab.running.side_by_side import side_by_side


@pytest.mark.parametrize("threads", [1, 2, 5])
def test_what_is_made_comes_in_the_order_of_the_parts(threads):
    shares, given = [], []

    def work(part, own, step):
        given.append(own)
        step(0.5)
        return part**2

    assert side_by_side([3, 1, 2], work, threads, shares.append) == [9, 1, 4]
    assert shares == sorted(shares)
    # Two at once share the threads.
    assert set(given) == {max(1, threads // min(2, threads))}


def test_no_part_is_no_work():
    assert side_by_side([], lambda *_: 1, None, lambda _: None) == []


def test_no_more_than_so_many_work_at_once():
    lock, at_work, most = threading.Lock(), [0], [0]

    def work(part, own, step):
        with lock:
            at_work[0] += 1
            most[0] = max(most[0], at_work[0])
        time.sleep(0.01)
        with lock:
            at_work[0] -= 1

    side_by_side(range(8), work, 8, lambda _: None, at_once=3)
    assert most[0] == 3


def endless(part, own, step):
    if part == "fails":
        raise ValueError("no")
    while True:
        step(0.0)
        time.sleep(0.001)


def test_where_one_fails_the_others_end():
    with pytest.raises(ValueError, match="no"):
        side_by_side(["fails", "goes on"], endless, 2, lambda _: None)


def test_what_the_step_raises_ends_all():
    def step(share):
        raise Cancelled("enough")

    with pytest.raises(Cancelled, match="enough"):
        side_by_side(["goes on", "goes on", "waits"], endless, 2, step)
