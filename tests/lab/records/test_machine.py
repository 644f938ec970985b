"""The machine: the cores of this process, and the packages that are there."""

import json
import os
import platform

import numpy as np
import pytest

from refocuslab.lab.records import machine


def test_a_package_that_is_not_installed_is_left_out(monkeypatch):
    monkeypatch.setattr(machine, "PACKAGES", ("numpy", "no-such-package-of-ours"))
    found = machine.machine()
    assert found["packages"] == {"numpy": np.__version__}
    assert found["python"] == platform.python_version() and found["cpu"]
    assert json.loads(json.dumps(found)) == found


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="processes cannot be bound to cores")
def test_cores_that_this_process_may_not_use_do_not_count():
    allowed = os.sched_getaffinity(0)
    try:
        os.sched_setaffinity(0, {min(allowed)})
        assert machine.machine()["cores"] == 1
    finally:
        os.sched_setaffinity(0, allowed)
