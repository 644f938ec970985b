"""The sliders as one file of HTML that needs no kernel, no network and no file beside it."""

import base64
import json
import zlib
from collections.abc import Callable
from pathlib import Path

import refocuslab as rl
from refocuslab.lab.escaping import in_html
from refocuslab.lab.explorer.page import FRONT as EXPLORER
from refocuslab.lab.sliders.sweep import SIDE, SliderSweep, slider_sweep
from refocuslab.lab.widgets.page import FRONT as WIDGETS

FRONT = Path(__file__).parent / "front"
# Another place than that of the misfocused photo: there the choices make a difference.
SCENE = "motorcycle-perturbed"
# The explorer's panel on a pixel, and what it needs; then the page's own.
SCRIPTS = (WIDGETS / "dom.js", EXPLORER / "pixel.js", FRONT / "why.js", FRONT / "sliders.js")
STYLES = (WIDGETS / "base.css", EXPLORER / "style.css", FRONT / "sliders.css")


def sliders_page(
    scene: rl.Scene | None = None, side: int = SIDE, *, step: Callable[[int, int], None] | None = None
) -> str:
    """The page of a scene.

    Parameters
    ----------
    scene : Scene, optional
        By default the shipped one whose focused photo is from another place.
    side : int
        Of the square in its middle that is shown, in pixels.
    step : callable or None
        As for ``slider_sweep``.

    Returns
    -------
    str
        HTML. The same scene and program give the same text.

    Raises
    ------
    RefocusError
        As ``slider_sweep``.
    """
    sweep = slider_sweep(rl.load_scene(SCENE) if scene is None else scene, side, step=step)
    scripts, styles = (
        "\n".join(path.read_text(encoding="utf-8") for path in paths) for paths in (SCRIPTS, STYLES)
    )
    title = in_html(sweep.about["title"] or sweep.about["name"] or "a scene")
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Refocusing: sliders</title>
<style>
{styles}
</style>
</head>
<body>
<main class="rl-page rl-still" data-scene="{title}"></main>
<script type="application/json" id="about">{_in_script(sweep)}</script>
<script type="text/plain" id="numbers">{packed(sweep)}</script>
<script>
{scripts}
</script>
</body>
</html>
"""


def packed(sweep: SliderSweep) -> str:
    """All arrays, one behind the other, little-endian, as zlib and base64 make a text of them."""
    data = b"".join(a.astype(a.dtype.newbyteorder("<")).tobytes() for a in sweep.arrays.values())
    return base64.b64encode(zlib.compress(data, 9)).decode("ascii")


def _in_script(sweep: SliderSweep) -> str:
    arrays = [[name, array.itemsize, array.size] for name, array in sweep.arrays.items()]
    # No text of a scene may end the element that holds it.
    return json.dumps(sweep.about | {"arrays": arrays}).replace("<", "\\u003c")
