"""The explorer: move a slider, see the picture; click a pixel, see why.

Widget-free: controls (what can be set), worker (one thread, the latest value wins), session (preview,
then the whole picture), pictures, pixel (why it got its colour), keeping (commands, saved files).
`widget` puts them behind a front end, whose text lies in `front/`.
"""

from refocuslab.lab.explorer.controls import Settings
from refocuslab.lab.explorer.session import Outcome, Session
from refocuslab.lab.explorer.widget import Explorer

__all__ = ["Explorer", "Outcome", "Session", "Settings"]
