"""An explorer without ears: settings become pictures in a thread, and are shown."""

import dataclasses
import threading
from typing import Any

from refocuslab.errors import RefocusError
from refocuslab.lab.explorer import page_content
from refocuslab.lab.explorer.display import Display
from refocuslab.lab.explorer.making import controls
from refocuslab.lab.explorer.making.session import Outcome, Session
from refocuslab.lab.explorer.pixel import explain
from refocuslab.lab.explorer.strip import Strip
from refocuslab.lab.parameters.validation import plain
from refocuslab.lab.widgets import worker
from refocuslab.lab.widgets.arriving import Unfit
from refocuslab.lab.widgets.page import Row
from refocuslab.lab.widgets.worker import Turn, Worker


class Maker(Display):
    """A page, the settings of its controls, and the worker that makes their pictures.

    Parameters
    ----------
    session : Session
        The scenes, and what is kept of their work.
    settings : Settings
        What the controls are set to first.
    **traits
        The first values of traits.

    Attributes
    ----------
    session : Session
        As given.
    settings : Settings
        What the controls are set to.
    outcome : Outcome or None
        The whole picture shown, None before the first.
    error : Exception or None
        Why the last picture asked for was not made.
    """

    def __init__(self, session: Session, settings: controls.Settings, **traits: Any) -> None:
        self.session, self.settings = session, settings
        self.outcome: Outcome | None = None
        self.error: Exception | None = None
        self._strip = Strip()
        self._made = 0  # whole pictures so far
        self._serial = 0  # of the last move of a control
        self._objection = ""  # why the last thing that was asked for is not possible
        self._throttle = worker.Throttle()
        self._changing = threading.RLock()
        self._worker = Worker(self._failed, self._idle)
        super().__init__(**traits, form=self._form(), values=self._values(), status=self._status())

    def set(self, **changes: controls.Value) -> None:
        """Move controls: ``lambda_image``, ``ratio``, ``neighborhood``, ``scene``, ``system``, ...

        Raises
        ------
        RefocusError
            A value is out of its range; no control has moved then.
        """
        with self._changing:
            settings = self.settings
            for name, value in changes.items():
                settings = settings.changed(name, value)
            self.settings, self._objection = settings, ""
            self.values = self._values()
            self.status = self.status | {"error": ""}
            self._start()

    def settle(self, timeout: float | None = None) -> Outcome:
        """Wait for the picture of the present settings; raises TimeoutError, or what ended the work.

        Parameters
        ----------
        timeout : float or None
            The most seconds to wait.
        """
        worker.settle([self._worker], timeout, lambda: self.error)
        return self._shown()

    def cancel(self) -> None:
        """End the work under way; the controls go back to the settings of the picture shown."""
        if self._worker.cancel():
            with self._changing:
                self._go_back()
                self._objection = ""
                last = "; this is the last picture and its settings" if self.outcome else ""
                self.status = self._status(f"cancelled{last}")

    def _shown(self) -> Outcome:
        if self.outcome is None:
            raise RefocusError("picture", "must have been made; settle() waits for it", None)
        return self.outcome

    def _start(self) -> None:
        self.error = None
        settings = self.settings
        self._worker.submit(lambda turn: self._make(settings, turn))

    def _make(self, settings: controls.Settings, turn: Turn) -> None:
        with self._changing:
            look_at = (self.selected[0], self.selected[1]) if self.selected else None
            before = self.outcome
            if before and before.settings.scene != settings.scene:
                look_at = None
        self.session.run(
            settings,
            turn,
            look_at=look_at,
            before=before,
            show=lambda outcome: self._arrived(outcome, turn),
            progress=lambda *at: self._progress(turn, *at),
        )

    def _progress(self, turn: Turn, stage: str, share: float, left: float) -> None:
        if share and not self._throttle.passes():
            return
        with self._changing:
            if turn.is_set():
                return
            now_at = {"busy": True, "stage": stage, "share": share, "left": left, "message": ""}
            self.status = self.status | now_at

    def _arrived(self, outcome: Outcome, turn: Turn) -> None:
        """Show a preview or a whole picture that the session has made."""
        with self.drawn(outcome, self.outcome), self._changing:
            if turn.cancelled.is_set():
                return
            if outcome.square is not None:
                with self.hold_sync():
                    self.show_preview(outcome, self.outcome)
                    far = {name: self.status[name] for name in ("stage", "share", "left")}
                    self.status = self._status() | far | {"busy": True, "square": list(outcome.square)}
                return
            if turn.superseded.is_set():
                return
            before, strip, self.outcome = self.outcome, self._strip.copy(), outcome
            self._made += 1
            try:
                if before is None or before.scene is not outcome.scene:
                    self.forget_scene()
                self._strip.add(self._made, outcome)
                self.kept = self._strip.told()
                self._present(outcome, before)
            except BaseException:  # a picture that cannot be shown must not be one to come back to
                self.outcome, self._strip = before, strip
                raise
        if self.selected:
            self._tell(outcome)

    def _present(self, outcome: Outcome, before: Outcome | None) -> None:
        """Show a whole picture, in one message."""
        with self.hold_sync():
            self.show(outcome, before, self._strip, self.session)
            self.costs = self.session.costs(outcome.settings, self._choices)
            self.status = self._status(f"made in {outcome.seconds:.2f} s")

    def _tell(self, outcome: Outcome) -> None:
        """Say why the selected pixel has its color, if it is still selected when that is known."""
        at = list(self.selected)
        if not at or outcome is not self.outcome:  # an earlier one may have forgotten why
            return
        y, x = at
        try:
            why = page_content.why(outcome, explain(outcome.scene, outcome.result, y, x))
        except RefocusError:
            why = {"y": y, "x": x, "outside": True}
        with self._changing:
            if self.selected == at and self.outcome is outcome:
                self.why = why

    def _failed(self, error: Exception) -> None:
        """Tell the page why the work under way gave no picture."""
        with self._changing:
            self.error, self._objection = error, self._words(error)
            if not isinstance(error, RefocusError | Unfit | OSError):
                self.log.error("the explorer's work failed", exc_info=error)
            try:
                self._go_back()
            finally:
                self.status = self._status()

    def _words(self, error: Exception) -> str:
        """An error in words for the page, which tell a visitor nothing of the machine."""
        if isinstance(error, RefocusError):
            return self.session.offered.told(error)
        if isinstance(error, Unfit):
            return str(error)
        if isinstance(error, OSError):
            return f"the files cannot be read or written ({error.strerror or type(error).__name__})"
        return f"the work ended with an unexpected {type(error).__name__}; the log of the kernel tells more"

    def _go_back(self) -> None:
        """Return to the settings of the picture shown."""
        if self.outcome:
            self.settings = self.outcome.settings
        self.values = self._values()
        if self.outcome:
            self.describe(self.outcome)

    def _idle(self) -> None:
        with self._changing:
            if self.status.get("busy"):
                self.status = self._status()

    def _form(self) -> list[Row]:
        """The controls as they are offered now."""
        self._controls = {one.name: one for one in controls.controls(self.session.offered.titles())}
        # Another scene is only known when it has been read.
        self._choices = {one.name: one.values for one in self._controls.values() if one.name != "scene"}
        form: list[Row] = plain([dataclasses.asdict(one) for one in self._controls.values()])
        return form

    def _values(self) -> Row:
        return self.settings.values() | {"serial": self._serial}

    def _status(self, message: str = "") -> Row:
        return {
            "busy": False,
            "stage": "",
            "share": 0.0,
            "left": 0.0,
            "square": [],
            "error": self._objection,
            "message": message,
            "made": self._made,
        }
