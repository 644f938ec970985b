"""Predict, then run: a question before a cell, and afterwards what was predicted beside what came of it."""

from collections.abc import Sequence
from html import escape
from typing import Any

from refocuslab.checks import check_choice, require

# Said where nothing was predicted.
UNASKED = "You made no prediction; the next one counts."


class Revealed(str):
    """One line that a cell shows as it is, without quotes."""

    __slots__ = ()

    __repr__ = str.__str__


class Predictions:
    """The predictions of one lesson.

    Attributes
    ----------
    said : dict of str to str
        What was chosen so far, by the question's name.
    """

    def __init__(self) -> None:
        self.said: dict[str, str] = {}
        self._choices: dict[str, tuple[str, ...]] = {}

    def ask(self, name: str, question: str, choices: Sequence[str]) -> Any:
        """Buttons to choose from; where there are no widgets, a text that says how to answer.

        Parameters
        ----------
        name : str
            Of the question, for ``reveal``.
        question : str
            What is asked.
        choices : sequence of str
            Two or more answers.

        Returns
        -------
        ipywidgets.VBox or str
            What the cell shows.

        Raises
        ------
        RefocusError
            There are fewer than two choices, or two are the same.
        """
        require(
            len(set(choices)) == len(choices) > 1, "choices", "must be two or more, all different", choices
        )
        self._choices[name] = tuple(choices)
        try:
            import ipywidgets as widgets
        except ModuleNotFoundError:  # a browser kernel without them
            return f"{question} ({' / '.join(choices)}) Say it aloud, then run the next cell."
        buttons = widgets.ToggleButtons(options=list(choices), value=self.said.get(name))
        buttons.style.button_width = "auto"
        buttons.observe(lambda change: self.said.update({name: change["new"]}), "value")
        text = f"Before you run on: {question} ({' / '.join(choices)})"

        class Question(widgets.VBox):  # type: ignore[misc]
            """A page that was saved has no widgets: there the question is a text."""

            def _repr_mimebundle_(self, **options: Any) -> Any:
                return super()._repr_mimebundle_(**options) | {"text/plain": text}

        return Question([widgets.HTML(f"<b>Before you run on:</b> {escape(question)}"), buttons])

    def reveal(self, name: str, answer: str) -> str:
        """One line: what was predicted, and what came.

        Parameters
        ----------
        name : str
            Of a question that was asked.
        answer : str
            Which of its choices came true, as the lesson has just measured.

        Raises
        ------
        RefocusError
            No such question was asked, or the answer is none of its choices.
        """
        check_choice("name", name, tuple(self._choices))
        check_choice("answer", answer, self._choices[name])
        said = self.said.get(name)
        if said is None:
            return Revealed(f"It is: {answer}. {UNASKED}")
        came = "So you said." if said == answer else f"You said: {said}. Why?"
        return Revealed(f"It is: {answer}. {came}")
