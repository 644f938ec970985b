"""W, assigned pixel by pixel: refocus() (paper, §2.3, §3)."""

import warnings
from collections.abc import Callable, Hashable
from dataclasses import replace
from threading import RLock

import numpy as np
from numpy.typing import ArrayLike, NDArray

from refocuslab.consistency.consistent import make_consistent
from refocuslab.errors import RefocusError, RefocusWarning
from refocuslab.lens.psf_choice import PsfEstimate
from refocuslab.method import Method
from refocuslab.optics.image_function import ImageFunction
from refocuslab.optics.light import LightKind
from refocuslab.optics.psf import disk
from refocuslab.paper import pyramid
from refocuslab.paper.candidates_in_parts import parts_of
from refocuslab.paper.patches import PatchLibrary
from refocuslab.refocusing.assessment import assess
from refocuslab.refocusing.kept import Kept
from refocuslab.refocusing.memory import check_memory
from refocuslab.refocusing.one_level import Level, Work, refocus_level
from refocuslab.refocusing.result import Paper, Result, Stages
from refocuslab.registration.psf_estimate import estimate_psf
from refocuslab.registration.register import Registration, register
from refocuslab.running.progress import Cancel, Progress, Watch
from refocuslab.running.threads import thread_count
from refocuslab.scene import Scene


def refocus(
    scene: Scene,
    method: Method | None = None,
    *,
    progress: Progress | None = None,
    cancel: Cancel | None = None,
    threads: int | None = None,
    image_function: ImageFunction | None = None,
) -> Result:
    """Refocus a scene by a variation of the paper's system.

    W_xy is the candidate that maximizes P_image P_texture, assigned in the method's order (§2, §3).

    Parameters
    ----------
    scene : Scene
        U, its mask, focused photos with masks, the PSF.
    method : Method or None
        By default the paper's best system, ``Method.confidence_order()``.
    progress : callable or None
        Called as progress(stage, share done) from this thread, stage by stage: "PSF" (if the scene gives
        none), "registration" (if asked for); then "consistency", if that is asked for, or else "library",
        "coarser levels" (if there are), "candidates", "order", "texture"; at last "assessment". In each the
        share rises from 0 to 1.
    cancel : Cancel or None
        Anything with is_set(), such as a threading.Event; once set, Cancelled is raised soon.
    threads : int or None
        How many threads to use: 1 or more; one a core by default. The result does not depend on it.
    image_function : callable or None
        What made U of a sharp photo, if not blur by the scene's PSF (§2.1): see image_function.py.

    Returns
    -------
    Result
        W, and all that it was made from.

    Raises
    ------
    RefocusError
        The neighborhood does not fit into a photo, or threads is not a positive whole number; an image
        function is given with registration or consistency, which know only blur; the scene does not fit
        into memory.
    Cancelled
        ``cancel`` was set.

    Warns
    -----
    RefocusWarning
        Once for each of the result's doubts.

    Examples
    --------
    >>> from refocuslab import Method, load_scene, refocus, score
    >>> scene = load_scene("coffee").middle(60)
    >>> result = refocus(scene, Method.image_scene(search="coherent"))
    >>> score(result.image, scene).psnr > score(scene.misfocused, scene).psnr
    True
    """
    engine = Refocuser(scene, threads=threads, image_function=image_function)
    result = engine.refocus(method, progress=progress, cancel=cancel)
    for doubt in result.doubts:
        warnings.warn(str(doubt), RefocusWarning, stacklevel=2)
    return result


class Refocuser:
    """One scene, refocused again and again: what a changed method leaves as it was is not made anew.

    Registration depends on the light; the library and the trees on the neighborhood too; the candidates
    also on their number and the search; the rest follows from them. Each is kept for the last three
    values. Any sequence of calls gives what ``refocus`` gives.

    Parameters
    ----------
    scene : Scene
        As for ``refocus``.
    threads : int or None
        As for ``refocus``.
    image_function : callable or None
        As for ``refocus``.
    psf_estimate : PsfEstimate or None
        What ``estimate_psf`` found of the scene, if that is known already.

    Attributes
    ----------
    scene : Scene
        The scene.
    threads : int
        How many threads are used.
    image_function : callable or None
        In the place of blur by the scene's PSF.

    Raises
    ------
    RefocusError
        threads is not a positive whole number.
    """

    scene: Scene
    threads: int
    image_function: ImageFunction | None

    def __init__(
        self,
        scene: Scene,
        *,
        threads: int | None = None,
        image_function: ImageFunction | None = None,
        psf_estimate: PsfEstimate | None = None,
    ) -> None:
        self.scene, self.image_function, self._told = scene, image_function, psf_estimate
        self.threads = thread_count(threads)
        # The scene that registration looks at: with the mask of the Refocuser that came first.
        self._registered: Scene = scene
        # What depends on the mask, and what does not.
        self._pools, self._kept = Kept(), Kept()
        self._lock = RLock()

    def refocus(
        self,
        method: Method | None = None,
        *,
        progress: Progress | None = None,
        cancel: Cancel | None = None,
    ) -> Result:
        """As the function ``refocus``, but without warnings. Calls from several threads wait in turn."""
        with self._lock, Watch(progress, cancel) as watch:
            return self._refocus(method or Method.confidence_order(), watch)

    def within(self, mask: ArrayLike | None) -> "Refocuser":
        """A Refocuser for the same scene with another mask; the two share all that the mask leaves alone.

        Focused photos are registered to the whole scene, in both.

        Parameters
        ----------
        mask : ndarray of bool, (H, W), or None
            The pixels to refocus; None means all of them.
        """
        masked = self.scene.replace(mask=mask)
        other = Refocuser(
            masked, threads=self.threads, image_function=self.image_function, psf_estimate=self._told
        )
        other._registered, other._kept, other._lock = self._registered, self._kept, self._lock
        return other

    def _refocus(self, method: Method, watch: Watch) -> Result:
        if self.image_function and (method.register or method.consistency):
            raise RefocusError("image_function", "must be None with register or consistency", method)
        check_memory(self.scene, method)
        estimate = self._estimate(method.light, watch)
        given = self._known(self.scene, estimate)
        registration = self._registration(method, estimate, watch) if method.register else None
        scene = registration.scene if registration else given
        if method.consistency:
            result = self._consistent(scene, method, registration, estimate, watch)
        else:
            paper = Paper(lambda: self._paper(scene, method, watch))
            result = Result(paper().image, paper, registration, None, method, watch.seconds)
        if not self.image_function:
            watch.start("assessment")
            result = self._assessed(replace(result, psf_estimate=estimate), given, watch)
        watch.end()
        return result

    def _consistent(
        self,
        scene: Scene,
        method: Method,
        registration: Registration | None,
        estimate: PsfEstimate | None,
        watch: Watch,
    ) -> Result:
        """W by consistency; the stages of the paper are left until somebody asks for them."""
        watch.start("consistency")
        placed = None
        if registration:
            placed = [registration.matches[number].trusted for number in registration.origin]
        made = make_consistent(
            scene.replace(mask=self.scene.mask),
            placed=placed,
            light=method.light,
            # What the photos told is not told better by the matches.
            correct_psf=estimate is None,
            threads=self.threads,
            step=watch.step,
        )

        def stages() -> Stages:
            with self._lock:
                return self._paper(scene, method, Watch(None, None))

        return Result(made.image, Paper(stages), registration, made, method, watch.seconds)

    def _estimate(self, light: LightKind, watch: Watch) -> PsfEstimate | None:
        """The PSF, told by the photos, if the scene gives none and one is needed."""
        if self.scene.psf is not None or self.image_function:
            return None
        if self._told is not None:
            return self._told
        watch.start("PSF")
        return self._kept.get(
            "PSF", light, lambda: estimate_psf(self._registered, light=light, step=watch.step)
        )

    @staticmethod
    def _known(scene: Scene, estimate: PsfEstimate | None) -> Scene:
        return scene if estimate is None else scene.replace(psf=estimate.psf, varying=estimate.varying)

    def _registration(self, method: Method, estimate: PsfEstimate | None, watch: Watch) -> Registration:
        watch.start("registration")
        # A flow helps patches of the paper's size, and harms the wide ones of consistency.
        light, flow = method.light, not method.consistency
        return self._kept.get(
            "registration",
            (light, flow),
            lambda: register(
                self._known(self._registered, estimate), light=light, flow=flow, step=watch.step
            ),
        )

    def _paper(self, scene: Scene, method: Method, watch: Watch) -> Stages:
        """The stages of the paper, at all levels of a pyramid."""
        # Nothing but texture reaches into coarser levels.
        levels = method.levels if method.lambda_texture > 0 else 1
        watch.start("library")
        warped = method.register and method.consistency
        cut = method.neighborhood, method.light, method.register, warped, levels
        # An image function stands in the place of the PSF.
        psf = disk(1) if self.image_function else scene.known_psf
        shots = pyramid.shots(self.scene.misfocused, self.scene.mask, method, levels)

        def made(psf: NDArray[np.float64]) -> list[PatchLibrary]:
            return pyramid.libraries(scene.focused, psf, method, levels, self.image_function)

        libraries = self._kept.get("library", cut, lambda: made(psf))
        parts = self._parts(scene, [mask for _, mask in shots], cut, made)
        work, coarser = Work(method, self.threads, self._kept, self._pools, cut), None
        if levels > 1:
            watch.start("coarser levels")
        for number in reversed(range(1, levels)):
            level = Level(number, libraries[number], *shots[number], coarser, parts[number])
            coarser = refocus_level(work, level, watch.inside())
            watch.step((levels - number) / (levels - 1))
        return refocus_level(work, Level(0, libraries[0], *shots[0], coarser, parts[0]), watch)

    def _parts(
        self,
        scene: Scene,
        masks: list[NDArray[np.bool_]],
        cut: Hashable,
        made: Callable[[NDArray[np.float64]], list[PatchLibrary]],
    ) -> list[tuple[tuple[PatchLibrary, NDArray[np.bool_]], ...]]:
        """The parts of each level in which U is blurred alike, if its blur varies, with their libraries."""
        varying = scene.varying
        if varying is None or self.image_function:
            return [()] * len(masks)
        blurred = self._kept.get("libraries", cut, lambda: [made(psf) for psf in varying.psfs])
        return [
            tuple((blurred[number][level], pixels) for number, pixels in parts_of(varying, mask))
            for level, mask in enumerate(masks)
        ]

    def _assessed(self, result: Result, scene: Scene, watch: Watch) -> Result:
        """The result with its notes and doubts; the scene with its PSF."""
        light, whole = result.method.light, result.with_psf(self._registered)

        # Only a result that looks wrong is held against a registration that nobody asked for.
        def relation() -> Registration:
            return self._kept.get(
                "relation",
                light,
                lambda: register(whole, light=light, flow=False, step=lambda _: watch.check()),
            )

        notes, doubts = assess(result, scene, whole, relation)
        return replace(result, notes=notes, doubts=doubts)
