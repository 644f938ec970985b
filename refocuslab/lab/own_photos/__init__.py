"""Own photos: drop them, see how they fit, correct the mask, refocus, take the picture home.

Without a page: `uploads` (bytes become photos), `table` (which photos there are), `making` (how they fit, and
the picture), `taking_home` (files), `words`.

With one: `page` (the traits, and the front end of `front/`), `messages` (checks of what a page sends),
`desk` (what is on the page), `widget` (all of it, and what the page asks for).
"""

from refocuslab.lab.own_photos.widget import OwnPhotos

__all__ = ["OwnPhotos"]
