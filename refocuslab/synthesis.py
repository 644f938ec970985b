"""W, assigned pixel by pixel: refocus() (paper, §2.3, §3)."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import Lock
from time import perf_counter

import numpy as np

from refocuslab import order
from refocuslab.candidates import Candidates, find_candidates, tier
from refocuslab.errors import Cancelled
from refocuslab.method import Method
from refocuslab.patches import PatchLibrary
from refocuslab.texture import TextureSearch, fixed_neighborhood, neighborhoods, start_canvas
from refocuslab.threads import thread_count

# Below so many pixels a level is done sooner by one thread than handed to several.
WORTH_SHARING = 16
# How many libraries, trees and lists of candidates a Refocuser holds.
KEPT = 3


@dataclass(frozen=True)
class Result:
    """What refocus() made of a scene.

    image: W, (H, W, 3) uint8 sRGB; outside the mask it is U. confidence, neighborhood_confidence:
    (H, W) float64, NaN outside the mask (§2.3). order: (H, W) int64, the turn at which a pixel was
    assigned in each pass, -1 outside. source: (H, W) int64, the library patch that proposed the
    pixel's value, -1 outside. candidates, library, method: what it was made from. seconds: per stage.
    """

    image: np.ndarray
    confidence: np.ndarray
    neighborhood_confidence: np.ndarray
    order: np.ndarray
    source: np.ndarray
    candidates: Candidates
    library: PatchLibrary
    method: Method
    seconds: dict[str, float]


def refocus(
    scene,
    method: Method | None = None,
    *,
    progress: Callable[[str, float], None] | None = None,
    cancel=None,
    threads: int | None = None,
) -> Result:
    """Refocus a scene by a variation of the paper's system.

    W_xy is the candidate that maximises P_image P_texture, assigned in the method's order (§2, §3).

    Parameters
    ----------
    scene
        A Scene: U, its mask, focused photos with masks, the PSF.
    method
        A Method; by default the paper's best system, Method.confidence_order().
    progress
        Called as progress(stage, share done) from this thread, stage by stage: "library",
        "candidates", "order", "texture"; in each the share rises from 0 to 1.
    cancel
        Anything with is_set(), such as a threading.Event; once set, Cancelled is raised soon.
    threads
        How many threads to use: 1 or more; one a core by default. The result does not depend on it.

    Raises
    ------
    RefocusError
        The neighborhood does not fit into a photo, or threads is not a positive whole number.
    Cancelled
        `cancel` was set.
    """
    return Refocuser(scene, threads=threads).refocus(method, progress=progress, cancel=cancel)


class Refocuser:
    """One scene, refocused again and again: what a changed method leaves as it was is not made anew.

    The library and the trees depend on the neighborhood and the light; the candidates also on their
    number and the search; the rest follows from them. Each is kept for the last few values. Any
    sequence of calls gives what refocus() gives.
    """

    def __init__(self, scene, *, threads: int | None = None):
        self.scene = scene
        self.threads = thread_count(threads)
        self._kept: dict[str, dict] = {"library": {}, "texture": {}}
        self._lock = Lock()

    def refocus(self, method: Method | None = None, *, progress=None, cancel=None) -> Result:
        """As refocus(). Calls from several threads wait for each other."""
        with self._lock:
            return self._refocus(method or Method.confidence_order(), _Watch(progress, cancel))

    def within(self, mask) -> "Refocuser":
        """A Refocuser for the same scene with another mask; the two share libraries and trees."""
        other = Refocuser(self.scene.replace(mask=mask), threads=self.threads)
        # What is kept of all but the candidates does not depend on the mask.
        other._kept = {stage: kept for stage, kept in self._kept.items() if stage != "candidates"}
        other._lock = self._lock
        return other

    def _refocus(self, method: Method, watch: "_Watch") -> Result:
        mask, image = self.scene.mask, self.scene.misfocused
        cut = method.neighborhood, method.light

        watch.start("library")
        library = self._keep(
            "library",
            cut,
            lambda: PatchLibrary(self.scene.focused, self.scene.psf, neighborhood=cut[0], light=cut[1]),
        )
        watch.start("candidates")
        count = tier(method.candidates)
        looked_for = {"search": method.search, "threads": self.threads, "step": watch.step}
        found = self._keep(
            "candidates",
            (*cut, method.search, count),
            lambda: find_candidates(library, image, mask, count, **looked_for),
        )
        candidates = found.first(method.candidates)
        watch.start("order")
        confidences = order.confidence(candidates.distances, method.lambda_image)
        around = order.neighborhood_confidence(confidences, mask)
        turn = order.turns(method.order, around, method.seed)
        watch.start("texture")
        canvas = start_canvas(image, mask, candidates, library.neighborhood)
        if method.lambda_texture > 0:
            fixed = fixed_neighborhood(library.neighborhood, method)
            search = self._keep("texture", (*cut, method.search, tuple(fixed)), lambda: TextureSearch(
                library, fixed=fixed, linear=method.search == "linear"))  # fmt: skip
            assign = search.kernel(canvas, method.lambda_image, method.lambda_texture)
            _assign_all(assign, library.neighborhood, mask, turn, method, self.threads, watch)
        watch.end()

        def spread(values, outside):
            whole = np.full(mask.shape, outside, values.dtype)
            whole[mask] = values
            return whole

        return Result(
            image=canvas.image,
            confidence=spread(confidences, np.nan),
            neighborhood_confidence=spread(around, np.nan),
            order=spread(turn, -1),
            source=canvas.source,
            candidates=candidates,
            library=library,
            method=method,
            seconds=watch.seconds,
        )

    def _keep(self, stage: str, key: tuple, make: Callable):
        """What was made for the key before, or else now; of each stage the last few."""
        kept = self._kept.setdefault(stage, {})
        made = kept.pop(key) if key in kept else make()
        kept[key] = made
        while len(kept) > KEPT:
            del kept[next(iter(kept))]
        return made


def _assign_all(assign, neighborhood, mask, turn, method, threads, watch):
    levels = order.levels(turn, mask, neighborhood.radius)
    done, all_of_it = 0, method.passes * len(turn)
    with ThreadPoolExecutor(threads) as pool:
        for number in range(method.passes):
            known = neighborhoods(turn, mask, neighborhood, method, first_pass=number == 0)
            for level in levels:
                parts = 1 if len(level) < WORTH_SHARING else min(threads, len(level))
                shares = [level[i::parts] for i in range(1, parts)]
                handed = [pool.submit(assign, share, known) for share in shares]
                assign(level[::parts], known)
                for share in handed:
                    share.result()
                done += len(level)
                watch.step(done / all_of_it)


class _Watch:
    """Seconds of each stage; progress and cancellation at each step."""

    def __init__(self, progress, cancel):
        self.seconds = {}
        self._progress, self._cancel = progress, cancel
        self._stage, self._since, self._share = None, 0.0, 0.0

    def start(self, stage: str) -> None:
        self.end()
        self._stage, self._since = stage, perf_counter()
        self.step(0.0)

    def end(self) -> None:
        if self._stage:
            self.seconds[self._stage] = perf_counter() - self._since
            if self._share < 1:
                self.step(1.0)

    def step(self, share: float) -> None:
        self._share = share
        if self._cancel is not None and self._cancel.is_set():
            raise Cancelled(f"cancelled during {self._stage}")
        if self._progress:
            self._progress(self._stage, share)
