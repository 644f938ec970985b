"""The progress line, on a terminal and in a log."""

import io
import time

import pytest

from refocuslab.errors import Cancelled
from refocuslab.lab.progress_line import ProgressLine, Stages, how_far

NAME = "02_image_scene"


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.mark.seconds
def test_the_progress_line_is_redrawn_on_a_terminal_and_printed_once_elsewhere():
    terminal, log = Terminal(), io.StringIO()
    for stream in (terminal, log):
        line = ProgressLine(stream, interval=0.01)
        with line.of(NAME) as progress:
            progress(4, 11)
            time.sleep(0.1)
        with pytest.raises(ValueError, match="wrong"), line.of("03"):
            raise ValueError("wrong")
    assert f"\r{NAME}  cell 4 of 11  0:00\x1b[K" in terminal.getvalue()
    assert terminal.getvalue().endswith("\r\x1b[K03  failed  0:00\n")
    assert log.getvalue() == f"{NAME}  done  0:00\n03  failed  0:00\n"


@pytest.mark.parametrize("end", [KeyboardInterrupt, SystemExit, Cancelled])
def test_what_the_user_ended_was_interrupted_and_has_not_failed(end):
    log = io.StringIO()
    with pytest.raises(end), ProgressLine(log).of(NAME):
        raise end
    with pytest.raises(end), ProgressLine(log).of(NAME, lambda: "[== ]  50 %  texture, about 1:00:10 left"):
        raise end
    assert log.getvalue() == f"{NAME}  interrupted  0:00\n{NAME}  [== ]  50 %  texture  interrupted  0:00\n"


def test_stages_are_one_bar_with_the_stage_at_work_and_the_time_left():
    stages = Stages({"candidates": 3600.0, "texture": 1200.0})
    assert str(stages) == "[                    ]   0 %  about 1:20:00 left"
    stages("candidates", 1.0)
    assert str(stages).startswith("[===============     ]  75 %  candidates")
    stages("texture", 1.0)
    assert str(stages) == "[====================] 100 %  texture"


def test_a_sweep_tells_how_far_it_is_also_in_a_log():
    log = io.StringIO()
    with ProgressLine(log, lines=0.01).of("sweep", lambda: "3 of 4 points"):
        time.sleep(0.1)
    assert "sweep  3 of 4 points  0:00\n" in log.getvalue()
    assert log.getvalue().endswith("sweep  3 of 4 points  done  0:00\n")


def test_the_time_left_is_what_the_rest_takes_at_the_pace_so_far():
    # Points that were there before say nothing of the pace.
    assert how_far(40, 10, 60, 0, 30.0) == "50 of 60 points, about 0:30 left"
    assert how_far(0, 1, 100, 1, 60.0) == "1 of 100 points, 1 failed, about 1:39:00 left"
    assert how_far(5, 0, 10, 0, 60.0) == "5 of 10 points"
    assert how_far(5, 5, 10, 0, 60.0) == "10 of 10 points"
