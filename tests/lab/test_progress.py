"""The progress line, on a terminal and in a log."""

import io
import time

import pytest

from refocuslab.lab.progress import ProgressLine

NAME = "02_image_scene"


class Terminal(io.StringIO):
    def isatty(self):
        return True


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
