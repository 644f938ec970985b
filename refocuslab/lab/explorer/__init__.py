"""The explorer: move a slider, see the picture; click a pixel, see why.

Without a page: `controls` (what can be set), `session` (a preview, then the whole picture), `work/` (threads,
and how long the work takes), `pictures`, `pixel` (why a pixel has its color), `saving` (files, commands).

With one: `page` (the traits, and the front end of `front/`), `messages` (checks of what a page sends, which
can be a stranger's), `page_content` (what it is told), `display` (an outcome put into the traits), `strip`
(earlier outcomes), `widget` (all of it together).
"""

from refocuslab.lab.explorer.controls import Settings
from refocuslab.lab.explorer.session import Outcome, Session
from refocuslab.lab.explorer.widget import Explorer

__all__ = ["Explorer", "Outcome", "Session", "Settings"]
