"""OwnPhotos: the widget. It hears the page, has photos read, checked and refocused, and shows what comes."""

import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from refocuslab.errors import RefocusError
from refocuslab.lab.explorer.messages import Cancel
from refocuslab.lab.explorer.page import Row
from refocuslab.lab.explorer.work.worker import Turn, Worker
from refocuslab.lab.own_photos import making, messages, previews, taking_home, words
from refocuslab.lab.own_photos.page import PICTURES, Page
from refocuslab.lab.own_photos.painting import Painting
from refocuslab.lab.own_photos.table import Table
from refocuslab.lab.own_photos.uploads import Unfit
from refocuslab.running.progress import Watch

# Seconds between two messages of progress.
BETWEEN_PROGRESS = 0.1
# Seconds without a stroke before a new forecast is made.
REST = 0.4
# Bytes of a piece of a file that is sent to the page.
PIECE = 4_000_000


class OwnPhotos(Page):
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
    checked : Checked or None
        What was found of the photos, None before there are two.
    made : Made or None
        The last result.
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
        self.checked: making.Checked | None = None
        self.made: making.Made | None = None
        self.error: Exception | None = None
        self._table = Table()
        self._painting: Painting | None = None
        self._full: dict[str, NDArray[np.uint8]] = {}
        self._count = 0  # pictures made so far
        self._objection = ""  # why the last thing that was asked for is not possible
        self._told = 0.0  # when progress was told last
        self._changing = threading.RLock()
        self._worker = Worker(self._failed, self._idle)
        self._forecasting = Worker(lambda error: self.log.error("no forecast", exc_info=error))
        self._sending = Worker(self._failed)
        self._answers: dict[type, Callable[[Any, list[Any]], object]] = {
            messages.Upload: self._upload,
            messages.Piece: self._piece,
            messages.Remove: lambda asked, _: self._changed(self._table.remove(asked.id)),
            messages.Swap: lambda asked, _: self._changed(self._table.make_misfocused(asked.id)),
            messages.Stroke: self._stroke,
            messages.Outline: self._outline,
            messages.Fill: lambda asked, _: self._paint(lambda painting: painting.fill(asked.to)),
            messages.Step: lambda asked, _: self._paint(lambda painting: getattr(painting, asked.kind)()),
            messages.Begin: self._begin,
            Cancel: lambda *_: self.cancel(),
            messages.Look: self._look,
            messages.Save: self._save,
        }
        super().__init__(status=self._status())
        self.on_msg(self._heard)
        if misfocused:
            self._table.read(misfocused, focused)
            self._changed(True)

    def refocus(self) -> None:
        """Begin to refocus, with the mask as it is painted."""
        checked, mask = self._ready()
        self._forecasting.cancel()  # which would take the cores from it
        self._submit("refocusing", lambda turn: self._refocus(checked, mask, turn))

    def cancel(self) -> None:
        """End the work under way; what was there before stays."""
        if self._worker.cancel():
            self._forecasting.cancel()
            with self._changing:
                self.status = self._status(message="Cancelled.")

    def settle(self, timeout: float | None = None) -> None:
        """Wait until no work is under way.

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
        for worker in (self._worker, self._forecasting, self._sending):
            if not worker.join(timeout):
                raise TimeoutError(f"not ready within {timeout} seconds")
        if self.error:
            raise self.error

    @property
    def mask_now(self) -> NDArray[np.bool_] | None:
        """The mask as it is painted, (H, W) bool; None before there is a proposal."""
        return None if self._painting is None else self._painting.mask

    # ------------------------------------------------------------ what the page asks for

    def _heard(self, _: object, message: object, buffers: list[Any]) -> None:
        """Do what a message asks for, if it is one that the page can send."""
        try:
            asked = messages.read(message)
            if not isinstance(asked, messages.Piece | messages.Look):
                self._object("")
            self._answers[type(asked)](asked, buffers)
        except (RefocusError, Unfit, OSError) as error:
            self._object(words.of(error))

    def _object(self, text: str) -> None:
        """Say why what was asked for is not possible, or nothing."""
        with self._changing:
            if text != self._objection:
                self._objection = text
                self.status = self.status | {"error": text}

    def _upload(self, asked: messages.Upload, _: object) -> None:
        try:
            self._table.expect(asked)
        except (RefocusError, Unfit):
            self.send({"kind": "refused", "id": asked.id})
            raise
        self.send({"kind": "took", "id": asked.id, "at": 0})

    def _piece(self, asked: messages.Piece, buffers: list[Any]) -> None:
        try:
            if len(buffers) != 1 or memoryview(buffers[0]).nbytes > messages.LARGEST_PIECE:
                raise RefocusError("piece", "must come with its bytes", f"{len(buffers)} buffers")
            there = self._table.add(asked.id, asked.at, buffers[0])
        except RefocusError:
            self.send({"kind": "refused", "id": asked.id})
            raise
        self.send({"kind": "took", "id": asked.id, "at": there})
        if self._table.unread:
            self._changed(True)

    def _stroke(self, asked: messages.Stroke, _: object) -> None:
        self._paint(lambda painting: painting.stroke(asked.points, asked.radius, erase=asked.erase))

    def _outline(self, asked: messages.Outline, _: object) -> None:
        self._paint(lambda painting: painting.outline(asked.points, erase=asked.erase))

    def _paint(self, change: Callable[[Painting], object]) -> None:
        with self._changing:
            if self._painting is None or self.checked is None:
                raise Unfit("There is no mask to paint yet: it comes when both photos are there.")
            change(self._painting)
            self._show_mask()

    def _begin(self, asked: messages.Begin, _: object) -> None:
        if asked.kind == "refocus":
            self.refocus()
        else:
            self._changed(True)

    def _look(self, asked: messages.Look, _: object) -> None:
        """Send a part of pictures at full size; what there is not is left out."""
        parts = {}
        for name in asked.pictures:
            image = self._full.get(name)
            box = None if image is None else previews.Box(*asked.box).within(image.shape)
            if image is not None and box is not None:
                parts[name] = box, previews.jpeg(box.of(image), previews.LARGEST_PART)
        if parts:
            boxes = [[box.top, box.left, box.height, box.width] for box, _ in parts.values()]
            told = {"kind": "part", "serial": asked.serial, "pictures": list(parts), "boxes": boxes}
            self.send(told, [jpeg for _, jpeg in parts.values()])

    def _save(self, asked: messages.Save, _: object) -> None:
        with self._changing:
            made, checked = self.made, self.checked
            if checked is None or (made is None and asked.what != "scene"):
                raise Unfit("There is nothing to save yet.")
            misfocused = self._table.misfocused
            mask = self.mask_now if made is None else made.mask
        assert misfocused is not None and mask is not None  # as what was checked

        def work(_: Turn) -> None:
            name, content = taking_home.file(asked.what, misfocused, checked, made, mask)
            for at in range(0, len(content), PIECE):
                told = {"kind": "file", "name": name, "size": len(content), "at": at}
                self.send(told, [content[at : at + PIECE]])

        self._sending.submit(work)

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

    def _check(self, turn: Turn) -> None:
        """Read what came, and look how the photos fit."""
        unfit = self._table.read_all(turn)
        with self._changing:
            self._objection = " ".join(filter(None, [self._objection, *unfit]))
            pair = self._table.pair()
            if self.checked is not None and pair != self.checked.pair:
                self.checked = None
            self._show_photos()
            if pair is None or self.checked is not None:
                return
        scene = making.scene_of(*pair)
        with self._changing:
            self.status = self._status(busy=True, work="checking")
        expected = making.seconds_to_check(scene)
        checked = making.check(pair, scene, self._progress(turn, "checking", expected), turn, self.threads)
        with self._changing:
            if turn.is_set():
                return
            self._take(checked)
        self._foretell()

    def _take(self, checked: making.Checked) -> None:
        """Show how photos fit, and the mask that is proposed; one that was painted for this photo stays."""
        before, self.checked = self._painting, checked
        self._painting = Painting(checked.proposal.mask)
        if before is not None and any(before.steps) and before.mask.shape == self._painting.mask.shape:
            before.proposed, self._painting = self._painting.proposed, before
        with self.hold_sync():
            self.found, self.advice = making.found(checked), making.rows(checked.proposal.advice)
            self._show("aligned", checked.aligned)
            self._show("difference", checked.difference)
            self._show_mask(foretell=False)

    def _refocus(self, checked: making.Checked, mask: NDArray[np.bool_], turn: Turn) -> None:
        expected = making.seconds_to_refocus(checked, mask, self.threads)
        begun = perf_counter()
        made = making.refocus(checked, mask, self._progress(turn, "refocusing", expected), turn, self.threads)
        with self._changing, self.hold_sync():
            if turn.is_set():
                return
            self.made, self._count, self.stale = made, self._count + 1, False
            self._show("refocused", made.image)
            self.doubts, self.notes = making.rows(made.doubts), list(made.notes)
            self.status = self._status(message=f"Made in {words.duration(perf_counter() - begun)}.")
        self._foretell()

    def _progress(self, turn: Turn, work: str, expected: dict[str, float]) -> Callable[[str, float], None]:
        clock = making.Clock(expected)

        def tell(stage: str, share: float) -> None:
            done, left = clock.at(stage, share)
            now = perf_counter()
            if now - self._told < BETWEEN_PROGRESS:
                return
            with self._changing:
                if not turn.is_set():
                    self._told = now
                    told = {"stage": words.stage(stage), "share": done, "left": left}
                    self.status = self._status(busy=True, work=work) | told

        return tell

    def _foretell(self) -> None:
        """Tell how long it will take, in a thread: the machine may have to be measured first.

        Not before a hand has come to rest, nor while something is under way.
        """
        if self.status.get("work") == "refocusing":
            return

        def work(turn: Turn) -> None:
            if turn.superseded.wait(REST) or turn.is_set():
                return
            try:
                checked, mask = self._ready()
            except Unfit:
                self.forecast = ""
                return
            with Watch(None, turn) as watch:
                for told in making.forecasts(checked, mask, self.threads):
                    watch.check()
                    self.forecast = told

        self._forecasting.submit(work)

    def _ready(self) -> tuple[making.Checked, NDArray[np.bool_]]:
        with self._changing:
            if self.checked is None or self._painting is None:
                raise Unfit("Both photos must be there, and their check be done, before you can refocus.")
            if not (self._painting.mask & self.checked.scene.mask).any():
                raise Unfit(making.NOTHING)
            return self.checked, self._painting.mask

    # ------------------------------------------------------------ what the page is shown

    def _show_photos(self) -> None:
        with self._changing, self.hold_sync():
            misfocused = self._table.misfocused
            self.photos = self._table.rows()
            image = None if misfocused is None else misfocused.picture.image
            if image is not self._full.get("misfocused"):
                self.size = [] if image is None else [image.shape[1], image.shape[0]]
                self._show("misfocused", image)
                self._painting, self.made = None, None
            if self.checked is None:
                self._forget()

    def _forget(self) -> None:
        """Nothing is known of these photos together yet."""
        self.made, self.stale, self.forecast = None, False, ""
        self.found, self.advice, self.doubts, self.notes = [], [], [], []
        for name in PICTURES:
            if name != "misfocused":
                self._show(name, None)
        self._show_mask(foretell=False)

    def _show(self, name: str, image: NDArray[np.uint8] | None) -> None:
        if image is None:
            self._full.pop(name, None)
        else:
            self._full[name] = image
        self.set_trait(f"jpeg_{name}", b"" if image is None else previews.jpeg(image))

    def _show_mask(self, *, foretell: bool = True) -> None:
        # What was painted is kept, but not shown, while another focused photo is waited for.
        painting = self._painting if self.checked is not None else None
        with self.hold_sync():
            self.mask = b"" if painting is None else previews.mask_png(painting.mask)
            self.painted = {} if painting is None else words.painted(painting)
            made = self.made
            self.stale = made is not None and painting is not None and made.mask is not painting.mask
        if foretell:
            self._foretell()

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

    def _status(self, *, busy: bool = False, work: str = "", message: str = "") -> Row:
        told = {"busy": busy, "work": work, "error": self._objection, "message": message, "made": self._count}
        return told | {"stage": "", "share": 0.0, "left": 0.0}
