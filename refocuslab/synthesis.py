"""W, assigned pixel by pixel: refocus() (paper, §2.3, §3)."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from time import perf_counter

import numpy as np

from refocuslab import order
from refocuslab.candidates import Candidates, find_candidates
from refocuslab.errors import Cancelled
from refocuslab.method import Method
from refocuslab.patches import PatchLibrary
from refocuslab.texture import TextureSearch, neighborhoods, start_canvas
from refocuslab.threads import thread_count

# Below so many pixels a level is done sooner by one thread than handed to several.
WORTH_SHARING = 16


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
    method = method or Method.confidence_order()
    threads = thread_count(threads)
    watch = _Watch(progress, cancel)
    mask, image = scene.mask, scene.misfocused

    watch.start("library")
    library = PatchLibrary(scene.focused, scene.psf, neighborhood=method.neighborhood, light=method.light)
    watch.start("candidates")
    candidates = find_candidates(
        library, image, mask, method.candidates,
        search=method.search, threads=threads, step=watch.step)  # fmt: skip
    watch.start("order")
    confidences = order.confidence(candidates.distances, method.lambda_image)
    around = order.neighborhood_confidence(confidences, mask)
    turn = order.turns(method.order, around, method.seed)
    watch.start("texture")
    canvas = start_canvas(image, mask, candidates, library.neighborhood)
    if method.lambda_texture > 0:
        _assign_all(canvas, library, mask, turn, method, threads, watch)
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


def _assign_all(canvas, library, mask, turn, method, threads, watch):
    neighborhood = library.neighborhood
    fixed = np.ones(neighborhood.size**2, bool)
    if method.causal and method.order == "scanline":
        fixed = neighborhood.before_centre.copy()
    fixed[neighborhood.centre] = False
    search = TextureSearch(library, fixed=fixed, linear=method.search == "linear")
    assign = search.kernel(canvas, method.lambda_image, method.lambda_texture)
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
