"""What the widget of one's own photos and its page share: the front end, and the traits that it shows."""

from pathlib import Path

import traitlets

from refocuslab.lab.widgets import page
from refocuslab.lab.widgets.page import Row

# The front end's folder, and its scripts in the order in which they are joined, after what pages share.
FRONT = Path(__file__).parent / "front"
SCRIPTS = tuple(FRONT / name for name in ("leaving.js", "looks.js", "photos.js", "steps.js", "main.js"))
# The pictures that the page is sent, by name, and what it calls them.
PICTURES = {
    "misfocused": "the photo to repair",
    "aligned": "the focused photo, laid over it if it could be",
    "difference": "where they differ",
    "refocused": "the result",
}


class Page(page.PaintingPage):
    """The traits, which Python sets. The page sets none: it sends messages."""

    _esm = page.joined((*page.SCRIPTS, *SCRIPTS))
    _css = page.joined((*page.STYLES, FRONT / "style.css"))

    # Each photo: id, role, name, what was read, doubts, a small picture.
    photos: traitlets.List[Row] = traitlets.List().tag(sync=True)
    # busy, work (also the last one), share, left (seconds), error, message, how many pictures were made.
    status = traitlets.Dict().tag(sync=True)
    # Width and height of the misfocused photo, or nothing.
    size: traitlets.List[int] = traitlets.List().tag(sync=True)
    labels = traitlets.Dict(PICTURES).tag(sync=True)
    # Of the blur: told, given (by hand), diameter, and side and kernel, its picture.
    blur = traitlets.Dict().tag(sync=True)
    # What was found of the photos, a sentence each, and what to do about them: about, text, grave.
    found: traitlets.List[str] = traitlets.List().tag(sync=True)
    advice: traitlets.List[Row] = traitlets.List().tag(sync=True)
    # Whether a focused photo could be laid over the misfocused one: without that nothing can be refocused.
    fits = traitlets.Bool(True).tag(sync=True)
    forecast = traitlets.Unicode("").tag(sync=True)
    # Of the result: its doubts, notes, and whether mask or blur have been changed since.
    doubts: traitlets.List[Row] = traitlets.List().tag(sync=True)
    notes: traitlets.List[str] = traitlets.List().tag(sync=True)
    stale = traitlets.Bool(False).tag(sync=True)
    # What would be lost, in words: all, with the page; picture, with another focused photo.
    unsaved = traitlets.Dict({"picture": "", "all": ""}).tag(sync=True)
    locals().update({f"jpeg_{name}": traitlets.Bytes(b"").tag(sync=True) for name in PICTURES})

    def set_state(self, sync_data: object) -> None:
        """Ignore what a page sends for traits: it sets none."""
