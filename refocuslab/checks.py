"""Checks of what is handed in: numbers, texts, arrays. Each raises a ``RefocusError``, and nothing else."""

import math
import os
import unicodedata
from collections.abc import Sequence
from typing import Any, TypeVar, cast

import numpy as np
from numpy.typing import NDArray

from refocuslab.errors import PhotoError, RefocusError, quoted

# All that numpy's generators make use of.
LARGEST_SEED = 2**128 - 1
_LARGEST = float(np.finfo(np.float64).max)
# The name of a folder has at most 255 bytes; a page of a book has 3000 characters.
LONGEST_NAME, LONGEST_TITLE, LONGEST_DESCRIPTION = 255, 1000, 20_000
# The most megapixels of a picture, and the environment variable that raises the limit.
_MEGAPIXELS = 150
_VARIABLE = "REFOCUSLAB_MEGAPIXELS"
# One of the names to choose from, so that a choice of a Literal is typed as that Literal.
Choice = TypeVar("Choice", bound=str)


def require(holds: bool, argument: str, rule: str, got: object) -> None:
    """Raise ``RefocusError(argument, rule, got)`` unless the rule holds."""
    if not holds:
        raise RefocusError(argument, rule, got)


def set_fields(frozen: object, **fields: object) -> None:
    """Set fields of a frozen dataclass, from within its ``__post_init__``."""
    for name, value in fields.items():
        object.__setattr__(frozen, name, value)


def is_number(value: object) -> bool:
    """Whether it is a real number, and neither a truth value nor text."""
    return isinstance(value, int | float | np.integer | np.floating) and not isinstance(value, bool)


def plain(value: Any) -> int | float:
    """The number as Python's own: half a float of numpy cannot be compared with all that ours can."""
    return value if isinstance(value, int) else int(value) if isinstance(value, np.integer) else float(value)


def check_number(
    argument: str, value: Any, least: float, most: float, *, positive: bool = False, infinite: bool = False
) -> float:
    """The number as a float, from ``least`` to ``most``; also infinity where that may be.

    Parameters
    ----------
    argument : str
        The argument's name, for the message; so in every check here.
    value : object
        What was handed in; so in every check here.
    least, most : float
        The range, both ends included.
    positive : bool
        Refuse 0 and less, whatever ``least`` is.
    infinite : bool
        Accept positive infinity, whatever ``most`` is.

    Raises
    ------
    RefocusError
        The value is no real number (a truth value is none), is NaN, or is out of range.
    """
    # Fits check thousands of diameters: the messages are made where they are needed.
    number = plain(value) if is_number(value) else math.nan
    if not (number == number and (number > 0 or not positive)):
        raise RefocusError(argument, "must be a number" + " greater than 0" * positive, quoted(value))
    if infinite and number == math.inf:
        return math.inf
    if not (least <= number <= most and abs(number) <= _LARGEST):
        rule = f"must be from {least:g} to {most:g}" + ", or infinite" * infinite
        raise RefocusError(argument, rule, quoted(value))
    return float(number)


def check_numbers(
    argument: str, value: Any, count: int, least: float, most: float, *, positive: bool = False
) -> tuple[float, ...]:
    """``count`` numbers of a list, a tuple or an array (count,), each as for ``check_number``.

    Raises
    ------
    RefocusError
        It is no such sequence, or a number is not finite or out of range.
    """
    rule = f"must be {count} finite numbers" + " greater than 0" * positive
    good = isinstance(value, list | tuple) or (isinstance(value, np.ndarray) and value.ndim == 1)
    require(good and len(value) == count and all(map(is_number, value)), argument, rule, quoted(value))
    numbers = list(map(plain, value))
    good = all(-math.inf < n < math.inf and (n > 0 or not positive) for n in numbers)
    require(good, argument, rule, quoted(value))
    good = all(least <= n <= most for n in numbers)
    require(good, argument, f"must be from {least:g} to {most:g}", quoted(value))
    return tuple(map(float, numbers))


def check_count(argument: str, value: Any, most: int = 10**6, *, least: int = 1) -> int:
    """The whole number as an int, from ``least`` to ``most``, both included.

    Raises
    ------
    RefocusError
        The value is no integer (a truth value is none), or is out of range.
    """
    whole = isinstance(value, int | np.integer) and not isinstance(value, bool)
    good = bool(whole and value >= least)
    require(good, argument, f"must be an integer of at least {least}", quoted(value))
    require(bool(value <= most), argument, f"must be at most {most}", quoted(value))
    return int(value)


def check_seed(argument: str, seed: Any) -> np.random.Generator:
    """A generator of what ``numpy.random.default_rng`` takes, whole numbers up to ``LARGEST_SEED``.

    Parameters
    ----------
    argument : str
        The argument's name, for the message.
    seed : int, sequence of int, Generator, BitGenerator, SeedSequence or None
        Whole numbers from 0, at most 16 of them. None takes fresh entropy.

    Raises
    ------
    RefocusError
        The seed is none of these, or out of range.
    """
    numbers = seed if isinstance(seed, list | tuple) else [seed]
    for number in numbers if len(numbers) <= 16 else [numbers]:
        known = isinstance(number, np.random.Generator | np.random.BitGenerator | np.random.SeedSequence)
        if numbers is seed or not (known or number is None):
            check_count(argument, number, LARGEST_SEED, least=0)
    return np.random.default_rng(seed)


def check_text(argument: str, text: object, longest: int) -> str:
    """The text, if it is short enough and UTF-8 can hold it; whoever shows it must escape what it holds.

    Raises
    ------
    RefocusError
        It is no text, has more than ``longest`` characters, or holds half of a surrogate pair.
    """
    require(isinstance(text, str), argument, "must be text", quoted(text))
    text = cast(str, text)
    require(len(text) <= longest, argument, f"must be of at most {longest} characters", f"{len(text)}")
    halves = any(unicodedata.category(c) == "Cs" for c in text)
    require(not halves, argument, "must hold whole characters", quoted(text))
    return text


def clean_text(text: str) -> str:
    """The text as ``check_text`` wants it: names of folders and files may hold bytes that are no text."""
    return text.encode("utf-8", "replace").decode("utf-8")


def check_choice(argument: str, value: object, choices: Sequence[Choice]) -> Choice:
    """The value, if it is one of the choices.

    Raises
    ------
    RefocusError
        It is none of them; the message lists them.
    """
    names = " or ".join(f'"{choice}"' for choice in choices)
    require(isinstance(value, str) and value in choices, argument, f"must be {names}", quoted(value))
    return cast(Choice, value)


def as_array(argument: str, value: Any, rule: str) -> NDArray[Any]:
    """The value as an array of whatever type it has.

    Raises
    ------
    RefocusError
        numpy can make no array of it, or could ask it for elements without end; the message is ``rule``.
    """
    # A range, or an object that numpy asks for one element after the other, could be without end.
    if not isinstance(value, list | tuple | int | float | complex) and not hasattr(value, "__array__"):
        require(hasattr(value, "__array_interface__"), argument, rule, type(value).__name__)
    try:
        return np.asarray(value)
    except Exception as error:  # ragged lists, and whatever a foreign type raises
        raise RefocusError(argument, rule, type(value).__name__) from error


def check_reals(argument: str, value: Any, rule: str, most: int) -> NDArray[np.float64]:
    """Real numbers as float64, at most ``most``: no truth values, text, complex numbers or objects.

    The shape is that of the value. A float64 array is returned itself, not copied. NaN and infinity pass;
    a long double beyond the range of float64 becomes infinite.

    Raises
    ------
    RefocusError
        It is no array of real numbers (the message is ``rule``), or holds more than ``most``.
    """
    array = as_array(argument, value, rule)
    require(array.size <= most, argument, f"must hold at most {most:,} numbers", f"shape {array.shape}")
    require(
        array.dtype.kind in "iuf" and not _holds_truth(value), argument, rule, f"type {_kind(array, value)}"
    )
    with np.errstate(over="ignore"):  # a long double beyond float64 becomes infinite
        return array.astype(np.float64, copy=False)


def check_photo(argument: str, photo: Any) -> NDArray[np.uint8]:
    """The photo as an array, if it is (H, W, 3) uint8 and not empty; an array is returned itself.

    Raises
    ------
    RefocusError
        It is no such array, or has more megapixels than ``megapixels()``.
    """
    rule = "must be a photo of shape (H, W, 3) and type uint8"
    photo = as_array(argument, photo, rule)
    if photo.ndim != 3 or photo.shape[2] != 3 or photo.dtype != np.uint8 or photo.size == 0:
        got = f"{photo.shape} {photo.dtype}"
        raise RefocusError(argument, rule, got)
    if photo.size > 3e6 * (limit := megapixels()):
        raise RefocusError(argument, f"must have at most {limit:g} megapixels", f"{photo.shape}")
    return cast(NDArray[np.uint8], photo)


def check_size(path: object, height: int, width: int) -> None:
    """Refuse a picture that has more pixels than are read; to be asked before decoding.

    Parameters
    ----------
    path : object
        The picture's path, for the message.
    height, width : int
        Its sides in pixels.

    Raises
    ------
    RefocusError
        It has more megapixels than ``megapixels()``.
    """
    limit = megapixels()
    if height * width > limit * 1e6:
        rule = (
            f"must have at most {limit:g} megapixels (the environment variable {_VARIABLE} raises the limit)"
        )
        most = f"at most {limit:g} megapixels are read; export it smaller"
        why = f"it has {width} x {height} pixels, and {most}"
        raise PhotoError("path", rule, path, why)


def megapixels() -> float:
    """The most megapixels that a picture may have: 150, or REFOCUSLAB_MEGAPIXELS of the environment.

    Raises
    ------
    RefocusError
        The environment variable is no number, or not between 0 and 1e6.
    """
    given = os.environ.get(_VARIABLE, "")
    try:
        limit = float(given) if given.strip() else float(_MEGAPIXELS)
    except ValueError:
        limit = 0.0
    if not 0 < limit < 1e6:
        raise RefocusError(_VARIABLE, "must be a number of megapixels", repr(given))
    return limit


def _holds_truth(value: Any) -> bool:
    """Whether lists hold a True among numbers, which numpy takes for 1."""
    if isinstance(value, list | tuple):
        return any(isinstance(one, bool | np.bool_) or _holds_truth(one) for one in value)
    return getattr(getattr(value, "dtype", None), "kind", "") == "b"


def _kind(array: NDArray[Any], value: object) -> str:
    return "bool" if _holds_truth(value) else str(array.dtype)
