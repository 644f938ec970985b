"""A case: what a check hands to the student's function, and the two ways in which a check can end early."""

import copy
import traceback
import types
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from refocuslab.course.time_limit import TooSlow, at_most
from refocuslab.course.variant import variant

# A student's function: it takes and returns whatever it likes.
Function = Callable[..., Any]
_LONGEST = 200  # characters of a student's error that are shown


class Hint(Exception):
    """A probe failed.

    Attributes
    ----------
    key : str
        Of the hint.
    yours : tuple
        What the student's own answer was, for the hint's text.
    """

    def __init__(self, key: str, *yours: object) -> None:
        super().__init__(key, *yours)
        self.key, self.yours = key, yours


class NotWritten(Exception):
    """The function is still the stub that was handed out."""


class Changed(Exception):
    """The function has changed an array, or a list, that it was given."""


class Case:
    """One run of a check: its random numbers, and how it calls and judges the student's function.

    Attributes
    ----------
    exercise : str
        Such as "e06".
    variant : Variant
        The student's own.
    rng : numpy.random.Generator
        Whatever else is drawn; from the variant's seed and the number of the run.
    """

    def __init__(
        self,
        exercise: str,
        student: str = "",
        draw: int = 0,
        turn: int = 0,
        seconds: float | None = None,
    ) -> None:
        self.exercise = exercise
        self.seconds = seconds  # of one call; None: nobody looks at the time, nor at who interrupts
        self.variant = variant(student, exercise, draw)
        self.rng = np.random.default_rng((self.variant.seed, turn))

    def need(self, holds: object, key: str, *yours: object) -> None:
        """End the check with the hint ``key`` unless a probe holds.

        Parameters
        ----------
        holds : object
            The probe's answer, by its truth.
        key : str
            Of the hint in ``hints.toml``; a literal, so that the tests find it.
        *yours : object
            The student's own numbers, for the hint's ``yours``; never an expected one.

        Raises
        ------
        Hint
            It does not hold.
        """
        if not holds:
            raise Hint(key, *yours)

    def call(self, function: Function, *given: Any) -> Any:
        """What the student's function returns, given copies, so that nothing it does to them is felt.

        Parameters
        ----------
        function : callable
            The student's.
        *given : object
            Its arguments.

        Returns
        -------
        object
            Whatever it returned; never None.

        Raises
        ------
        NotWritten
            It raised NotImplementedError, as the stub does.
        Hint
            It raised something else, returned None, changed an argument, or took more than its time.
        """
        try:
            with at_most(self.seconds):
                found = run(function, given)
        except NotImplementedError:
            raise NotWritten from None
        except Changed:
            raise Hint("changes-its-input") from None
        except Hint:  # of a function that runs elsewhere, and has not answered
            raise
        except TooSlow as error:
            raise Hint("too-slow", self.seconds, _place(error, _code(function))) from None
        except KeyboardInterrupt as error:
            if self.seconds is None:
                raise
            raise Hint("stopped", told(error, function)) from None
        except (Exception, SystemExit) as error:
            raise Hint("raises", told(error, function)) from None
        if found is None:
            raise Hint("returns-nothing")
        return found

    def numbers(self, value: object) -> NDArray[np.float64]:
        """What the student's function returned, as real numbers of any shape.

        Raises
        ------
        Hint
            "unreadable": it is no array of real numbers.
        """
        try:
            array = np.asarray(value)
        except Exception:  # a ragged list, a foreign object
            raise Hint("unreadable") from None
        if array.dtype.kind not in "biuf":
            raise Hint("unreadable")
        return array.astype(np.float64)


def run(function: Function, given: tuple[Any, ...]) -> Any:
    """What a function returns for copies of its arguments, its warnings unheard.

    Raises
    ------
    Changed
        It has changed one of them.
    """
    handed = copy.deepcopy(given)
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = function(*handed)
    if not _unchanged(given, handed):
        raise Changed
    return found


def _unchanged(given: Any, handed: Any) -> bool:
    """Whether both hold the same, in the same order."""
    if isinstance(given, np.ndarray):
        return bool(np.array_equal(given, handed, equal_nan=given.dtype.kind in "fc"))
    if isinstance(given, list | tuple):
        return len(given) == len(handed) and all(map(_unchanged, given, handed))
    return given is handed or bool(given == handed)


def told(error: BaseException, function: Function | None = None) -> str:
    """An error in a line, and in which line of the student's function, or of one that it calls, it was."""
    first = (str(error).strip().splitlines() or [""])[0][:_LONGEST].rstrip(".")
    where = _place(error, _code(function))
    return f"{type(error).__name__}{where}" + (f": {first}" if first else "")


def _code(function: Function | None) -> types.CodeType | None:
    return getattr(function, "__code__", None)


def _place(error: BaseException, code: types.CodeType | None) -> str:
    """Of the last frame in the file, or the cell, of the student's function."""
    if code is None:
        return ""
    frames = traceback.walk_tb(error.__traceback__)
    own = [(frame.f_code, line) for frame, line in frames if frame.f_code.co_filename == code.co_filename]
    if not own:
        return ""
    last, line = own[-1]
    if last in _within(code):
        return f" in line {line - code.co_firstlineno + 1}"
    return f" in line {line - last.co_firstlineno + 1} of {last.co_name}"


def _within(code: types.CodeType) -> list[types.CodeType]:
    """A function's code, and what is defined in it."""
    inner = [one for one in code.co_consts if isinstance(one, types.CodeType)]
    return [code, *(deeper for one in inner for deeper in _within(one))]
