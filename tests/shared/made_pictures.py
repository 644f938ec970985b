"""Pictures that tests of many rooms make."""

import numpy as np


def noise(height, width, seed=0, low=0, high=256):
    """(H, W, 3) uint8, every value drawn by itself from low to high - 1."""
    return np.random.default_rng(seed).integers(low, high, (height, width, 3), dtype=np.uint8)


def gray(levels):
    """(H, W, 3) uint8 of a table of gray levels."""
    return np.repeat(np.array(levels, np.uint8)[..., None], 3, axis=2)
