"""Explorer: the widget. It hears the page, has the session make pictures, and shows them."""

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import refocuslab as rl
from refocuslab.errors import RefocusError
from refocuslab.lab.explorer import messages, saving
from refocuslab.lab.explorer.making import controls
from refocuslab.lab.explorer.making.scenes import Source, named, own_name
from refocuslab.lab.explorer.making.session import Outcome, Session
from refocuslab.lab.explorer.painted import Painted
from refocuslab.lab.explorer.pixel import Pixel, explain
from refocuslab.lab.widgets.arriving import Unfit
from refocuslab.lab.widgets.messages import Cancel, Fill, OpenScene, Outline, Piece, SceneFile, Step, Stroke
from refocuslab.lab.widgets.texts import brief
from refocuslab.lab.widgets.worker import Turn, Worker


class Explorer(Painted):
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
    results : str, Path or None
        As given.

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
        session = Session(named([scene, *(scenes or ())]), shipped=scenes is None, crop=crop, threads=threads)
        settings = controls.Settings(name, method or rl.Method.confidence_order(search="coherent"))
        self.results = results
        self._explaining = Worker(self._unexplained)
        super().__init__(session, settings, saves=bool(results))
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
        given = self.session.offered.given(outcome.settings.scene)
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

    def _wanted(self, _: object) -> None:
        with self._changing:
            if self.outcome:
                self.deliver(self.outcome, self.shown)

    def _asked(self, _: object) -> None:
        outcome = self.outcome
        if self.selected and outcome:
            self._explaining.submit(lambda turn: self._tell(outcome))

    def _heard(self, _: object, message: object, buffers: list[Any]) -> None:
        """Do what a message asks for, if it is one that the page can send."""
        try:
            self._answer(messages.read(message), buffers)
        except (RefocusError, Unfit, OSError) as error:
            self._refused(error)

    def _answer(self, asked: messages.Any, buffers: list[Any]) -> None:
        if isinstance(asked, messages.Set):
            self._chosen(asked)
        elif isinstance(asked, Cancel):
            self.cancel()
        elif isinstance(asked, messages.Recall):
            self._recall(asked.id)
        elif isinstance(asked, SceneFile):
            self.expect(self._scene_files, asked)
        elif isinstance(asked, Piece):
            self.take(self._scene_files, asked, buffers)
        elif isinstance(asked, OpenScene):
            self._open(self._scene_files.take(asked.ids))
        elif self.outcome is None:
            return
        elif isinstance(asked, Stroke | Outline | Fill | Step):
            self._paint(asked)
        elif isinstance(asked, messages.UseMask):
            self.use_mask()
        elif isinstance(asked, messages.Download):
            self._download()
        else:
            self._save(asked.kind)

    def _paint(self, asked: Stroke | Outline | Fill | Step) -> None:
        with self._changing:
            outcome = self._shown()
            self.painting_of(outcome.scene).change(asked)
            self.show_mask(outcome)

    def _chosen(self, asked: messages.Set) -> None:
        with self._changing:
            # Each of several pages counts its own moves; the serial must not fall.
            self._serial = max(self._serial, asked.serial)
            if asked.name not in self._controls:
                raise RefocusError("setting", "must be one of the page's", brief(asked.name))
            self.set(**{asked.name: self._controls[asked.name].offered(asked.value)})

    def _save(self, what: str) -> None:
        if not self.results:
            raise RefocusError("save", "needs a folder, which the explorer's author gives as results", None)
        if what == "save scene":
            scene = self._named(self.painted_scene())
            files = [saving.save_scene(scene, scene.name, self.results, most=saving.MOST).name]
        else:
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

    def _unexplained(self, error: Exception) -> None:
        self.log.error("a pixel could not be explained", exc_info=error)
