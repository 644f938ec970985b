"""An outcome put into the traits of the page."""

import contextlib
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

import refocuslab as rl
from refocuslab.lab.explorer import page_content, pictures, saving
from refocuslab.lab.explorer.making.clock import expected_seconds
from refocuslab.lab.explorer.making.session import SLOW, Outcome, Session
from refocuslab.lab.explorer.page import Page
from refocuslab.lab.explorer.strip import Strip
from refocuslab.lab.widgets.painting import Painting
from refocuslab.lab.widgets.texts import duration


class Display(Page):
    """A page that outcomes are shown on. Only the pictures that it wants are drawn and sent.

    Parameters
    ----------
    **traits
        The first values of traits.
    """

    def __init__(self, **traits: Any) -> None:
        self._sent: set[str] = set()  # the pictures that the page has of the outcome shown
        # What is painted, and over the photo of which scene.
        self._painting: tuple[rl.Scene, Painting] | None = None
        self._drawn: dict[str, bytes] = {}  # pictures of an outcome that is about to be shown
        self._drawn_of: Outcome | None = None
        super().__init__(**traits)

    @contextlib.contextmanager
    def drawn(self, outcome: Outcome, before: Outcome | None) -> Iterator[None]:
        """Draw what the page wants of an outcome, before anybody waits for it; it is shown in the context.

        A picture of 12 megapixels takes a second.

        Parameters
        ----------
        outcome : Outcome
            What is about to be shown.
        before : Outcome or None
            What is shown.
        """
        another = before is None or before.scene is not outcome.scene
        wanted = [name for name in self.shown if name in pictures.PICTURES]
        if outcome.square is not None:
            wanted = ["refocused", *(pictures.OF_THE_SCENE if another else ())]
        elif not another:
            wanted = [name for name in wanted if name not in self._sent & pictures.OF_THE_SCENE]
        self._drawn = {name: _png(outcome, name) for name in wanted if pictures.PICTURES[name].there(outcome)}
        self._drawn_of = outcome
        try:
            yield
        finally:
            self._drawn, self._drawn_of = {}, None

    def show_preview(self, outcome: Outcome, before: Outcome | None) -> None:
        """Show the picture of a preview; its maps beside it stay those of the outcome before.

        Those of another scene would be wrong beside it: they are left out until there are new ones.
        """
        another = before is None or before.scene is not outcome.scene
        names = {"refocused"} | (pictures.OF_THE_SCENE if another else set())
        with self.hold_sync():
            self._sent -= names
            self.deliver(outcome, names)
            self._sent -= names
            if another:
                labels = pictures.pictures(outcome)
                self.labels = {name: labels[name] for name in labels if name in names}
                self.doubts, self.notes = page_content.doubts(outcome), []

    def show(self, outcome: Outcome, before: Outcome | None, strip: Strip, session: Session) -> None:
        """Show all of a whole picture.

        Parameters
        ----------
        outcome : Outcome
            What to show.
        before : Outcome or None
            What was shown, with which the scores are compared.
        strip : Strip
            The earlier outcomes, this one among them.
        session : Session
            Knows how the scene was given and cropped, for the commands that make the picture again.
        """
        given, crop = session.offered.given(outcome.settings.scene), session.crop
        with self.hold_sync():
            self._sent &= pictures.OF_THE_SCENE
            self.describe(outcome)
            self.scores, self.made_by = page_content.scores(outcome, before), outcome.settings.method.search
            self.commands = {
                "shell": saving.shell_line(outcome.settings, crop=crop, given=given),
                "Python": saving.python_line(outcome.settings, crop=crop, given=given),
            }
            self.strip = strip.rows(outcome)

    def describe(self, outcome: Outcome) -> None:
        """Show the pictures that the page wants, what they are called, and what is doubted about them."""
        with self.hold_sync():
            self.deliver(outcome, self.shown)
            self.labels = pictures.pictures(outcome)
            self.legends = {name: pictures.PICTURES[name].legend(outcome) for name in self.labels}
            self.doubts, self.notes = page_content.doubts(outcome), page_content.notes(outcome)

    def deliver(self, outcome: Outcome, names: Iterable[str]) -> None:
        """Send those of the pictures that the page does not have yet.

        "turns" is the film, "mask" what is painted.
        """
        with self.hold_sync():
            for name in names:
                if name == "turns":
                    self.film, self.turns = pictures.film(outcome), pictures.turns(outcome)
                elif name == "mask":
                    self.show_mask(outcome)
                elif name not in self._sent and pictures.PICTURES[name].there(outcome):
                    ready = self._drawn.get(name) if outcome is self._drawn_of else None
                    self.set_trait(f"png_{name}", ready or _png(outcome, name))
                    self._sent.add(name)

    def painting_of(self, scene: rl.Scene, *, anew: bool = False) -> Painting:
        """The mask that is painted over a scene's photo; it begins with that of the scene.

        Parameters
        ----------
        scene : Scene
            The scene.
        anew : bool
            What was painted goes over to this scene, whose mask it is.
        """
        if self._painting is None or (self._painting[0] is not scene and not anew):
            self._painting = scene, Painting(scene.mask)
        self._painting = scene, self._painting[1]
        return self._painting[1]

    def show_mask(self, outcome: Outcome) -> None:
        """Show the mask as it is painted, and how long a picture of it takes if it is another one."""
        painting = self.painting_of(outcome.scene)
        self.show_painting(painting)
        told = {"new": False, "forecast": ""}
        if painting.mask.any() and not np.array_equal(painting.mask, outcome.scene.mask):
            scene, method = outcome.scene.replace(mask=painting.mask), outcome.settings.method
            seconds = sum(expected_seconds(scene, method, None).values())
            time = "a moment" if seconds < SLOW else f"about {duration(seconds)}"
            told = {"new": True, "forecast": f"It will take {time}."}
        self.painted = self.painted | told

    def forget_scene(self) -> None:
        """Have every picture sent anew, and select no pixel: another scene is to be shown."""
        self._sent.clear()
        self.selected, self.why = [], {}


def _png(outcome: Outcome, name: str) -> bytes:
    """A picture of an outcome, as a PNG file."""
    return pictures.png(pictures.PICTURES[name].draw(outcome))
