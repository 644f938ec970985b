"""Explorer: the widget. It passes what is set to the session, and what comes back to the front end."""

import dataclasses
import threading
from collections import OrderedDict
from pathlib import Path
from time import perf_counter

import anywidget
import numpy as np
import traitlets

import refocuslab as rl
from refocuslab.errors import RefocusError
from refocuslab.lab.explorer import controls, keeping, pictures
from refocuslab.lab.explorer.pixel import Pixel, explain, surroundings
from refocuslab.lab.explorer.session import Outcome, Session, memory, own_name
from refocuslab.lab.explorer.worker import Turn, Worker
from refocuslab.lab.parameters import plain

FRONT = Path(__file__).parent / "front"
SCRIPTS = ("dom.js", "form.js", "panes.js", "film.js", "pixel.js", "main.js")
# Earlier results that are kept, at the most, and the MB that all results may hold together.
EARLIER, MEGABYTES = 10, 400
BETWEEN_PROGRESS = 0.1


class Explorer(anywidget.AnyWidget):
    """Controls for a scene and a method, the pictures that they give, and why each pixel is as it is.

    Parameters
    ----------
    scene
        The scene to begin with: a name, a folder that holds one, or a Scene. The shipped scenes can
        always be chosen as well.
    method
        The Method to begin with; by default the paper's best system, with coherent search.
    crop
        Side of the centred square that scenes are cut down to; 0 for all.
    threads
        How many threads to use: one a core by default.
    results
        The folder that "save" writes to.

    In a script, settle() waits for the picture, and `outcome` is it.
    """

    _esm = "\n".join((FRONT / name).read_text(encoding="utf-8") for name in SCRIPTS)
    _css = (FRONT / "style.css").read_text(encoding="utf-8")

    form = traitlets.List().tag(sync=True)  # Control as dicts
    values = traitlets.Dict().tag(sync=True)  # value by control; "serial" of the change that it follows
    status = traitlets.Dict().tag(sync=True)
    all_pictures = traitlets.List(list(pictures.PICTURES)).tag(sync=True)
    labels = traitlets.Dict().tag(sync=True)  # of the pictures there are, by name
    legends = traitlets.Dict().tag(sync=True)
    shown = traitlets.List(["refocused"]).tag(sync=True)  # the pictures that the front end wants
    scores = traitlets.List().tag(sync=True)
    made_by = traitlets.Unicode("").tag(sync=True)  # the search of the whole picture shown
    commands = traitlets.Dict().tag(sync=True)
    selected = traitlets.List([]).tag(sync=True)  # [y, x], set by the front end
    why = traitlets.Dict().tag(sync=True)
    strip = traitlets.List().tag(sync=True)
    kept = traitlets.Unicode("").tag(sync=True)  # how many results the strip keeps
    turns = traitlets.Bytes(b"").tag(sync=True)
    film = traitlets.List().tag(sync=True)  # W before the first pass and after each, as PNG
    locals().update({f"png_{name}": traitlets.Bytes(b"").tag(sync=True) for name in pictures.PICTURES})

    def __init__(self, scene="motorcycle", method=None, *, crop=0, threads=None, results="results"):
        name = own_name(scene)
        given = {name: scene} if isinstance(scene, rl.Scene) else {}
        self.session = Session(given, crop=crop, threads=threads)
        self.settings = controls.Settings(name, method or rl.Method.confidence_order(search="coherent"))
        self.results = results
        self.outcome: Outcome | None = None
        self.error: Exception | None = None
        self._earlier: OrderedDict[int, tuple[Outcome, dict]] = OrderedDict()
        self._made = 0
        self._sent: set[str] = set()  # pictures that the front end has of the present outcome
        self._serial = 0
        self._told = 0.0
        self._changing = threading.RLock()
        self._worker = Worker(self._failed, self._idle)
        form = [dataclasses.asdict(one) for one in controls.controls({name: name} | self.session.scenes())]
        super().__init__(form=plain(form), values=self._values(), status=_status())
        self.on_msg(self._heard)
        self.observe(self._wanted, "shown")
        self.observe(self._asked, "selected")
        self._start()

    @classmethod
    def of(cls, values: dict) -> "Explorer":
        """The explorer that begins with notebook 09's parameters."""
        settings = controls.settings_of(values)
        return cls(settings.scene, settings.method, crop=values["crop"], threads=values["threads"] or None,
                   results=values["results"] or "results")  # fmt: skip

    def set(self, **changes) -> None:
        """Move controls, by name: lambda_image, ratio, neighborhood, scene, system, ...

        RefocusError: a value is out of its range; nothing has changed then.
        """
        with self._changing:
            settings = self.settings
            for name, value in changes.items():
                settings = settings.changed(name, value)
            self.settings = settings
            self.values = self._values()
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
                self.status = _status("cancelled; this is the last picture and its settings")

    def save(self, folder=None) -> list[Path]:
        """Write the picture, its parameters and scores; returns the files."""
        given = self.session.given(self.outcome.settings.scene)
        return keeping.save(self.outcome, folder or self.results, crop=self.session.crop, given=given)

    def write(self, folder) -> Path:
        """Write the picture as `explored.png`, as the papermill command promises; returns the file."""
        return keeping.write(self.outcome, folder)

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
        if turn.is_set() or (share and now - self._told < BETWEEN_PROGRESS):
            return
        self._told = now
        self.status = self.status | {
            "busy": True, "stage": stage, "share": share, "left": left, "message": ""}  # fmt: skip

    def _shown_now(self, outcome: Outcome, turn: Turn) -> None:
        with self._changing:
            if turn.cancelled.is_set():
                return
            if outcome.square is not None:
                # Only what is new: the maps beside it are still those of the last whole picture.
                with self.hold_sync():
                    self._sent.discard("refocused")
                    self._deliver(outcome, ["refocused"])
                    self._sent.discard("refocused")
                    self.labels = self.labels or pictures.pictures(outcome)
                    self.status = _status() | {
                        "busy": True, "stage": "preview", "square": list(outcome.square)}  # fmt: skip
                return
            if turn.superseded.is_set():
                return
            before, self.outcome = self.outcome, outcome
            self._made += 1
            if before is None or before.scene is not outcome.scene:
                self._sent.clear()
                self.selected, self.why = [], {}
            last = next(reversed(self._earlier.values()), (None,))[0]
            self._earlier[self._made] = outcome, {
                "id": self._made, "png": pictures.thumbnail(outcome.image), "text": _caption(outcome),
                "title": _title(outcome), "change": _change(outcome, last)}  # fmt: skip
            self._forget()
            self._present(outcome, before)
        if self.selected:
            self._tell(outcome)

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
            self._deliver(outcome, self.shown)
            self.labels = pictures.pictures(outcome)
            self.legends = {name: pictures.PICTURES[name].legend(outcome) for name in self.labels}
            self.scores, self.made_by = _scores(outcome, before), outcome.settings.method.search
            self.commands = {
                "papermill": keeping.papermill_line(outcome.settings, crop=crop, given=given),
                "Python": keeping.python_line(outcome.settings, crop=crop, given=given),
            }
            self.strip = [row | {"now": one is outcome} for one, row in self._earlier.values()]
            self.status = _status(f"made in {outcome.seconds:.2f} s") | {"made": self._made}

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
            threading.Thread(target=self._tell, args=(outcome,), daemon=True).start()

    def _tell(self, outcome: Outcome) -> None:
        """Say why the selected pixel is as it is, if it is still the one selected when that is known."""
        at = list(self.selected)
        try:
            why = _why(outcome, explain(outcome.scene, outcome.result, *at))
        except RefocusError:
            why = {"y": at[0], "x": at[1], "outside": True}
        with self._changing:
            if self.selected == at and self.outcome is outcome:
                self.why = why

    def _heard(self, _, message: dict, buffers) -> None:
        kind = message.get("kind")
        try:
            if kind == "set":
                with self._changing:
                    self._serial = message["serial"]
                    self.set(**{message["name"]: message["value"]})
            elif kind == "cancel":
                self.cancel()
            elif kind == "recall":
                self._recall(message["id"])
            elif kind == "save" and self.outcome:
                files = ", ".join(file.as_posix() for file in self.save())
                self.status = self.status | {"message": f"saved {files}"}
        except (RefocusError, OSError) as error:
            self._failed(error)

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
            self.settings, self.error = outcome.settings, None
            self._sent.clear()
            self.values = self._values()
            self._present(outcome, before)
        self._asked(None)

    def _failed(self, error: Exception) -> None:
        with self._changing:
            self.error = error
            told = str(error) if isinstance(error, RefocusError) else f"{type(error).__name__}: {error}"
            self._go_back()
            self.status = _status() | {"error": told}

    def _go_back(self) -> None:
        """To the settings and the picture that are known to be good."""
        if self.outcome:
            self.settings = self.outcome.settings
            self._deliver(self.outcome, self.shown)
        self.values = self._values()

    def _idle(self) -> None:
        with self._changing:
            if self.status.get("busy"):
                self.status = _status()

    def _values(self) -> dict:
        return self.settings.values() | {"serial": self._serial}


def _status(message: str = "") -> dict:
    return {
        "busy": False,
        "stage": "",
        "share": 0.0,
        "left": 0.0,
        "square": [],
        "error": "",
        "message": message,
    }


def _scores(outcome: Outcome, before: Outcome | None) -> list[dict]:
    """Rows of name, value, and change since the picture before where that was of the same scene."""
    rows = []
    same = before is not None and before.scene is outcome.scene
    for key, name, unit, digits, help in (
        ("psnr", "PSNR", "dB", 2, "closeness to the truth; more is better"),
        ("ssim", "SSIM", "", 4, "likeness to the truth, 1 at most; more is better"),
        ("reblur_rms", "reblur RMS", "levels", 2, "distance of the picture, blurred again, from U"),
    ):  # fmt: skip
        value = getattr(outcome.score, key)
        if value is None:
            continue
        change = value - getattr(before.score, key) if same else 0.0
        told = f"{change:+.{digits}f}" if same and np.isfinite(change) else ""
        rows.append(
            {"name": name, "value": f"{value:.{digits}f}", "unit": unit, "change": told, "help": help}
        )
    return rows


def _caption(outcome: Outcome) -> str:
    psnr = outcome.score.psnr
    return f"{psnr:.2f} dB" if psnr is not None else f"{outcome.score.reblur_rms:.2f} reblur"


def _change(outcome: Outcome, before: Outcome | None) -> str:
    """What was moved since the picture before it."""
    now, then = outcome.settings.values(), before.settings.values() if before else {}
    moved = {name: value for name, value in now.items() if then.get(name, value) != value}
    if moved.get("system", controls.OTHER) != controls.OTHER:
        # The system says what it sets.
        moved = {name: moved[name] for name in ("scene", "system") if name in moved}
        return ", ".join(str(value).replace("_", " ") for value in moved.values())
    names = controls.NAMES | {"ratio": "λ ratio"}
    return ", ".join(
        f"{names.get(name, name)} {f'{value:g}' if type(value) is float else value}"
        for name, value in moved.items() if name != "system"
    )  # fmt: skip


def _title(outcome: Outcome) -> str:
    told = ", ".join(f"{name} {value}" for name, value in keeping.differing(outcome.settings.method).items())
    return f"{outcome.settings.scene}: {told or 'defaults'}"


def _why(outcome: Outcome, pixel: Pixel) -> dict:
    """A Pixel for the front end: numbers as JSON, patches as bytes of R, G, B."""
    method = outcome.result.method
    photo, y, x = pixel.places[pixel.chosen]
    place, at_y, at_x = surroundings(outcome.focused[photo].image, y, x)
    own, own_y, own_x = surroundings(outcome.scene.misfocused, pixel.y, pixel.x)
    told = {field.name: getattr(pixel, field.name) for field in dataclasses.fields(pixel)}
    patches = ("query", "window", "blurred", "sharp", "texture", "above")
    numbers = {
        name: value.tolist() if isinstance(value, np.ndarray) else plain(value)
        for name, value in told.items()
        if name not in patches
    }
    images = {name: np.ascontiguousarray(told[name]).tobytes() for name in patches if told[name] is not None}
    return numbers | images | {
        "size": len(pixel.query), "order": method.order, "causal": method.causal, "passes": method.passes,
        "textured": method.lambda_texture > 0, "search": method.search,
        "selection": method.selection, "weighted": method.weighted,
        "place": {"side": len(place), "y": at_y, "x": at_x, "rgb": place.tobytes()},
        "own": {"side": len(own), "y": own_y, "x": own_x, "rgb": own.tobytes()},
    }  # fmt: skip
