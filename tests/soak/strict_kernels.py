"""Tests and random scenes with every kernel in plain Python, where an index that leaves its array ends it.

A compiled kernel takes an index beyond an array's end for an address, and one before its beginning for one
from the end, as NUMBA_BOUNDSCHECK does too. Here both are faults: of every kernel, in every array.

    python tests/soak/strict_kernels.py 14 59      the tests by hand, the cases of these seeds, and
                                                   which kernels they left out

A case of 30 x 30 pixels takes minutes.
"""

import contextlib
import functools
import sys
import tempfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from refocuslab.running import kernels

# Kernels that there are, and those that have been called, by module and name.
KERNELS, CALLED = set(), set()
# Before the first corner of an outline comes the last: the index -1 is meant.
CLOSED = {"refocuslab.pictures.polygon_filling.fill"}
# Small tests of kernels by hand, damaged files among them, which the random scenes do not have.
BY_HAND = (
    "consistency/test_match_kernels.py",
    "optics/test_splines.py",
    "paper/test_canvas.py",
    "paper/test_energy.py",
    "pictures/formats/test_jpeg_codes.py",
    "pictures/tiff/test_byte_codes.py",
    "search/test_descent.py",
)


class Strict(np.ndarray):
    """An array whose indices lie in it. A byte of it is an int, as compiled code reckons with it."""

    def __getitem__(self, index):
        self._hold(index)
        value = super().__getitem__(index)
        return int(value) if isinstance(value, np.uint8 | np.uint16) else value

    def __setitem__(self, index, value):
        self._hold(index)
        super().__setitem__(index, value)

    def _hold(self, index):
        indices = index if isinstance(index, tuple) else (index,)
        for one, side in zip(indices, self.shape, strict=False):
            if isinstance(one, int | np.integer) and not 0 <= one < side:
                raise IndexError(f"{int(one)} is not in 0 … {side - 1}")


def _strict(value, numbers):
    if isinstance(value, np.ndarray):
        return value.view(Strict)
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return type(value)(*(_strict(part, numbers) for part in value))
    return np.float64(value) if numbers and isinstance(value, float) else value


def kernel(*given, **options):
    """In the place of the compiler's: the function as it is, its arrays strict."""
    numbers = options.get("error_model") == "numpy"

    def decorate(function):
        name = f"{function.__module__}.{function.__name__}"
        KERNELS.add(name)

        @functools.wraps(function)
        def checked(*arguments):
            CALLED.add(name)
            strict = name not in CLOSED
            # Compiled code divides and overflows without a word.
            with np.errstate(all="ignore"):
                return function(*(_strict(one, numbers) if strict else one for one in arguments))

        return checked

    return decorate(given[0]) if given else decorate


kernels.kernel = kernel
sys.path.insert(0, str(Path(__file__).parent))
import random_scenes  # noqa: E402  (it must find the kernel of this module)

from refocuslab.pictures.formats.jpeg_damage import check_jpeg  # noqa: E402
from refocuslab.pictures.polygons import polygon_mask  # noqa: E402
from refocuslab.pictures.reading import read_photo  # noqa: E402
from refocuslab.simulation import rays  # noqa: E402

rl = random_scenes.rl


def read_and_render() -> None:
    """What the random scenes leave out: outlines, compressed files, and the rays of a bench."""
    mask = polygon_mask((9, 12), [[[1, 1], [10, 2], [4, 8]]], holes=[[[3, 3], [5, 3], [4, 5]]])
    assert 0 < mask.sum() < mask.size
    y, x = np.mgrid[:20, :24]
    photo = np.stack([9 * y, 7 * x, (y * x) % 256], axis=2).astype(np.uint8)
    photo[5:15, 5:20] = np.random.default_rng(0).integers(0, 256, (10, 15, 3))
    with tempfile.TemporaryDirectory() as folder:
        for compression in ("tiff_lzw", "packbits"):
            path = Path(folder) / f"{compression}.tif"
            Image.fromarray(photo).save(path, compression=compression)
            assert np.array_equal(read_photo(path), photo)
        for progressive in (False, True):
            path = Path(folder) / "photo.jpg"
            Image.fromarray(photo).save(path, quality=90, progressive=progressive)
            check_jpeg(path)
    # The light on a face at few points, from few of the lamp's: plain Python would take a minute.
    rays._CELLS, rays._LAMP_POINTS = 3, 2
    camera = rl.Camera(focal_length=50, f_number=2, focus_distance=1540, pixel=3.0, width=5, height=4)
    solid = {"texture": rl.Texture(photo), "yaw": 20.0, "pitch": 10.0}
    plane = rl.Plane("wall", centre=(0, 0, 1700), size=(900, 900), **solid)
    box = rl.Box("box", centre=(0, 0, 1500), size=(200, 200, 200), **solid)
    focused = camera.focused_on((0, 0, 1500))
    bench = rl.Bench(objects=[plane, box], subject=["box"], camera=camera, focused=[focused], seed=0)
    assert rl.render(bench, camera).shape == (4, 5, 3)
    assert rl.render(bench, camera.replace(blades=5, rim_distance=20, rim_diameter=30)).shape == (4, 5, 3)
    assert rl.blur_map(bench, camera).shape == (4, 5)


def test_by_hand() -> None:
    """Run the tests of ``BY_HAND``; what pytest says goes to stderr."""
    files = [str(Path(__file__).parents[1] / name) for name in BY_HAND]
    with contextlib.redirect_stdout(sys.stderr):
        answer = pytest.main(["-q", "-p", "no:cacheprovider", "-p", "no:xdist", "-m", "not slow", *files])
    if answer != 0:
        raise AssertionError(f"tests in plain Python: pytest ends with {answer!r}")


def run(*seeds: int) -> list[str]:
    """The kernels of refocuslab that none of these cases called; an IndexError tells of a case that fell."""
    test_by_hand()
    read_and_render()
    for seed in seeds:
        try:
            random_scenes.one(seed)
        except Exception as error:
            raise type(error)(f"random_scenes.one({seed}): {error}") from error
    return sorted(KERNELS - CALLED)


if __name__ == "__main__":
    print(*run(*map(int, sys.argv[1:])))
