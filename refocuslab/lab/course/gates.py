"""The checks, checked: right answers pass, and each known wrong one gets its own hint, on every seed."""

import ast
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from refocuslab.course import hints
from refocuslab.course.exercises import exercises, find
from refocuslab.course.verdict import judge
from refocuslab.lab.course.sources import Exercise, Functions, key_of


@dataclass(frozen=True)
class Row:
    """What became of one answer.

    Attributes
    ----------
    exercise : str
        Such as "e06".
    label : str
        "solution", "stub", the name of another right answer, or the label of a wrong one.
    expected : str
        A state, or the key of a hint.
    found : dict of str to int
        {state or key: on how many seeds}.
    """

    exercise: str
    label: str
    expected: str
    found: dict[str, int]

    @property
    def as_expected(self) -> bool:
        """Whether every seed gave what was expected."""
        return set(self.found) == {self.expected}

    def __str__(self) -> str:
        told = ", ".join(f"{name} on {count}" for name, count in self.found.items())
        return f"{self.exercise} {self.label}: expected {self.expected}; got {told}"


def answers(exercise: Exercise) -> Iterator[tuple[str, str, Functions]]:
    """Every answer that the source knows: its label, what is expected of it, its functions.

    Raises
    ------
    RefocusError
        A patch of a wrong answer does not apply.
    """
    yield "solution", "right", exercise.answer(exercise.solution)
    yield "stub", "not written", exercise.answer(exercise.stub)
    for one in exercise.also_right:
        yield one[0].__name__, "right", one
    for label in exercise.wrong:
        yield label, key_of(label), exercise.answer(exercise.wrong_text(label))


def rows(exercise: Exercise, seeds: Iterable[int]) -> list[Row]:
    """Judge every answer on every seed, one run of the check each."""
    students = [f"seed {seed}" for seed in seeds]
    return [
        Row(exercise.exercise, label, expected, _found(exercise.exercise, functions, students))
        for label, expected, functions in answers(exercise)
    ]


def _found(exercise: str, functions: Functions, students: list[str]) -> dict[str, int]:
    verdicts = (judge(exercise, *functions, student=student, turns=1) for student in students)
    return dict(Counter(found.key or found.state for found in verdicts))


def faults(exercise: Exercise) -> list[str]:
    """What source, check and hints of an exercise do not say alike, a line each.

    Names, title and unit are the check's; every probe has a hint and a wrong answer that reaches it, every
    wrong answer says what is believed, and there are enough of them.
    """
    name, known, found = exercise.exercise, exercises(), []
    if name not in known:
        return [f"{name} has no check"]
    checked = find(name)
    for what, own, other in (
        ("functions", exercise.names, checked.names),
        ("title", exercise.title, checked.title),
        ("unit", exercise.unit, checked.unit),
    ):
        if own != other:
            found.append(f"{name}: its {what} is {own}, and its check's {other}")
    reached = {key_of(label) for label in exercise.wrong}
    own_hints, any_hints = set(hints.texts().get(name, {})), set(hints.texts()[hints.ANY])
    probes = keys_of_probes(checked.path.read_text(encoding="utf-8")) - any_hints
    found += [f"{name}: no probe asks for the hint {key}" for key in sorted(own_hints - probes)]
    found += [f"{name}: the probe {key} has no hint" for key in sorted(probes - own_hints)]
    found += [f"{name}: no wrong answer reaches the probe {key}" for key in sorted(probes - reached)]
    found += [f"{name}: no hint is called {key}" for key in sorted(reached - own_hints - any_hints)]
    found += [f"{name}: WRONG and BELIEFS differ in {key}" for key in sorted(reached ^ set(exercise.beliefs))]
    if len(reached & own_hints) < 4:
        found.append(f"{name} has fewer than 4 wrong answers with hints of their own")
    if len(exercise.also_right) < 2:
        found.append(f"{name} has fewer than 2 other right answers")
    return found


def keys_of_probes(source: str) -> set[str]:
    """The keys of hints in a module of checks: of ``case.need(…, "key")`` and ``Hint("key")``."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call):
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            at = {"need": 1, "Hint": 0}.get(name)
            if at is not None and len(node.args) > at and isinstance(key := node.args[at], ast.Constant):
                found.add(str(key.value))
    return found
