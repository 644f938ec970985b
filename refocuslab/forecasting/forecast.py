"""How long refocusing will take on this machine, and how much memory: told before it starts."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from refocuslab.forecasting.measuring import Timed, measure, refocused
from refocuslab.forecasting.speeds import TYPICAL, Rate, Speeds, keep, kept
from refocuslab.forecasting.work import Size, work
from refocuslab.method import Method
from refocuslab.optics.psf import disk
from refocuslab.paper.patches import PatchLibrary
from refocuslab.refocusing.memory import needed, there_is
from refocuslab.running.threads import thread_count
from refocuslab.scene import FocusedPhoto, Scene
from refocuslab.search.kd_tree import PROMISING, principal_axes

# Side of the square of a focused photo, in pixels, by which is told whether a tree is of use.
_LOOK = 100
# A stage of a run teaches if it took so many seconds, and by the typical rates had to: those by which the
# machine is measured take about as long, and of a small picture most is what compiling the kernels takes.
_TEACHES = 3.0
# Less than this share of what was expected took a stage whose work was kept from before.
_KEPT = 0.1
# One run makes no rate more than so many times slower: it may have been stopped for a while. Less than
# 1 / _KEPT, so that a run after it puts the rate right.
_SLOWER = 5.0


@dataclass(frozen=True)
class Forecast:
    """What ``refocus`` will take.

    Attributes
    ----------
    stages : dict of str to float
        The seconds of each stage, in the order of the stages; compiling the kernels, which the first run
        after an installation does, is not in them.
    memory : int
        The most bytes at a time, beside the scene itself.
    available : int or None
        The bytes that this process may use; None where nothing tells.
    """

    stages: dict[str, float]
    memory: int
    available: int | None

    @property
    def seconds(self) -> float:
        """Of all stages."""
        return sum(self.stages.values())

    @property
    def fits(self) -> bool:
        """Whether the memory suffices."""
        return self.available is None or self.memory <= self.available


def forecast(scene: Scene, method: Method | None = None, *, threads: int | None = None) -> Forecast:
    """The seconds and the memory that ``refocus`` will take for a scene, on this machine.

    What a unit of work costs is measured by short runs when it is first asked for, which takes some
    seconds, and kept in the user's cache folder until the program changes.

    Parameters
    ----------
    scene : Scene
        As for ``refocus``.
    method : Method or None
        As for ``refocus``.
    threads : int or None
        As for ``refocus``.

    Returns
    -------
    Forecast
        Of the whole of ``refocus``, without reading photos and writing pictures.

    Raises
    ------
    RefocusError
        ``threads`` is out of range.

    Examples
    --------
    >>> from refocuslab import Method, load_scene
    >>> from refocuslab.forecasting.forecast import forecast
    >>> told = forecast(load_scene("coffee"), Method(search="coherent"))
    >>> list(told.stages), told.fits
    (['library', 'candidates', 'order', 'texture', 'assessment'], True)
    """
    count = thread_count(threads)
    speeds = kept(count)
    known = len(speeds.rates)
    told = foretell(scene, method or Method.confidence_order(), speeds, refocused(count))
    if len(speeds.rates) > known:
        keep(speeds)
    return told


def expected(scene: Scene, method: Method, *, threads: int | None = None) -> dict[str, float]:
    """The seconds of each stage by what is known already: nothing is measured.

    Where nothing is known of this machine, ``TYPICAL`` rates only tell how a bar is divided.

    Parameters
    ----------
    scene : Scene
        As for ``refocus``.
    method : Method
        As for ``refocus``.
    threads : int or None
        As for ``refocus``.
    """
    size, speeds = Size.of(scene), kept(thread_count(threads))
    stages = work(size, method, psf_given=scene.psf is not None)
    rates = {name: Rate(*rate) for name, rate in TYPICAL.items()} | speeds.rates
    return Speeds(speeds.threads, rates).seconds(stages, size.patches)


def learn(scene: Scene, method: Method, seconds: Mapping[str, float], *, threads: int | None = None) -> None:
    """Have later forecasts count on what a run took.

    The short runs of a measurement are told by small pictures, maybe on a busy machine; a long run of one's
    own tells more of the next one. Each stage that took some seconds corrects its rates, and these are kept.

    Parameters
    ----------
    scene : Scene
        What was refocused.
    method : Method
        How.
    seconds : mapping of str to float
        Of each stage, as ``Result`` has them.
    threads : int or None
        As for ``refocus``.
    """
    size, speeds = Size.of(scene), kept(thread_count(threads))
    typical = {name: Rate(*rate) for name, rate in TYPICAL.items()}
    rates = typical | speeds.rates
    stages = work(size, method, psf_given=scene.psf is not None)
    usual = Speeds(speeds.threads, typical).seconds(stages, size.patches)
    expected = Speeds(speeds.threads, rates).seconds(stages, size.patches)
    learned = {}
    for stage, parts in stages.items():
        told, took = expected[stage], seconds.get(stage, 0.0)
        if usual[stage] >= _TEACHES and took >= max(_TEACHES, _KEPT * told) and told > 0:
            for name in (part.rate for part in parts):
                learned[name] = Rate(rates[name].seconds * min(took / told, _SLOWER), rates[name].growth)
    if learned:
        speeds.rates |= learned
        keep(speeds)


def foretell(scene: Scene, method: Method, speeds: Speeds, timed: Timed) -> Forecast:
    """As ``forecast``, by given speeds.

    Parameters
    ----------
    scene : Scene
        As for ``refocus``.
    method : Method
        As for ``refocus``.
    speeds : Speeds
        What is known; what is missing is measured, and added.
    timed : callable
        Gives the seconds of each stage of a scene refocused by a method.
    """
    size, searched = Size.of(scene), method
    if method.search == "exact" and not method.consistency and not _told_apart(scene, method):
        searched = replace(method, search="linear")  # which the exact search does in the place of a tree
    stages = work(size, searched, psf_given=scene.psf is not None)
    if unknown := {part.rate for parts in stages.values() for part in parts} - set(speeds.rates):
        speeds.rates |= measure(unknown, speeds.threads, timed=timed).rates
    return Forecast(speeds.seconds(stages, size.patches), needed(scene, method), there_is())


def _told_apart(scene: Scene, method: Method) -> bool:
    """Whether a tree is of use: a few principal components tell most patches apart."""
    photo = max(scene.focused, key=lambda one: int(one.mask.sum()))
    y, x = np.argwhere(photo.mask)[photo.mask.sum() // 2]
    corner = [
        max(0, min(at - _LOOK // 2, side - _LOOK)) for at, side in zip((y, x), photo.mask.shape, strict=True)
    ]
    place = tuple(slice(at, at + _LOOK) for at in corner)
    part = FocusedPhoto(photo.image[place])
    blur = disk(1) if scene.psf is None else scene.psf
    rows = PatchLibrary([part], blur, neighborhood=method.neighborhood, light=method.light).blurred
    share = principal_axes(rows, np.ones(rows.shape[1], bool))[2]
    return share >= PROMISING
