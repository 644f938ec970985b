"""One at a time: the second waits for the first, and a holder that was killed holds nothing."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from refocuslab.files.installed import PACKAGE
from refocuslab.lab.folders.locks import one_at_a_time

HOLD = "import sys, time\nfrom pathlib import Path\nfrom refocuslab.lab.folders.locks import one_at_a_time\n"
HOLD += "with one_at_a_time(Path(sys.argv[1]), 'a'):\n    print('held', flush=True)\n    time.sleep(60)\n"


def holder(folder: Path) -> subprocess.Popen:
    environment = os.environ | {"PYTHONPATH": str(PACKAGE.parent)}
    running = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(folder)], env=environment, stdout=subprocess.PIPE, text=True
    )
    assert running.stdout.readline() == "held\n"
    return running


@pytest.mark.seconds
def test_two_threads_take_turns_and_leave_nothing(tmp_path):
    within, most = [], []

    def work():
        with one_at_a_time(tmp_path, "a"):
            within.append(1)
            most.append(len(within))
            time.sleep(0.05)
            within.pop()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == [1, 1, 1, 1]
    assert not list(tmp_path.iterdir())


def test_another_name_is_another_lock(tmp_path):
    with one_at_a_time(tmp_path, "a"), one_at_a_time(tmp_path, "b"):
        assert len(list(tmp_path.iterdir())) == 2


@pytest.mark.seconds
def test_a_holder_that_is_killed_holds_nothing(tmp_path, capsys):
    running = holder(tmp_path)
    threading.Timer(
        0.5, running.send_signal, [signal.SIGTERM if os.name != "posix" else signal.SIGKILL]
    ).start()
    start = time.monotonic()
    with one_at_a_time(tmp_path, "a"):
        assert time.monotonic() - start > 0.3
    running.wait()
    running.stdout.close()
    assert not list(tmp_path.iterdir())
    assert capsys.readouterr().err.count("waits for another process that makes the same") == 1
