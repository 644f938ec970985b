"""The pictures and numbers of the site that no notebook has: made anew by every build, the same each time."""

import hashlib
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray
from PIL import Image

import refocuslab as rl
from refocuslab.lab.figures import layout
from refocuslab.lab.measures.cropping import cut
from refocuslab.lab.notebooks.shown import pictures
from refocuslab.lab.site.notebook_facts import NotebookFacts

# A real stereo pair: the focused photo is from another place, as any photo of one's own will be.
FRONT = "motorcycle-perturbed"
# Of the middle of a scene: linear search takes seconds there.
SIDE = 96
# Gray levels by which a blurred result differs from U, where a map is brightest.
BRIGHTEST = 20

# The figures of notebooks that explanations show: {file's name: (notebook, the figure's ``number``)}.
SHOWN = {
    "boxes": ("07_accelerated_search", "Boxes"),
    "query": ("07_accelerated_search", "Query"),
    "coherence": ("07_accelerated_search", "Coherence"),
    "levels": ("07_accelerated_search", "Levels"),
    "scaling": ("07_accelerated_search", "Scaling"),
    "registration": ("05_perturbed_view", "Registration"),
}

Photo = NDArray[np.uint8]


def make_pictures(folder: Path) -> dict[str, str]:
    """Make the pictures of the start page and of the explanations.

    Parameters
    ----------
    folder : Path
        Where they are written.

    Returns
    -------
    dict of str to str
        What was measured in them, by the names that the pages use.
    """
    return _consistent(folder) | _exact(folder)


def copy_figures(facts: list[NotebookFacts], folder: Path) -> None:
    """Write the figures of ``SHOWN`` as the committed notebooks hold them, PNG or JPEG."""
    notebooks = {one.name: one.notebook for one in facts}
    for name, (notebook, number) in SHOWN.items():
        (cell,) = [one for one in notebooks[notebook].cells if f'number="{number}"' in one.source]
        ending, data = pictures(cell)[0]
        (folder / f"{name}{ending}").write_bytes(data)


def _consistent(folder: Path) -> dict[str, str]:
    """The wipe of the start page, and how far two results are from U when they are blurred."""
    scene = rl.load_scene(FRONT)
    # It does not warn: that the paper's system fails here is what is shown.
    refocuser = rl.Refocuser(scene)
    paper, consistent = map(refocuser.refocus, (rl.Method.confidence_order(), rl.Method.consistent()))
    for name, image in (("before", scene.misfocused), ("after", consistent.image)):
        Image.fromarray(image).save(folder / f"{name}.png", optimize=True)
    shown = {"the paper's best": paper.image, "consistent": consistent.image}
    scores = {name: rl.score(image, scene) for name, image in shown.items()}
    truth = scene.truth if scene.truth is not None else scene.misfocused
    figure = Figure(figsize=(9, 6.4))
    axes = figure.subplots(2, 3)
    for place, (name, image) in enumerate(shown.items()):
        _photo(axes[0, place], image, f"W, {name}\n{_psnr(scores[name])} dB")
        off = rl.blur(image, _given(scene)).astype(float) - scene.misfocused
        _map(axes[1, place], np.abs(off).max(axis=2) * scene.mask, f"off U by {_rms(scores[name])} RMS")
    _photo(axes[0, 2], truth, "the truth")
    _photo(axes[1, 2], scene.misfocused, "U")
    figure.tight_layout()
    (folder / "consistent.png").write_bytes(layout.png(figure))
    return {
        "psnr_before": _psnr(rl.score(scene.misfocused, scene)),
        "psnr_paper": _psnr(scores["the paper's best"]),
        "psnr_consistent": _psnr(scores["consistent"]),
        "reblur_paper": _rms(scores["the paper's best"]),
        "reblur_consistent": _rms(scores["consistent"]),
    }


def _exact(folder: Path) -> dict[str, str]:
    """Three searches on one photo: where their pictures differ, and the hashes of all."""
    scene = cut(rl.load_scene(FRONT), SIDE)
    searches = ("linear", "exact", "coherent")
    images: dict[str, Photo] = {}
    lines = ["| search | threads | SHA-256 of the picture begins |", "|---|--:|---|"]
    for name in searches:
        for threads in (1, 2):
            images[name] = rl.Refocuser(scene, threads=threads).refocus(rl.Method(search=name)).image
            begins = hashlib.sha256(images[name].tobytes()).hexdigest()[:16]
            lines.append(f"| `{name}` | {threads} | `{begins}` |")
    figure = Figure(figsize=(9, 3.4))
    axes = figure.subplots(1, 3)
    _photo(axes[0], images["linear"], "linear search")
    differ = {name: (images[name] != images["linear"]).any(axis=2) for name in searches[1:]}
    for ax, name in zip(axes[1:], searches[1:], strict=True):
        shown = images[name] // 3
        shown[differ[name]] = (255, 210, 77)
        _photo(ax, shown, f"{name} search: {differ[name].sum():,} of\n{scene.mask.sum():,} pixels differ")
    figure.tight_layout()
    (folder / "exact.png").write_bytes(layout.png(figure))
    return {
        "hashes": "\n".join(lines),
        "coherent_differ": f"{differ['coherent'].sum() / scene.mask.sum():.0%}",
    }


def _given(scene: rl.Scene) -> NDArray[np.float64]:
    """The PSF, which the shipped scenes have."""
    if scene.psf is None:
        raise rl.RefocusError("scene", "must have a PSF", scene.name)
    return scene.psf


def _psnr(score: rl.Score) -> str:
    return "–" if score.psnr is None else f"{score.psnr:.1f}"


def _photo(ax: Axes, image: Photo, title: str) -> None:
    ax.imshow(image, interpolation="nearest")
    ax.set_title(title, fontsize=11)
    ax.set_axis_off()


def _map(ax: Axes, values: NDArray[np.float64], title: str) -> None:
    ax.imshow(values, cmap="inferno", vmin=0, vmax=BRIGHTEST, interpolation="nearest")
    ax.set_title(title, fontsize=11)
    ax.set_axis_off()


def _rms(score: rl.Score) -> str:
    return f"{score.reblur_rms:.2f}"
