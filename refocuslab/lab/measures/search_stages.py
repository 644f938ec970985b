"""The two stages of the paper that search the library, each by a search of its own (notebook 7)."""

import numpy as np
from numpy.typing import NDArray

from refocuslab.method import Method
from refocuslab.paper import order_of_assignment
from refocuslab.paper.candidates import Candidates, find_candidates, tier
from refocuslab.paper.canvas import start_canvas
from refocuslab.paper.confidence import certainty, neighborhood_confidence
from refocuslab.paper.patches import PatchLibrary, around
from refocuslab.paper.selection import pool_size, select
from refocuslab.paper.texture import TextureSearch, fixed_neighborhood, neighborhoods
from refocuslab.running.threads import thread_count
from refocuslab.scene import Scene

STAGES = ("exact", "coherent")  # the searches that differ


def by_stage(
    scene: Scene, method: Method, threads: int | None = None
) -> dict[tuple[str, str], NDArray[np.uint8]]:
    """What each pair of searches makes of a scene.

    Parameters
    ----------
    scene : Scene
        The scene.
    method : Method
        Of one pass and one level; its own search is ignored.
    threads : int or None
        How many threads to use for the candidates; one a core by default.

    Returns
    -------
    dict of (str, str) to ndarray of uint8, (H, W, 3)
        {(search of the candidates, search of the texture constraint): W}.
    """
    # A coherent search follows its neighbors, so it must begin where ``refocus`` begins.
    box = around(scene.mask, method.neighborhood - 1)
    image, mask, count = scene.misfocused[box], scene.mask[box], tier(pool_size(method))
    size, light = method.neighborhood, method.light
    library = PatchLibrary(scene.focused, scene.known_psf, neighborhood=size, light=light)
    made: dict[tuple[str, str], NDArray[np.uint8]] = {}
    for first in STAGES:
        pool = find_candidates(library, image, mask, count, search=first, threads=threads)
        found = select(pool, method, thread_count(threads))
        for second in STAGES:
            made[first, second] = scene.misfocused.copy()
            made[first, second][box] = _assigned(image, mask, method, library, found, second)
    return made


def _assigned(
    image: NDArray[np.uint8],
    mask: NDArray[np.bool_],
    method: Method,
    library: PatchLibrary,
    found: Candidates,
    search: str,
) -> NDArray[np.uint8]:
    neighborhood = library.neighborhood
    sure = certainty(found, method.confidence, method.lambda_image)
    turn = order_of_assignment.turns(
        method.order, neighborhood_confidence(sure, mask, method.box), method.seed
    )
    canvas = start_canvas(image, mask, found, neighborhood)
    texture = TextureSearch(library, fixed=fixed_neighborhood(neighborhood, method), search=search)
    assign = texture.kernel(canvas, method.lambda_image, method.lambda_texture)
    known = neighborhoods(turn, mask, neighborhood, method, first_pass=True)
    for level in order_of_assignment.levels(turn, mask, neighborhood.radius):
        assign(level, known)
    return canvas.image
