"""Sub-pixel alignment: a warped, blurred photo is moved until it is the misfocused one."""

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from scipy import linalg, ndimage

from refocuslab.optics.blur import convolve
from refocuslab.registration import warp

MODELS = ("similarity", "affine", "homography")
# What each model may do to (x, y, 1): move along x, along y, zoom, turn; stretch, shear; tilt, tilt.
_GENERATORS = np.array([
    [[0, 0, 1], [0, 0, 0], [0, 0, 0]], [[0, 0, 0], [0, 0, 1], [0, 0, 0]],
    [[1, 0, 0], [0, 1, 0], [0, 0, 0]], [[0, -1, 0], [1, 0, 0], [0, 0, 0]],
    [[1, 0, 0], [0, -1, 0], [0, 0, 0]], [[0, 1, 0], [1, 0, 0], [0, 0, 0]],
    [[0, 0, 0], [0, 0, 0], [1, 0, 0]], [[0, 0, 0], [0, 0, 0], [0, 1, 0]],
], dtype=float)  # fmt: skip
_FREEDOM = {"similarity": 4, "affine": 6, "homography": 8}
# Steps are below this many pixels everywhere when the work is done.
_STILL = 0.004
_STEPS, _COARSE_STEPS = 20, 8
# Light is compared on about so many pixels, never on more than four times as many.
_ENOUGH = 40_000
# Mean square of detail, on the scale of `power`, that rounding to 8 bits makes by itself: a tenth of a grey
# level's variance of rounding. Two flat photos must not agree.
_NO_DETAIL = 1e-7


@dataclass(frozen=True)
class Pair:
    """A misfocused and a focused photo at working size.

    ``misfocused``: (H, W, 3), ``focused``: (H', W', 3), light. ``mask``, ``focused_mask``: the
    object in each. ``psf``: of the working size. ``gain``, ``offset``: (3,), what is known of the
    exposure; without it, colours of another white balance add up to another grey. ``power``: light to
    this power is on a scale on which noise is even, as it is for the eye; 1 for encoded values.
    """

    misfocused: np.ndarray
    mask: np.ndarray
    focused: np.ndarray
    focused_mask: np.ndarray
    psf: np.ndarray
    gain: np.ndarray = field(default_factory=lambda: np.ones(3))
    offset: np.ndarray = field(default_factory=lambda: np.zeros(3))
    power: float = 1 / 2.2

    @property
    def width(self) -> int:
        """Of the misfocus, in pixels."""
        return self.psf.shape[0]

    @cached_property
    def target(self) -> np.ndarray:
        """The misfocused photo, (H, W), grey, on the scale of ``power``."""
        return self._evened(self.misfocused.mean(axis=2))

    def _evened(self, light: np.ndarray) -> np.ndarray:
        return np.maximum(light, 0) ** self.power

    @cached_property
    def _grey(self) -> np.ndarray:
        return (self.focused * self.gain + self.offset).mean(axis=2, keepdims=True)

    def blurred_focused(self) -> np.ndarray:
        """The focused photo in its own frame, blurred, (H', W'), grey, on the scale of ``power``."""
        return self._evened(convolve(self._grey, self.psf)[:, :, 0])

    def view(self, matrix: np.ndarray, flow=None) -> tuple[np.ndarray, np.ndarray]:
        """The focused photo in the frame of the misfocused one, blurred, grey, on the scale of ``power``,
        and where it shows the object. ``matrix`` takes misfocused to focused pixels."""
        blurred, seen = self.blurred_view(self._grey, matrix, flow)
        return self._evened(blurred[:, :, 0]), seen

    def blurred_view(self, focused, matrix, flow=None) -> tuple[np.ndarray, np.ndarray]:
        """Any picture of the focused frame, warped and blurred, and where it shows the object."""
        # What the focused photo shows beyond the frame sheds light into it.
        r = self.width // 2
        shape = tuple(side + 2 * r for side in self.mask.shape)
        if flow is not None:
            flow = np.pad(flow, ((0, 0), (r, r), (r, r)), mode="edge")
        x, y = warp.positions(matrix @ np.array([[1, 0, -r], [0, 1, -r], [0, 0, 1]]), shape, flow)
        inner = np.s_[r : shape[0] - r, r : shape[1] - r]
        blurred = convolve(warp.sample(focused, x, y), self.psf)[inner]
        # Blurred light near the edge of what is seen comes from beyond it.
        seen = warp.inside(x, y, focused.shape)
        seen = ndimage.binary_erosion(seen, iterations=r + 1, border_value=1)[inner]
        columns = np.clip(np.rint(np.nan_to_num(x)), 0, focused.shape[1] - 1).astype(int)[inner]
        rows = np.clip(np.rint(np.nan_to_num(y)), 0, focused.shape[0] - 1).astype(int)[inner]
        return blurred, seen & self.mask & self.focused_mask[rows, columns]


@dataclass(frozen=True)
class Alignment:
    """A geometry and how well it fits: ``matrix`` from misfocused to focused pixels, the ``error``
    (robust mean square, after exposure is matched), the ``agreement`` (correlation of detail,
    -1 … 1) and the ``overlap`` (share of the object that the focused photo shows)."""

    model: str
    matrix: np.ndarray
    error: float
    agreement: float
    overlap: float


def align(pair: Pair, matrix: np.ndarray, model: str, *, coarse: bool = False) -> Alignment:
    """The geometry of this model, near ``matrix``, under which the blurred photos differ least.

    Gauss-Newton on  sum of rho(U - (a Blur(V(matrix exp(step))) + b)), with b and a, which changes
    smoothly over the photo, fitted along, the gradient the mean of both photos' (as in efficient
    second-order minimisation), and weights that drop what does not fit. ``coarse`` starts on smoothed
    photos, to be drawn from farther off.
    """
    spreads = (pair.width, pair.width / 2, 0.0) if coarse else (0.0,)
    for spread in spreads:
        matrix = _descend(pair, matrix, model if spread == 0 else "similarity", spread)
    return measured(pair, matrix, model)


def measured(pair: Pair, matrix: np.ndarray, model: str, flow=None) -> Alignment:
    """How well a geometry fits, as it stands."""
    target = pair.target
    image, seen = pair.view(matrix, flow)
    overlap = float(seen.sum() / max(pair.mask.sum(), 1))
    if seen.sum() < 64:
        return Alignment(model, matrix, np.inf, 0.0, overlap)
    gain, offset, _ = _exposure(image, target, seen)
    residual = (target - (gain * image + offset))[seen]
    scale = 1.4826 * np.median(np.abs(residual)) + 1e-4
    clipped = np.minimum(np.abs(residual), 3 * scale)
    # Detail only: any two photos of something bright on something dark agree at large.
    a, b = (_detail(photo, seen, 2.0 * pair.width) for photo in (target, image))
    power = np.sqrt((a**2).sum() * (b**2).sum())
    agreement = float((a * b).sum() / power) if power > _NO_DETAIL * seen.sum() else 0.0
    return Alignment(model, matrix, float(np.mean(clipped**2)), agreement, overlap)


def best_model(pair: Pair, start: Alignment) -> Alignment:
    """The freest model that its fit pays for, by the Bayesian information criterion.

    Blurred pixels repeat each other, so one PSF's area counts as one observation.
    """
    best = start
    seen = max(start.overlap * pair.mask.sum(), 1)
    observations = max(seen * (pair.psf**2).sum(), 2)
    for model in MODELS[MODELS.index(start.model) + 1 :]:
        other = align(pair, best.matrix, model)
        if not np.isfinite(other.error):
            continue
        more = _FREEDOM[model] - _FREEDOM[best.model]
        gain = observations * np.log((best.error + 1e-9) / (other.error + 1e-9))
        if gain > more * np.log(observations):
            best = other
    return best


def _descend(pair, matrix, model, spread):
    target = pair.target
    height, width = target.shape
    generators = _GENERATORS[: _FREEDOM[model]]
    # Positions of about -1 … 1 keep the eight steps of one size.
    half = max(height, width) / 2
    units = np.array([[1, 0, -(width - 1) / 2], [0, 1, -(height - 1) / 2], [0, 0, half]]) / half
    y, x = np.mgrid[:height, :width].astype(float)
    x, y = x * units[0, 0] + units[0, 2], y * units[1, 1] + units[1, 2]
    here = np.stack([x, y, np.ones_like(x)])
    moves = np.tensordot(generators, here, axes=(2, 0))  # (freedom, 3, H, W)
    moves = moves[:, :2] - moves[:, 2:] * here[:2]
    smooth = (lambda image: ndimage.gaussian_filter(image, spread)) if spread else (lambda image: image)
    goal = smooth(target)
    slope = np.gradient(goal)
    for _ in range(_STEPS if spread == 0 else _COARSE_STEPS):
        image, seen = pair.view(matrix)
        if seen.sum() < 64:
            break
        image = smooth(image)
        gain, offset, weight = _exposure(image, goal, seen)
        gy, gx = (half * (gain * a + b) / 2 for a, b in zip(np.gradient(image), slope, strict=True))
        residual = goal - (gain * image + offset)
        where = weight > 0
        steepest = (moves[:, 0] * gx + moves[:, 1] * gy)[:, where]
        pulled = steepest * weight[where]
        step = _least_squares(pulled @ steepest.T, pulled @ residual[where])
        size = half * np.abs(np.tensordot(step, moves, axes=1)).max()
        step *= min(1.0, 8.0 / max(size, 1e-12))
        matrix = matrix @ np.linalg.inv(units) @ linalg.expm(np.tensordot(step, generators, axes=1)) @ units
        matrix = matrix / matrix[2, 2]
        if size < _STILL + spread / 50:
            break
    return matrix


def _exposure(image, target, seen):
    """gain, (H, W), and offset with target = gain * image + offset where ``seen``, and each pixel's weight.

    The gain is a polynomial of second degree in the place: lenses darken the corners, lamps one side. To
    take that for geometry would bend one photo to look like the other.
    """
    height, width = image.shape
    y, x = np.meshgrid(np.linspace(-1, 1, height), np.linspace(-1, 1, width), indexing="ij")
    terms = np.stack([np.ones_like(x), x, y, x * x, x * y, y * y])
    step = max(1, int(np.sqrt(seen.sum() / _ENOUGH)))
    some = np.zeros_like(seen)
    some[::step, ::step] = seen[::step, ::step]
    columns = np.concatenate([terms[:, some] * image[some], np.ones((1, some.sum()))])
    wanted = target[some]
    weight = np.ones(some.sum())
    for _ in range(4):
        found = _least_squares((columns * weight) @ columns.T, columns @ (weight * wanted))
        residual = np.abs(wanted - found @ columns)
        scale = 1.4826 * np.median(residual) + 1e-4
        weight = _tukey(residual, scale)
    gain, offset = np.tensordot(found[:-1], terms, axes=1), found[-1]
    return gain, offset, seen * _tukey(np.abs(target - (gain * image + offset)), scale)


def _tukey(residual, scale):
    """Tukey's weights: what is off by many times the usual counts for nothing."""
    return np.maximum(1 - (residual / (5 * scale)) ** 2, 0) ** 2


def _least_squares(normal, right):
    """The solution of normal equations, kept in hand where they do not determine it."""
    normal[np.diag_indices_from(normal)] *= 1 + 1e-6
    normal[np.diag_indices_from(normal)] += 1e-9
    return linalg.solve(normal, right, assume_a="pos")


def _detail(image, seen, spread):
    """What a wide mean within ``seen`` leaves, there."""
    share = ndimage.gaussian_filter(seen.astype(float), spread) + 1e-6
    mean = ndimage.gaussian_filter(np.where(seen, image, 0.0), spread) / share
    detail = (image - mean)[seen]
    return detail - detail.mean()
