"""What the widgets share with their pages: scripts and styles, a mask that is painted, files both ways."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import anywidget
import traitlets

from refocuslab.errors import RefocusError
from refocuslab.lab.widgets import messages, previews
from refocuslab.lab.widgets.arriving import Arriving, Incoming, Unfit
from refocuslab.lab.widgets.painting import Painting, told

# The folder of what the front ends share.
FRONT = Path(__file__).parent / "front"
# Scripts that paint a mask, and send files.
SCRIPTS = tuple(FRONT / name for name in ("dom.js", "sending.js", "view.js", "brush.js", "tools.js"))
STYLES = (FRONT / "base.css", FRONT / "painting.css")
# Bytes of a piece of a file that is sent to the page.
PIECE = 4_000_000
# An object of JSON, whose values may also be bytes.
Row = dict[str, Any]


def joined(files: Iterable[Path]) -> str:
    """The texts of files, one after the other."""
    return "\n".join(file.read_text(encoding="utf-8") for file in files)


class PaintingPage(anywidget.AnyWidget):
    """A page on which a mask can be painted, and that sends and takes files."""

    mask = traitlets.Bytes(b"").tag(sync=True)
    # What is told of it, undo and redo (how often), and whether anything is painted.
    painted = traitlets.Dict().tag(sync=True)

    def show_painting(self, painting: Painting | None) -> None:
        """Show a mask as it is painted, or none."""
        with self.hold_sync():
            self.mask = b"" if painting is None else previews.mask_png(painting.mask)
            self.painted = {} if painting is None else told(painting)

    def expect(
        self, arriving: Arriving, file: messages.Named, role: str = "", taken: frozenset[int] = frozenset()
    ) -> None:
        """A file is about to come: have the page send it, or tell it that it is refused."""
        try:
            arriving.expect(Incoming(file.id, file.name, file.size, role), taken)
        except (RefocusError, Unfit):
            self.send({"kind": "refused", "id": file.id})
            raise
        self.send({"kind": "took", "id": file.id, "at": 0})

    def take(self, arriving: Arriving, asked: messages.Piece, buffers: list[Any]) -> None:
        """Take a piece of a file, and ask for the next one."""
        try:
            if len(buffers) != 1 or memoryview(buffers[0]).nbytes > messages.LARGEST_PIECE:
                raise RefocusError("piece", "must come with its bytes", f"{len(buffers)} buffers")
            there = arriving.add(asked.id, asked.at, buffers[0])
        except RefocusError:
            self.send({"kind": "refused", "id": asked.id})
            raise
        self.send({"kind": "took", "id": asked.id, "at": there})

    def give(self, name: str, content: bytes) -> None:
        """Send a file to be saved, in pieces."""
        for at in range(0, len(content), PIECE):
            sent = {"kind": "file", "name": name, "size": len(content), "at": at}
            self.send(sent, [content[at : at + PIECE]])
