"""Consistency: W that blurs back to U, of patches that the library knows (beyond the paper).

Nothing in the paper makes Blur(W) equal U. Here two steps alternate. (a) Every patch of W gets the
nearest patch of the library; the matches, laid over each other, average to Z. (b) W is the image that
agrees best with both: with U once blurred, and with Z. Where the PSF passes a frequency, U decides;
where it does not, the library does. How far each is trusted follows from the photos (error_spectra.py): no
weight is set by hand.
"""

from collections.abc import Callable
from dataclasses import astuple, dataclass

import numpy as np

from refocuslab.checks import check_photo
from refocuslab.consistency.blur_operator import Agreement, Reblur
from refocuslab.consistency.disk_size import better_diameter
from refocuslab.consistency.error_spectra import Misfit, Spectrum, measure, size_change2
from refocuslab.consistency.matching import Matcher
from refocuslab.consistency.pixel_weights import of_error, of_psf
from refocuslab.optics.light import decode, encode, grey_levels_per_light
from refocuslab.optics.psf import disk
from refocuslab.paper.candidates import find_candidates
from refocuslab.paper.patches import PatchLibrary
from refocuslab.running.finite import finite
from refocuslab.running.threads import one_thread_each

# From the coarse to the fine: large windows find the place, small ones fit it.
SIZES = (31, 21, 15, 11, 9, 7, 5, 3)
# The neighborhood of the first matches, which compare U with the blurred photos.
_START = 9
# Beyond this, a patch that matches nothing has no weight left that matters.
_FARTHEST = 20.0
# Z errs by no more than so many times what its windows differ by, what two ways to begin differ by, and so
# many grey levels besides.
_DISCORD, _BESIDES = 3.0, 2.5
# How often another diameter of the PSF is taken up, at the most.
_CORRECTIONS = 2


@dataclass(frozen=True)
class Round:
    """What one round measured.

    neighborhood: side of the windows. noise, spread: standard deviations of U's noise and of the error
    of Z, grey levels. misfit: the PSF's error as a share of the signal, where its MTF is 0. size: the
    error of its size, as a share of that. beta: noise^2 / spread^2, the weight of Z against that of U.
    h: grey levels; a match whose root mean square distance is h weighs 1/e. distance: root mean square
    distance of the matches, grey levels. energy_before, energy: what E(W) was before and after step (b),
    per value of U. reblur: RMS of k * W - U in the mask, grey levels (first order in the encoding).
    """

    neighborhood: int
    noise: float
    misfit: float
    size: float
    spread: float
    beta: float
    h: float
    distance: float
    energy_before: float
    energy: float
    reblur: float


@dataclass(frozen=True)
class Consistent:
    """image: W, (H, W, 3) uint8 sRGB, U to the byte outside the mask. source: (H, W) int64, the library
    patch nearest to what each pixel of the mask matched last, -1 outside. rounds: a Round each. misfit:
    what the last round was weighed by. psf: the scene's, or the disk that explains U better."""

    image: np.ndarray
    source: np.ndarray
    rounds: tuple[Round, ...]
    misfit: Misfit
    psf: np.ndarray


def make_consistent(
    scene,
    start=None,
    *,
    library: PatchLibrary | None = None,
    sizes: tuple[int, ...] = SIZES,
    light: str = "linear",
    correct_psf: bool = True,
    threads: int | None = None,
    step: Callable[[float], None] | None = None,
) -> Consistent:
    """Refocus a scene by alternating between its library and its misfocused photo.

    One round, for windows of one of the ``sizes``:

    (a) Z(x) = the mean over the windows p that cover x of v_p(x), the nearest library patch of each, at
        quarters of a pixel (matching.py), weighted by w_p = exp(-d_p / h^2). d_p is their mean square
        difference in the mask; h^2 that between the focused photos and their blur: a match no better
        tells nothing of what blur took.
    (b) W = argmin |k * W - U|^2 / S_U + w |W - Z|^2 / S_Z in ``light``, both measured in grey levels:
        a unit of light counts as many as it makes in the encoded photo there. S_U and S_Z are the
        power spectra of the errors of U and Z as ``misfit.measure`` finds them; that of Z no larger than
        the first round's windows allow, which contradict each other where they are wrong: else an error
        of the PSF, as every object has that is not flat, would pass for one of Z. W is found twice: where
        the first one leaves a larger |k * W - U| or |W - Z| than it does on average, that term counts for
        less in the second (pixel_weights.py).

    Only pixels of U in the mask count. Light reaches them also from as far as the PSF outside: what is
    there is unknown, expected near U but no nearer than sharp photos are to blurred ones. A saturated
    pixel of U only tells that there was at least so much light.

    Parameters
    ----------
    scene
        A Scene, registered if need be.
    start
        W to start from, (H, W, 3) uint8; by default the Z of the patches whose blur is nearest to U, all
        of one move if one serves them all.
    library
        The scene's own library, if it has been made, of a neighborhood of at least 5.
    sizes
        The windows' side in each round, odd; those that do not fit into the photos are left out.
    light
        "linear" or "encoded": where the PSF acts.
    correct_psf
        Whether a PSF that is a disk may turn out to be up to 2 pixels wider or narrower: where the matches
        say so after a round (disk_size.py), all starts again with that disk, twice at the most.
    threads
        How many threads to use; the result does not depend on it.
    step
        Called with the share done, 0 … 1; may raise Cancelled.
    """
    if start is not None:
        check_photo("start", start)
    forward = _forward(step)
    for left in reversed(range(_CORRECTIONS + 1)):
        found = _attempt(scene, start, library, sizes, light, correct_psf and left > 0, threads, forward)
        if isinstance(found, Consistent):
            return found
        scene, library = scene.replace(psf=disk(found)), None
    raise AssertionError("the last attempt always ends")


def _forward(step):
    """A step that never goes back, as work that starts again would."""
    most = 0.0

    def forward(share):
        nonlocal most
        most = max(most, share)
        if step:
            step(most)

    return forward


def _attempt(scene, start, library, sizes, light, correct_psf, threads, step) -> Consistent | int:
    """All rounds with the scene's PSF; or, once a round says so, the diameter of a better one."""
    step(0.0)
    photos = [scene.misfocused, *(photo.image for photo in scene.focused)]
    least = min(side for photo in photos for side in photo.shape[:2])
    sizes = [size for size in sizes if size <= least] or [least - 1 + least % 2]
    if library is None:
        fit = min(_START, sizes[0])
        library = PatchLibrary(scene.focused, scene.psf, neighborhood=fit, light=light)
    share = 1 / (len(sizes) + 1)
    nearest = find_candidates(library, scene.misfocused, scene.mask, 1, threads=threads,
                              step=lambda part: step(share * part))  # fmt: skip
    matcher = Matcher(library, scene.focused, scene.mask, nearest.sources[:, 0], largest=max(sizes))
    evenly = np.ones(len(matcher.y)), library.neighborhood.size
    apart = matcher.average(*evenly)[0]
    matcher.move_as_most(scene.misfocused)
    together = matcher.average(*evenly)[0]
    state = _State(scene, library, light, doubt=together - apart)
    state.begin(together if start is None else start)
    rounds = []
    with one_thread_each():
        for number, size in enumerate(sizes, 1):
            matcher.match(state.image(), size, threads=threads)
            rounds.append(state.round(matcher, size))
            if correct_psf:
                levels = state.counted[scene.mask]
                better = better_diameter(scene, library, matcher.sources, levels, light=light)
                if better is not None:
                    return better
            step(share * number + share if number < len(sizes) else 1.0)
    source = np.full(scene.mask.shape, -1, np.int64)
    source[scene.mask] = matcher.sources
    return Consistent(state.image(), source, tuple(rounds), state.misfit, scene.psf)


class _State:
    """W on its canvas of light, and what does not change from round to round."""

    def __init__(self, scene, library, light, *, doubt):
        # doubt: (H, W, 3), by how much the Z of one move differs from that of the nearest patches.
        self.scene, self.light = scene, light
        self.mask, photo = scene.mask, scene.misfocused
        self.reblur = Reblur(scene.psf, self.mask.shape)
        self.transfer2 = np.abs(self.reblur.transfer[..., 0]) ** 2
        self.change2 = size_change2(scene.psf, self.reblur.grid)
        self.photo = decode(photo, light=light)
        self.counted = np.where(self.mask[..., None], grey_levels_per_light(photo, light), 0.0)
        centre = 3 * library.neighborhood.centre
        blurred = library.blurred[:, centre : centre + 3]
        # h^2, and the variance of what lies outside the mask about U.
        self.lost = max(float(((library.centres - blurred.astype(float)) ** 2).mean()), 1.0)
        self.spectrum = Spectrum(self.mask, self.reblur.radius)
        spectra = [(Spectrum(photo.mask, self.reblur.radius), photo.image) for photo in scene.focused]
        self.detail = np.mean([s.rings(s.power(image.astype(float))) for s, image in spectra], axis=0)
        self.misfit = self.most = None
        self.doubt = self._typical(doubt**2)

    def begin(self, image):
        image = np.where(self.mask[..., None], image, self.scene.misfocused)
        self.canvas = self.reblur.framed(decode(image.astype(float), light=self.light))

    def image(self) -> np.ndarray:
        found = self.scene.misfocused.copy()
        found[self.mask] = encode(self.canvas[self.reblur.inner][self.mask], light=self.light)
        return found

    def round(self, matcher: Matcher, size: int) -> Round:
        reblur, mask = self.reblur, self.mask
        distances = matcher.distances
        weights = np.exp(-np.minimum(distances / self.lost, _FARTHEST))
        mean, weight, discord = matcher.average(weights, size)
        window = self.spectrum.window[..., 0]
        if self.most is None:
            self.most = np.sqrt(_DISCORD**2 * self._typical(discord[..., None]) + self.doubt + _BESIDES**2)
        mean = np.where(mask[..., None], mean, self.scene.misfocused)
        prior = reblur.framed(decode(mean, light=self.light))

        seen = reblur(prior)
        photo = self._at_least(seen)
        self.misfit = found = measure(
            (seen - photo) * self.counted, self.spectrum, self.scene.psf, self.detail, most=self.most
        )
        finite("consistency", found.noise, found.misfit, found.size, found.spread, found.detail)

        # In the mask Z is trusted by its weight, 1 on average; outside, far less.
        outside = found.spread**2 / self.lost
        trust = np.where(mask, weight / weight[mask].mean(), outside)
        levels = grey_levels_per_light(mean, self.light)
        data_variance = found.data_variance(reblur.frequencies, self.transfer2, self.change2)
        prior_variance = found.prior_variance(reblur.frequencies)
        counted = of_psf(prior, self.counted, window, found, radius=reblur.radius,
                         mean_misfit=float(data_variance.mean()) - found.noise**2)  # fmt: skip

        def agreement(trust, counted):
            # Beyond the frame Z is but mirrored.
            trust = np.pad(trust, reblur.radius, constant_values=outside)[..., None]
            return Agreement(
                reblur, photo, self.counted * np.sqrt(counted)[..., None], data_variance,
                prior, reblur.framed(levels) * np.sqrt(trust), prior_variance)  # fmt: skip

        solved = np.maximum(agreement(trust, counted).solve(self.canvas), 0)
        # What that left over tells where each of the two errs more than elsewhere.
        left = of_error((reblur(solved) - photo) * self.counted, mask, window)
        moved = of_error((solved - prior)[reblur.inner] * levels, mask, window)
        final = agreement(np.where(mask, moved, outside), counted * np.minimum(left, 1))
        before = final.energy(self.canvas)
        solved = final.solve(solved)
        after = final.energy(solved)
        self.canvas = np.maximum(solved, 0)
        count = int(3 * mask.sum())
        residual = (reblur(self.canvas) - photo) * self.counted
        measured = Round(
            neighborhood=size, noise=found.noise, misfit=found.misfit, size=found.size, spread=found.spread,
            beta=found.noise**2 / found.spread**2, h=float(np.sqrt(self.lost)),
            distance=float(np.sqrt(distances.mean())), energy_before=before / count, energy=after / count,
            reblur=float(np.sqrt((residual**2).sum() / count)))  # fmt: skip
        finite("consistency", self.canvas[reblur.inner], astuple(measured))
        return measured

    def _typical(self, power):
        """The mean of (H, W, 1 or 3) over the spectrum's window."""
        window = self.spectrum.window
        return float((power * window).sum() / window.sum() / power.shape[2])

    def _at_least(self, seen):
        """U, but where it is saturated, what is seen if that is more."""
        saturated = self.scene.misfocused == 255
        return np.where(saturated, np.maximum(self.photo, seen), self.photo)
