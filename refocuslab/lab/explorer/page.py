"""What the explorer and its page share: the front end, and the traits that say what it shows."""

import contextlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import traitlets

from refocuslab.errors import RefocusError
from refocuslab.lab.explorer import messages, pictures
from refocuslab.lab.widgets import page
from refocuslab.lab.widgets.page import Row

# The front end's folder, and its scripts in the order in which they are joined, after what pages share.
FRONT = Path(__file__).parent / "front"
NAMES = ("form.js", "panes.js", "views.js", "film.js", "mask.js", "pixel.js", "results.js", "main.js")
SCRIPTS = tuple(FRONT / name for name in NAMES)
# The traits that the page may set, each with what is taken of the value that it asks for.
SET_BY_THE_PAGE: dict[str, Callable[[object], list[Any]]] = {
    "shown": lambda value: messages.names(value, (*pictures.PICTURES, "turns", "mask")),
    "selected": messages.pixel,
}


class Page(page.PaintingPage):
    """The traits. The page sets those of ``SET_BY_THE_PAGE``, Python all others."""

    _esm = page.joined((*page.SCRIPTS, *SCRIPTS))
    _css = page.joined((*page.STYLES, FRONT / "style.css"))

    # The controls, each a `Control` as a dict.
    form: traitlets.List[Row] = traitlets.List().tag(sync=True)
    # The value of each control; "serial" is that of the last move of a control that they follow.
    values = traitlets.Dict().tag(sync=True)
    status = traitlets.Dict().tag(sync=True)
    # By control and value: about how long the slow choices take.
    costs = traitlets.Dict().tag(sync=True)
    all_pictures = traitlets.List(list(pictures.PICTURES)).tag(sync=True)
    # By name: the pictures that there are, and what their scales mean.
    labels = traitlets.Dict().tag(sync=True)
    legends = traitlets.Dict().tag(sync=True)
    # The names of the pictures that the page wants, set by the page; "turns" for the film, "mask" for what is
    # painted.
    shown = traitlets.List(["refocused"]).tag(sync=True)
    scores: traitlets.List[Row] = traitlets.List().tag(sync=True)
    # The search that the whole picture shown was made by.
    made_by = traitlets.Unicode("").tag(sync=True)
    commands = traitlets.Dict().tag(sync=True)
    # The selected pixel as [y, x] or [], set by the page, and why it is as it is.
    selected: traitlets.List[int] = traitlets.List([]).tag(sync=True)
    why = traitlets.Dict().tag(sync=True)
    # The earlier pictures, and a sentence on how many are kept.
    strip: traitlets.List[Row] = traitlets.List().tag(sync=True)
    kept = traitlets.Unicode("").tag(sync=True)
    # The turn of each pixel, and W before the first pass and after each, as PNG files.
    turns = traitlets.Bytes(b"").tag(sync=True)
    film: traitlets.List[bytes] = traitlets.List().tag(sync=True)
    doubts: traitlets.List[Row] = traitlets.List().tag(sync=True)
    notes: traitlets.List[str] = traitlets.List().tag(sync=True)
    # Whether the page may save.
    saves = traitlets.Bool(False).tag(sync=True)
    locals().update({f"png_{name}": traitlets.Bytes(b"").tag(sync=True) for name in pictures.PICTURES})

    @traitlets.validate(*SET_BY_THE_PAGE)
    def _sensible(self, proposal: Any) -> list[Any]:  # a Bunch, whose fields have no types
        return SET_BY_THE_PAGE[proposal.trait.name](proposal.value)

    def set_state(self, sync_data: object) -> None:
        """Take what the page sent for the traits that it may set, and ignore everything else."""
        taken = {}
        for name, check in SET_BY_THE_PAGE.items():
            if isinstance(sync_data, dict) and name in sync_data:
                with contextlib.suppress(RefocusError):
                    taken[name] = check(sync_data[name])
        if taken:
            super().set_state(taken)
