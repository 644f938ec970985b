"""Compiled kernels: one decorator, and a cache that any changed file of the method makes anew."""

import os
import shutil
import subprocess
import sys

import numpy as np
import pytest

from refocuslab.files.installed import PACKAGE
from refocuslab.running.kernels import kernel, stamp


@pytest.mark.seconds
def test_a_kernel_is_compiled_and_takes_options():
    @kernel
    def twice(values):
        return 2 * values.sum()

    @kernel(error_model="numpy")
    def ratio(a, b):
        return a / b

    assert twice(np.arange(4)) == 12
    assert np.isinf(ratio(1.0, 0.0))
    assert twice.targetoptions["nogil"]


TWO_FILES = """
from refocuslab.running import kernels
from refocuslab.running.caller import answer
print(answer(), kernels.stamp())
"""


@pytest.mark.slow
def test_a_kernel_follows_a_constant_of_another_file(tmp_path):
    shutil.copytree(PACKAGE, tmp_path / "refocuslab", ignore=shutil.ignore_patterns("__pycache__", "lab"))
    running = tmp_path / "refocuslab" / "running"
    (running / "constant.py").write_text("VALUE = 1\n")
    (running / "caller.py").write_text(
        "from refocuslab.running.constant import VALUE\n"
        "from refocuslab.running.kernels import kernel\n\n\n"
        "@kernel\ndef answer():\n    return VALUE\n"
    )
    environment = {k: v for k, v in os.environ.items() if k != "NUMBA_CACHE_DIR"}
    environment |= {"PYTHONPATH": str(tmp_path)}

    def asked() -> list[str]:
        done = subprocess.run(
            [sys.executable, "-c", TWO_FILES],
            env=environment,
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.split()

    first, again = asked(), asked()
    assert first == again and first[0] == "1"
    kept = sorted((running / "__pycache__").glob("caller*.nbi"))
    assert kept  # or nothing would be tested
    (running / "constant.py").write_text("VALUE = 22\n")
    changed = asked()
    assert changed[0] == "22"
    assert changed[1] != first[1]


def test_the_stamp_is_the_same_while_nothing_changes():
    assert stamp() == stamp()
