"""The paper to the letter, by linear search: the oracle that every faster path is held against.

The functions stand in the order of the paper's section 2, one for each thing that it defines, and
are meant to be read beside it. Nothing here is clever: every pixel is compared with every patch of
the library, all distances are integers, and the only code shared with the fast modules is
``optics/blur.py``. The time grows with (pixels x library x window x passes), so this is for photos of
up to about 40 x 40 pixels.

Symbols (the paper's Table 1): U the misfocused photo, V the library of patches, W the synthesized
photo, G the PSF, N(I, x, y) the window of photo I around a pixel, Blur(v) the blurred patch.

Where the paper leaves a choice open, the function concerned says which one was made.
"""

from collections.abc import Sequence
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from refocuslab.method import Method
from refocuslab.optics.blur import blur
from refocuslab.optics.light import LightKind
from refocuslab.reference.options import above, certainty, counts, pyramid
from refocuslab.reference.records import Above, Candidates, Level, Library, Made, Reference
from refocuslab.reference.selection import select
from refocuslab.scene import FocusedPhoto, Scene

# Confidence is kept to this fraction, so that no order hangs on the last bit of exp().
CONFIDENCE_STEP = 2.0**-24
_Type = TypeVar("_Type", bound=np.generic)


# Neighborhoods (Table 1)


def window(image: NDArray[_Type], y: int, x: int, size: int) -> NDArray[_Type]:
    """N(I, x, y) (Table 1) as a square: the size x size pixels of ``image`` around (y, x), in a copy.

    The paper does not say what happens at the edges; here a window that leaves the photo is
    reflected about its outermost row or column, which is not repeated (numpy's "reflect").
    ``image`` is (H, W) or (H, W, 3), with H and W of at least size // 2 + 1.
    """
    radius = size // 2
    height, width = image.shape[:2]
    rows = np.pad(np.arange(height), radius, mode="reflect")[y : y + size]
    columns = np.pad(np.arange(width), radius, mode="reflect")[x : x + size]
    return image[np.ix_(rows, columns)]


def windows(image: NDArray[np.uint8], mask: NDArray[np.bool_], size: int) -> NDArray[np.int64]:
    """N(I, x, y) (Table 1) of every masked pixel in scanline order, each flattened: (n, 3 * size * size).

    The values of a row are ordered by dy, then dx, then channel; int64, so that they can be
    subtracted and squared.
    """
    return np.array([window(image, y, x, size).ravel() for y, x in np.argwhere(mask)], dtype=np.int64)


# Section 2.1: the image-scene constraint


def library(
    focused: Sequence[FocusedPhoto],
    psf: NDArray[np.float64],
    size: int,
    light: LightKind = "linear",
    seen: Sequence[NDArray[np.uint8]] | None = None,
) -> Library:
    """V and Blur(V) (§2.1): for each masked pixel of each focused photo, its sharp and blurred window.

    Blur(v) is cut from the whole photo I * G (equation 1); it is not the patch convolved by itself.
    ``seen`` are the convolved photos, where they are there already.
    """
    seen = seen or [blur(photo.image, psf, light=light) for photo in focused]
    sharp = np.concatenate([windows(photo.image, photo.mask, size) for photo in focused])
    pairs = zip(seen, focused, strict=True)
    blurred = np.concatenate([windows(image, photo.mask, size) for image, photo in pairs])
    middle = 3 * (size * size // 2)
    return Library(sharp, blurred, sharp[:, middle : middle + 3])


def candidates(
    misfocused: NDArray[np.uint8], mask: NDArray[np.bool_], library: Library, size: int, count: int
) -> Candidates:
    """The ``count`` values with the highest P_image for each masked pixel, nearest first (§2.1).

    P_image(c) = exp(-lambda_image * min over v in V[c] of ||Blur(v) - N(U, x, y)||^2) falls as the
    distance grows, so the patches are ranked by distance, equal ones by library index, and the
    first patch of each new center value is kept. Where the library has fewer values than
    ``count``, all of them are candidates.
    """
    colors = library.centers @ np.array([256 * 256, 256, 1])
    count = min(count, len(np.unique(colors)))
    kept, distances = [], []
    for u in windows(misfocused, mask, size):
        d = ((library.blurred - u) ** 2).sum(axis=1)
        ranked = np.argsort(d, kind="stable")
        _, first_of_color = np.unique(colors[ranked], return_index=True)
        nearest = ranked[np.sort(first_of_color)[:count]]
        kept.append(nearest)
        distances.append(d[nearest])
    sources = np.array(kept, dtype=np.int64)
    return Candidates(library.centers[sources].astype(np.uint8), np.array(distances, dtype=np.int64), sources)


# Section 2.3: the order of assignment


def confidence(distances: NDArray[np.int64], lambda_image: float) -> NDArray[np.float64]:
    """P_image of the best candidate over the sum of P_image of all kept candidates (§2.3): (n,) float64.

    Both are divided by P_image of the best, which leaves 1 / sum_k exp(-lambda_image (d_k - d_0))
    and cannot underflow to 0 / 0. The sum runs from the nearest candidate to the farthest, and the
    result is rounded to a multiple of 2**-24.
    """
    with np.errstate(over="ignore"):
        e = np.exp(-lambda_image * (distances - distances[:, :1]).astype(np.float64))
    total = np.zeros(len(distances))
    for k in range(distances.shape[1]):
        total = total + e[:, k]
    rounded: NDArray[np.float64] = np.rint((1 / total) * 2**24) / 2**24
    return rounded


def neighborhood_confidence(
    confidence: NDArray[np.float64], mask: NDArray[np.bool_], side: int = 5
) -> NDArray[np.float64]:
    """Mean confidence over the side x side square around each masked pixel (§2.3): (H, W), NaN outside.

    The paper's square of 5 x 5 does not follow the size of the neighborhood.

    ``confidence`` is (H, W) float64 in multiples of 2**-24. Pixels outside the mask have none, so
    the mean is over the masked pixels of the square, and the square ends where the photo ends.
    The steps are summed as integers: the mean is exact but for one division.
    """
    radius = side // 2
    result = np.full(mask.shape, np.nan)
    for y, x in np.argwhere(mask):
        box = np.s_[max(y - radius, 0) : y + radius + 1, max(x - radius, 0) : x + radius + 1]
        steps = (confidence[box][mask[box]] / CONFIDENCE_STEP).astype(np.int64)
        result[y, x] = steps.sum() / len(steps) * CONFIDENCE_STEP
    return result


def order_of_assignment(
    neighborhood_confidence: NDArray[np.float64], mask: NDArray[np.bool_], order: str, seed: int = 0
) -> NDArray[np.int64]:
    """The turns (§2.3): (n,) int64, the t-th pixel to be assigned, counted in scanline order.

    "scanline" is 0, 1, 2, ...; "confidence" runs from the highest neighborhood confidence to the
    lowest, equal ones in scanline order; "random" is a permutation drawn from numpy's
    ``default_rng(seed)``.
    """
    n = np.count_nonzero(mask)
    if order == "scanline":
        return np.arange(n)
    if order == "random":
        return np.random.default_rng(seed).permutation(n)
    if order == "confidence":
        return np.argsort(-neighborhood_confidence[mask], kind="stable")
    raise ValueError(f'order must be "scanline", "confidence" or "random"; got {order!r}')


# Sections 2.2 and 3.2: the scene texture constraint, and the choice of the value


def neighborhood(known: NDArray[np.bool_], y: int, x: int, method: Method) -> NDArray[np.bool_]:
    """The pixels of the window around (y, x) that are compared, all but the center (§2.2): bool square.

    Symmetric: all of them.
    Causal (Figure 1): those that are known, which is those outside the mask, and those already
    assigned in this pass or an earlier one; ``known`` is (H, W) bool. In scanline order only those of
    the fixed half window of Figure 1a: the rows above the center, and the pixels left of it.
    """
    radius = method.neighborhood // 2
    dy, dx = np.mgrid[-radius : radius + 1, -radius : radius + 1]
    used: NDArray[np.bool_] = (dy != 0) | (dx != 0)
    if method.causal:
        used &= window(known, y, x, method.neighborhood)
        if method.order == "scanline":
            used &= (dy < 0) | ((dy == 0) & (dx < 0))
    return used


def assign(
    misfocused: NDArray[np.uint8],
    mask: NDArray[np.bool_],
    library: Library,
    candidates: Candidates,
    turns: NDArray[np.int64],
    method: Method,
    weights: NDArray[np.int64] | None = None,
    coarser: Above | None = None,
) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """W and the source of its pixels (§2.2, §2.3): (H, W, 3), and (H, W) with -1 outside the mask.

    Pixel by pixel, in the order of ``turns``, W takes the candidate c with the highest
    P_image(c) * P_texture(c), which is the one with the lowest

        E(c) = lambda_image * d_image(c) + lambda_texture * min over v in V of ||v - N(W', x, y)||^2

    where W' is W with c at (x, y). Of equal ones, the candidate of the lowest source wins. The
    paper has one lambda, which then cancels; two of them can weigh the constraints (§3.2).

    Pixels that have not had their turn hold their nearest candidate, and pixels outside the mask
    hold U. Each pass gives every masked pixel one turn.

    At the edges a window may, by reflection, see its own center a second time. That copy counts as
    any other pixel would: it holds the value that W had before this turn, and it is known once an
    earlier pass has assigned it.

    Beyond the paper: the values of a pixel count ``weights``, (H, W) int64, where the center counts 3,
    and lambda_texture is divided by 3. ``coarser`` are the windows of the level above in a pyramid.
    """
    size = method.neighborhood
    patches = library.sharp.reshape(-1, size, size, 3)

    pixels = np.argwhere(mask)
    image = misfocused.copy()
    image[mask] = candidates.values[:, 0]
    source = np.full(mask.shape, -1, dtype=np.int64)
    source[mask] = candidates.sources[:, 0]
    known = ~mask
    whole = 3 if method.weighted else 1
    weights = np.ones(mask.shape, np.int64) if weights is None else weights

    for _ in range(method.passes):
        for turn in turns:
            y, x = pixels[turn]
            values, distances, sources = (field[turn] for field in candidates)

            # ||v - N(W')||^2 in two parts: all but the center, which no candidate changes, and
            # the center, where W' holds the candidate.
            used = neighborhood(known, y, x, method)
            w = window(image, y, x, size)[used].astype(np.int64)
            counted = window(weights, y, x, size)[used][:, None]
            around = (counted * (patches[:, used] - w) ** 2).sum(axis=(1, 2))
            if coarser is not None:
                above_w, counted = coarser.of_pixels[turn], coarser.weights[turn]
                around += (counted * (coarser.of_patches - above_w) ** 2).sum(axis=1)
            at_center = ((library.centers - values[:, None].astype(np.int64)) ** 2).sum(axis=2)
            texture = (around + whole * at_center).min(axis=1)

            with np.errstate(over="ignore"):
                energy = method.lambda_image * distances + method.lambda_texture / whole * texture
            best = min(range(len(energy)), key=lambda k: (energy[k], sources[k]))
            image[y, x] = values[best]
            source[y, x] = sources[best]
            known[y, x] = True
    return image, source


# Section 2: the system


def refocus(scene: Scene, method: Method) -> Reference:
    """Refocus the masked pixels of ``scene.misfocused``, as section 2 describes.

    All fields of the method but ``search``, ``register`` and ``consistency`` are read.
    """
    seen = [blur(photo.image, scene.known_psf, light=method.light) for photo in scene.focused]
    first, *finer = pyramid(Level(scene.misfocused, scene.mask, scene.focused, seen), method)
    made = refocus_level(first, scene.known_psf, method, None)
    for level in finer:
        made = refocus_level(level, scene.known_psf, method, made)
    return made.result


def refocus_level(level: Level, psf: NDArray[np.float64], method: Method, coarser: Made | None) -> Made:
    """One level of a pyramid, given the coarser one, or None at the coarsest (§2; beyond the paper, [4]).

    The paper has one level: its photos.
    """
    misfocused, mask, focused, seen = level
    v = library(focused, psf, method.neighborhood, seen=seen)
    if method.selection == "nearest":
        found = candidates(misfocused, mask, v, method.neighborhood, method.candidates)
    else:
        pool = max(method.pool, method.candidates)
        found = select(candidates(misfocused, mask, v, method.neighborhood, pool), method)

    per_pixel = np.full(mask.shape, np.nan)
    per_pixel[mask] = certainty(found, method)
    averaged = neighborhood_confidence(per_pixel, mask, method.box)
    turns = order_of_assignment(averaged, mask, method.order, method.seed)
    order = np.full(mask.shape, -1, dtype=np.int64)
    order[tuple(np.argwhere(mask)[turns].T)] = np.arange(len(turns))

    weights = counts(per_pixel, method)
    beyond = above(mask, focused, coarser)
    image, source = assign(misfocused, mask, v, found, turns, method, weights, beyond)
    return Made(Reference(image, per_pixel, averaged, order, source, *found), weights, level)
