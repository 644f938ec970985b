"""Worker processes end with the process that started them, even if that is killed."""

import os
import threading
import time

# Seconds between two looks at the parent.
EVERY = 0.5


def end_with(parent: int) -> None:
    """End this process within ``EVERY`` seconds of its parent's end.

    A parent that is killed cannot tell its children, so a thread watches it. On Windows, where a process
    keeps the parent's id after that has ended, this does nothing.

    Parameters
    ----------
    parent : int
        The process id of the parent.
    """

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(EVERY)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
