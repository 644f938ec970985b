"""What `make soak` runs: each part counts its cases and tells what fell."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

SOAK = Path(__file__).parent / "soak" / "soak.py"
PARTS = ("random_scenes", "fuzz_photos", "fuzz_scenes", "kill_sweeps", "fuzz_explorer", "course_checks")


@pytest.mark.slow
@pytest.mark.parametrize("part", PARTS)
def test_each_part_runs_and_nothing_falls(part, tmp_path):
    report = tmp_path / "soak.json"
    command = [sys.executable, str(SOAK), "--only", part, "--minutes", "0.1", "--seed", "3"]
    done = subprocess.run([*command, "--output", str(report)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    found = json.loads(report.read_text())["parts"][part]
    assert sum(found["counts"].values()) > 0 and not found["failures"]
