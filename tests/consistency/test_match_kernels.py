"""Kernels of coherence matching by hand: what windows count, their distances, and patches laid to a sum."""

import numpy as np
import pytest

from refocuslab.consistency.match_kernels import (
    PARTS,
    WHOLE,
    Copies,
    Laid,
    Matches,
    Seen,
    Window,
    Windows,
    counts,
    lay,
    of_match,
)

RNG = np.random.default_rng(0)
SIZE, HALF = 3, 1
# W has 4 x 5 pixels, a focused photo 3 x 4; both in frames a pixel wide.
W = RNG.integers(0, 256, (4, 5, 3), dtype=np.uint8)
MASK = RNG.random((4, 5)) < 0.6
PHOTO = RNG.integers(0, 256, (3, 4, 3), dtype=np.uint8)


def framed(image):
    return np.pad(image, [(HALF, HALF), (HALF, HALF), (0, 0)][: image.ndim], mode="reflect")


IN_FRAME, INSIDE = framed(W), framed(MASK.astype(np.uint8))


def strung(inside):
    return Seen(IN_FRAME.ravel(), np.repeat(inside[..., None], 3, axis=2).ravel(), 3 * inside.shape[1], SIZE)


SEEN = strung(INSIDE)
CENTERS = np.nonzero(MASK)
# One copy of the photo for each of the places between its pixels, each of other values.
COPIES = [framed(PHOTO) ^ np.uint8(17 * place) for place in range(PARTS**2)]
ROW = COPIES[0].shape[1] * 3
PLACES = np.array([(y, x) for y in range(3) for x in range(4)])
FLAT = Copies(
    flat=np.concatenate([copy.ravel() for copy in COPIES]),
    length=COPIES[0].size,
    at=(PLACES[:, 0] + HALF) * ROW + (PLACES[:, 1] + HALF) * 3,
    row=np.full(len(PLACES), ROW),
)


def cut(frame, y, x):
    """The window round (y, x) of what lies in a frame."""
    return frame[y : y + SIZE, x : x + SIZE].astype(int)


def matches():
    """A match for each window, drawn at random."""
    count = len(CENTERS[0])
    return Matches(RNG.integers(0, len(PLACES), count), RNG.integers(0, PARTS**2, count))


def shown(found, p):
    return cut(COPIES[found.between[p]], *PLACES[found.source[p]])


def test_a_match_in_place_lies_two_quarters_from_the_first_of_the_places():
    assert (PARTS, WHOLE) == (4, 10)
    assert divmod(WHOLE, PARTS) == (2, 2)


def test_a_window_counts_its_pixels_in_the_mask_those_beyond_the_edge_mirrored():
    expected = [cut(INSIDE, y, x).sum() for y, x in zip(*CENTERS, strict=True)]
    assert counts(SEEN, *CENTERS).tolist() == expected
    assert max(expected) < 9
    assert set(counts(strung(np.ones_like(INSIDE)), *CENTERS).tolist()) == {9}


@pytest.mark.parametrize("whole", [False, True])
def test_the_distance_of_a_match_is_the_sum_of_squares_in_the_mask(whole):
    inside = np.ones_like(INSIDE) if whole else INSIDE
    seen = strung(inside)
    windows, found = Windows(*CENTERS, counts(seen, *CENTERS)), matches()
    for p, (y, x) in enumerate(zip(*CENTERS, strict=True)):
        window = Window(y * seen.row + 3 * x, windows.counted[p] == SIZE**2)
        center = FLAT.at[found.source[p]] + found.between[p] * FLAT.length
        off = (cut(IN_FRAME, y, x) - shown(found, p)) ** 2
        expected = (off * cut(inside, y, x)[..., None]).sum()
        assert of_match(seen, window, FLAT.flat, center, ROW, 2**62) == expected
        # Above the limit it may be cut short.
        assert expected // 3 < of_match(seen, window, FLAT.flat, center, ROW, expected // 3) <= expected


def test_patches_are_laid_where_their_windows_lie_by_their_weights():
    found, weights = matches(), RNG.random(len(CENTERS[0]))
    windows = Windows(*CENTERS, np.empty(0, np.int64))
    laid, plain = (Laid(np.zeros((6, 21)), np.zeros((6, 7)), np.zeros(shape)) for shape in [(6, 7), (0, 0)])
    for one in laid, plain:
        # Rows may be filled in any order.
        for rows in (4, 6), (0, 1), (1, 4):
            lay(*rows, windows, SIZE, FLAT, found, weights, one)
    sums, squares, all_weights = np.zeros((6, 7, 3)), np.zeros((6, 7)), np.zeros((6, 7))
    for p, (y, x) in enumerate(zip(*CENTERS, strict=True)):
        patch = shown(found, p)
        sums[y : y + 3, x : x + 3] += weights[p] * patch
        squares[y : y + 3, x : x + 3] += weights[p] * (patch**2).sum(axis=2)
        all_weights[y : y + 3, x : x + 3] += weights[p]
    np.testing.assert_allclose(laid.total.reshape(6, 7, 3), sums)
    np.testing.assert_allclose(laid.weight, all_weights)
    np.testing.assert_allclose(laid.squares, squares)
    np.testing.assert_array_equal(plain.total, laid.total)
