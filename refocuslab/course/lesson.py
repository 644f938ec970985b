"""What a lesson's notebook holds: a student's name, checks, pieces for what is not written, predictions."""

from typing import Any

from refocuslab.course.case import Function
from refocuslab.course.exercises import find
from refocuslab.course.own_work import PLACED
from refocuslab.course.predictions import Predictions
from refocuslab.course.variant import Variant, variant
from refocuslab.course.verdict import Verdict, judge


class Lesson:
    """A lesson of one student.

    Parameters
    ----------
    student : str
        Name or number; empty for whoever gave none. It draws the student's variants.
    draw : int
        Another variant of the same student, as ``variant`` has it; it comes with the copy handed out.
    """

    def __init__(self, student: str = "", draw: int = 0) -> None:
        variant(student, "", draw)  # refuses bad names before any work
        self.student, self.draw = student, draw
        self._predictions = Predictions()

    def variant(self, exercise: str) -> Variant:
        """What this student gets in an exercise."""
        return variant(self.student, find(exercise).exercise, self.draw)

    def check(self, exercise: str, *functions: Function) -> Verdict:
        """Not written, wrong with a hint, right, or right by calling the package.

        A function that has no answer in its time, or that is interrupted, gets a hint as well.

        Parameters
        ----------
        exercise : str
            Such as "e06".
        *functions : callable
            The student's, in the order that the task names.

        Returns
        -------
        Verdict
            What a notebook shows as the cell's result.
        """
        seconds = find(exercise).seconds
        return judge(exercise, *functions, student=self.student, draw=self.draw, seconds=seconds)

    def use(self, exercise: str, *functions: Function) -> Any:
        """The student's functions if they are right, else the package's, so that the lesson goes on.

        One line is printed that says which.

        Parameters
        ----------
        exercise : str
            Such as "e06".
        *functions : callable
            As for ``check``.

        Returns
        -------
        callable or tuple of callable
            One function, or as many as were given.
        """
        known = find(exercise)
        found = self.check(exercise, *functions)
        chosen = functions if found.right else tuple(map(_placed, known.pieces()))
        whose = "your own" if found.right else f"the package's, for yours is {_state(found)}"
        print(f"From here on {' and '.join(known.names)}: {whose}.")
        return chosen[0] if len(chosen) == 1 else chosen

    def given(self, exercise: str) -> Any:
        """The package's functions for an exercise that is not set; one line is printed that says so.

        Parameters
        ----------
        exercise : str
            Such as "e06".

        Returns
        -------
        callable or tuple of callable
            One function, or as many as the exercise has.
        """
        known = find(exercise)
        print(f"From here on {' and '.join(known.names)}: the package's.")
        chosen = tuple(map(_placed, known.pieces()))
        return chosen[0] if len(chosen) == 1 else chosen

    def whose(self, function: Function) -> str:
        """ "your", or "the package's" for a piece that ``use`` has put in the place of a student's."""
        return "the package's" if getattr(function, PLACED, False) else "your"

    def predict(self, name: str, question: str, choices: tuple[str, ...] | list[str]) -> Any:
        """Ask for a prediction before the cell that answers it, as ``Predictions.ask``."""
        return self._predictions.ask(name, question, choices)

    def reveal(self, name: str, answer: str) -> str:
        """What was predicted beside what came of it, as ``Predictions.reveal``."""
        return self._predictions.reveal(name, answer)


def _state(found: Verdict) -> str:
    return "not written yet" if found.state == "not written" else "not right yet"


def _placed(piece: Function) -> Function:
    def placed(*arguments: Any, **options: Any) -> Any:
        return piece(*arguments, **options)

    placed.__name__ = placed.__qualname__ = piece.__name__
    placed.__doc__ = piece.__doc__
    setattr(placed, PLACED, True)
    return placed
