"""Explorer: the widget. It passes what is set to the session, and what comes back to the front end."""

import dataclasses
import os
import threading
from collections import OrderedDict
from pathlib import Path
from time import perf_counter

import refocuslab as rl
from refocuslab.errors import RefocusError
from refocuslab.lab.explorer import controls, messages, page_content, pictures, saving, texts
from refocuslab.lab.explorer.page import Page
from refocuslab.lab.explorer.pixel import Pixel, explain
from refocuslab.lab.explorer.session import Outcome, Session, memory, named, own_name
from refocuslab.lab.explorer.worker import Turn, Worker
from refocuslab.lab.parameters.validation import plain

# Earlier results that are kept, at the most, and the MB that all results may hold together.
EARLIER, MEGABYTES = 10, 400
BETWEEN_PROGRESS = 0.1


class Explorer(Page):
    """Controls for a scene and a method, the pictures that they give, and why each pixel is as it is.

    Parameters
    ----------
    scene
        The scene to begin with: a name, a folder that holds one, or a Scene.
    method
        The Method to begin with; by default the paper's best system, with coherent search.
    scenes
        What else can be chosen on the page: names, folders, Scenes; by default the shipped scenes. No message
        from the page reads anything else.
    crop
        Side of the centred square that scenes are cut down to; 0 for all.
    threads
        How many threads to use: one a core by default.
    results
        The folder that "save" on the page writes to, at most `keeping.MOST` pictures. None: the page
        saves nothing here; its visitor can download the picture.

    In a script, settle() waits for the picture, and `outcome` is it.
    """

    def __init__(self, scene="motorcycle", method=None, *, scenes=None, crop=0, threads=None, results=None):
        name = own_name(scene)
        self.session = Session(
            named([scene, *(scenes or ())]), shipped=scenes is None, crop=crop, threads=threads
        )
        self.settings = controls.Settings(name, method or rl.Method.confidence_order(search="coherent"))
        self.results = results
        self.outcome: Outcome | None = None
        self.error: Exception | None = None
        self._earlier: OrderedDict[int, tuple[Outcome, dict]] = OrderedDict()
        self._made = 0
        self._sent: set[str] = set()  # pictures that the front end has of the present outcome
        self._serial = 0
        self._objection = ""  # why the last thing that was asked for is not possible
        self._told = 0.0
        self._changing = threading.RLock()
        self._worker = Worker(self._failed, self._idle)
        self._explaining = Worker(self._unexplained)
        self._controls = {one.name: one for one in controls.controls(self.session.scenes())}
        form = [dataclasses.asdict(one) for one in self._controls.values()]
        super().__init__(form=plain(form), values=self._values(), status=self._status(), saves=bool(results))
        self.on_msg(self._heard)
        self.observe(self._wanted, "shown")
        self.observe(self._asked, "selected")
        self._start()

    @classmethod
    def of(cls, values: dict) -> "Explorer":
        """The explorer that begins with notebook 09's parameters."""
        settings = controls.settings_of(values)
        return cls(settings.scene, settings.method, crop=values["crop"], threads=values["threads"] or None,
                   results=values["results"] or None)  # fmt: skip

    def set(self, **changes) -> None:
        """Move controls, by name: lambda_image, ratio, neighborhood, scene, system, ...

        RefocusError: a value is out of its range; nothing has changed then.
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
        """Wait for the picture of the present settings, and return it. What went wrong is raised."""
        if not self._worker.join(timeout):
            raise TimeoutError(f"no picture within {timeout} seconds")
        if self.error:
            raise self.error
        return self.outcome

    def cancel(self) -> None:
        """End the work under way; the controls go back to those of the picture shown."""
        if self._worker.cancel():
            with self._changing:
                self._go_back()
                self._objection = ""
                last = "; this is the last picture and its settings" if self.outcome else ""
                self.status = self._status(f"cancelled{last}")

    def save(self, folder=None, *, most: int | None = None) -> list[Path]:
        """Write the picture, its parameters and scores; returns the files.

        most: how many saved pictures the folder may hold in the end.
        """
        if not (folder or self.results):
            raise RefocusError("folder", "must be given, here or as the explorer's results", folder)
        given = self.session.given(self.outcome.settings.scene)
        crop = self.session.crop
        return saving.save(self.outcome, folder or self.results, crop=crop, given=given, most=most)

    def write(self, folder) -> Path:
        """Write the picture as `explored.png`, as the papermill command promises; returns the file."""
        return saving.write(self.outcome, folder)

    def explain(self, y: int, x: int) -> Pixel:
        """Why the pixel of the present picture has its colour."""
        return explain(self.outcome.scene, self.outcome.result, y, x)

    def _start(self) -> None:
        self.error = None
        settings = self.settings
        self._worker.submit(lambda turn: self._make(settings, turn))

    def _make(self, settings: controls.Settings, turn: Turn) -> None:
        with self._changing:
            look_at = tuple(self.selected) if self.selected else None
            before = self.outcome
            if before and before.settings.scene != settings.scene:
                look_at = None
        self.session.run(
            settings, turn, look_at=look_at, before=before,
            show=lambda outcome: self._shown_now(outcome, turn),
            progress=lambda *at: self._progress(turn, *at))  # fmt: skip

    def _progress(self, turn: Turn, stage: str, share: float, left: float) -> None:
        now = perf_counter()
        if share and now - self._told < BETWEEN_PROGRESS:
            return
        with self._changing:
            if turn.is_set():
                return
            self._told = now
            self.status = self.status | {
                "busy": True, "stage": stage, "share": share, "left": left, "message": ""}  # fmt: skip

    def _shown_now(self, outcome: Outcome, turn: Turn) -> None:
        with self._changing:
            if turn.cancelled.is_set():
                return
            if outcome.square is not None:
                self._preview(outcome)
                return
            if turn.superseded.is_set():
                return
            before, earlier, self.outcome = self.outcome, self._earlier.copy(), outcome
            self._made += 1
            try:
                self._keep(outcome, before)
                self._present(outcome, before)
            except BaseException:  # a picture that cannot be shown is none to come back to
                self.outcome, self._earlier = before, earlier
                raise
        if self.selected:
            self._tell(outcome)

    def _preview(self, outcome: Outcome) -> None:
        """Only what is new: the maps beside it are still those of the last whole picture.

        Of another scene they would be wrong, and are left out until there are new ones.
        """
        another = self.outcome is None or self.outcome.scene is not outcome.scene
        names = {"refocused"} | (pictures.OF_THE_SCENE if another else set())
        with self.hold_sync():
            self._sent -= names
            self._deliver(outcome, names)
            self._sent -= names
            if another:
                labels = pictures.pictures(outcome)
                self.labels = {name: labels[name] for name in labels if name in names}
                self.doubts, self.notes = page_content.doubts(outcome), []
            self.status = self._status() | {
                "busy": True, "stage": "preview", "square": list(outcome.square)}  # fmt: skip

    def _keep(self, outcome: Outcome, before: Outcome | None) -> None:
        if before is None or before.scene is not outcome.scene:
            self._sent.clear()
            self.selected, self.why = [], {}
        last = next(reversed(self._earlier.values()), (None,))[0]
        self._earlier[self._made] = outcome, {
            "id": self._made, "png": pictures.thumbnail(outcome.image), "text": page_content.caption(outcome),
            "title": page_content.title(outcome), "change": page_content.change(outcome, last)}  # fmt: skip
        self._forget()

    def _forget(self) -> None:
        """Let the oldest results go where there are too many, or they are too large together."""
        while True:
            held = memory(one for one, _ in self._earlier.values()) / 1e6
            if len(self._earlier) == 1 or (len(self._earlier) <= EARLIER and held <= MEGABYTES):
                break
            self._earlier.popitem(last=False)
        limits = f"The last {EARLIER} are kept, or fewer where they would hold more than {MEGABYTES} MB"
        self.kept = f"{limits}; these hold {held:.0f} MB."

    def _present(self, outcome: Outcome, before: Outcome | None) -> None:
        """All that the front end shows of a whole picture, in one message."""
        given, crop = self.session.given(outcome.settings.scene), self.session.crop
        with self.hold_sync():
            self._sent &= pictures.OF_THE_SCENE
            self._describe(outcome)
            self.scores, self.made_by = page_content.scores(outcome, before), outcome.settings.method.search
            self.commands = {
                "papermill": saving.papermill_line(outcome.settings, crop=crop, given=given),
                "Python": saving.python_line(outcome.settings, crop=crop, given=given),
            }
            self.strip = [row | {"now": one is outcome} for one, row in self._earlier.values()]
            self.status = self._status(f"made in {outcome.seconds:.2f} s")

    def _describe(self, outcome: Outcome) -> None:
        """The pictures that the page wants, what they are called, and what is doubted about them."""
        self._deliver(outcome, self.shown)
        self.labels = pictures.pictures(outcome)
        self.legends = {name: pictures.PICTURES[name].legend(outcome) for name in self.labels}
        self.doubts, self.notes = page_content.doubts(outcome), page_content.notes(outcome)

    def _deliver(self, outcome: Outcome, names) -> None:
        for name in names:
            if name == "turns":
                self.film, self.turns = pictures.film(outcome), pictures.turns(outcome)
            elif name in pictures.pictures(outcome) and name not in self._sent:
                self.set_trait(f"png_{name}", pictures.png(pictures.PICTURES[name].draw(outcome)))
                self._sent.add(name)

    def _wanted(self, _) -> None:
        with self._changing:
            if self.outcome:
                with self.hold_sync():
                    self._deliver(self.outcome, self.shown)

    def _asked(self, _) -> None:
        outcome = self.outcome
        if self.selected and outcome:
            self._explaining.submit(lambda turn: self._tell(outcome))

    def _tell(self, outcome: Outcome) -> None:
        """Say why the selected pixel is as it is, if it is still the one selected when that is known."""
        at = list(self.selected)
        if len(at) != 2:
            return
        try:
            why = page_content.why(outcome, explain(outcome.scene, outcome.result, *at))
        except RefocusError:
            why = {"y": at[0], "x": at[1], "outside": True}
        with self._changing:
            if self.selected == at and self.outcome is outcome:
                self.why = why

    def _heard(self, _, message, buffers) -> None:
        """Do what the page asks for, if it offers that."""
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
            # Two pages count their moves each for itself; an older move must not seem to be the last.
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
        """Nothing has changed: say why, and put the page's controls back."""
        with self._changing:
            self._objection = self._words(error)
            self.values = self._values()
            self.status = self.status | {"error": self._objection}

    def _recall(self, made: int) -> None:
        """Bring back an earlier picture with its settings."""
        with self._changing:
            if made not in self._earlier:
                return
            self._worker.cancel()
            outcome, _ = self._earlier[made]
            before, self.outcome = self.outcome, outcome
            if before.scene is not outcome.scene:
                self.selected, self.why = [], {}
            self.settings, self.error, self._objection = outcome.settings, None, ""
            self._sent.clear()
            self.values = self._values()
            self._present(outcome, before)
        self._asked(None)

    def _failed(self, error: Exception) -> None:
        """The work under way came to nothing."""
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
        """An error for the page, which may be a visitor's."""
        if isinstance(error, RefocusError):
            return self.session.told(error)
        if isinstance(error, OSError):
            return f"the files cannot be read or written ({error.strerror or type(error).__name__})"
        return f"the work ended with an unexpected {type(error).__name__}; the log of the kernel tells more"

    def _go_back(self) -> None:
        """To the settings and the picture that are known to be good."""
        if self.outcome:
            self.settings = self.outcome.settings
        self.values = self._values()
        if self.outcome:
            with self.hold_sync():
                self._describe(self.outcome)

    def _idle(self) -> None:
        with self._changing:
            if self.status.get("busy"):
                self.status = self._status()

    def _values(self) -> dict:
        return self.settings.values() | {"serial": self._serial}

    def _status(self, message: str = "") -> dict:
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
