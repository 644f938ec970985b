"""What the explorer and its page share: the front end, and the traits that say what it shows."""

import contextlib
from pathlib import Path

import anywidget
import traitlets

from refocuslab.errors import RefocusError
from refocuslab.lab.explorer import messages, pictures

FRONT = Path(__file__).parent / "front"
SCRIPTS = ("dom.js", "form.js", "panes.js", "film.js", "pixel.js", "main.js")
SET_BY_THE_PAGE = {
    "shown": lambda value: messages.names(value, (*pictures.PICTURES, "turns")),
    "selected": messages.pixel,
}


class Page(anywidget.AnyWidget):
    """The traits. Two of them the page sets, all others only this side."""

    _esm = "\n".join((FRONT / name).read_text(encoding="utf-8") for name in SCRIPTS)
    _css = (FRONT / "style.css").read_text(encoding="utf-8")

    form = traitlets.List().tag(sync=True)  # Control as dicts
    values = traitlets.Dict().tag(sync=True)  # value by control; "serial" of the change that it follows
    status = traitlets.Dict().tag(sync=True)
    all_pictures = traitlets.List(list(pictures.PICTURES)).tag(sync=True)
    labels = traitlets.Dict().tag(sync=True)  # of the pictures there are, by name
    legends = traitlets.Dict().tag(sync=True)
    shown = traitlets.List(["refocused"]).tag(sync=True)  # the pictures that the front end wants
    scores = traitlets.List().tag(sync=True)
    made_by = traitlets.Unicode("").tag(sync=True)  # the search of the whole picture shown
    commands = traitlets.Dict().tag(sync=True)
    selected = traitlets.List([]).tag(sync=True)  # [y, x], set by the front end
    why = traitlets.Dict().tag(sync=True)
    strip = traitlets.List().tag(sync=True)
    kept = traitlets.Unicode("").tag(sync=True)  # how many results the strip keeps
    turns = traitlets.Bytes(b"").tag(sync=True)
    film = traitlets.List().tag(sync=True)  # W before the first pass and after each, as PNG
    doubts = traitlets.List().tag(sync=True)  # dicts of about, text, grave
    notes = traitlets.List().tag(sync=True)
    saves = traitlets.Bool(False).tag(sync=True)  # whether the page may save
    locals().update({f"png_{name}": traitlets.Bytes(b"").tag(sync=True) for name in pictures.PICTURES})

    @traitlets.validate(*SET_BY_THE_PAGE)
    def _sensible(self, proposal) -> list:
        return SET_BY_THE_PAGE[proposal.trait.name](proposal.value)

    def set_state(self, sync_data: dict) -> None:
        """Take from the page what it may set, if it makes sense; all else is the explorer's to say."""
        taken = {}
        for name, check in SET_BY_THE_PAGE.items():
            if isinstance(sync_data, dict) and name in sync_data:
                with contextlib.suppress(RefocusError):
                    taken[name] = check(sync_data[name])
        if taken:
            super().set_state(taken)
