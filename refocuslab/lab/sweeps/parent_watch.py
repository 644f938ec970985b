"""Worker processes that do not outlive the process that started them, however that ended."""

import os
import threading
import time

EVERY = 0.5  # seconds


def end_with(parent: int) -> None:
    """End this worker soon after its parent is no more: a killed parent can tell nobody."""

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(EVERY)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
