"""The lecturer's guide: `course/instructor/guide.md`, filled in from lessons and exercises.

{session}       the plan of a course of one session, a table, and what it takes from the package
{units}         each unit: its minutes, what to say between which exercises, what students believe
{counts}        how many answers the checks are tested with
"""

from collections.abc import Iterator
from typing import Any

from refocuslab.course import hints
from refocuslab.lab.course.assigning import listed, timed
from refocuslab.lab.course.copies import INSTRUCTOR, Notebook, exercises_of
from refocuslab.lab.course.making import Course
from refocuslab.lab.course.sources import Exercise, key_of

GUIDE = "guide.md"


def guide(course: Course) -> str:
    """The guide as Markdown.

    Parameters
    ----------
    course : Course
        The sources.

    Returns
    -------
    str
        The template with every place filled in.
    """
    template = (course.folder / "instructor" / GUIDE).read_text(encoding="utf-8")
    units = "\n\n".join(_unit(course, unit) for unit in course.path["units"])
    filled = {"{session}": _session(course), "{units}": units, "{counts}": _counts(course.exercises.values())}
    for place, text in filled.items():
        template = template.replace(place, text)
    return template


def _session(course: Course) -> str:
    """The plan of one session: a line for each part, and what is cut."""
    session = course.path["session"]
    rows = timed(session["plan"])
    spare = session["minutes"] - rows[-1]["until"]
    lines = ["| minute | what | say, ask, watch |", "|--:|---|---|"]
    for row in rows:
        what = row.get("what", "")
        if "exercise" in row:
            one = course.exercises[row["exercise"]]
            what = f"**{_shown(one.exercise)}**, {one.title}"
        stop = f' Stop at "{row["to"]}".' if "to" in row else ""
        lines.append(f"| {row['from']}–{row['until']} | {row['lesson']}: {what} | {row['say']}{stop} |")
    lessons = [one for one in course.lessons if one.partition("_")[0] in session["lessons"]]
    cut = [name for one in lessons for name in exercises_of(course.lessons[one])
           if name not in session["exercises"]]  # fmt: skip
    lines += ["", f"{spare} minutes are to spare. **Cut**: {listed(cut)}, which the package's pieces do."]
    return "\n".join(lines)


def _unit(course: Course, unit: dict[str, Any]) -> str:
    here = [course.exercises[name] for name in unit["exercises"] if name in course.exercises]
    lines = [f"## Unit {unit['unit']}: {unit['title']}", ""]
    work = f"then {unit['project']}" if "project" in unit else f"{unit['work']} of work"
    lines += [f"{unit['talk']} minutes of talk, {work}."]
    if here:
        total = sum(one.minutes for one in here)
        over = f", {unit['home']} of them at home" if unit.get("home") else ""
        lines[-1] += f" The exercises take {total} minutes{over}."
        lines += ["", "| exercise | min | they write | wrong answers known |", "|---|--:|---|--:|"]
        for one in here:
            written = ", ".join(f"`{name}`" for name in one.names)
            lines.append(
                f"| {_shown(one.exercise)} {one.title} | {one.minutes} | {written} | {len(one.wrong)} |"
            )
    for name, lesson in course.lessons.items():
        if name.partition("_")[0] == unit["lesson"]:
            lines += ["", *_to_say(lesson)]
    for one in here:
        lines += ["", *_believed(one)]
    return "\n".join(lines)


def _to_say(lesson: Notebook) -> Iterator[str]:
    """The notes of a lesson, in their order, with the exercises between which they stand."""
    notes = [cell.source for cell in lesson.cells if INSTRUCTOR in cell.metadata.get("tags", ())]
    if notes and not notes[0].startswith("#"):
        yield "### What to say"
    left, after = exercises_of(lesson), ""
    for cell in lesson.cells:
        if INSTRUCTOR in cell.metadata.get("tags", ()):
            yield f"\n{after}{cell.source}"
            after = ""
        elif left and cell.source.strip() == f"# exercise {left[0]}":
            after = f"*After {_shown(left.pop(0))}:* "


def _believed(exercise: Exercise) -> Iterator[str]:
    """What students believe who write what is wrong, and what the check asks them."""
    yield f"### {_shown(exercise.exercise)}: what students believe"
    yield ""
    yield "| they believe | the check asks |"
    yield "|---|---|"
    for key, belief in exercise.beliefs.items():
        asked = hints.text(exercise.exercise, key).replace("|", r"\|")
        yield f"| {belief.replace('|', chr(92) + '|')} | {asked} |"


def _counts(exercises: Any) -> str:
    known = list(exercises)
    wrong = sum(len(one.wrong) for one in known)
    asked = len({(one.exercise, key_of(label)) for one in known for label in one.wrong})
    right = sum(1 + len(one.also_right) for one in known)
    answers = f"{right} right answers and {wrong} wrong ones"
    return f"{len(known)} exercises, {answers}, which {asked} hints are meant for"


def _shown(exercise: str) -> str:
    return f"E{int(exercise[1:])}"
