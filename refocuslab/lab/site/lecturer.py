"""The lecturer's pages: the guide as ``refocuslab course make`` fills it in, and what the checks see."""

import re
from pathlib import Path

from refocuslab.lab.course import gates
from refocuslab.lab.course.guide import guide
from refocuslab.lab.course.making import Course
from refocuslab.lab.course.sources import Exercise, key_of

# Students on whom a build judges every known answer: some seconds. `refocuslab course test` takes 20.
SEEDS = 1
_UNIT = "## Unit "  # begins a section of the guide
_HEAD = "| exercise | right answers | wrong answers | hints | not as expected |\n|---|--:|--:|--:|--:|"


def pages(folder: Path) -> dict[str, str]:
    """Parts of pages in Markdown, {path in the sources without ending: text}.

    Parameters
    ----------
    folder : Path
        The course's.
    """
    course = Course(folder)
    whole, units = parted(guide(course))
    return {
        "made/lecturer": whole,
        "made/checks": table(list(course.exercises.values())),
    } | {f"howto/unit-{number}": text for number, text in enumerate(units)}


def table(exercises: list[Exercise]) -> str:
    """What became of every known answer of some exercises, a line each, and the sum.

    Parameters
    ----------
    exercises : list of Exercise
        Their sources.

    Returns
    -------
    str
        A table in Markdown.
    """
    lines, sums = [_HEAD], [0, 0, 0, 0]
    for one in exercises:
        rows = gates.rows(one, range(SEEDS))
        counts = [
            1 + len(one.also_right),
            len(one.wrong),
            len({key_of(label) for label in one.wrong}),
            sum(not row.as_expected for row in rows),
        ]
        sums = [sum(pair) for pair in zip(sums, counts, strict=True)]
        lines.append(_line(f"E{int(one.exercise[1:])} {one.title}", counts))
    return "\n".join([*lines, _line("**all**", sums)])


def _line(name: str, counts: list[int]) -> str:
    return f"| {name} | {' | '.join(map(str, counts))} |"


def parted(text: str) -> tuple[str, list[str]]:
    """The guide without its title and its units, and a page for each unit, its headings one level up.

    Parameters
    ----------
    text : str
        The guide, in Markdown.
    """
    sections = re.split(r"^(?=## )", text, flags=re.MULTILINE)[1:]
    units = [re.sub(r"^#(#+ )", r"\1", one, flags=re.MULTILINE) for one in sections if one.startswith(_UNIT)]
    return "".join(one for one in sections if not one.startswith(_UNIT)).strip(), units
