"""The explorer: move a slider, see the picture; click a pixel, see why.

Widget-free: controls (what can be set), worker (one thread, the latest value wins), session (preview,
then the whole picture), pictures, pixel (why it got its colour), keeping (commands, saved files).
`widget` puts them behind a page, whose text lies in `front/`; `page` holds what it shows, `messages` checks
what it sends, for it can be a stranger's.
"""

from refocuslab.lab.explorer.controls import Settings
from refocuslab.lab.explorer.session import Outcome, Session
from refocuslab.lab.explorer.widget import Explorer

__all__ = ["Explorer", "Outcome", "Session", "Settings"]
