"""The short runs that tell what a unit of each kind of work costs on this machine."""

import math
from collections.abc import Callable

import numpy as np
from scipy.optimize import nnls

from refocuslab.forecasting.speeds import REFERENCE, Rate, Speeds
from refocuslab.forecasting.work import Part, Size, Stages, work
from refocuslab.method import Method
from refocuslab.refocusing.refocuser import Refocuser
from refocuslab.running.progress import breathe
from refocuslab.running.threads import thread_count
from refocuslab.scene import FocusedPhoto, Scene
from refocuslab.scenes.folder import load_scene

# The photographs that are measured on. The seconds of exact searches depend on the content: they are the
# geometric mean of one scene where they are few and one where they are many. So are those of registration and
# of consistency: of photos of one view, and of a stereo pair.
_SCENES, _VIEWS = ("motorcycle", "coffee"), ("motorcycle", "motorcycle-perturbed")
# Sides of what is refocused, in pixels. Where work grows faster than the photo, two sizes tell how fast.
_LARGE, _MIDDLE, _SMALL, _TINY, _FEW = 256, 160, 96, 64, 16
# The least seconds that a unit's rate is told from, and the most that a rate grows by.
_LEAST, _STEEPEST = 1e-4, 1.0
# How often each run is made. The first also loads the kernels.
_TIMES = 2
# Seconds of each stage, its parts, and the patches of the library.
_Run = tuple[dict[str, float], Stages, int]
# Gives the seconds of each stage of a scene refocused by a method.
Timed = Callable[[Scene, Method], dict[str, float]]


def refocused(threads: int) -> Timed:
    """The seconds of each stage of ``refocus`` by so many threads, from nothing."""

    def timed(scene: Scene, method: Method) -> dict[str, float]:
        return Refocuser(scene, threads=threads).refocus(method).seconds

    return timed


def quickest(timed: Timed, scene: Scene, method: Method) -> dict[str, float]:
    """The least seconds of each stage, of two runs: what else the machine does only slows a run down."""
    runs = []
    for _ in range(_TIMES):
        runs.append(timed(scene, method))
        breathe()
    return {stage: min(run.get(stage, 0.0) for run in runs) for stage in runs[0]}


def measure(parts: set[str], threads: int | None = None, *, timed: Timed | None = None) -> Speeds:
    """Measure some rates, and those that come with them.

    Parameters
    ----------
    parts : set of str
        The rates, as ``work`` names them.
    threads : int or None
        As for ``refocus``.
    timed : callable or None
        Gives the seconds of each stage of a scene refocused by a method; by default those of ``refocus``.
    """
    count = thread_count(threads)
    runs = _Runs(timed or refocused(count), Speeds(count))
    for kind, run in runs.kinds.items():
        wanted = {part for part in parts if part.startswith(kind)} - set(runs.speeds.rates)
        if wanted:
            run()
    return runs.speeds


class _Runs:
    """The runs, and the rates that they have told so far."""

    def __init__(self, timed: Timed, speeds: Speeds) -> None:
        self._timed, self.speeds = timed, speeds
        # What the names of the rates begin with; a run tells all of these, and more.
        self.kinds: dict[str, Callable[[], None]] = {
            "candidates: exact": lambda: self._trees("exact"),
            "texture: exact": lambda: self._trees("exact"),
            "candidates: coherent": lambda: self._trees("coherent"),
            "texture: coherent": lambda: self._trees("coherent"),
            "tree": lambda: self._trees("coherent"),
            "library": lambda: self._trees("coherent"),
            "order": lambda: self._trees("coherent"),
            "texture: scanline": lambda: self._causal(Method.scanline_texture(), _LARGE),
            "texture: arbitrary": lambda: self._causal(Method(causal=True), _MIDDLE),
            "candidates: linear": self._linear,
            "texture: linear": self._linear,
            "registration": lambda: self._affine(
                "registration", Method(register=True, search="coherent"), _SMALL, _LARGE
            ),
            "consistent": lambda: self._affine(
                "consistent", Method.consistent(search="coherent"), _SMALL, _MIDDLE
            ),
            "PSF": lambda: self._affine("PSF", Method(search="coherent"), _MIDDLE, _LARGE, psf=False),
            # Told by those three as well.
            "assessment": lambda: self._affine("assessment", Method(search="coherent"), _SMALL, _LARGE),
        }

    def _run(self, side: int, method: Method, *, mask: int = 0, psf: bool = True) -> _Run:
        """Seconds of each stage, its parts, and the patches; of the middle of each scene."""
        each = []
        for name in _VIEWS if method.register else _SCENES:
            whole = load_scene(name).middle(side)
            inside = np.zeros(whole.mask.shape, bool)
            middle = slice((side - mask) // 2, (side + mask) // 2) if mask else slice(None)
            inside[middle, middle] = True
            scene = whole.replace(
                mask=inside,
                focused=[FocusedPhoto(photo.image) for photo in whole.focused],
                psf=whole.known_psf if psf else None,
                calibration=None,
            )
            each.append(quickest(self._timed, scene, method))
        size = Size.of(scene)
        seconds = {
            stage: float(np.exp(np.mean([np.log(max(one[stage], _LEAST)) for one in each])))
            for stage in each[0]
        }
        return seconds, work(size, method, psf_given=psf), size.patches

    def _tell(self, part: Part, seconds: float, growth: float = 0.0) -> None:
        self.speeds.rates[part.rate] = Rate(max(seconds, 0.0) / part.units, growth)

    def _trees(self, search: str) -> None:
        method = Method(search=search)
        few, stages, _ = self._run(_LARGE, method, mask=_FEW)
        self._tell(stages["candidates"][0], few["candidates"])
        large, small = self._run(_LARGE, method), self._run(_SMALL, method)
        seconds, stages, _ = large
        for stage in ("library", "order"):
            self._tell(stages[stage][0], seconds[stage])
        for stage in ("candidates", "texture"):
            self._grown(stage, large, small)

    def _causal(self, method: Method, side: int) -> None:
        if "tree" not in self.speeds.rates:
            self._trees("exact")
        self._grown("texture", self._run(side, method), self._run(_SMALL, method))

    def _linear(self) -> None:
        runs = [self._run(side, Method(search="linear")) for side in (_TINY, _MIDDLE)]
        for stage in ("candidates", "texture"):
            self._joint(stage, runs)

    def _grown(self, stage: str, large: _Run, small: _Run) -> None:
        """The rate of a stage's last part, from two sizes; its others are known."""
        each = []
        for seconds, stages, patches in (large, small):
            *others, part = stages[stage]
            before = self.speeds.seconds({stage: tuple(others)}, patches)[stage]
            each.append(max(seconds[stage] - before, _LEAST) / part.units)
        ratio = large[2] / small[2]
        growth = float(np.clip(math.log(each[0] / each[1]) / math.log(ratio), 0, _STEEPEST))
        self.speeds.rates[part.rate] = Rate(each[0] / (large[2] / REFERENCE) ** growth, growth)

    def _affine(self, kind: str, method: Method, few: int, many: int, *, psf: bool = True) -> None:
        """The rates of a kind that cost something for each photo, and something for each pixel."""
        runs = [self._run(side, method, psf=psf) for side in (few, many)]
        for stage, parts in runs[0][1].items():
            if parts[0].rate.startswith((kind, "assessment")):
                self._joint(stage, runs)

    def _joint(self, stage: str, runs: list[_Run]) -> None:
        """Both rates of a stage of two parts, not less than 0, that give the seconds of two runs."""
        units = np.array([[part.units for part in run[1][stage]] for run in runs])
        seconds = np.array([max(run[0][stage], _LEAST) for run in runs])
        # In shares of the seconds: the short run counts as much as the long one.
        rates, _ = nnls(units / seconds[:, None], np.ones(2))
        for part, rate in zip(runs[0][1][stage], rates, strict=True):
            self.speeds.rates[part.rate] = Rate(float(rate))
