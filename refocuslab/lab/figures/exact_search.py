"""The figures of notebook 7: what makes an exact search fast (paper, §5.2)."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import PatchCollection
from matplotlib.colors import hsv_to_rgb
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator
from numpy.typing import NDArray

from refocuslab.lab.figures.drawing import (
    ACCENT,
    INK,
    SOFT,
    draw_photo,
    label_panels,
    panels,
    plain_axes,
    sum_over,
)
from refocuslab.lab.measures.searches import Floor, Scaling, exponent
from refocuslab.paper.patches import PatchLibrary
from refocuslab.refocusing.result import Result
from refocuslab.scene import Scene
from refocuslab.search.kd_tree import Tree

# The most boxes that are drawn: those of the deepest level that has at most this many.
MOST = 300
FAR = 30  # pixels: the displacement that has the strongest color, and all longer ones
# Of the searches, in their order.
COLORS = (INK, ACCENT, "#0f766e", SOFT, "#7c3aed", "#b45309", "#2563eb", "#be185d")

# The lower and the upper corner of a box in the first two components, (2,) float each.
_Box = tuple[NDArray[np.floating[Any]], NDArray[np.floating[Any]]]


def components(library: PatchLibrary, sample: int = 20_000) -> Figure:
    """The variance that the first principal components leave over, and the first six components as pictures.

    Parameters
    ----------
    library : PatchLibrary
        Its sharp patches v, and Blur(v), whose components are shown.
    sample : int
        About the most patches that are used.
    """
    figure = Figure(figsize=(8.4, 2.9), layout="constrained")
    parts: Any = figure.subfigures(1, 2, width_ratios=(1.2, 1))  # an array, which its type leaves open
    left, right = parts
    ax = left.subplots()
    vectors = {}
    for label, rows, color in (("v, sharp", library.sharp, SOFT), ("Blur(v)", library.blurred, INK)):
        some = rows[:: max(1, len(rows) // sample)].astype(float)
        off = some - some.mean(axis=0)
        values, vectors[label] = np.linalg.eigh(off.T @ off)
        share = values[::-1].cumsum() / values.sum()
        ax.semilogy(np.arange(1, 1 + len(share)), np.maximum(1 - share, 1e-6), color=color, label=label)
    ax.axvline(15, color=ACCENT, lw=0.9, ls="--")
    beside: dict[str, Any] = {"xytext": (4, 0), "textcoords": "offset points"}
    ax.annotate("the tree keeps 15", (15, 0.3), color=ACCENT, **beside)
    ax.set(xlabel="principal components kept", xlim=(1, len(share)))
    ax.set(ylabel="share of the variance left over", ylim=(1e-5, 1))
    ax.legend(frameon=False)
    plain_axes(ax)
    size = library.neighborhood.size
    for number, small in enumerate(right.subplots(2, 3).flat):
        one = vectors["Blur(v)"][:, -1 - number].reshape(size, size, 3)
        one = one * np.sign(one.sum() or 1)
        small.imshow(np.clip(0.5 + one / (2 * np.abs(one).max()), 0, 1), interpolation="nearest")
        small.set(xticks=[], yticks=[])
        small.set_title(f"component {number + 1}", color=INK)
    return figure


def boxes(tree: Tree, query: NDArray[np.uint8], entered: NDArray[np.int64], sample: int = 4000) -> Figure:
    """Patches in their first two components, the tree's boxes around them, and those that one query enters.

    Parameters
    ----------
    tree : Tree
        Of all patches.
    query : ndarray of uint8, (D,)
        A patch of U.
    entered : ndarray of int64
        The leaves that its search enters, as ``tree_visits.visits`` gives them.
    sample : int
        About the most patches that are drawn.
    """
    figure = Figure(figsize=(8.4, 4.0), layout="constrained")
    point = (query - tree.mean) @ tree.axes[:, :2]
    some = tree.rows[:: max(1, len(tree.rows) // sample)]
    cloud = (some - tree.mean) @ tree.axes[:, :2]
    corners, parents = _corners(tree)
    touched = set(len(tree.first) + np.asarray(entered))
    while not touched <= corners.keys():
        touched = {parents[number] for number in touched}
    whole, near = figure.subplots(1, 2)
    for ax in (whole, near):
        ax.plot(*cloud.T, ".", ms=1.2, color=SOFT, alpha=0.6)
        for chosen, color, width in ((False, "#c9ced6", 0.6), (True, ACCENT, 1.2)):
            shown = [box for number, box in corners.items() if (number in touched) == chosen]
            frames = [Rectangle(tuple(low), *(high - low)) for low, high in shown]
            ax.add_collection(PatchCollection(frames, fc="none", ec=color, lw=width))
        ax.plot(*point, "o", color=INK, ms=6, mec="white")
        ax.set(xlabel="first component", ylabel="second component")
        plain_axes(ax)
    reach = max(np.ptp(cloud, axis=0)) / 10
    near.set(xlim=(point[0] - reach, point[0] + reach), ylim=(point[1] - reach, point[1] + reach))
    label_panels(
        [whole, near], [f"{len(corners)} boxes of the tree, {len(touched)} entered", "round the query"]
    )
    return figure


def _corners(tree: Tree) -> tuple[dict[int, _Box], dict[int, int]]:
    """The boxes of one level of the tree, {node: box}; and {node: its parent} of all."""
    parents: dict[int, int] = {}
    level: dict[int, _Box] = {}
    following: dict[int, _Box] = {}
    nodes = [0]
    while nodes:
        for node in nodes:
            for c in range(tree.children[node]):
                number = int(tree.first[node]) + c
                parents[number] = node
                following[number] = tree.boxes[node, 0, :2, c], tree.boxes[node, 1, :2, c]
        nodes = [number for number in following if number < len(tree.first)]
        level, following = following if len(following) <= MOST or not level else level, {}
    return level, parents


def visited(
    scene: Scene,
    library: PatchLibrary,
    tree: Tree,
    pixel: tuple[int, int],
    entered: NDArray[np.int64],
    limits: NDArray[np.float64],
    known: float,
) -> Figure:
    """One query: where on the focused photo the patches lie that it looks at, and how its limit falls.

    Parameters
    ----------
    scene, library, tree : Scene, PatchLibrary, Tree
        U and one focused photo, its patches, and the tree of them.
    pixel : tuple of int
        (y, x) of the query in U.
    entered : ndarray of int64
        The leaves that its search enters, as ``searches.visits`` gives them.
    limits : ndarray of float64
        After each leaf: the squared distance of the farthest patch that is kept.
    known : float
        That with which the coherent search ends.
    """
    figure, axes = panels_and_curves(2)
    draw_photo(axes[0], scene.misfocused)
    axes[0].plot(pixel[1], pixel[0], "o", ms=9, mfc="none", mec="white", mew=1.6)
    draw_photo(axes[1], scene.focused[0].image)
    indices = np.concatenate([tree.patches[tree.starts[leaf] : tree.starts[leaf + 1]] for leaf in entered])
    axes[1].plot(library.x[indices], library.y[indices], ".", ms=2.2, color="#facc15")
    steps = np.arange(1, 1 + len(limits))
    finite = np.isfinite(limits)
    axes[2].plot(steps[finite], limits[finite], "o-", ms=4, lw=1.3, color=INK, label="tree")
    axes[2].axhline(known, color=ACCENT, ls="--", lw=1.2, label="coherent")
    axes[2].set(xlabel="leaves entered", ylabel="limit, squared distance")
    axes[2].xaxis.set_major_locator(MaxNLocator(integer=True))
    axes[2].legend(frameon=False)
    axes[2].set_box_aspect(1)
    plain_axes(axes[2])
    looked = f"{len(indices):,} of {len(library):,} patches looked at"
    label_panels(axes, ["the query, circled", looked, "the limit"])
    return figure


def coherence(scene: Scene, result: Result, *, top: int, left: int, side: int = 18) -> Figure:
    """The displacement from each pixel to its nearest patch: as colors, and as arrows in a detail.

    A wheel in the corner has the colors of all displacements of up to ``FAR`` pixels.
    White arrows: the patch lies one step on from that of the pixel to the left.

    Parameters
    ----------
    scene, result : Scene, Result
        U, and what was made of it.
    top, left, side : int
        The square detail, in pixels, as ``detail`` chooses it.
    """
    figure, axes = panels(3, height=0.1)
    step, follows = steps(scene, result)
    far = np.hypot(*np.moveaxis(step, -1, 0))
    draw_photo(axes[0], scene.misfocused)
    draw_photo(axes[1], np.where(scene.mask[..., None], _as_color(step), 0))
    wheel = np.moveaxis(np.mgrid[-FAR : FAR + 1, -FAR : FAR + 1], 0, -1).astype(float)
    shown = np.hypot(*np.moveaxis(wheel, -1, 0)) <= FAR
    corner = axes[1].inset_axes((0.01, 0.76, 0.23, 0.23))
    draw_photo(corner, np.concatenate([_as_color(wheel), shown[..., None]], axis=-1))
    corner.set_facecolor("none")
    for ax, color in zip(axes, ("white", INK), strict=False):
        ax.add_patch(Rectangle((left - 0.5, top - 0.5), side, side, fill=False, ec=color, lw=1.4))
    draw_photo(axes[2], scene.misfocused)
    y, x = np.mgrid[top : top + side, left : left + side]
    arrows = np.minimum(1, 1.5 / np.maximum(far, 1e-9))[..., None] * step
    arrows, like = arrows[y, x], follows[y, x]
    for chosen, color in ((like, "white"), (~like, "#facc15")):
        dx, dy = arrows[chosen, 1], arrows[chosen, 0]
        in_pixels: dict[str, Any] = {"angles": "xy", "scale_units": "xy", "scale": 1}
        axes[2].quiver(x[chosen], y[chosen], dx, dy, color=color, width=0.006, **in_pixels)
    axes[2].set(xlim=(left - 0.5, left + side - 0.5), ylim=(top + side - 0.5, top - 0.5))
    share = follows[scene.mask].mean()
    label_panels(
        axes, ["misfocused, detail framed", f"displacement: {share:.0%} follow", "the detail, as arrows"]
    )
    return figure


def _as_color(step: NDArray[np.float64]) -> NDArray[np.float64]:
    """(..., 3) RGB, 0 to 1, of displacements (..., 2): direction as hue, length as saturation."""
    hue = (np.arctan2(step[..., 0], step[..., 1]) / (2 * np.pi)) % 1
    strong = np.minimum(np.hypot(step[..., 0], step[..., 1]) / FAR, 1)
    colors: NDArray[np.float64] = hsv_to_rgb(np.stack([hue, strong, np.full_like(hue, 0.95)], axis=-1))
    return colors


def steps(scene: Scene, result: Result) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """The displacement from each pixel to its nearest patch.

    Returns
    -------
    step : ndarray of float64, (H, W, 2)
        (dy, dx) in pixels, 0 outside the mask.
    follows : ndarray of bool, (H, W)
        Whether it equals that of the pixel to the left.
    """
    y, x = np.nonzero(scene.mask)
    first = result.candidates.sources[:, 0]
    step = np.zeros((*scene.mask.shape, 2))
    step[scene.mask] = np.stack([result.library.y[first] - y, result.library.x[first] - x], axis=-1)
    same = (step[:, 1:] == step[:, :-1]).all(axis=2) & scene.mask[:, 1:] & scene.mask[:, :-1]
    return step, np.pad(same, ((0, 0), (1, 0)))


def detail(scene: Scene, result: Result, side: int = 18) -> dict[str, int]:
    """A square within the mask, as ``coherence`` takes it, in which as many pixels follow as in all of it."""
    _, follows = steps(scene, result)
    share = sum_over(follows.astype(float), side, side) / side**2
    full = sum_over(scene.mask.astype(float), side, side) == side**2
    like = np.where(full, -np.abs(share - follows[scene.mask].mean()), -1)
    top, left = np.unravel_index(like.argmax(), share.shape)
    return {"top": int(top), "left": int(left), "side": side}


def levels(mask: NDArray[np.bool_], by_order: Mapping[str, Sequence[NDArray[np.int64]]]) -> Figure:
    """Which pixels can be assigned at once: a map for each order, and the number of pixels in each level.

    Parameters
    ----------
    mask : ndarray of bool, (H, W)
        The pixels that are refocused.
    by_order : mapping of str to sequence of ndarray of int64
        {order: levels}, as ``order_of_assignment.levels`` gives them.
    """
    figure, axes = panels_and_curves(len(by_order))
    for ax, (name, found), color in zip(axes, by_order.items(), COLORS, strict=False):
        at = np.full(mask.sum(), 0)
        for number, level in enumerate(found):
            at[level] = number
        whole = np.full(mask.shape, np.nan)
        whole[mask] = at
        ax.imshow(whole, cmap="cividis", interpolation="nearest")
        ax.set(xticks=[], yticks=[])
        widths = sorted(map(len, found), reverse=True)
        axes[-1].loglog(np.arange(1, 1 + len(widths)), widths, color=color, label=name)
    axes[-1].set(xlabel="levels, the largest first", ylabel="pixels in the level")
    axes[-1].xaxis.set_major_locator(LogLocator())
    axes[-1].xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.10g}"))
    axes[-1].set_box_aspect(1)
    axes[-1].legend(frameon=False)
    plain_axes(axes[-1])
    label_panels(
        axes, [*(f"{name}: {len(found):,} levels" for name, found in by_order.items()), "how large they are"]
    )
    return figure


def panels_and_curves(maps: int) -> tuple[Figure, list[Axes]]:
    """Maps or photos side by side, and a narrower panel for curves at their right: not wider than a page."""
    figure = Figure(figsize=(2.75 * maps + 2.6, 3.0), layout="constrained")
    return figure, list(figure.subplots(1, maps + 1, width_ratios=[*[1.0] * maps, 0.85]))


def costs(scaling: Scaling) -> Figure:
    """Patches looked at for a query against the size N of the library, with the fitted exponents."""
    figure = Figure(figsize=(6.4, 3.6), layout="constrained")
    ax = figure.subplots()
    ax.loglog(scaling.sizes, scaling.sizes, color=SOFT, ls="--", lw=1, label="linear: all of them")
    for (name, looked), color in zip(scaling.looked.items(), COLORS, strict=False):
        label = f"{name}: $N^{{{exponent(scaling.sizes, looked):.2f}}}$"
        ax.loglog(scaling.sizes, looked, "o-", ms=4, lw=1.3, color=color, label=label)
    ax.set(xlabel="patches in the library, N", ylabel="patches looked at for a query")
    ax.legend(frameon=False)
    plain_axes(ax)
    return figure


def seconds(scaling: Scaling, floor: Floor, depth: int) -> Figure:
    """Seconds for a query against the size N of the library, and the least that a linear search can take.

    Parameters
    ----------
    scaling : Scaling
        What was measured.
    floor : Floor
        The most operations, and bytes from memory, of this machine in a second.
    depth : int
        Numbers of a patch: 75 for 5 x 5 pixels.
    """
    figure = Figure(figsize=(6.4, 3.6), layout="constrained")
    ax = figure.subplots()
    sizes = np.array(scaling.sizes)
    for (name, taken), color in zip(scaling.seconds.items(), COLORS, strict=False):
        label = f"{name}: $N^{{{exponent(scaling.sizes, taken):.2f}}}$"
        ax.loglog(sizes, taken, "o-", ms=4, lw=1.3, color=color, label=label)
    arithmetic = [floor.linear(size, 1, depth) for size in scaling.sizes]
    memory = [floor.once(size, depth) for size in scaling.sizes]
    ax.loglog(sizes, arithmetic, color=SOFT, ls="--", lw=1, label="arithmetic of all distances")
    ax.loglog(sizes, memory, color=SOFT, ls=":", lw=1, label="every patch read from memory once")
    ax.set(xlabel="patches in the library, N", ylabel="seconds for a query")
    ax.legend(frameon=False)
    plain_axes(ax)
    return figure
