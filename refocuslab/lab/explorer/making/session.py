"""From settings to a picture: first a preview of the place looked at, then the whole."""

import contextlib
import dataclasses
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from time import perf_counter

import numpy as np
from numpy.typing import NDArray

import refocuslab as rl
from refocuslab.doubts import Doubt
from refocuslab.errors import RefocusError
from refocuslab.lab.explorer.making.clock import expected_seconds
from refocuslab.lab.explorer.making.controls import Settings, Value
from refocuslab.lab.explorer.making.made import Made
from refocuslab.lab.explorer.making.scenes import Scenes, Source
from refocuslab.lab.figures import drawing
from refocuslab.lab.widgets.texts import duration, plain_name
from refocuslab.lab.widgets.worker import Turn
from refocuslab.running.clock import Clock
from refocuslab.running.progress import Cancel

# A picture that is expected to take more seconds than this has a preview.
AT_ONCE = 0.5
# The seconds that a preview may take. The side of its square, in pixels, follows: the smallest, the largest,
# and that of the first preview.
PREVIEW_SECONDS = 0.3
SMALLEST, LARGEST, FIRST = 48, 512, 80
# Seconds from which a choice is called slow.
SLOW = 3.0
# Stages of a preview whose work the whole picture finds done, whatever the size of the square.
SHARED = ("PSF", "registration", "library")
# Scenes whose libraries and candidates are kept.
SCENES_KEPT = 2
# A pixel as (y, x), and a rectangle as (top, left, height, width).
Place = tuple[int, int]
Square = tuple[int, int, int, int]


@dataclass(frozen=True)
class Outcome:
    """A picture, or the preview of one, and what it was made from.

    Attributes
    ----------
    settings : Settings
        What it was asked for by.
    scene : Scene
        The scene, cut down.
    image : ndarray of uint8, (H, W, 3)
        The picture, sRGB; of a preview, the picture before with the square in it.
    made : Made
        The result of the scene, or of a preview's square.
    score : Score or None
        None for a preview.
    seconds : float
        From the request to the picture.
    square : tuple of int or None
        Top, left, height and width of a preview's square; None for a whole picture.
    doubts : tuple of Doubt
        What is doubted about it, from the reading of the scene's files to the last stage.
    called : str
        What the page calls the scene.
    """

    settings: Settings
    scene: rl.Scene
    image: NDArray[np.uint8]
    made: Made
    score: rl.Score | None
    seconds: float
    square: Square | None = None
    doubts: tuple[Doubt, ...] = ()
    called: str = ""

    @property
    def result(self) -> rl.Result:
        """The result, made again where it was forgotten: that may take long."""
        return self.made.result

    @property
    def focused(self) -> tuple[rl.FocusedPhoto, ...]:
        """The focused photos that the library was cut from; registered ones if the method registers."""
        registration = self.result.registration
        return tuple((registration.scene if registration else self.scene).focused)


@dataclass(frozen=True)
class _Square:
    """The square of a preview: of which Refocuser, its place, and the Refocuser of what lies in it."""

    of: rl.Refocuser
    place: Square
    refocuser: rl.Refocuser


class Session:
    """Scenes, and what is kept of their work between one picture and the next.

    Parameters
    ----------
    scenes : mapping of str to Scene, str or Path, or None
        Scenes, names or folders by the name that each is chosen by.
    shipped : bool
        Whether the shipped scenes can be chosen as well. No other scene is ever read.
    crop : int
        Side of the centered square that scenes are cut down to, in pixels; 0 for all.
    threads : int or None
        Threads of the method; by default one a core.

    Attributes
    ----------
    offered : Scenes
        The scenes that can be chosen.
    """

    def __init__(
        self,
        scenes: Mapping[str, Source] | None = None,
        *,
        shipped: bool = True,
        crop: int = 0,
        threads: int | None = None,
    ) -> None:
        self.offered = Scenes(scenes, shipped=shipped, crop=crop)
        self.crop, self.threads = crop, threads
        self._refocusers: dict[str, rl.Refocuser] = {}
        self._doubts: dict[str, tuple[Doubt, ...]] = {}
        self._last: dict[str, rl.Result] = {}
        self._side = FIRST
        self._preview: _Square | None = None

    def refocuser(self, name: str, cancel: Cancel | None = None) -> rl.Refocuser:
        """The Refocuser of a scene; those of the last ``SCENES_KEPT`` scenes are kept.

        Raises
        ------
        RefocusError
            No scene has this name, or it cannot be read.
        Cancelled
            ``cancel`` was set while its files were read.
        """
        if name not in self._refocusers:
            scene, self._doubts[name] = self.offered.load(name, cancel)
            self._refocusers[name] = rl.Refocuser(scene, threads=self.threads)
        self._refocusers[name] = self._refocusers.pop(name)
        while len(self._refocusers) > SCENES_KEPT:
            forgotten = next(iter(self._refocusers))
            del self._refocusers[forgotten]
            self._last.pop(forgotten, None)
        return self._refocusers[name]

    def run(
        self,
        settings: Settings,
        turn: Turn,
        *,
        show: Callable[[Outcome], None],
        progress: Callable[[str, float, float], object] = lambda stage, share, left: None,
        look_at: Place | None = None,
        before: Outcome | None = None,
    ) -> None:
        """Show the picture of some settings, and before it a preview if it is expected to take long.

        A newer job does not end a preview: a slider that keeps moving would never show one.

        Parameters
        ----------
        settings : Settings
            Scene and method.
        turn : Turn
            Ends the work.
        show : callable
            Called with the outcome of the preview, then with that of the whole.
        progress : callable
            Called with the stage, the share of all work that is done, and the seconds left.
        look_at : tuple of int or None
            The pixel (y, x) round which the preview lies; by default where misfocus took most away.
        before : Outcome or None
            The last picture, which a preview of the same scene lies on.

        Raises
        ------
        Cancelled
            The turn was over before the work was.
        RefocusError
            The scene cannot be read, or the method refuses it.
        """
        start = perf_counter()
        progress("scene", 0.0, 0.0)
        refocuser = self.refocuser(settings.scene, turn)
        last = self._last.get(settings.scene)
        expected = expected_seconds(refocuser.scene, settings.method, last, threads=self.threads)
        clock = Clock(expected)
        if last is None or sum(expected.values()) > AT_ONCE:
            square = self._place(refocuser, look_at)
            method = dataclasses.replace(settings.method, search="coherent")
            ahead = expected_seconds(square.refocuser.scene, method, None, threads=self.threads)
            clock = Clock(
                {f"preview, {stage}": seconds for stage, seconds in ahead.items()}
                | {stage: 0.0 if stage in SHARED else seconds for stage, seconds in expected.items()}
            )

            def told(stage: str, share: float) -> None:
                progress(f"preview, {stage}", *clock.at(f"preview, {stage}", share))

            result = square.refocuser.refocus(method, cancel=turn.cancelled, progress=told)
            self._resize(sum(took for stage, took in result.seconds.items() if stage not in SHARED))
            show(self._previewed(square, settings, result, before, start))
        result = self._refocused(refocuser, settings, turn, clock, progress)
        scene = refocuser.scene
        score = rl.score(result.image, result.with_psf(scene), light=settings.method.light)
        doubts = self._doubts[settings.scene] + result.doubts
        called, seconds = self.offered.titles()[settings.scene], perf_counter() - start
        made = Made(result, lambda: self._again(scene, settings).refocus(settings.method))
        show(Outcome(settings, scene, result.image, made, score, seconds, doubts=doubts, called=called))

    def remake(
        self,
        outcome: Outcome,
        turn: Turn,
        *,
        progress: Callable[[str, float, float], object] = lambda stage, share, left: None,
    ) -> None:
        """Make what an earlier picture was made from again, if it was forgotten.

        Parameters
        ----------
        outcome : Outcome
            The picture.
        turn : Turn
            Ends the work.
        progress : callable
            As for ``run``.

        Raises
        ------
        Cancelled
            The turn was over before the work was.
        """
        if not outcome.made.there:
            refocuser, settings = self._again(outcome.scene, outcome.settings), outcome.settings
            last = self._last.get(settings.scene)
            expected = expected_seconds(outcome.scene, settings.method, last, threads=self.threads)
            outcome.made.remember(self._refocused(refocuser, settings, turn, Clock(expected), progress))

    def _again(self, scene: rl.Scene, settings: Settings) -> rl.Refocuser:
        """The Refocuser of a scene as it was, which its files need not hold any more."""
        kept = self._refocusers.get(settings.scene)
        return kept if kept and kept.scene is scene else rl.Refocuser(scene, threads=self.threads)

    def _refocused(
        self,
        refocuser: rl.Refocuser,
        settings: Settings,
        turn: Turn,
        clock: Clock,
        progress: Callable[[str, float, float], object],
    ) -> rl.Result:
        result = refocuser.refocus(
            settings.method,
            cancel=turn,
            progress=lambda stage, share: progress(stage, *clock.at(stage, share)),
        )
        if self._refocusers.get(settings.scene) is refocuser:
            self._last[settings.scene] = result
        return result

    def costs(self, settings: Settings, choices: Mapping[str, Iterable[Value]]) -> dict[str, dict[str, str]]:
        """What is slow of what can be chosen next, by control and value: "about 12 s".

        Parameters
        ----------
        settings : Settings
            Those of the last picture of a scene.
        choices : mapping of str to iterable
            The values that each control offers.
        """
        refocuser, last = self._refocusers[settings.scene], self._last.get(settings.scene)
        told: dict[str, dict[str, str]] = {name: {} for name in choices}
        for name, values in choices.items():
            for value in values:
                with contextlib.suppress(RefocusError):  # not with the other settings
                    method = settings.changed(name, value).method
                    expected = expected_seconds(refocuser.scene, method, last, threads=self.threads)
                    if (seconds := sum(expected.values())) > SLOW:
                        told[name][plain_name(value)] = f"about {duration(seconds)}"
        return {name: slow for name, slow in told.items() if slow}

    def _place(self, refocuser: rl.Refocuser, look_at: Place | None) -> "_Square":
        """Where the preview lies; the last one, if that is the same place."""
        scene = refocuser.scene
        place = _around(look_at or worth_a_look(scene), scene.mask, self._side)
        top, left, height, width = place
        inside = np.zeros_like(scene.mask)
        inside[top : top + height, left : left + width] = True
        inside &= scene.mask
        if not inside.any():
            inside, place = scene.mask, (0, 0, *scene.mask.shape)
        if self._preview is None or (self._preview.of, self._preview.place) != (refocuser, place):
            self._preview = _Square(refocuser, place, refocuser.within(inside))
        return self._preview

    def _previewed(
        self, square: "_Square", settings: Settings, result: rl.Result, before: Outcome | None, start: float
    ) -> Outcome:
        """The preview, which was asked for at ``start``, on the picture before."""
        scene, inside = square.of.scene, square.refocuser.scene.mask
        under = before.image if before is not None and before.scene is scene else scene.misfocused
        image = under.copy()
        image[inside] = result.image[inside]
        doubts, seconds = self._doubts[settings.scene], perf_counter() - start
        made = Made(result, lambda: result)
        return Outcome(settings, scene, image, made, None, seconds, square.place, doubts)

    def _resize(self, seconds: float) -> None:
        """Size the next preview by the seconds of this one: time grows as the side squared."""
        fits = np.sqrt(PREVIEW_SECONDS / max(seconds, 1e-3))
        if not 0.8 < fits < 1.6:
            side = int(self._side * np.clip(fits, 0.6, 1.25)) // 8 * 8
            self._side = int(np.clip(side, SMALLEST, LARGEST))


def worth_a_look(scene: rl.Scene) -> Place:
    """(y, x) inside the mask where misfocus took most away, or, without a truth, in its middle."""
    for top, left, height, width in drawing.details(scene, count=1):
        return _inside(scene.mask, top + height / 2, left + width / 2)
    return _inside(scene.mask, *np.argwhere(scene.mask).mean(axis=0))


def _inside(mask: NDArray[np.bool_], y: float, x: float) -> Place:
    """The pixel of the mask that is nearest to (y, x)."""
    places = np.argwhere(mask)
    nearest = ((places - (y, x)) ** 2).sum(axis=1).argmin()
    return int(places[nearest, 0]), int(places[nearest, 1])


def _around(pixel: Place, mask: NDArray[np.bool_], side: int) -> Square:
    """The square of a side round a pixel, moved so that it lies in the photo."""
    height, width = (min(side, length) for length in mask.shape)
    top = int(np.clip(pixel[0] - height // 2, 0, mask.shape[0] - height))
    left = int(np.clip(pixel[1] - width // 2, 0, mask.shape[1] - width))
    return top, left, height, width
