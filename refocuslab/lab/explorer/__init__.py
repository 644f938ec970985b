"""The explorer: move a slider, see the picture; click a pixel, see why; paint a mask.

Without a page: `making/` (what can be set, which scenes there are; a preview, then the whole picture; how
long that takes), `pictures`, `pixel` (why a pixel has its color), `saving` (files, commands).

With one: `page` (the traits, and the front end of `front/`), `messages` (checks of what a page sends, which
can be a stranger's), `page_content` (what it is told), `display` (an outcome put into the traits), `strip`
(earlier outcomes), `maker` (settings become pictures), `painted` (masks by hand, scenes in and out),
`widget` (all of it, and what the page asks for).
"""

from refocuslab.lab.explorer.making.controls import Settings
from refocuslab.lab.explorer.making.session import Outcome, Session
from refocuslab.lab.explorer.widget import Explorer

__all__ = ["Explorer", "Outcome", "Session", "Settings"]
