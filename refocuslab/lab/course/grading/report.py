"""The page of a class's marks: who has what, what is believed behind a wrong answer, and what comes next."""

from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from refocuslab.course import hints
from refocuslab.course.exercises import find
from refocuslab.course.verdict import Verdict
from refocuslab.lab.course.assigning import listed
from refocuslab.lab.course.grading.answers import Graded
from refocuslab.lab.course.grading.marks import MOST, POINTS, points, state, verdicts_to_read
from refocuslab.lab.course.sources import read_exercises
from refocuslab.lab.escaping import in_html
from refocuslab.lab.pages.html import anchor, frame
from refocuslab.lab.pages.html import table as html_table

# {exercise: {key of a hint: what is believed by whom it asks}}.
Beliefs = Mapping[str, Mapping[str, str]]
# What has happened where a hint is one that any exercise may give: nothing is known of what was believed.
HAPPENED = {
    "raises": "It stops with an error.",
    "returns-nothing": "It has no return value.",
    "changes-its-input": "It changes an array that it was given.",
    "unreadable": "What it returns has another form than the task asks for.",
    "too-slow": "It had no answer within its time.",
    "too-large": "It asked for more memory than it may have.",
    "process-ends": "Its process ended without an answer.",
}
_COLORS = {"right": "yes", "right by the package": "part", "wrong": "no"}
_STYLE = """
.student { padding: 1rem 1.25rem; } .student h3 { margin: 0 0 .5rem; font-size: 1.05rem; }
.student h3 span { float: right; font-weight: 400; color: var(--soft); font-variant-numeric: tabular-nums; }
.student dl { margin: 0; } .student dt { font-weight: 600; }
.student dt:not(:first-child) { margin-top: .8rem; }
.student dd { margin: .15rem 0 0; } .student p { margin: .6rem 0 0; }
.student blockquote { margin: .4rem 0 0; padding-left: .8rem; border-left: 3px solid var(--line);
  white-space: pre-wrap; overflow-wrap: anywhere; }
.badge { white-space: nowrap; } .student .badge { float: none; margin-left: .4rem; }
.next { padding: 1rem 1.25rem; } .next ol { margin: 0; padding-left: 1.4rem; }
.note { color: var(--part); overflow-wrap: anywhere; }
td:first-child { min-width: 8rem; }
"""


def beliefs_of(course: Path | None) -> Beliefs:
    """What the course's sources say of each wrong answer; nothing where they are not, as beside a wheel."""
    return {} if course is None else {one.exercise: one.beliefs for one in read_exercises(course).values()}


def report(graded: list[Graded], wanted: list[str], beliefs: Beliefs, marks: str) -> str:
    """The page, in HTML that loads nothing.

    Parameters
    ----------
    graded : list of Graded
        As ``grade`` has them.
    wanted : list of str
        The exercises that were graded.
    beliefs : mapping
        As ``beliefs_of`` has them.
    marks : str
        The name of the file with the same as a table.
    """
    class_ = [one for one in graded if one.known]
    others = [one for one in graded if not one.known]
    count = f"{len(class_)} student{'s' * (len(class_) != 1)}"
    about = f"{count}, {listed(wanted)}. For the lecturer alone: students get the questions, not the beliefs."
    sections = {
        "What next": _next(wanted, marks, beliefs),
        "The class": _overview(class_, wanted),
        "What is believed": _common(class_, beliefs),
        "Each student": "".join(_student(at, one, wanted, beliefs) for at, one in enumerate(class_)),
        "Not graded": "".join(_nobodys(one) for one in others),
    }
    return frame("Marks", about, sections, {}, {}, style=_STYLE)


def _next(wanted: list[str], marks: str, beliefs: Beliefs) -> str:
    steps = [f"Read <a href='#{anchor('What is believed')}'>what is believed</a>: begin the next session "
             "with the question that most were asked."]  # fmt: skip
    if to_read := verdicts_to_read(wanted):
        steps.append(
            f"Read the written verdicts of {listed(to_read)} by <code>course/rubric.md</code>: five "
            f"questions, 0 to {MOST} points each. <code>{in_html(marks)}</code> has an empty column for them."
        )
    steps.append(
        "Talk for two minutes with whoever has <i>right by the package</i>, and wherever a note asks."
    )
    if not beliefs:
        steps.append("Grade in a clone to read here what is believed: the package alone does not hold it.")
    return f'<div class="card next"><ol>{"".join(f"<li>{step}</li>" for step in steps)}</ol></div>'


def _overview(class_: list[Graded], wanted: list[str]) -> str:
    titled = (f'<span title="{in_html(find(name).title)}">{_short(name)}</span>' for name in wanted)
    head = ["student", *titled, "points"]
    rows = [
        [f'<a href="#student-{at}">{in_html(one.student)}</a>', *map(_badge, one.verdicts), _sum(one, wanted)]
        for at, one in enumerate(class_)
    ]
    legend = (
        f"<p class='soft'>Points by the rubric: right {POINTS['right']}, right by the package "
        f"{POINTS['right by the package']}, all else 0; written verdicts come on top. <i>Not written</i>: "
        "the stub is as it was. <i>Not handed in</i>: no file has the function at all.</p>"
    )
    return html_table(head, rows, numbers=[len(head) - 1]) + legend


def _sum(one: Graded, wanted: list[str]) -> str:
    rest = "".join(f" + {_short(name)}'s verdict" for name in verdicts_to_read(wanted))
    return f"{points(one)} of {MOST * len(wanted)}{rest}"


def _common(class_: list[Graded], beliefs: Beliefs) -> str:
    """Each wrong answer with who has it, the most frequent first."""
    found = [(one.student, verdict) for one in class_ for verdict in one.verdicts if verdict and verdict.key]
    counts = Counter((verdict.exercise, verdict.key) for _, verdict in found)
    cards = []
    for (exercise, key), count in sorted(counts.items(), key=lambda item: (-item[1], item[0])):
        who = [name for name, verdict in found if (verdict.exercise, verdict.key) == (exercise, key)]
        cards.append(
            f"<dt>{_short(exercise)} {in_html(_belief(beliefs, exercise, key))}</dt>"
            f"<dd><b>The check asks:</b> {in_html(hints.text(exercise, key))}</dd>"
            f"<dd><b>{count} of {len(class_)}:</b> {in_html(', '.join(who))}</dd>"
        )
    return f'<div class="card student"><dl>{"".join(cards)}</dl></div>' if cards else ""


def _student(at: int, one: Graded, wanted: list[str], beliefs: Beliefs) -> str:
    parts = "".join(
        _answer(name, found, beliefs, one.written) for name, found in zip(wanted, one.verdicts, strict=True)
    )
    notes = "".join(f'<p class="note">{in_html(note)}</p>' for note in one.notes)
    name, total = in_html(one.student), _sum(one, wanted)
    head = f"<h3>{name} <span>{total}</span></h3>"
    return f'<div class="card student" id="student-{at}">{head}<dl>{parts}</dl>{notes}</div>'


def _answer(name: str, found: Verdict | None, beliefs: Beliefs, written: str) -> str:
    title = f"<dt>{_short(name)} {in_html(find(name).title)} {_badge(found)}</dt>"
    told = []
    if found is not None and found.key:
        told.append(f"<b>Believes:</b> {in_html(_belief(beliefs, name, found.key))}")
        told.append(
            f"<b>Was told:</b> {in_html(found.text.removeprefix('not yet. '))} "
            f"<span class='soft'>({in_html(found.key)})</span>"
        )
    if name == "e10" and found is not None:
        told.append(f"<b>Written verdict:</b><blockquote>{in_html(written)}</blockquote>" if written
                    else "<b>Written verdict:</b> none found below <i>My verdict</i>.")  # fmt: skip
    return title + "".join(f"<dd>{text}</dd>" for text in told)


def _nobodys(one: Graded) -> str:
    notes = "".join(f'<p class="note">{in_html(note)}</p>' for note in one.notes)
    return f'<div class="card student"><h3>{in_html(one.student)}</h3>{notes}</div>'


def _belief(beliefs: Beliefs, exercise: str, key: str) -> str:
    known = beliefs.get(exercise, {}).get(key) or HAPPENED.get(key)
    return known or "(stands in the sources of the course, which are not here)"


def _badge(found: Verdict | None) -> str:
    told = state(found)
    return f'<span class="badge {_COLORS.get(told, "soft")}">{told}</span>'


def _short(exercise: str) -> str:
    return f"E{int(exercise[1:])}"
