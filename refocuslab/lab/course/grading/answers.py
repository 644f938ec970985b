"""Grading: what a class has handed in of each exercise, judged in the sandbox.

A student's variant and inputs come from the lecturer's key, whatever the notebook says.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from refocuslab.checks import require
from refocuslab.course.exercises import find
from refocuslab.course.verdict import Verdict
from refocuslab.lab.course.grading.inbox import works_of
from refocuslab.lab.course.handing_out import Student
from refocuslab.lab.course.sandbox.judging import Limits, judge_code
from refocuslab.lab.course.sandbox.student_code import StudentCode
from refocuslab.running.threads import thread_count


@dataclass(frozen=True)
class Graded:
    """What a student's work is.

    Attributes
    ----------
    student : str
        As the key has the name; or where something lay in the inbox that is nobody's.
    verdicts : tuple of Verdict or None
        One for each exercise; None where no file has its functions, written or not.
    notes : tuple of str
        What the lecturer should know: files that are no notebooks, cells that were left out, another's name.
    written : str
        The written verdict of E10, if there is one.
    known : bool
        Whether this is a student of the key. What is nobody's is not graded.
    """

    student: str
    verdicts: tuple[Verdict | None, ...]
    notes: tuple[str, ...]
    written: str = ""
    known: bool = True


def grade(
    inbox: Path,
    students: list[Student],
    wanted: list[str],
    *,
    limits: Limits | None = None,
    step: Callable[[int, int], None] | None = None,
) -> list[Graded]:
    """Judge what a class has handed in.

    Parameters
    ----------
    inbox : Path
        As ``works_of`` takes it.
    students, wanted : list of Student, list of str
        As ``read_key`` has them.
    limits : Limits or None
        As for ``judge_code``.
    step : callable or None
        Called with how many exercises are judged, and of how many.

    Returns
    -------
    list of Graded
        One for each student, in the key's order, and one for each place of the inbox that is nobody's.

    Raises
    ------
    RefocusError
        The inbox is neither a folder nor a zip, or holds too much.
    """
    works, nobodys = works_of(inbox, students)
    names = [find(one).names for one in wanted]
    jobs = [(work.code_of(of), one, own) for work, own in zip(works, students, strict=True)
            for one, of in zip(wanted, names, strict=True)]  # fmt: skip
    done = 0

    def judged(job: tuple[StudentCode | None, str, Student]) -> Verdict | None:
        nonlocal done
        code, name, own = job
        found = None
        if code is not None:
            found = judge_code(
                code, name, student=own.name, draw=own.draw, first_turn=own.turn, limits=limits
            )
        done += 1
        if step:
            step(done, len(jobs))
        return found

    with ThreadPoolExecutor(thread_count(None)) as threads:  # each waits for a process of its own
        verdicts = tuple(threads.map(judged, jobs))
    graded = [
        Graded(own.name, verdicts[at * len(wanted) : (at + 1) * len(wanted)], tuple(work.notes), work.verdict)
        for at, (own, work) in enumerate(zip(students, works, strict=True))
    ]
    return graded + [Graded(place, (), tuple(notes), known=False) for place, notes in sorted(nobodys.items())]


def chosen(wanted: list[str], named: tuple[str, ...]) -> list[str]:
    """The exercises to grade: those named, such as "E9", or all that the class was set.

    Raises
    ------
    RefocusError
        One was not set.
    """
    found = {find(one).exercise for one in named}
    for one in sorted(found):
        require(one in wanted, "exercise", f"must be one of {', '.join(wanted)}, which the key has", one)
    return [one for one in wanted if not found or one in found]
