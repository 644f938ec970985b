"""From settings to a picture: a preview of the place looked at, then the whole."""

import dataclasses
import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

import numpy as np

import refocuslab as rl
from refocuslab.doubts import Doubt
from refocuslab.errors import RefocusError
from refocuslab.files.installed import data_folder
from refocuslab.lab.explorer.controls import Settings
from refocuslab.lab.explorer.loading import Loading
from refocuslab.lab.explorer.texts import brief, printable, without_folders
from refocuslab.lab.explorer.worker import Clock, Turn
from refocuslab.lab.figures import drawing
from refocuslab.lab.measures.cropping import cut
from refocuslab.method import SEARCHES

# Seconds after which a picture should be there: one that is expected later has a preview, which itself
# may take this long.
AT_ONCE = 0.5
PREVIEW_SECONDS = 0.3
SMALLEST, LARGEST, FIRST = 48, 512, 80
SCENES_KEPT = 2
STAGES = {
    "registration": 0.0,
    "library": 0.1,
    "coarser levels": 0.0,
    "candidates": 0.6,
    "order": 0.02,
    "texture": 1.0,
    "consistency": 0.0,
}
# A change in these alone leaves the candidates as they are.
AFTER_CANDIDATES = (
    *("lambda_image", "lambda_texture", "order", "causal", "passes", "seed"),
    *("confidence", "box", "weighted"),
)


@dataclass(frozen=True)
class Outcome:
    """A picture and what it was made from.

    image: (H, W, 3) uint8 sRGB. square: for a preview (top, left, height, width) of what is new in it,
    else None. result: of the square for a preview. seconds: from the request to the picture. doubts: what is
    doubted about it, from the reading of the scene's files to the last stage. called: what the page calls
    the scene.
    """

    settings: Settings
    scene: rl.Scene
    image: np.ndarray
    result: rl.Result
    score: rl.Score | None
    seconds: float
    square: tuple[int, int, int, int] | None = None
    doubts: tuple[Doubt, ...] = ()
    called: str = ""

    @property
    def focused(self) -> tuple[rl.FocusedPhoto, ...]:
        """The focused photos that the library was cut from: registered, where the method asks for it."""
        registration = self.result.registration
        return (registration.scene if registration else self.scene).focused


class Session:
    """Scenes, and what is kept of their work between one picture and the next.

    scenes: Scene, name or folder by the name that it is chosen by. shipped: whether the shipped scenes can be
    chosen as well; none but these is ever read. crop: the side of the centred square that scenes are cut
    down to, 0 for all.
    """

    def __init__(self, scenes: dict[str, rl.Scene | str | Path] | None = None, *, shipped=True, crop: int = 0,
                 threads=None):  # fmt: skip
        self._sources = dict(scenes or {})
        for name in rl.scene_names() if shipped else ():
            self._sources.setdefault(name, name)
        self.crop, self.threads = crop, threads
        self._loading: dict[str, Loading] = {}
        self._refocusers: dict[str, rl.Refocuser] = {}
        self._doubts: dict[str, tuple[Doubt, ...]] = {}
        self._last: dict[str, rl.Result] = {}
        self._side = FIRST
        self._preview: tuple | None = None

    def scenes(self) -> dict[str, str]:
        """Names of the scenes to choose from, and what to call them."""
        return {name: _titled(name, source) for name, source in self._sources.items()}

    def given(self, name: str) -> bool:
        """Whether the scene came as an object, so that its name cannot load it."""
        return isinstance(self._sources.get(name), rl.Scene)

    def refocuser(self, name: str, turn: Turn | None = None) -> rl.Refocuser:
        """The Refocuser of a scene; the last few are kept. The turn ends the wait for its files."""
        if name not in self._sources:
            rule = f"must be one of {', '.join(self.scenes().values())}"
            raise RefocusError("scene", rule, brief(name))
        if name not in self._refocusers:
            # A file that never ends has one thread that waits for it, however often it is asked for.
            if name not in self._loading:
                self._loading[name] = Loading(self._sources[name])
            self._loading[name].until_done(turn)
            scene, self._doubts[name] = self._loading.pop(name).outcome()
            self._refocusers[name] = rl.Refocuser(cut(scene, self.crop), threads=self.threads)
        self._refocusers[name] = self._refocusers.pop(name)
        while len(self._refocusers) > SCENES_KEPT:
            forgotten = next(iter(self._refocusers))
            del self._refocusers[forgotten]
            self._last.pop(forgotten, None)
        return self._refocusers[name]

    def told(self, error: RefocusError) -> str:
        """An error as the page says it: without where on the machine the scenes lie."""
        folders = [data_folder(), *(s for s in self._sources.values() if not isinstance(s, rl.Scene))]
        return without_folders(str(error), folders)

    def run(
        self,
        settings: Settings,
        turn: Turn,
        *,
        show: Callable[[Outcome], None],
        progress: Callable[[str, float, float], None] = lambda stage, share, left: None,
        look_at: tuple[int, int] | None = None,
        before: Outcome | None = None,
    ) -> None:
        """Show a preview where the whole takes longer, then the whole.

        progress: called with the stage, the share of all work done, and the seconds left. look_at: the
        pixel round which the preview lies. before: the last picture, which the preview is laid over.
        A newer job does not end a preview, or a slider that keeps moving would never show one.
        """
        start = perf_counter()
        progress("scene", 0.0, 0.0)
        refocuser = self.refocuser(settings.scene, turn)
        expected = self._expected(settings)
        if sum(expected.values()) > AT_ONCE or settings.scene not in self._last:
            show(self._square(refocuser, settings, turn, look_at, before, start))
        clock = Clock(expected)
        result = refocuser.refocus(
            settings.method,
            cancel=turn,
            progress=lambda stage, share: progress(stage, *clock.at(stage, share)),
        )
        self._last[settings.scene] = result
        scene = refocuser.scene
        score = rl.score(result.image, scene, light=settings.method.light)
        doubts = self._doubts[settings.scene] + result.doubts
        called = self.scenes()[settings.scene]
        show(Outcome(settings, scene, result.image, result, score, perf_counter() - start, doubts=doubts,
                     called=called))  # fmt: skip

    def _expected(self, settings: Settings) -> dict[str, float]:
        """Seconds of each stage, from the last picture of the scene where that is like this one."""
        last = self._last.get(settings.scene)
        if last is None:
            return dict(STAGES)
        seconds = {stage: last.seconds.get(stage, 0.0) for stage in STAGES}
        changed = {
            field.name
            for field in dataclasses.fields(last.method)
            if getattr(last.method, field.name) != getattr(settings.method, field.name)
        }
        if changed <= set(AFTER_CANDIDATES):
            seconds["library"] = seconds["candidates"] = 0.0
            if settings.method.lambda_texture > 0 and last.method.lambda_texture == 0:
                seconds["texture"] = STAGES["texture"]
            return seconds
        return {stage: max(seconds[stage], STAGES[stage]) for stage in STAGES}

    def _square(self, refocuser, settings, turn, look_at, before, start) -> Outcome:
        scene = refocuser.scene
        square = _around(look_at or worth_a_look(scene), scene.mask, self._side)
        top, left, height, width = square
        inside = np.zeros_like(scene.mask)
        inside[top : top + height, left : left + width] = True
        inside &= scene.mask
        if not inside.any():
            inside, square = scene.mask, (0, 0, *scene.mask.shape)
        of = settings.scene, square
        if self._preview is None or self._preview[:2] != (refocuser, of):
            self._preview = refocuser, of, refocuser.within(inside)
        method = settings.method
        if "coherent" in SEARCHES:
            method = dataclasses.replace(method, search="coherent")
        since = perf_counter()
        result = self._preview[2].refocus(method, cancel=turn.cancelled)
        self._resize(perf_counter() - since)
        same = before is not None and before.scene is scene
        image = (before.image if same else scene.misfocused).copy()
        image[inside] = result.image[inside]
        doubts = self._doubts[settings.scene]
        return Outcome(settings, scene, image, result, None, perf_counter() - start, square, doubts)

    def _resize(self, seconds: float) -> None:
        """Let the next preview be as large as the time allows."""
        fits = np.sqrt(PREVIEW_SECONDS / max(seconds, 1e-3))
        if not 0.8 < fits < 1.6:
            side = int(self._side * np.clip(fits, 0.6, 1.25)) // 8 * 8
            self._side = int(np.clip(side, SMALLEST, LARGEST))


def memory(outcomes: Iterable[Outcome]) -> int:
    """Bytes of the arrays that outcomes hold; what several share counts once."""
    arrays, seen, left = {}, set(), list(outcomes)
    while left:
        one = left.pop()
        if id(one) in seen:
            continue
        seen.add(id(one))
        if isinstance(one, np.ndarray):
            whole = one if one.base is None else one.base
            arrays[id(whole)] = getattr(whole, "nbytes", one.nbytes)
        elif isinstance(one, list | tuple):
            left += one
        else:
            left += vars(one).values() if hasattr(one, "__dict__") else ()
    return sum(arrays.values())


def own_name(scene: rl.Scene | str | Path) -> str:
    """What a scene is chosen by, given as an object, by name or by folder."""
    if isinstance(scene, rl.Scene):
        return printable(scene.name.strip()) or "own scene"
    name = os.fspath(scene)
    try:
        name.encode()
    except UnicodeEncodeError:
        rule = "must have a name in Unicode to be shown on a page (or load the folder, and give the Scene)"
        raise RefocusError("scene", rule, brief(name)) from None
    return name


def named(scenes: Iterable[rl.Scene | str | Path]) -> dict[str, rl.Scene | str | Path]:
    """Scenes by what they are chosen by; those of one name are numbered."""
    sources = {}
    for scene in scenes:
        name, number = own_name(scene), 2
        while name in sources and isinstance(scene, rl.Scene) and sources[name] is not scene:
            name, number = f"{own_name(scene)} ({number})", number + 1
        sources.setdefault(name, scene)
    return sources


def _titled(name: str, source: rl.Scene | str | Path) -> str:
    """What a page calls a scene: by its title where that is known, by its name or by its folder's."""
    if isinstance(source, rl.Scene):
        return printable(source.title.strip() or name)
    return printable(name if os.path.basename(name) == name else os.path.basename(os.path.abspath(name)))


def worth_a_look(scene: rl.Scene) -> tuple[int, int]:
    """(y, x) of a pixel inside the mask where misfocus took most away."""
    for top, left, height, width in drawing.details(scene, count=1):
        return _inside(scene.mask, top + height / 2, left + width / 2)
    return _inside(scene.mask, *np.argwhere(scene.mask).mean(axis=0))


def _inside(mask: np.ndarray, y: float, x: float) -> tuple[int, int]:
    places = np.argwhere(mask)
    nearest = ((places - (y, x)) ** 2).sum(axis=1).argmin()
    return int(places[nearest, 0]), int(places[nearest, 1])


def _around(pixel: tuple[int, int], mask: np.ndarray, side: int) -> tuple[int, int, int, int]:
    """The square of a side round a pixel, moved so that it lies in the photo."""
    sizes = [min(side, length) for length in mask.shape]
    starts = [
        int(np.clip(at - size // 2, 0, length - size))
        for at, size, length in zip(pixel, sizes, mask.shape, strict=True)
    ]
    return *starts, *sizes
