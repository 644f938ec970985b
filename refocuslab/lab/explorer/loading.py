"""Reads a scene in a thread of its own, so that nobody waits for a file that never ends."""

import threading
import warnings
from pathlib import Path

import refocuslab as rl
from refocuslab.doubts import Doubt
from refocuslab.errors import Cancelled, RefocusWarning
from refocuslab.lab.explorer.worker import Turn

# Seconds between two looks at whether the wait was cancelled.
LOOK = 0.05
# Seconds that a scene waits for the turn of catching warnings, which one thread can have at a time.
PATIENCE = 1.0
_catching = threading.Lock()


class Loading:
    """A scene that is being read."""

    def __init__(self, source: rl.Scene | str | Path):
        self._source = source
        self._done = threading.Event()
        self._scene, self._error, self._doubts = None, None, []
        threading.Thread(target=self._read, name="explorer reads a scene", daemon=True).start()

    def until_done(self, turn: Turn | None = None) -> None:
        """Wait for it. Cancelled: the turn is over."""
        while not self._done.wait(LOOK):
            if turn is not None and turn.is_set():
                raise Cancelled("the scene is not waited for any longer")

    def outcome(self) -> tuple[rl.Scene, tuple[Doubt, ...]]:
        """The scene, with a Doubt for each RefocusWarning that came with it; what went wrong is raised."""
        if self._error is not None:
            raise self._error
        return self._scene, tuple(self._doubts)

    def _read(self) -> None:
        try:
            if isinstance(self._source, rl.Scene):
                self._scene = self._source
            elif _catching.acquire(timeout=PATIENCE):
                try:
                    self._scene = self._warned()
                finally:
                    _catching.release()
            else:
                self._scene = rl.load_scene(self._source)
        except Exception as error:
            self._error = error
        finally:
            self._done.set()

    def _warned(self) -> rl.Scene:
        """The scene; what this thread is warned of is kept, what another is warned of goes its way."""
        me = threading.get_ident()
        with warnings.catch_warnings():
            otherwise = warnings.showwarning

            def show(message, category, *where, **more):
                if threading.get_ident() == me and issubclass(category, RefocusWarning):
                    self._doubts.append(Doubt("photos", str(message)))
                else:
                    otherwise(message, category, *where, **more)

            warnings.showwarning = show
            warnings.simplefilter("always", RefocusWarning)
            return rl.load_scene(self._source)
