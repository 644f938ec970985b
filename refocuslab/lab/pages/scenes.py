"""The scenes at hand, as lines of text and as one page with their pictures inside."""

import base64
import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from refocuslab.lab.escaping import in_html
from refocuslab.lab.pages import html
from refocuslab.lab.records.machine import machine
from refocuslab.scene import Scene

SIDE = 260  # pixels of a thumbnail, at most


def line(scene: Scene) -> str:
    """A scene as a line of text: name, height x width, masked pixels, focused photos, title."""
    height, width = scene.mask.shape
    photos = f"{len(scene.focused)} focused photo" + ("s" if len(scene.focused) > 1 else "")
    size = f"{height} x {width}, {scene.mask.sum():,} to refocus"
    return f"{scene.name:24}  {size}, {photos}  {scene.title}".rstrip()


def scene_page(scenes: list[Scene], date: str) -> str:
    """A page of HTML with three photos of each scene: misfocused, with the mask bright, focused, and truth.

    Parameters
    ----------
    scenes : list of Scene
        In the order of the page.
    date : str
        For the foot of the page.
    """
    body = "".join(map(_entry, scenes))
    report = {"machine": machine(), "date": date}
    return html.frame("Scenes", "The scenes that come with refocuslab.", {"Scenes": body}, {}, report)


def _entry(scene: Scene) -> str:
    dimmed = np.where(scene.mask[:, :, None], scene.misfocused, scene.misfocused // 3).astype(np.uint8)
    pictures = {"misfocused, to refocus where bright": dimmed, "focused": scene.focused[0].image}
    if scene.truth is not None:
        pictures["truth"] = scene.truth
    shown = "".join(
        f'<img src="data:image/jpeg;base64,{_jpeg(image)}" alt="{alt}" title="{alt}" '
        f'style="display:inline-block;margin:0 2px">'
        for alt, image in pictures.items()
    )
    about = f"<b>{in_html(scene.name)}</b> {in_html(scene.title)}. {in_html(scene.description)}"
    return f"<figure><div>{shown}</div><figcaption>{about}</figcaption></figure>"


def _jpeg(image: NDArray[np.uint8]) -> str:
    file = io.BytesIO()
    picture = Image.fromarray(image)
    picture.thumbnail((SIDE, SIDE), Image.Resampling.LANCZOS)
    picture.save(file, "jpeg", quality=88)
    return base64.b64encode(file.getvalue()).decode("ascii")
