"""The verbs for a course: `refocuslab course ...`, and warm-up."""

import click

from refocuslab.errors import RefocusError
from refocuslab.lab.cli.behavior import Verb, fail
from refocuslab.lab.terminal import tell


class Verbs(click.Group):
    """A group within the command line; its errors are told by the whole's."""

    command_class = Verb


@click.group(cls=Verbs)
def course() -> None:
    """Teach a course: make, hand out, check, grade."""


@course.command()
@click.argument("names", nargs=-1, metavar="[EXERCISE]...")
@click.option(
    "--seeds", type=click.IntRange(1, 10_000), default=20, show_default=True, help="How many students."
)
def test(names: tuple[str, ...], seeds: int) -> int:
    """Judge every known answer of the exercises.

    Right answers must pass, and each wrong one must get its own hint, whoever the student is. All exercises,
    or those named, such as E6.
    """
    from time import perf_counter

    from refocuslab.files.installed import course_folder
    from refocuslab.lab.course import gates
    from refocuslab.lab.course.sources import read_exercises

    known = read_exercises(course_folder())
    wrong, count = [], 0
    for name in _named(names, known):
        start = perf_counter()
        rows = gates.rows(known[name], range(seeds))
        fell = [str(row) for row in rows if not row.as_expected] + gates.faults(known[name])
        count += len(rows)
        wrong += fell
        told = f"{len(rows)} answers on {seeds} seeds, {len(fell)} not as expected"
        tell(f"{name}: {told}, {perf_counter() - start:.1f} s")
    tell(f"{count} answers, {len(wrong)} not as expected")
    return fail(wrong) if wrong else 0


def _named(names: tuple[str, ...], known: object) -> list[str]:
    """The exercises that were named, "E6" as "e06"; all where none was."""
    from refocuslab.course.exercises import find

    assert isinstance(known, dict)
    if not names:
        return list(known)
    found = [find(name).exercise for name in names]
    for name in found:
        if name not in known:
            raise RefocusError("exercise", f"must be one of {', '.join(known)}", name)
    return found
