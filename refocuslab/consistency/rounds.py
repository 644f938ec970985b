"""W, made consistent round by round: one round lays the matched patches to Z, and solves for W."""

from dataclasses import astuple, dataclass

import numpy as np
from numpy.typing import NDArray

from refocuslab.consistency.agreement import Agreement
from refocuslab.consistency.basis import library_share
from refocuslab.consistency.error_spectra import Misfit, Numbers, Spectrum, measure, size_change2
from refocuslab.consistency.matching import Matcher
from refocuslab.consistency.pixel_weights import of_error, variance_of_psf
from refocuslab.lens.varying_blur import VaryingBlurOperator
from refocuslab.optics.blur_operator import BlurOperator, Floats
from refocuslab.optics.light import LightKind, decode, encode, gray_levels_per_light
from refocuslab.paper.patches import PatchLibrary
from refocuslab.running.finite import finite
from refocuslab.running.progress import breathe
from refocuslab.scene import Scene

# The largest distance of a match, in units of h^2: a weight of 2e-9, and never 0. Half and double: the same
# bytes on three scenes.
_FARTHEST = 20.0
# Upper bound on the error of Z: bound^2 = _DISCORD^2 discord + doubt + _BESIDES^2, (gray levels)^2. Half and
# double of either: nothing on six scenes, and nothing on three of them with a PSF a pixel too wide. The
# bound is for objects that are not flat, which these crops do not show.
_DISCORD, _BESIDES = 3.0, 2.5
# Beyond the frame Z is mirrored, farther from the truth than U is inside: this share of the trust is left.
# Of whole frames of 120 pixels of astronaut-perspective and 100 of motorcycle-perturbed, registered: 1, 31.4
# and 27.7 dB; 0.3, 32.0 and 28.7; 0.1, 32.3 and 28.9; 0.03, 32.3 and 28.9.
_BEYOND = 0.1
# However badly a pixel is matched, Z is trusted by this share of what U is trusted outside the mask: else W
# may leave both U and Z there, and turn black, as one pixel of a real pair does with 0.01 and 0. Of the
# middle 96 pixels of motorcycle-perturbed, blurred by 5: 0.1, 28.4 dB; 0.05, 32.7; 0.03, 33.1; 0, 32.9. On
# eight other scenes and real pairs, 0.1 and 0.01 change W by -0.1 to +0.7 and by -0.1 to +0.3 dB.
_KNOWN = 0.03


@dataclass(frozen=True)
class Round:
    """What one round measured.

    Attributes
    ----------
    neighborhood : int
        Side of the windows, in pixels.
    noise, spread : float
        Standard deviations of U's noise and of the error of Z, gray levels.
    misfit : float
        The PSF's error as a share of the signal, where its MTF is 0.
    size : float
        The error of the PSF's size, as a share of that.
    beta : float
        noise^2 / spread^2: sums up the balance of U and Z for the record. What weighs is the spectra of
        their errors, frequency by frequency (error_spectra.py).
    h : float
        Gray levels: a match whose RMS distance is h weighs 1/e.
    distance : float
        RMS distance of the matches, gray levels.
    energy_before, energy : float
        E(W) before and after step (b), per value of U.
    reblur : float
        RMS of k * W - U in the mask, gray levels (first order in the encoding).
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


def blur_operator(scene: Scene, *, gap: int = 0) -> BlurOperator:
    """The blur of a scene, of one width or of another at each pixel; ``gap`` as of ``BlurOperator``."""
    if scene.varying is not None:
        return VaryingBlurOperator(scene.varying, gap=gap)
    return BlurOperator(scene.known_psf, scene.mask.shape, gap=gap)


class Estimate:
    """W as light, a PSF's radius wider than the photo, and what does not change from round to round.

    Parameters
    ----------
    scene : Scene
        U, the mask, the focused photos and the PSF.
    library : PatchLibrary
        The patches of the focused photos.
    light : {"linear", "encoded"}
        Where the PSF acts.
    start : ndarray of uint8 or float, (H, W, 3)
        W to start from, encoded 0..255.
    doubt : ndarray of float64, (H, W, 3)
        The difference of two ways to begin: of Z with one displacement for all, and of Z of the nearest
        patches.

    Attributes
    ----------
    levels : ndarray of float64, (H, W, 3)
        Gray levels per unit of the light of U, 0 outside the mask.
    expected : ndarray of float64, (H, W)
        Variance of the error of U, of noise and PSF, (gray levels)^2, as the last round measured it.
    """

    def __init__(
        self,
        scene: Scene,
        library: PatchLibrary,
        light: LightKind,
        start: NDArray[np.uint8] | Numbers,
        *,
        doubt: Numbers,
    ) -> None:
        self.scene, self.light = scene, light
        mask, misfocused = scene.mask, scene.misfocused
        self._blur = blur = blur_operator(scene)
        self._change2 = size_change2(scene.known_psf, blur.grid)
        self._photo = decode(misfocused, light=light)
        self.levels: Numbers = np.where(mask[..., None], gray_levels_per_light(misfocused, light), 0.0)
        center = 3 * library.neighborhood.center
        blurred = library.blurred[:, center : center + 3]
        # h^2, and the prior variance outside the mask: the mean squared difference between the focused
        # photos and their blur.
        self._lost = max(float(((library.centers - blurred.astype(float)) ** 2).mean()), 1.0)
        self._spectrum = Spectrum(mask, blur.radius)
        spectra = [(Spectrum(photo.mask, blur.radius), photo.image) for photo in scene.focused]
        details = [spectrum.rings(spectrum.power(image.astype(float))) for spectrum, image in spectra]
        self._detail: Numbers = np.mean(details, axis=0)
        self._bound = np.inf
        self.expected: Numbers = np.ones(mask.shape)
        self._last: tuple[Agreement, Misfit, Numbers] | None = None
        self._doubt2 = self._typical(doubt**2)
        image = np.where(mask[..., None], start, misfocused)
        self._extended = blur.extended(decode(image.astype(float), light=light))

    def image(self) -> NDArray[np.uint8]:
        """W, (H, W, 3), sRGB; U outside the mask."""
        found, mask = self.scene.misfocused.copy(), self.scene.mask
        found[mask] = encode(self._extended[self._blur.inner][mask], light=self.light)
        return found

    def round(self, matcher: Matcher, size: int, *, threads: int | None = None) -> tuple[Round, Misfit]:
        """One round, from matches of windows of this side: W becomes what agrees best with U and their Z.

        Returns
        -------
        Round
            What was measured.
        Misfit
            The variances that U and Z were weighed by.
        """
        blur, mask, distances = self._blur, self.scene.mask, matcher.distances
        weights = np.exp(-np.minimum(distances / self._lost, _FARTHEST))
        mean, weight, discord = matcher.average(weights, size, discord=self._last is None, threads=threads)
        if discord is not None:
            discord2 = self._typical(discord[..., None])
            self._bound = float(np.sqrt(_DISCORD**2 * discord2 + self._doubt2 + _BESIDES**2))
        breathe()
        mean = np.where(mask[..., None], mean, self.scene.misfocused)
        prior = blur.extended(decode(mean, light=self.light))
        seen = blur(prior)
        photo = self._at_least(seen)
        breathe()
        residual = (seen - photo) * self.levels
        found = measure(residual, self._spectrum, self.scene.known_psf, self._detail, most=self._bound)
        finite("consistency", found.noise, found.misfit, found.size, found.spread, found.detail)

        breathe()
        before, after = self._solve(
            photo, prior, gray_levels_per_light(mean, self.light), weight, found, threads
        )
        breathe()
        count = int(3 * mask.sum())
        residual = (blur(self._extended) - photo) * self.levels
        measured = Round(
            neighborhood=size,
            noise=found.noise,
            misfit=found.misfit,
            size=found.size,
            spread=found.spread,
            beta=found.noise**2 / found.spread**2,
            h=float(np.sqrt(self._lost)),
            distance=float(np.sqrt(distances.mean())),
            energy_before=before / count,
            energy=after / count,
            reblur=float(np.sqrt((residual**2).sum() / count)),
        )
        finite("consistency", self._extended[blur.inner], astuple(measured))
        return measured, found

    def library_share(self, *, threads: int | None = None) -> NDArray[np.float32]:
        """What of W comes from the library rather than from U (basis.py), (H, W); after the last round."""
        assert self._last is not None  # there is a round
        agreement, found, levels = self._last
        detail = found.detail_at(self._blur.frequencies)
        return library_share(agreement, detail, levels, self.scene.mask, threads=threads)

    def _solve(
        self,
        photo: Numbers,
        prior: Floats,
        levels: Numbers,
        weight: Numbers,
        found: Misfit,
        threads: int | None,
    ) -> tuple[float, float]:
        """Step (b), twice: the second time with weights from the errors of the first. E before and after."""
        blur, mask, window = self._blur, self.scene.mask, self._spectrum.window[..., 0]
        # In the mask Z is trusted by its weight, 1 on average; outside, far less.
        outside = found.spread**2 / self._lost
        data_variance = found.data_variance(blur.frequencies, blur.transfer2, self._change2)
        prior_variance = found.prior_variance(blur.frequencies)
        mean_misfit = float(data_variance.mean()) - found.noise**2
        self.expected = variance_of_psf(
            prior, self.levels, window, found, radius=blur.radius, mean_misfit=mean_misfit
        )
        # An error of the PSF is no reason to trust a pixel more than others.
        counted = np.minimum((found.noise**2 + mean_misfit) / self.expected, 1)

        def agreement(trust: Numbers, counted: Numbers) -> Agreement:
            data = self.levels * np.sqrt(counted)[..., None]
            # Beyond the frame Z is only mirrored.
            trust = np.pad(trust, blur.radius, constant_values=_BEYOND * outside)[..., None]
            by_trust = blur.extended(levels) * np.sqrt(trust)
            return Agreement(blur, photo, data, data_variance, prior, by_trust, prior_variance)

        least = _KNOWN * outside
        trust = np.where(mask, np.maximum(weight / weight[mask].mean(), least), outside)
        solved = np.maximum(agreement(trust, counted).solve(self._extended, threads=threads), 0)
        # The residuals of the first solution show where U and Z err more than elsewhere.
        residual = (blur(solved) - photo) * self.levels
        left = np.minimum(of_error(residual, mask, window), 1)
        moved = of_error((solved - prior)[blur.inner] * levels, mask, window)
        # Were U as the PSF says, the mean of this would be 1 at the most. What is more comes from errors of
        # the PSF that no average tells, as those of an object with depth: U counts less by that.
        unexpected = max(self._typical(residual**2 / self.expected[..., None]), 1)
        final = agreement(np.where(mask, np.maximum(moved, least), outside), counted * left / unexpected)
        before = final.energy(self._extended)
        solved = final.solve(solved, threads=threads)
        after = final.energy(solved)
        self._extended = np.maximum(solved, 0)
        self._last = final, found, levels
        return before, after

    def _typical(self, power: Numbers) -> float:
        """The mean of (H, W, 1 or 3) over the spectrum's window."""
        window = self._spectrum.window
        return float((power * window).sum() / window.sum() / power.shape[2])

    def _at_least(self, seen: Floats) -> Numbers:
        """U; where it is saturated, the blurred Z if that is more."""
        saturated = self.scene.misfocused == 255
        return np.where(saturated, np.maximum(self._photo, seen), self._photo)
