"""A scene read in a thread of its own, so that a file that never ends can be waited for in vain."""

import threading
import warnings
from pathlib import Path
from typing import TextIO

import refocuslab as rl
from refocuslab.doubts import Doubt
from refocuslab.errors import Cancelled, RefocusWarning
from refocuslab.running.progress import Cancel

# Seconds between two looks at whether the wait was cancelled.
LOOK = 0.05
# Warnings are caught for the whole process, so one thread at a time can do it. A scene waits so many seconds
# for its turn, and is then read without.
PATIENCE = 1.0
_catching = threading.Lock()


class Loading:
    """A scene that is being read.

    Parameters
    ----------
    source : Scene, str or Path
        A scene, or its name or folder.
    """

    def __init__(self, source: rl.Scene | str | Path) -> None:
        self._source = source
        self._done = threading.Event()
        self._made: rl.Scene | Exception | None = None
        self._doubts: list[Doubt] = []
        threading.Thread(target=self._read, name="explorer reads a scene", daemon=True).start()

    def until_done(self, cancel: Cancel | None = None) -> None:
        """Wait for the scene; Cancelled if ``cancel`` is set before that."""
        while not self._done.wait(LOOK):
            if cancel is not None and cancel.is_set():
                raise Cancelled("the scene is not waited for any longer")

    def outcome(self) -> tuple[rl.Scene, tuple[Doubt, ...]]:
        """The scene, with a Doubt for each RefocusWarning that came with it; raises what reading raised."""
        self._done.wait()
        if isinstance(self._made, rl.Scene):
            return self._made, tuple(self._doubts)
        raise self._made or RuntimeError("reading ended without a scene")

    def _read(self) -> None:
        try:
            if isinstance(self._source, rl.Scene):
                self._made = self._source
            elif _catching.acquire(timeout=PATIENCE):
                try:
                    self._made = self._warned(self._source)
                finally:
                    _catching.release()
            else:
                self._made = rl.load_scene(self._source)
        except Exception as error:
            self._made = error
        finally:
            self._done.set()

    def _warned(self, source: str | Path) -> rl.Scene:
        """The scene. Warnings of this thread become doubts, those of other threads are shown as ever."""
        me = threading.get_ident()
        with warnings.catch_warnings():
            otherwise = warnings.showwarning

            def show(
                message: Warning | str,
                category: type[Warning],
                filename: str,
                lineno: int,
                file: TextIO | None = None,
                line: str | None = None,
            ) -> None:
                if threading.get_ident() == me and issubclass(category, RefocusWarning):
                    self._doubts.append(Doubt("photos", str(message)))
                else:
                    otherwise(message, category, filename, lineno, file, line)

            warnings.showwarning = show
            warnings.simplefilter("always", RefocusWarning)
            return rl.load_scene(source)
