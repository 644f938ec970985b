"""Own photos: drop them, see how they fit, correct the mask, refocus, take the picture home.

Without a page: `uploads` (bytes become photos), `table` (which photos there are), `making` (how they fit, and
the picture), `painting` (the mask), `taking_home` (files), `words`, `previews`.

With one: `page` (the traits, and the front end of `front/`), `messages` (checks of what a page sends),
`widget` (all of it together).
"""

from refocuslab.lab.own_photos.widget import OwnPhotos

__all__ = ["OwnPhotos"]
