"""Calls of the package are seen, however the name came; calls of anything else are not."""

from functools import partial

import numpy as np
import pytest

import refocuslab
import refocuslab as rl
from refocuslab import Scene, disk
from refocuslab.course.lesson import Lesson
from refocuslab.course.own_work import calls_of_the_package
from refocuslab.optics import psf

renamed = disk


def by_module(d):
    return rl.disk(d)


def by_whole_name(d):
    return refocuslab.optics.psf.disk(d)


def by_room(d):
    return psf.otf(psf.disk(d), (9, 9))


def by_other_name(d):
    return renamed(d)


def by_import(d):
    from refocuslab import disk

    return disk(d)


def by_import_of_a_room(d):
    import refocuslab.optics.psf as p

    return p.disk(d)


def in_a_loop(d):
    return [rl.disk(d) * k for k in (1, 2)]


def in_another_function(d):
    return in_a_loop(d)


def in_a_closure():
    own = rl.disk
    return lambda d: own(d)


def by_default(d, own=rl.disk):
    return own(d)


def by_keyword(d, *, own=rl.disk):
    return own(d)


def by_import_under_another_name(d):
    from refocuslab.optics.psf import disk as other
    from refocuslab.optics.psf import mtf  # noqa: F401

    return other(d)


def by_import_of_the_package(d):
    import refocuslab

    return refocuslab.optics.psf.disk(d)


def by_import_of_a_room_s_file(d):
    from refocuslab.optics import psf as p

    return p.disk(d)


def by_import_around(d):
    from refocuslab import disk

    def inner():
        return disk(d)

    return inner()


def by_attribute_s_name(d):
    return getattr(rl, "di" + "sk")(d)


def by_handing_on(d):
    module = psf
    return module.disk(d)


def by_data(d):
    from refocuslab.course.variant import DIAMETERS

    return DIAMETERS[d]


class Holder:
    def method(self, d):
        return rl.disk(d)


def plain(d):
    return np.ones((d, d)) / d**2


def recursive(d):
    return plain(d) if d < 3 else recursive(d - 1)


def imports_in_vain(d):
    import refocuslab.optics.psf as p  # noqa: F401
    from refocuslab import disk  # noqa: F401
    from refocuslab.optics.psf import otf  # noqa: F401

    return np.ones((d, d))


def imports_numpy_by_the_way(d):
    from refocuslab.optics.blur import np as numbers

    return numbers.ones((d, d))


def imports_what_is_allowed(photo, d):
    from refocuslab.optics import light
    from refocuslab.optics.blur import convolve
    from refocuslab.optics.psf import disk as round_one

    return np.fft.rfft2(convolve(light.decode(photo), round_one(d)))


def has_a_variable_of_that_name(d):
    disk = np.hypot(d, d)
    return disk


def by_allowed(photo):
    return Scene(photo, None, [photo], psf=None), rl.Scene


CALLS = [
    by_module, by_whole_name, by_room, by_other_name, by_import, by_import_of_a_room, in_a_loop,
    by_import_under_another_name, by_import_of_the_package, by_import_of_a_room_s_file, by_import_around,
    by_attribute_s_name, by_handing_on, by_data, in_another_function, in_a_closure(), disk, rl.Scene,
    by_default, by_keyword, Holder().method, partial(disk, 5), partial(Holder().method, 5),
]  # fmt: skip


@pytest.mark.parametrize("function", CALLS, ids=lambda one: getattr(one, "__name__", "partial"))
def test_a_call_of_the_package_is_seen(function):
    assert calls_of_the_package(function)


@pytest.mark.parametrize(
    "function",
    [
        plain, recursive, np.hypot, len, lambda d: d, imports_in_vain, imports_numpy_by_the_way,
        has_a_variable_of_that_name,
    ],
    ids=lambda one: one.__name__,
)  # fmt: skip
def test_other_calls_are_the_students_own(function):
    assert not calls_of_the_package(function)


def test_what_the_task_allows_is_no_fault():
    assert calls_of_the_package(by_allowed)
    assert not calls_of_the_package(by_allowed, frozenset({"Scene"}))


def test_an_import_within_names_what_it_brings_and_nothing_else():
    allowed = frozenset({"decode", "convolve", "disk"})
    assert calls_of_the_package(imports_what_is_allowed) == ("convolve", "decode", "disk")
    assert not calls_of_the_package(imports_what_is_allowed, allowed)
    assert calls_of_the_package(by_import_under_another_name) == ("disk",)


def test_a_piece_that_the_lesson_has_placed_is_no_call(capsys):
    placed = Lesson().use("e01", lambda d: None)

    def blur(photo):
        return placed(3)

    assert not calls_of_the_package(blur)


def test_a_name_of_another_library_is_not_the_notebook_s():
    """As E3 is written with scipy, and then E4's cell imports ``convolve``."""
    given = {"np": np}
    exec(  # a notebook's cells
        "from refocuslab.optics.blur import convolve\n"
        "def by_import(a, k):\n    from scipy.ndimage import convolve as c\n    return c(a, k)\n"
        "def by_attribute(a, k):\n    return np.convolve(a, k)\n"
        "def by_the_package(a, k):\n    return convolve(a, k)\n",
        given,
    )
    assert not calls_of_the_package(given["by_import"])
    assert not calls_of_the_package(given["by_attribute"])
    assert calls_of_the_package(given["by_the_package"])
