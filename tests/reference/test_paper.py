"""The oracle, held against cases that can be worked out by hand."""

from types import SimpleNamespace

import numpy as np
import pytest
from made_pictures import gray

from refocuslab.reference import paper as ref
from refocuslab.reference.records import Candidates, Library

NO_BLUR = np.ones((1, 1))
BOX = np.full((3, 3), 1 / 9)


def method(**changes):
    fields = {
        "neighborhood": 3,
        "candidates": 20,
        "causal": False,
        "order": "confidence",
        "passes": 1,
        "lambda_image": 1e-3,
        "lambda_texture": 1e-3,
        "light": "linear",
        "seed": 0,
        "selection": "nearest",
        "confidence": "share",
        "box": 5,
        "weighted": False,
        "levels": 1,
    }
    return SimpleNamespace(**{**fields, **changes})


def photo(image, mask=None):
    mask = np.ones(image.shape[:2], dtype=bool) if mask is None else mask
    return SimpleNamespace(image=image, mask=mask)


def scene(misfocused, mask=None, focused=(), psf=NO_BLUR):
    mask = np.ones(misfocused.shape[:2], dtype=bool) if mask is None else mask
    return SimpleNamespace(misfocused=misfocused, mask=mask, focused=focused, known_psf=psf, truth=None)


def noise(height, width, seed=0, levels=256):
    return np.random.default_rng(seed).integers(0, levels, (height, width, 3)).astype(np.uint8)


# Windows


def test_a_window_is_reflected_without_repeating_the_edge():
    table = np.array([[0, 1, 2], [3, 4, 5], [6, 7, 8]])
    assert ref.window(table, 1, 1, 3).tolist() == table.tolist()
    assert ref.window(table, 0, 0, 3).tolist() == [[4, 3, 4], [1, 0, 1], [4, 3, 4]]
    assert ref.window(table, 2, 1, 3).tolist() == [[3, 4, 5], [6, 7, 8], [3, 4, 5]]
    assert ref.window(table, 1, 2, 5)[2].tolist() == [3, 4, 5, 4, 3]


def test_windows_are_those_of_the_masked_pixels_by_row_column_channel():
    image = np.arange(4 * 5 * 3).reshape(4, 5, 3).astype(np.uint8)
    mask = np.zeros((4, 5), dtype=bool)
    mask[2, 1] = mask[1, 3] = True
    found = ref.windows(image, mask, 3)
    assert found.dtype == np.int64
    assert found.tolist() == [image[0:3, 2:5].ravel().tolist(), image[1:4, 0:3].ravel().tolist()]


# Section 2.1


def test_the_library_runs_through_photos_then_scanlines():
    first, second = noise(4, 6, 1), noise(5, 3, 2)
    mask = np.zeros((4, 6), dtype=bool)
    mask[3, 0] = mask[0, 5] = mask[3, 4] = True
    found = ref.library([photo(first, mask), photo(second)], NO_BLUR, 3)
    assert found.sharp.shape == found.blurred.shape == (3 + 15, 27)
    expected = [first[0, 5], first[3, 0], first[3, 4], *second.reshape(-1, 3)]
    assert found.centers.tolist() == np.array(expected).tolist()
    assert np.array_equal(found.blurred, found.sharp)


def test_a_blurred_patch_is_cut_from_the_blurred_photo():
    # One white pixel, just outside the window of the pixel at (2, 2): the blur brings it in, as it
    # could not if the patch were blurred by itself.
    levels = np.zeros((5, 7), dtype=int)
    levels[2, 4] = 255
    mask = np.zeros((5, 7), dtype=bool)
    mask[2, 2] = True
    found = ref.library([photo(gray(levels), mask)], BOX, 3, light="encoded")
    assert not found.sharp.any()
    blurred = found.blurred.reshape(3, 3, 3)
    assert (blurred[:, 2] == 28).all()  # 255 / 9 = 28.3
    assert not blurred[:, :2].any()


def test_the_light_of_the_blur_is_the_methods():
    levels = np.zeros((5, 5), dtype=int)
    levels[2, 2] = 255
    mask = levels > 0
    u = gray(levels)
    # A ninth of full light is 0.1111, which sRGB encodes as 255 * (1.055 * 0.1111^(1/2.4) - 0.055).
    linear = ref.refocus(scene(u, mask, [photo(u, mask)], BOX), method(light="linear"))
    encoded = ref.refocus(scene(u, mask, [photo(u, mask)], BOX), method(light="encoded"))
    assert linear.candidate_distances.tolist() == [[3 * (8 * 94**2 + (255 - 94) ** 2)]]
    assert encoded.candidate_distances.tolist() == [[3 * (8 * 28**2 + (255 - 28) ** 2)]]


def hand_library(sharp, blurred=None):
    """A library of 3 x 3 gray patches, each given as (level around, level of the center)."""

    def patches(levels):
        table = np.repeat(np.array([around for around, _ in levels])[:, None], 27, axis=1)
        table[:, 12:15] = np.array([center for _, center in levels])[:, None]
        return table

    sharp = patches(sharp)
    return Library(sharp, sharp if blurred is None else patches(blurred), sharp[:, 12:15])


ONE = np.array([[0, 0, 0], [0, 1, 0], [0, 0, 0]], dtype=bool)


def test_candidates_are_the_nearest_patch_of_each_color():
    u = gray(np.full((3, 3), 10))
    v = hand_library(
        sharp=[(0, 50), (0, 60), (0, 50), (0, 70), (0, 60)],
        blurred=[(12, 10), (13, 10), (11, 10), (10, 11), (10, 10)],
    )
    found = ref.candidates(u, ONE, v, 3, 20)
    # 24 values round the center: distances 96, 216, 24, 3, 0.
    assert found.distances.tolist() == [[0, 3, 24]]
    assert found.sources.tolist() == [[4, 3, 2]]
    assert found.values.tolist() == [[[60] * 3, [70] * 3, [50] * 3]]
    assert found.values.dtype == np.uint8
    two = ref.candidates(u, ONE, v, 3, 2)
    assert two.sources.tolist() == [[4, 3]]


def test_equal_distances_go_to_the_lowest_index():
    u = gray(np.full((3, 3), 10))
    v = hand_library(
        sharp=[(0, 9), (0, 5), (0, 9), (0, 5), (0, 7)],
        blurred=[(12, 10), (11, 10), (11, 10), (9, 10), (11, 10)],
    )
    found = ref.candidates(u, ONE, v, 3, 20)
    assert found.distances.tolist() == [[24, 24, 24]]
    assert found.sources.tolist() == [[1, 2, 4]]


def test_fewer_colors_than_candidates_are_all_candidates():
    u = noise(4, 4)
    two_colors = gray([[0, 0, 255], [255, 0, 0], [0, 255, 255]])
    result = ref.refocus(scene(u, focused=[photo(two_colors)]), method(candidates=20))
    assert result.candidate_values.shape == (16, 2, 3)
    assert set(np.unique(result.image)) <= {0, 255}


# Section 2.3


@pytest.mark.parametrize(
    ("distances", "lambda_image", "expected"),
    [
        ([7], 1.0, 1.0),
        ([7, 7], 1.0, 1 / 2),
        ([100, 101, 101], np.log(2), 1 / 2),  # 1 / (1 + 1/2 + 1/2)
        ([5, 6, 7], np.log(2), 4 / 7),  # 1 / (1 + 1/2 + 1/4)
        ([0, 10, 4000], 0.0, 1 / 3),
        ([4_000_000, 4_000_001], 1e4, 1.0),
        ([0, 1], 1e308, 1.0),
        ([0, 9], 1e308, 1.0),
    ],
)
def test_confidence(distances, lambda_image, expected):
    found = ref.confidence(np.array([distances]), lambda_image)
    assert found.tolist() == [round(expected * 2**24) / 2**24]


def test_neighborhood_confidence_is_the_mean_over_the_masked_pixels_of_5_by_5():
    mask = np.ones((7, 8), dtype=bool)
    mask[0, 1] = mask[6, 7] = False
    confidence = np.full(mask.shape, np.nan)
    confidence[mask] = np.random.default_rng(0).integers(1, 2**24, mask.sum()) / 2**24
    found = ref.neighborhood_confidence(confidence, mask)
    assert np.isnan(found[~mask]).all()
    assert found[3, 3] == pytest.approx(confidence[1:6, 1:6].mean(), rel=1e-15)
    assert found[0, 0] == pytest.approx(np.nansum(confidence[:3, :3]) / 8, rel=1e-15)
    assert found[5, 7] == pytest.approx(np.nansum(confidence[3:, 5:]) / 11, rel=1e-15)


def test_neighborhood_confidence_is_exact():
    # Nine times the same third: summed in floating point the mean would not be it again.
    third = np.rint(2**24 / 3) / 2**24
    mask = np.ones((3, 3), dtype=bool)
    assert (ref.neighborhood_confidence(np.full((3, 3), third), mask) == third).all()


def test_orders_of_assignment():
    mask = np.array([[1, 1, 0], [1, 1, 1]], dtype=bool)
    confidence = np.array([[0.5, 0.25, np.nan], [0.5, 1.0, 0.25]])
    assert ref.order_of_assignment(confidence, mask, "scanline").tolist() == [0, 1, 2, 3, 4]
    assert ref.order_of_assignment(confidence, mask, "confidence").tolist() == [3, 0, 2, 1, 4]
    drawn = np.random.default_rng(7).permutation(5).tolist()
    assert ref.order_of_assignment(confidence, mask, "random", seed=7).tolist() == drawn
    with pytest.raises(ValueError, match="order"):
        ref.order_of_assignment(confidence, mask, "spiral")


# Section 2.2, Figure 1


def squares(table):
    return "\n".join("".join("#" if used else "." for used in row) for row in table)


def test_figure_1a_is_the_fixed_half_window():
    known = np.ones((9, 9), dtype=bool)
    used = ref.neighborhood(known, 4, 4, method(neighborhood=5, causal=True, order="scanline"))
    assert squares(used) == "#####\n#####\n##...\n.....\n....."


def test_the_causal_window_of_confidence_order_is_what_is_known():
    known = np.zeros((9, 9), dtype=bool)
    known[2] = known[5, 6] = known[4, 4] = True
    used = ref.neighborhood(known, 4, 4, method(neighborhood=5, causal=True))
    assert squares(used) == "#####\n.....\n.....\n....#\n....."


def test_the_symmetric_window_is_everything_but_the_center():
    known = np.zeros((9, 9), dtype=bool)
    used = ref.neighborhood(known, 4, 4, method(neighborhood=3, order="scanline"))
    assert squares(used) == "###\n#.#\n###"


def test_a_reflected_offset_is_known_when_the_pixel_that_it_shows_is():
    known = np.zeros((5, 5), dtype=bool)
    known[1, 0] = True
    causal = method(causal=True)
    assert squares(ref.neighborhood(known, 0, 0, causal)) == ".#.\n...\n.#."
    # Above the first row the half window shows the second, and so does not wait for scanline.
    scanline = method(causal=True, order="scanline")
    assert squares(ref.neighborhood(known, 0, 0, scanline)) == ".#.\n...\n..."
    # With radius 2, the pixel at (1, 1) sees itself at the offsets (-2, -2), (-2, 0), (0, -2).
    itself = np.zeros((6, 6), dtype=bool)
    itself[1, 1] = True
    used = ref.neighborhood(itself, 1, 1, method(causal=True, neighborhood=5))
    assert squares(used) == "#.#..\n.....\n#....\n.....\n....."


# Section 3.2


def choose(u, v, found, **changes):
    """W at the one masked pixel of a 3 x 3 photo."""
    image, source = ref.assign(u, ONE, v, found, np.array([0]), method(**changes))
    unmasked = ~ONE
    assert np.array_equal(image[unmasked], u[unmasked])
    assert (source[unmasked] == -1).all()
    return image[1, 1, 0], source[1, 1]


def gray_candidates(levels, distances, sources):
    values = np.repeat(np.array(levels, dtype=np.uint8)[None, :, None], 3, axis=2)
    return Candidates(values, np.array([distances]), np.array([sources]))


@pytest.mark.parametrize(
    ("lambda_image", "lambda_texture", "expected"),
    [
        (1.0, 0.0, (10, 0)),
        (0.0, 1.0, (20, 1)),
        (59.0, 1.0, (20, 1)),
        (61.0, 1.0, (10, 0)),
        (60.0, 1.0, (10, 0)),  # equal: the lower source
        (120.0, 2.0, (10, 0)),
        (119.0, 2.0, (20, 1)),
        (0.0, 0.0, (10, 0)),
    ],
)
def test_the_lambdas_weigh_image_against_texture(lambda_image, lambda_texture, expected):
    # Around the pixel U is 100, as in patch 1. The value 20 fits it exactly; 10 costs
    # 3 * (20 - 10)^2 = 300 in texture, and is nearer by 5 in the image-scene constraint.
    u = gray(np.full((3, 3), 100))
    v = hand_library([(0, 10), (100, 20)])
    found = gray_candidates([10, 20], [0, 5], [0, 1])
    weights = {"lambda_image": lambda_image, "lambda_texture": lambda_texture}
    assert choose(u, v, found, **weights) == expected


def test_equal_candidates_go_to_the_lowest_source_not_the_nearest():
    u = gray(np.full((3, 3), 100))
    v = hand_library([(0, 10), (100, 20)])
    found = gray_candidates([20, 10], [0, 5], [1, 0])
    assert choose(u, v, found, lambda_image=0.0, lambda_texture=0.0) == (10, 0)
    assert choose(u, v, found, lambda_image=1.0, lambda_texture=0.0) == (20, 1)
    assert choose(u, v, found, lambda_image=1e-300, lambda_texture=0.0) == (20, 1)


def test_a_patch_of_another_color_may_support_a_candidate():
    # No patch fits the surroundings but one whose center is 90, and that is not a candidate: the
    # nearer of the two candidates in color wins.
    u = gray(np.full((3, 3), 100))
    v = hand_library([(0, 10), (0, 80), (100, 90)])
    found = gray_candidates([10, 80], [0, 0], [0, 1])
    assert choose(u, v, found) == (80, 1)


def test_the_causal_scanline_window_sees_only_what_lies_before():
    # Above and to the left U is 100, from the center on it is 0.
    u = gray([[100, 100, 100], [100, 0, 0], [0, 0, 0]])
    v = hand_library([(0, 10), (70, 20), (100, 30)])
    found = gray_candidates([10, 20, 30], [0, 0, 0], [0, 1, 2])
    # Half window: four pixels at 100. Whole window: four at 100, four at 0, and the patch of level
    # 70 fits worse than neither: 4 * (30^2 + 70^2) = 23200 against 4 * 100^2 = 40000.
    texture = {"lambda_image": 0.0, "lambda_texture": 1.0}
    assert choose(u, v, found, causal=True, order="scanline", **texture) == (30, 2)
    assert choose(u, v, found, causal=True, order="confidence", **texture) == (20, 1)
    assert choose(u, v, found, causal=False, order="scanline", **texture) == (20, 1)


def test_what_is_not_assigned_yet_counts_in_the_symmetric_window_only():
    # Two pixels with one library patch each for their level; the second starts at 200.
    u = gray([[0, 0, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0]])
    mask = np.array([[0, 0, 0, 0], [0, 1, 1, 0], [0, 0, 0, 0]], dtype=bool)
    sharp = np.zeros((2, 3, 3, 3), dtype=np.int64)
    sharp[0, 1, 1] = 10
    sharp[1, 1, 1:] = [[20] * 3, [200] * 3]  # to the right of a 20 lies a 200
    v = Library(sharp.reshape(2, 27), sharp.reshape(2, 27), sharp[:, 1, 1])
    values = np.repeat(np.array([[10, 20], [200, 10]], dtype=np.uint8)[..., None], 3, axis=2)
    found = Candidates(values, np.array([[0, 1], [0, 1]]), np.array([[0, 1], [1, 0]]))
    weights = {"lambda_image": 1.0, "lambda_texture": 1.0}

    def first(causal, turns=(0, 1), passes=1):
        options = method(causal=causal, passes=passes, order="random", **weights)
        return ref.assign(u, mask, v, found, np.array(turns), options)[0][1, 1:3, 0].tolist()

    assert first(causal=False)[0] == 20
    assert first(causal=True)[0] == 10
    # The second pixel, once assigned, is 10, for nothing supports a 200; then the first is 10 too.
    assert first(causal=False, turns=(1, 0)) == [10, 10]
    # A second pass re-assigns the first.
    assert first(causal=False, passes=1) == [20, 10]
    assert first(causal=False, passes=2) == [10, 10]


def test_a_causal_second_pass_knows_the_first():
    # Two pixels that lie side by side, each of which fits only if the other is black; the turns
    # are theirs from the left.
    u = gray(np.zeros((3, 4)))
    mask = np.zeros((3, 4), dtype=bool)
    mask[1, 1:3] = True
    sharp = np.zeros((2, 3, 3, 3), dtype=np.int64)
    sharp[:, 1, 1] = [[50] * 3, [90] * 3]
    sharp[1, 1, 2] = 90  # to the right of a 90 lies a 90
    v = Library(sharp.reshape(2, 27), sharp.reshape(2, 27), sharp[:, 1, 1])
    values = np.array([[[50] * 3, [90] * 3], [[90] * 3, [50] * 3]], dtype=np.uint8)
    found = Candidates(values, np.array([[0, 1], [0, 10**6]]), np.array([[0, 1], [1, 0]]))

    def run(passes, order):
        options = method(causal=True, passes=passes, order=order, lambda_image=1.0)
        return ref.assign(u, mask, v, found, np.array([0, 1]), options)[0][1, 1:3, 0].tolist()

    assert run(1, "confidence") == [50, 90]
    assert run(2, "confidence") == [90, 90]
    # The half window of scanline order never looks to the right.
    assert run(2, "scanline") == [50, 90]


# Section 2, the system


@pytest.mark.parametrize("order", ["scanline", "confidence", "random"])
@pytest.mark.parametrize("causal", [False, True])
def test_without_blur_and_with_the_truth_as_focused_photo_w_is_u(order, causal):
    u = noise(7, 6)
    mask = np.ones((7, 6), dtype=bool)
    mask[2:4, 3] = False
    result = ref.refocus(scene(u, mask, [photo(u, mask)]), method(order=order, causal=causal))
    assert np.array_equal(result.image, u)
    assert result.source[mask].tolist() == list(range(mask.sum()))
    assert not result.candidate_distances[:, 0].any()
    assert (result.candidate_distances[:, 1] > 0).all()
    assert (result.confidence[mask] == 1).all()


def test_two_colors_take_their_own_texture():
    # Columns of two colors: each pixel finds its own, at no distance, in the lowest patch.
    u = gray(np.tile([0, 200], (6, 3)))
    result = ref.refocus(scene(u, focused=[photo(u)]), method(lambda_image=1.0))
    assert np.array_equal(result.image, u)
    # Columns 0 and 5 differ by reflection from none: a window is (b a b) or (a b a) everywhere.
    assert np.array_equal(result.source, np.tile([0, 1], (6, 3)))
    assert result.candidate_distances[0].tolist() == [0, 27 * 200**2]


def test_one_color_in_the_library_paints_everything():
    u = noise(5, 5)
    result = ref.refocus(scene(u, focused=[photo(gray(np.full((4, 4), 77)))]), method())
    assert (result.image == 77).all()
    assert (result.source == 0).all()
    assert (result.confidence == 1).all()
    assert np.array_equal(result.order, np.arange(25).reshape(5, 5))


def test_outside_the_mask_nothing_is_touched():
    u = noise(6, 8, 3)
    mask = np.zeros((6, 8), dtype=bool)
    mask[1:4, 0:5] = True
    mask[2, 2] = False
    untouched = u.copy()
    result = ref.refocus(scene(u, mask, [photo(noise(5, 7, 4))], BOX), method(passes=2))
    assert np.array_equal(u, untouched)
    assert np.array_equal(result.image[~mask], u[~mask])
    assert result.image.dtype == np.uint8
    for table in (result.source, result.order):
        assert table.dtype == np.int64
        assert (table[~mask] == -1).all() and (table[mask] >= 0).all()
    for table in (result.confidence, result.neighborhood_confidence):
        assert table.dtype == np.float64
        assert np.isnan(table[~mask]).all() and (table[mask] > 0).all() and table[mask].max() <= 1
    assert sorted(result.order[mask]) == list(range(14))
    assert result.candidate_values.shape == (14, 20, 3)


def test_random_order_is_the_seeds():
    made = scene(noise(5, 6, 1), focused=[photo(noise(6, 6, 2, levels=3))])
    result = ref.refocus(made, method(order="random", seed=11))
    drawn = np.random.default_rng(11).permutation(30)
    assert result.order.ravel()[drawn].tolist() == list(range(30))


@pytest.mark.parametrize("order", ["scanline", "confidence", "random"])
def test_the_choice_maximises_the_product_of_the_papers_probabilities(order):
    # The formulas of sections 2.1 and 2.2 as they are printed: for each candidate the window of W'
    # is built whole, and compared with every patch. A radius of 1 never shows the center twice.
    u, f = noise(6, 7, 5), noise(6, 6, 6)
    made = scene(u, focused=[photo(f)], psf=BOX)
    options = method(order=order, candidates=6, lambda_image=1e-5, lambda_texture=2e-5, seed=3)
    result = ref.refocus(made, options)

    v = ref.library(made.focused, BOX, 3)
    w = result.candidate_values[:, 0].reshape(6, 7, 3).copy()
    changed = 0
    for turn in range(42):
        ((y, x),) = np.argwhere(result.order == turn)
        products = []
        for c, d in zip(
            result.candidate_values[7 * y + x], result.candidate_distances[7 * y + x], strict=True
        ):
            w[y, x] = c
            texture = ((v.sharp - ref.window(w, y, x, 3).ravel().astype(int)) ** 2).sum(axis=1)
            products.append(np.exp(-1e-5 * d) * np.exp(-2e-5 * texture.min()))
        w[y, x] = result.candidate_values[7 * y + x, np.argmax(products)]
        changed += np.argmax(products) > 0
    assert np.array_equal(result.image, w)
    assert changed > 5
