"""Explorer: the widget. It hears the page, has the session make pictures, and shows them."""

import dataclasses
import os
import threading
from collections.abc import Iterable
from pathlib import Path
from time import perf_counter
from typing import Any

import refocuslab as rl
from refocuslab.errors import RefocusError
from refocuslab.lab.explorer import controls, messages, page_content, saving, texts
from refocuslab.lab.explorer.display import Display
from refocuslab.lab.explorer.page import Row
from refocuslab.lab.explorer.pixel import Pixel, explain
from refocuslab.lab.explorer.session import Outcome, Session, Source, named, own_name
from refocuslab.lab.explorer.strip import Strip
from refocuslab.lab.explorer.work.worker import Turn, Worker
from refocuslab.lab.parameters.validation import plain

# Seconds between two messages of progress.
BETWEEN_PROGRESS = 0.1


class Explorer(Display):
    """Controls for a scene and a method, the pictures that they give, and why each pixel is as it is.

    Parameters
    ----------
    scene : Scene, str or Path
        The scene to begin with: a name, a folder that holds one, or a Scene.
    method : Method or None
        The method to begin with; by default the paper's best system, with coherent search.
    scenes : iterable of Scene, str or Path, or None
        The other scenes that the page offers; by default the shipped ones. No message from the page reads
        any other.
    crop : int
        Side of the centered square that scenes are cut down to, in pixels; 0 for all.
    threads : int or None
        Threads of the method; by default one a core.
    results : str, Path or None
        The folder that "save" on the page writes at most ``saving.MOST`` pictures to. None: the page saves
        nothing here; its visitor can download the picture.

    Attributes
    ----------
    session : Session
        The scenes, and what is kept of their work.
    settings : Settings
        What the controls are set to.
    results : str, Path or None
        As given.
    outcome : Outcome or None
        The whole picture shown, None before the first.
    error : Exception or None
        Why the last picture asked for was not made.

    Examples
    --------
    >>> from refocuslab import Method
    >>> from refocuslab.lab.explorer import Explorer
    >>> explorer = Explorer("motorcycle", Method(candidates=4), crop=32)
    >>> explorer.set(neighborhood=3)
    >>> explorer.settle().image.shape
    (32, 32, 3)
    """

    def __init__(
        self,
        scene: Source = "motorcycle",
        method: rl.Method | None = None,
        *,
        scenes: Iterable[Source] | None = None,
        crop: int = 0,
        threads: int | None = None,
        results: str | Path | None = None,
    ) -> None:
        name = own_name(scene)
        self.session = Session(
            named([scene, *(scenes or ())]), shipped=scenes is None, crop=crop, threads=threads
        )
        self.settings = controls.Settings(name, method or rl.Method.confidence_order(search="coherent"))
        self.results = results
        self.outcome: Outcome | None = None
        self.error: Exception | None = None
        self._strip = Strip()
        self._made = 0  # whole pictures so far
        self._serial = 0  # of the last move of a control
        self._objection = ""  # why the last thing that was asked for is not possible
        self._told = 0.0  # when progress was told last
        self._changing = threading.RLock()
        self._worker = Worker(self._failed, self._idle)
        self._explaining = Worker(self._unexplained)
        self._controls = {one.name: one for one in controls.controls(self.session.scenes())}
        # Another scene is only known when it has been read.
        self._choices = {one.name: one.values for one in self._controls.values() if one.name != "scene"}
        form = [dataclasses.asdict(one) for one in self._controls.values()]
        super().__init__(form=plain(form), values=self._values(), status=self._status(), saves=bool(results))
        self.on_msg(self._heard)
        self.observe(self._wanted, "shown")
        self.observe(self._asked, "selected")
        self._start()

    @classmethod
    def of(cls, values: dict[str, Any]) -> "Explorer":
        """The explorer that begins with the values of notebook 09's parameters."""
        settings = controls.settings_of(values)
        return cls(
            settings.scene,
            settings.method,
            crop=values["crop"],
            threads=values["threads"] or None,
            results=values["results"] or None,
        )

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
        """Wait for the picture of the present settings.

        Parameters
        ----------
        timeout : float or None
            The most seconds to wait.

        Raises
        ------
        TimeoutError
            It took longer.
        Exception
            Whatever ended the work.
        """
        if not self._worker.join(timeout):
            raise TimeoutError(f"no picture within {timeout} seconds")
        if self.error:
            raise self.error
        return self._shown()

    def cancel(self) -> None:
        """End the work under way; the controls go back to the settings of the picture shown."""
        if self._worker.cancel():
            with self._changing:
                self._go_back()
                self._objection = ""
                last = "; this is the last picture and its settings" if self.outcome else ""
                self.status = self._status(f"cancelled{last}")

    def save(self, folder: str | Path | None = None, *, most: int | None = None) -> list[Path]:
        """Write the picture shown, and its parameters and scores beside it, under a new name.

        Parameters
        ----------
        folder : str, Path or None
            By default the explorer's ``results``.
        most : int or None
            How many saved pictures the folder may hold in the end; None for any number.

        Returns
        -------
        list of Path
            The PNG file and the JSON file.

        Raises
        ------
        RefocusError
            There is no folder or no picture, or the folder is full.
        """
        target = folder or self.results
        if not target:
            raise RefocusError("folder", "must be given, here or as the explorer's results", folder)
        outcome = self._shown()
        given = self.session.given(outcome.settings.scene)
        return saving.save(outcome, target, crop=self.session.crop, given=given, most=most)

    def write(self, folder: str | Path) -> Path:
        """Write the picture shown as ``explored.png``, as the papermill command promises."""
        return saving.write(self._shown(), folder)

    def explain(self, y: int, x: int) -> Pixel:
        """Why a pixel of the picture shown has its color.

        Raises
        ------
        RefocusError
            The pixel lies outside the mask.
        """
        outcome = self._shown()
        return explain(outcome.scene, outcome.result, y, x)

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
        now = perf_counter()
        if share and now - self._told < BETWEEN_PROGRESS:
            return
        with self._changing:
            if turn.is_set():
                return
            self._told = now
            now_at = {"busy": True, "stage": stage, "share": share, "left": left, "message": ""}
            self.status = self.status | now_at

    def _arrived(self, outcome: Outcome, turn: Turn) -> None:
        """Show a preview or a whole picture that the session has made."""
        with self._changing:
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

    def _wanted(self, _: object) -> None:
        with self._changing:
            if self.outcome:
                self.deliver(self.outcome, self.shown)

    def _asked(self, _: object) -> None:
        outcome = self.outcome
        if self.selected and outcome:
            self._explaining.submit(lambda turn: self._tell(outcome))

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

    def _heard(self, _: object, message: object, buffers: object) -> None:
        """Do what a message asks for, if it is one that the page can send."""
        try:
            asked = messages.read(message)
            if isinstance(asked, messages.Set):
                self._chosen(asked)
            elif isinstance(asked, messages.Cancel):
                self.cancel()
            elif isinstance(asked, messages.Recall):
                self._recall(asked.id)
            elif self.outcome:
                self._save()
        except (RefocusError, OSError) as error:
            self._refused(error)

    def _chosen(self, asked: messages.Set) -> None:
        with self._changing:
            # Each of several pages counts its own moves; the serial must not fall.
            self._serial = max(self._serial, asked.serial)
            if asked.name not in self._controls:
                raise RefocusError("setting", "must be one of the page's", texts.brief(asked.name))
            self.set(**{asked.name: self._controls[asked.name].offered(asked.value)})

    def _save(self) -> None:
        if not self.results:
            raise RefocusError("save", "needs a folder, which the explorer's author gives as results", None)
        files = [file.name for file in self.save(most=saving.MOST)]
        folder = os.path.basename(os.path.abspath(self.results))
        with self._changing:
            self._objection = ""
            self.status = self.status | {"error": "", "message": f"saved {' and '.join(files)} in {folder}"}

    def _refused(self, error: Exception) -> None:
        """Say why nothing has changed, and put the page's controls back."""
        with self._changing:
            self._objection = self._words(error)
            self.values = self._values()
            self.status = self.status | {"error": self._objection}

    def _recall(self, made: int) -> None:
        """Bring back an earlier picture with its settings."""
        with self._changing:
            outcome = self._strip.outcome(made)
            if outcome is None:
                return
            self._worker.cancel()
            self.settings, self.error, self._objection = outcome.settings, None, ""
            self.values = self._values()
            if outcome.made.there:
                self._brought_back(outcome)
                return
            # Its picture is there at once, its maps when they have been made again.
            self.show_preview(outcome, self.outcome)
            self._worker.submit(lambda turn: self._remake(outcome, turn))

    def _remake(self, outcome: Outcome, turn: Turn) -> None:
        self.session.remake(outcome, turn, progress=lambda *at: self._progress(turn, *at))
        with self._changing:
            if not turn.is_set():
                self._strip.forget(but=outcome)
                self._brought_back(outcome)

    def _brought_back(self, outcome: Outcome) -> None:
        with self._changing:
            before, self.outcome = self.outcome, outcome
            if before is None or before.scene is not outcome.scene:
                self.forget_scene()
            self._present(outcome, before)
        self._asked(None)

    def _failed(self, error: Exception) -> None:
        """Tell the page why the work under way gave no picture."""
        with self._changing:
            self.error, self._objection = error, self._words(error)
            if not isinstance(error, RefocusError | OSError):
                self.log.error("the explorer's work failed", exc_info=error)
            try:
                self._go_back()
            finally:
                self.status = self._status()

    def _unexplained(self, error: Exception) -> None:
        self.log.error("a pixel could not be explained", exc_info=error)

    def _words(self, error: Exception) -> str:
        """An error in words for the page, which tell a visitor nothing of the machine."""
        if isinstance(error, RefocusError):
            return self.session.told(error)
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
