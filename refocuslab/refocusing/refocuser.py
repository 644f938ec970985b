"""W, assigned pixel by pixel: refocus() (paper, §2.3, §3)."""

import warnings
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from threading import Lock

import numpy as np

from refocuslab.consistency.solver import Consistent, make_consistent
from refocuslab.doubts import Doubt
from refocuslab.errors import RefocusError, RefocusWarning
from refocuslab.method import Method
from refocuslab.optics.image_function import ImageFunction
from refocuslab.paper import order_of_assignment, pyramid
from refocuslab.paper.candidates import Candidates, find_candidates, tier
from refocuslab.paper.canvas import start_canvas
from refocuslab.paper.confidence import certainty, neighborhood_confidence
from refocuslab.paper.patches import PatchLibrary, around
from refocuslab.paper.selection import pool_size, select
from refocuslab.paper.texture import TextureSearch, fixed_neighborhood, neighborhoods
from refocuslab.paper.weighted_texture import Comparison, what_is_around
from refocuslab.refocusing.assessment import assess
from refocuslab.refocusing.memory import check_memory
from refocuslab.registration.register import Registration, register
from refocuslab.running.progress import Watch
from refocuslab.running.threads import one_thread_each, thread_count

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
    pixel's value, -1 outside. earlier: the same after each pass but the last. changed: the share of pixels
    to which each pass gave another value than they had (the first: than that of their nearest candidate);
    both empty without texture. candidates, library, method: what it was made from. coarser: the result of
    the next level of the pyramid, else None. registration: how the focused photos were matched to U, None
    if that was not asked for; the library's photos are then those of registration.scene. consistent: the
    rounds of the last stage, None if consistency was not asked for; image is then its W, all else belongs
    to the paper's stages. seconds: per stage. notes: what the user should know of how it was made, a
    sentence each. doubts: why it may be wrong, each with what to do.
    """

    image: np.ndarray
    confidence: np.ndarray
    neighborhood_confidence: np.ndarray
    order: np.ndarray
    source: np.ndarray
    earlier: tuple[np.ndarray, ...]
    changed: tuple[float, ...]
    candidates: Candidates
    library: PatchLibrary
    coarser: "Result | None"
    registration: Registration | None
    consistent: Consistent | None
    method: Method
    seconds: dict[str, float]
    notes: tuple[str, ...] = ()
    doubts: tuple[Doubt, ...] = ()


def refocus(
    scene,
    method: Method | None = None,
    *,
    progress: Callable[[str, float], None] | None = None,
    cancel=None,
    threads: int | None = None,
    image_function: ImageFunction | None = None,
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
        Called as progress(stage, share done) from this thread, stage by stage: "registration"
        (if asked for), "library", "coarser levels" (if there are), "candidates", "order", "texture",
        "consistency" (if asked for); in each the share rises from 0 to 1.
    cancel
        Anything with is_set(), such as a threading.Event; once set, Cancelled is raised soon.
    threads
        How many threads to use: 1 or more; one a core by default. The result does not depend on it.
    image_function
        What made U of a sharp photo, if not blur by the scene's PSF (§2.1): see image_function.py.

    Warns
    -----
    RefocusWarning
        Once for each of the result's doubts.

    Raises
    ------
    RefocusError
        The neighborhood does not fit into a photo, or threads is not a positive whole number; an image
        function is given with registration or consistency, which know only blur.
    Cancelled
        `cancel` was set.
    """
    engine = Refocuser(scene, threads=threads, image_function=image_function)
    result = engine.refocus(method, progress=progress, cancel=cancel)
    for doubt in result.doubts:
        warnings.warn(str(doubt), RefocusWarning, stacklevel=2)
    return result


class Refocuser:
    """One scene, refocused again and again: what a changed method leaves as it was is not made anew.

    Registration depends on the light; the library and the trees on the neighborhood too; the candidates
    also on their number and the search; the rest follows from them. Each is kept for the last few
    values. Any sequence of calls gives what refocus() gives.
    """

    def __init__(self, scene, *, threads: int | None = None, image_function: ImageFunction | None = None):
        self.scene, self.image_function = scene, image_function
        self.threads = thread_count(threads)
        self._whole = scene
        stages = "registration", "relation", "library", "texture 0"
        self._kept: dict[str, dict] = {stage: {} for stage in stages}
        self._lock = Lock()

    def refocus(self, method: Method | None = None, *, progress=None, cancel=None) -> Result:
        """As refocus(). Calls from several threads wait for each other."""
        with self._lock:
            return self._refocus(method or Method.confidence_order(), Watch(progress, cancel))

    def within(self, mask) -> "Refocuser":
        """A Refocuser for the same scene with another mask; the two share all that the mask leaves alone.

        Focused photos are registered to the whole scene, in both.
        """
        masked = self.scene.replace(mask=mask)
        other = Refocuser(masked, threads=self.threads, image_function=self.image_function)
        other._whole, other._lock = self._whole, self._lock
        other._kept = {stage: kept for stage, kept in self._kept.items() if "candidates" not in stage}
        return other

    def _refocus(self, method: Method, watch: Watch) -> Result:
        mask, scene, registration = self.scene.mask, self.scene, None
        if self.image_function and (method.register or method.consistency):
            raise RefocusError("image_function", "must be None with register or consistency", method)
        check_memory(self.scene, method)
        if method.register:
            watch.start("registration")
            # A flow helps patches of the paper's size, and harms the wide ones of consistency.
            how = {"light": method.light, "flow": not method.consistency}
            registration = self._keep(
                "registration",
                tuple(how.values()),
                lambda: register(self._whole, step=watch.step, **how),
            )
            scene = registration.scene

        # Nothing but texture reaches into coarser levels.
        levels = method.levels if method.lambda_texture > 0 else 1
        watch.start("library")
        size, light = method.neighborhood, method.light
        cut = size, light, method.register, method.register and method.consistency, levels
        shots = pyramid.shots(self.scene.misfocused, mask, method, levels)
        libraries = self._keep("library", cut, lambda: pyramid.libraries(
            scene.focused, scene.psf, method, levels, self.image_function))  # fmt: skip
        result = None
        if levels > 1:
            watch.start("coarser levels")
        for level in reversed(range(levels)):
            at = level, libraries[level], *shots[level], result, cut, registration
            result = self._level(method, *at, watch.inside() if level else watch)
            if level:
                watch.step((levels - level) / (levels - 1))
        if method.consistency:
            watch.start("consistency")
            made = make_consistent(
                scene.replace(mask=mask), light=light, threads=self.threads, step=watch.step
            )
            result = replace(result, image=made.image, consistent=made)
        if not self.image_function:
            # Only a result that looks wrong is held against a registration that nobody asked for.
            how = {"light": light, "flow": False, "step": lambda _: watch.check()}
            notes, doubts = assess(
                result, self.scene, self._whole,
                lambda: self._keep("relation", light, lambda: register(self._whole, **how)))  # fmt: skip
            result = replace(result, notes=notes, doubts=doubts)
        watch.end()
        return result

    def _level(self, method, level, library, image, mask, coarser, cut, registration, watch) -> Result:
        """The stages of the paper, at one level of a pyramid; `coarser` is the result of the one above."""
        whole, whole_mask, box = image, mask, np.s_[:, :]
        if coarser is None:
            # A large photo has room for its pixels in bytes, and not in numbers of 8 bytes, again and again.
            box = around(mask, library.neighborhood.size - 1)
            image, mask = image[box], mask[box]
        watch.start("candidates")
        count = tier(pool_size(method))
        looked_for = {"search": method.search, "threads": self.threads, "step": watch.step}
        found = self._keep(
            f"candidates {level}",
            (*cut, method.search, count),
            lambda: find_candidates(library, image, mask, count, **looked_for),
        )
        candidates = select(found, method, self.threads)
        watch.start("order")
        confidences = certainty(candidates, method.confidence, method.lambda_image)
        averaged = neighborhood_confidence(confidences, mask, method.box)
        turn = order_of_assignment.turns(method.order, averaged, method.seed)

        def spread(values, outside):
            found = np.full(mask.shape, outside, values.dtype)
            found[mask] = values
            return found

        def put_back(part, outside=-1):
            found = np.full(whole_mask.shape, outside, part.dtype)
            found[box] = part
            return found

        watch.start("texture")
        canvas = start_canvas(image, mask, candidates, library.neighborhood)
        confidence, earlier, changed = spread(confidences, np.nan), (), ()
        if method.lambda_texture > 0:
            assign = self._assignment(method, library, canvas, confidence, coarser, level, cut)
            earlier, changed = _assign_all(
                assign, canvas, library.neighborhood, turn, method, self.threads, watch
            )
        made = whole.copy()
        made[box] = canvas.image
        return Result(
            image=made,
            confidence=put_back(confidence, np.nan),
            neighborhood_confidence=put_back(spread(averaged, np.nan), np.nan),
            order=put_back(spread(turn, -1)),
            source=put_back(canvas.source),
            earlier=tuple(map(put_back, earlier)),
            changed=changed,
            candidates=candidates,
            library=library,
            coarser=coarser,
            registration=registration,
            consistent=None,
            method=method,
            seconds=watch.seconds,
        )

    def _assignment(self, method, library, canvas, confidence, coarser, level, cut):
        """assign(pixels, known) of the method's texture constraint."""
        if not (method.weighted or coarser):
            fixed = fixed_neighborhood(library.neighborhood, method)
            key, how = (*cut, method.search, tuple(fixed)), {"fixed": fixed, "search": method.search}
            search = self._keep(f"texture {level}", key, lambda: TextureSearch(library, **how))
            return search.kernel(canvas, method.lambda_image, method.lambda_texture)
        how = {"weighted": method.weighted, "causal": method.causal, "search": method.search}
        compare = self._keep(f"texture {level}", (*cut, *how.values()), lambda: Comparison(library, **how))
        around = what_is_around(canvas, confidence, coarser, method)
        return compare.kernel(canvas, around, method.lambda_image, method.lambda_texture)

    def _keep(self, stage: str, key: tuple, make: Callable):
        """What was made for the key before, or else now; of each stage the last few."""
        kept = self._kept.setdefault(stage, {})
        made = kept.pop(key) if key in kept else make()
        kept[key] = made
        while len(kept) > KEPT:
            del kept[next(iter(kept))]
        return made


def _assign_all(assign, canvas, neighborhood, turn, method, threads, watch):
    """Every pixel in its turn, pass after pass.

    Returns canvas.source after each pass but the last, and the share of pixels that each pass changed.
    """
    mask, earlier = canvas.source >= 0, []
    levels, changed = order_of_assignment.levels(turn, mask, neighborhood.radius), []
    done, all_of_it = 0, method.passes * len(turn)
    with one_thread_each(), ThreadPoolExecutor(threads) as pool:
        for number in range(method.passes):
            before = canvas.image.copy(), canvas.source.copy(), canvas.match.copy()
            if number:
                earlier.append(before[1])
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
            other = (canvas.image != before[0]).any(axis=2)
            changed.append(int(np.count_nonzero(other)) / len(turn))
            same = not other.any() and (number > 0 or not method.causal)
            if method.search == "coherent":
                # It also reads where its neighbours came from.
                same &= all(map(np.array_equal, before[1:], (canvas.source, canvas.match)))
            if same:
                # Any further pass would begin, and end, with the same.
                left = method.passes - len(changed)
                changed, earlier = changed + [0.0] * left, earlier + [before[1]] * left
                break
    return tuple(earlier), tuple(changed)
