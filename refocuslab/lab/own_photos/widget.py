"""OwnPhotos: the widget. It hears the page, has photos read, checked and refocused, and shows what comes."""

from collections.abc import Callable, Iterable
from pathlib import Path
from time import perf_counter
from typing import Any, get_args

import refocuslab as rl
from refocuslab.errors import RefocusError
from refocuslab.lab.own_photos import making, messages, taking_home, words
from refocuslab.lab.own_photos.desk import Desk
from refocuslab.lab.widgets import scene_files, worker
from refocuslab.lab.widgets.arriving import Unfit
from refocuslab.lab.widgets.messages import Cancel, Fill, OpenScene, Outline, Piece, SceneFile, Step, Stroke
from refocuslab.lab.widgets.worker import Turn, Worker
from refocuslab.running.progress import Watch

# Seconds without a stroke before a new forecast is made.
REST = 0.4


class OwnPhotos(Desk):
    """A page for one's own photos: drop them, see how they fit, correct the mask, refocus, save.

    What the page sends is bytes and strokes: no message opens a path, and nothing is kept of what was
    uploaded when the kernel ends.

    Parameters
    ----------
    misfocused : str, Path or None
        A photo to begin with; None leaves it to the page.
    focused : iterable of str or Path
        The focused photos to begin with.
    threads : int or None
        Threads of the method; by default one a core.

    Attributes
    ----------
    error : Exception or None
        Why the last work gave nothing.

    Examples
    --------
    >>> from refocuslab.lab.own_photos import OwnPhotos
    >>> OwnPhotos().status["busy"]
    False
    """

    def __init__(
        self,
        misfocused: str | Path | None = None,
        focused: Iterable[str | Path] = (),
        *,
        threads: int | None = None,
    ) -> None:
        self.threads = threads
        self.error: Exception | None = None
        self._scene_files = scene_files.arriving()
        self._throttle = worker.Throttle()
        self._worker = Worker(self._failed, self._idle)
        self._forecasting = Worker(lambda error: self.log.error("no forecast", exc_info=error))
        # One each, for a worker drops what waits when more is asked of it.
        self._sending = {what: Worker(self._failed) for what in get_args(messages.Kept)}
        self._answers: dict[type, Callable[[Any, list[Any]], object]] = {
            messages.Upload: lambda asked, _: self._upload(asked),
            SceneFile: lambda asked, _: self.expect(self._scene_files, asked),
            Piece: self._piece,
            OpenScene: lambda asked, _: self._open(asked),
            messages.Remove: lambda asked, _: self._remove(asked),
            messages.Swap: lambda asked, _: self._changed(self._table.make_misfocused(asked.id)),
            **dict.fromkeys((Stroke, Outline, Fill, Step), lambda asked, _: self._paint(asked)),
            messages.Begin: lambda asked, _: (
                self.refocus() if asked.kind == "refocus" else self._changed(True)
            ),
            messages.Blur: lambda asked, _: self.set_blur(asked.diameter),
            Cancel: lambda *_: self.cancel(),
            messages.Look: lambda asked, _: self._look(asked),
            messages.Save: lambda asked, _: self._save(asked),
        }
        super().__init__()
        self.on_msg(self._heard)
        if misfocused:
            self.read(misfocused, list(focused))
            self._changed(True)

    def refocus(self) -> None:
        """Begin to refocus, with mask and blur as they are now."""
        what = self.ready()
        self._forecasting.cancel()  # which would take the cores from it
        self._submit("refocusing", lambda turn: self._refocus(*what, turn))

    def open_scene(self, scene: rl.Scene) -> None:
        """Put a scene's photos, mask and blur on the page, in the place of what is there."""
        self._submit("reading", lambda turn: self._put(scene, (), turn))

    def set_blur(self, diameter: float | None) -> None:
        """Blur as a disk of so many pixels does; None goes back to what is measured.

        Raises
        ------
        Unfit
            There are no photos yet.
        RefocusError
            There is no such disk.
        """
        if diameter is not None:
            rl.disk(diameter)
        with self._changing:
            if self.checked is None:
                raise Unfit("There is no blur to set yet: it comes when both photos are there.")
            self.diameter = diameter
            self.show_blur()
        self._foretell()

    def cancel(self) -> None:
        """End the work under way; what was there before stays."""
        if self._worker.cancel():
            self._forecasting.cancel()
            with self._changing:
                self.status = self._status(work=self.status["work"], message="Cancelled.")

    def settle(self, timeout: float | None = None) -> None:
        """Wait until no work is under way; raises TimeoutError, or what ended the work.

        Parameters
        ----------
        timeout : float or None
            The most seconds to wait.
        """
        worker.settle((self._worker, self._forecasting, *self._sending.values()), timeout, lambda: self.error)

    # ------------------------------------------------------------ what the page asks for

    def _heard(self, _: object, message: object, buffers: list[Any]) -> None:
        """Do what a message asks for, if it is one that the page can send."""
        try:
            asked = messages.read(message)
            if not isinstance(asked, Piece | messages.Look):
                self.object_to("")
            self._answers[type(asked)](asked, buffers)
        except (RefocusError, Unfit, OSError) as error:
            self.object_to(words.of(error))

    def _upload(self, asked: messages.Upload) -> None:
        held = self._table.numbers() | self._scene_files.numbers()
        self.expect(self._table.arriving, asked, asked.role, held)

    def _remove(self, asked: messages.Remove) -> None:
        if asked.id in self._scene_files:
            self._scene_files.take([])  # without one file a scene is none
        self._changed(self._table.remove(asked.id))

    def _piece(self, asked: Piece, buffers: list[Any]) -> None:
        if asked.id in self._scene_files:
            self.take(self._scene_files, asked, buffers)
            return
        self.take(self._table.arriving, asked, buffers)
        if self._table.unread:
            self._changed(True)

    def _open(self, asked: OpenScene) -> None:
        files = self._scene_files.take(asked.ids)

        def work(turn: Turn) -> None:
            self._put(*scene_files.opened(files, turn), turn)

        self._submit("reading", work)

    def _paint(self, asked: Stroke | Outline | Fill | Step) -> None:
        with self._changing:
            if self._painting is None or self.checked is None:
                raise Unfit("There is no mask to paint yet: it comes when both photos are there.")
            self._painting.change(asked)
            self.show_mask()
        self._foretell()

    def _look(self, asked: messages.Look) -> None:
        """Send a part of pictures at full size."""
        if parts := self.parts(asked.pictures, asked.box):
            boxes = [[box.top, box.left, box.height, box.width] for box, _ in parts.values()]
            told = {"kind": "part", "serial": asked.serial, "pictures": list(parts), "boxes": boxes}
            self.send(told, [jpeg for _, jpeg in parts.values()])

    def _save(self, asked: messages.Save) -> None:
        with self._changing:
            made, checked, misfocused = self.made, self.checked, self._table.misfocused
            if checked is None or (made is None and asked.what != "scene"):
                raise Unfit("There is nothing to save yet.")
            # The scene of the picture, if there is one.
            mask, diameter = (self.mask_now, self.diameter) if made is None else (made.mask, made.diameter)
        assert misfocused is not None and mask is not None  # as what was checked

        def work(_: Turn) -> None:
            self.give(*taking_home.file(asked.what, misfocused, checked, made, mask, diameter))
            if asked.what != "notebook":
                self.kept(*((made, None) if asked.what == "picture" else (None, mask)))

        self._sending[asked.what].submit(work)

    # ------------------------------------------------------------ work in threads

    def _submit(self, work: str, job: Callable[[Turn], object]) -> None:
        with self._changing:
            self.error = None
            self.status = self._status(busy=True, work=work)
            self._worker.submit(job)

    def _changed(self, really: bool) -> None:
        """Look at the photos anew, if they are others now."""
        if really:
            self._submit("reading", self._check)

    def _put(self, scene: rl.Scene, doubts: tuple[rl.Doubt, ...], turn: Turn) -> None:
        """Put a scene on the table, and look how its photos fit."""
        with self._changing:
            if turn.is_set():
                return
            self._table.put(scene)
        self._check(turn, scene, doubts)

    def _check(self, turn: Turn, given: rl.Scene | None = None, doubts: tuple[rl.Doubt, ...] = ()) -> None:
        """Read what came, and look how the photos fit; ``given`` has mask and blur to begin with."""
        unfit = self._table.read_all(turn)
        with self._changing:
            self._objection = " ".join(filter(None, [self._objection, *unfit]))
            pair = self._table.pair()
            if self.checked is not None and pair != self.checked.pair:
                self.checked = None
            self.show_photos()
            if pair is None or (self.checked is not None and self.checked.done):
                return
            self.status = self._status(busy=True, work="checking")
        scene = making.scene_of(*pair)
        if given is not None:
            scene = scene.replace(psf=given.psf, varying=given.varying)
        mask = None if given is None or given.mask.all() else given.mask

        def show(checked: making.Checked) -> None:
            with self._changing:
                if not turn.is_set():
                    # What was painted since the mask was there stays.
                    self.show_checked(checked, None if checked.done else mask, doubts)

        tell = self._progress(turn, "checking", making.seconds_to_check(scene))
        show(making.check(pair, scene, tell, turn, self.threads, early=show))
        self._foretell()

    def _refocus(self, checked: making.Checked, mask: Any, diameter: float | None, turn: Turn) -> None:
        expected = making.seconds_to_refocus(checked, mask, diameter, self.threads)
        begun = perf_counter()
        tell = self._progress(turn, "refocusing", expected)
        made = making.refocus(checked, mask, diameter, tell, turn, self.threads)
        with self._changing:
            if turn.is_set():
                return
            self.show_made(made, f"Made in {words.duration(perf_counter() - begun)}.")
        self._foretell()

    def _progress(self, turn: Turn, work: str, expected: dict[str, float]) -> Callable[[str, float], None]:
        clock = making.Clock(expected)

        def tell(stage: str, share: float) -> None:
            done, left = clock.at(stage, share)
            if self._throttle.passes():
                with self._changing:
                    if not turn.is_set():
                        told = {"stage": words.stage(stage), "share": done, "left": left}
                        self.status = self._status(busy=True, work=work) | told

        return tell

    def _foretell(self) -> None:
        """Tell how long it will take, in a thread: the machine may have to be measured first.

        Not before a hand has come to rest, nor while something is under way, nor of what is made.
        """
        if self.status["busy"] and self.status["work"] == "refocusing":
            return
        if self.made is not None and not self.stale:
            self.forecast = ""  # this picture is made
            return

        def work(turn: Turn) -> None:
            if turn.superseded.wait(REST) or turn.is_set():
                return
            try:
                what = self.ready()
            except Unfit:
                self.forecast = ""
                return
            with Watch(None, turn) as watch:
                for told in making.forecasts(*what, self.threads):
                    watch.check()
                    self.forecast = told

        self._forecasting.submit(work)

    def _failed(self, error: Exception) -> None:
        """Tell the page why the work under way gave nothing."""
        with self._changing:
            if not isinstance(error, RefocusError | Unfit | OSError):
                self.log.error("the work on one's own photos failed", exc_info=error)
            self.error, self._objection = error, words.of(error)
            self.status = self._status()

    def _idle(self) -> None:
        with self._changing:
            if self.status.get("busy"):
                self.status = self._status()
