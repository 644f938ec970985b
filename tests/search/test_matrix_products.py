"""Distances by matrix products are the integers of a plain loop, at their largest and in any subset."""

import numpy as np
import pytest

from refocuslab.search.matrix_products import BLOCK, Table, any_within


def distances(table, windows, counted):
    queries, norms = table.queries(windows, counted)
    blocks = [products + table.norms[first : first + BLOCK] for first, products in table.blocks(queries)]
    return (np.hstack(blocks) + norms[:, None]).astype(np.int64)


def patches(count, depth, kind, seed):
    rng = np.random.default_rng(seed)
    if kind == "extremes":
        return (255 * rng.integers(0, 2, (count, depth))).astype(np.uint8)
    return rng.integers(0, 256, (count, depth), dtype=np.uint8)


@pytest.mark.parametrize("side", [3, 5, 9, 11, 31])
@pytest.mark.parametrize("kind", ["noise", "extremes"])
@pytest.mark.parametrize("some", [False, True])
def test_distances_are_exact(side, kind, some):
    depth = 3 * side**2
    rows, windows = patches(BLOCK + 10 if side < 9 else 20, depth, kind, 1), patches(4, depth, kind, 2)
    counted = np.ones((4, depth), bool)
    if some:
        counted = np.random.default_rng(3).random((4, depth)) < 0.5
    off = (rows.astype(np.int64) - windows[:, None]) ** 2
    expected = (off * counted[:, None]).sum(axis=2)
    assert np.array_equal(distances(Table(rows, some=some), windows, counted), expected)


def test_fixed_dimensions_are_left_out_of_patches_and_queries():
    rows, windows, kept = patches(50, 27, "noise", 1), patches(3, 27, "noise", 2), np.arange(27) % 2 == 0
    expected = ((rows[:, kept].astype(int) - windows[:, None][:, :, kept]) ** 2).sum(axis=2)
    assert np.array_equal(distances(Table(rows, dimensions=kept), windows, kept), expected)


def test_wide_patches_need_wider_numbers():
    assert Table(patches(2, 75, "noise", 1)).kind is np.float32
    assert Table(patches(2, 3 * 31**2, "noise", 1)).kind is np.float64


def test_a_limit_is_met_by_what_equals_it():
    products, norms = np.array([5, 3, 9], np.float32), np.array([1, 1, 1], np.float32)
    assert any_within(products, norms, np.float32(4)) and not any_within(products, norms, np.float32(3))
