"""A worker process ends once its parent is no longer the one that started it."""

import os

import pytest

CODE = """
import os, time
from refocuslab.lab.sweeps.parent_watch import end_with
end_with({parent})
time.sleep({seconds})
"""


@pytest.mark.seconds
@pytest.mark.skipif(os.name != "posix", reason="Windows keeps the id of a parent that has ended")
def test_an_orphan_ends_and_a_child_goes_on(start):
    # One whose parent is another process already, and would sleep for a minute; one of this process.
    orphan = start("-c", CODE.format(parent=-1, seconds=60))
    child = start("-c", CODE.format(parent=os.getpid(), seconds=0.05))
    assert orphan.wait(timeout=30) == 1
    assert child.wait(timeout=30) == 0
