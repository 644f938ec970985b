"""The figures of notebook 7: what makes an exact search fast (paper, §5.2)."""

import numpy as np
from matplotlib.collections import PatchCollection
from matplotlib.colors import hsv_to_rgb
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

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

MOST = 300  # boxes that are drawn: those of the deepest level with no more
COLOURS = (INK, ACCENT, "#0f766e", SOFT, "#7c3aed", "#b45309", "#2563eb", "#be185d")


def components(library, sample: int = 20_000) -> Figure:
    """How much of the patches' variance the first principal components hold, sharp and blurred, and what
    the first six of the blurred ones look like."""
    figure = Figure(figsize=(9.2, 2.9), layout="constrained")
    left, right = figure.subfigures(1, 2, width_ratios=(1.2, 1))
    ax = left.subplots()
    vectors = {}
    for label, rows, colour in (("v, sharp", library.sharp, SOFT), ("Blur(v)", library.blurred, INK)):
        some = rows[:: max(1, len(rows) // sample)].astype(float)
        off = some - some.mean(axis=0)
        values, vectors[label] = np.linalg.eigh(off.T @ off)
        share = values[::-1].cumsum() / values.sum()
        ax.semilogy(np.arange(1, 1 + len(share)), np.maximum(1 - share, 1e-6), color=colour, label=label)
    ax.axvline(15, color=ACCENT, lw=0.9, ls="--")
    ax.annotate("the tree keeps 15", (15, 0.3), xytext=(4, 0), textcoords="offset points", color=ACCENT,
                fontsize=8)  # fmt: skip
    ax.set(xlabel="principal components kept", ylabel="share of the variance left over", ylim=(1e-5, 1),
           xlim=(1, len(share)))  # fmt: skip
    ax.legend(frameon=False)
    plain_axes(ax)
    size = library.neighborhood.size
    for number, small in enumerate(right.subplots(2, 3).flat):
        one = vectors["Blur(v)"][:, -1 - number].reshape(size, size, 3)
        one = one * np.sign(one.sum() or 1)
        small.imshow(np.clip(0.5 + one / (2 * np.abs(one).max()), 0, 1), interpolation="nearest")
        small.set(xticks=[], yticks=[])
        small.set_title(f"component {number + 1}", fontsize=8, color=INK)
    return figure


def boxes(tree, query, entered, sample: int = 4000) -> Figure:
    """Patches in their first two components, the tree's boxes round them, and those that one query enters.

    entered: leaves, as tree_visits.visits gives them.
    """
    figure = Figure(figsize=(9.2, 4.2), layout="constrained")
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
        for chosen, colour, width in ((False, "#c9ced6", 0.6), (True, ACCENT, 1.2)):
            some = [Rectangle(low, *(high - low)) for number, (low, high) in corners.items()
                    if (number in touched) == chosen]  # fmt: skip
            ax.add_collection(PatchCollection(some, fc="none", ec=colour, lw=width))
        ax.plot(*point, "o", color=INK, ms=6, mec="white")
        ax.set(xlabel="first component", ylabel="second component")
        plain_axes(ax)
    reach = max(np.ptp(cloud, axis=0)) / 10
    near.set(xlim=(point[0] - reach, point[0] + reach), ylim=(point[1] - reach, point[1] + reach))
    label_panels(
        [whole, near], [f"{len(corners)} boxes of the tree, {len(touched)} entered", "round the query"]
    )
    return figure


def _corners(tree) -> tuple[dict[int, tuple], dict[int, int]]:
    """The boxes of one level of the tree, by the numbers of its nodes; and the parents of all numbers."""
    parents, level, following = {}, {}, {}
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


def visited(scene, library, tree, pixel, entered, limits, known: float) -> Figure:
    """One query: where on the focused photo the patches lie that it looks at, and how its limit falls.

    pixel: (y, x). limits: the squared distance of the worst kept patch after each leaf; known:
    that which the coherent search ends with.
    """
    figure, axes = panels(3, height=0.1)
    draw_photo(axes[0], scene.misfocused)
    axes[0].plot(pixel[1], pixel[0], "o", ms=9, mfc="none", mec="white", mew=1.6)
    draw_photo(axes[1], scene.focused[0].image)
    indices = np.concatenate([tree.patches[tree.starts[leaf] : tree.starts[leaf + 1]] for leaf in entered])
    axes[1].plot(library.x[indices], library.y[indices], ".", ms=2.2, color="#facc15")
    steps = np.arange(1, 1 + len(limits))
    finite = np.isfinite(limits)
    axes[2].semilogy(steps[finite], limits[finite], color=INK, label="as the tree is searched")
    axes[2].axhline(known, color=ACCENT, ls="--", lw=1.2, label="the coherent search ends here")
    axes[2].set(xlabel="leaves entered", ylabel="squared distance still of interest")
    axes[2].legend(frameon=False, fontsize=8)
    axes[2].set_box_aspect(1)
    plain_axes(axes[2])
    looked = f"{len(indices):,} of {len(library):,} patches looked at"
    label_panels(axes, ["the pixel", looked, "its limit"])
    return figure


def coherence(scene, result, *, top: int, left: int, side: int = 18) -> Figure:
    """How far each pixel's nearest patch lies from the pixel: as colours, and as arrows in a detail.

    White arrows: the patch lies one step on from that of the pixel to the left.
    """
    figure, axes = panels(3, height=0.1)
    step, follows = steps(scene, result)
    far = np.hypot(*np.moveaxis(step, -1, 0))
    hue = (np.arctan2(step[..., 0], step[..., 1]) / (2 * np.pi)) % 1
    bright = np.where(scene.mask, 0.95, 0)
    colours = hsv_to_rgb(np.stack([hue, np.minimum(far / 30, 1), bright], axis=-1))
    draw_photo(axes[0], scene.misfocused)
    draw_photo(axes[1], colours)
    for ax, colour in zip(axes, ("white", INK), strict=False):
        ax.add_patch(Rectangle((left - 0.5, top - 0.5), side, side, fill=False, ec=colour, lw=1.4))
    draw_photo(axes[2], scene.misfocused)
    y, x = np.mgrid[top : top + side, left : left + side]
    reach = np.minimum(1, 1.5 / np.maximum(far, 1e-9))[..., None] * step
    reach, like = reach[y, x], follows[y, x]
    for chosen, colour in ((like, "white"), (~like, "#facc15")):
        axes[2].quiver(x[chosen], y[chosen], reach[chosen, 1], reach[chosen, 0], color=colour, angles="xy",
                       scale_units="xy", scale=1, width=0.006)  # fmt: skip
    axes[2].set(xlim=(left - 0.5, left + side - 0.5), ylim=(top + side - 0.5, top - 0.5))
    share = follows[scene.mask].mean()
    label_panels(
        axes, ["misfocused, detail framed", f"way to the patch: {share:.0%} follow", "arrows, cut short"]
    )
    return figure


def steps(scene, result) -> tuple[np.ndarray, np.ndarray]:
    """(H, W, 2) from each pixel to its nearest patch, 0 outside the mask, and (H, W) bool: whether it is
    one step on from that of the pixel to the left."""
    y, x = np.nonzero(scene.mask)
    first = result.candidates.sources[:, 0]
    step = np.zeros((*scene.mask.shape, 2))
    step[scene.mask] = np.stack([result.library.y[first] - y, result.library.x[first] - x], axis=-1)
    same = (step[:, 1:] == step[:, :-1]).all(axis=2) & scene.mask[:, 1:] & scene.mask[:, :-1]
    return step, np.pad(same, ((0, 0), (1, 0)))


def detail(scene, result, side: int = 18) -> dict[str, int]:
    """A square of the mask in which as many pixels follow their left neighbour as in all of it."""
    _, follows = steps(scene, result)
    share = sum_over(follows.astype(float), side, side) / side**2
    full = sum_over(scene.mask.astype(float), side, side) == side**2
    like = np.where(full, -np.abs(share - follows[scene.mask].mean()), -1)
    top, left = np.unravel_index(like.argmax(), share.shape)
    return {"top": int(top), "left": int(left), "side": side}


def levels(mask, by_order: dict) -> Figure:
    """Which pixels are assigned side by side: a map for each order, and how many there are at a time.

    by_order: {order: levels as order.levels gives them}.
    """
    figure, axes = panels(len(by_order) + 1, height=0.2)
    for ax, (name, found), colour in zip(axes, by_order.items(), COLOURS, strict=False):
        at = np.full(mask.sum(), 0)
        for number, level in enumerate(found):
            at[level] = number
        whole = np.full(mask.shape, np.nan)
        whole[mask] = at
        drawn = ax.imshow(whole, cmap="cividis", interpolation="nearest")
        ax.set(xticks=[], yticks=[])
        figure.colorbar(drawn, ax=ax, fraction=0.046, pad=0.03).outline.set_visible(False)
        widths = sorted(map(len, found), reverse=True)
        axes[-1].loglog(np.arange(1, 1 + len(widths)), widths, color=colour, label=name)
    axes[-1].set(xlabel="levels, the widest first", ylabel="pixels side by side")
    axes[-1].set_box_aspect(1)
    axes[-1].legend(frameon=False, fontsize=8)
    plain_axes(axes[-1])
    label_panels(
        axes, [*(f"{name}: {len(found):,} levels" for name, found in by_order.items()), "how wide they are"]
    )
    return figure


def costs(scaling: Scaling) -> Figure:
    """Patches looked at for a query against the size of the library, with the fitted exponents."""
    figure = Figure(figsize=(6.4, 3.6), layout="constrained")
    ax = figure.subplots()
    ax.loglog(scaling.sizes, scaling.sizes, color=SOFT, ls="--", lw=1, label="linear: all of them")
    for (name, looked), colour in zip(scaling.looked.items(), COLOURS, strict=False):
        label = f"{name}: $N^{{{exponent(scaling.sizes, looked):.2f}}}$"
        ax.loglog(scaling.sizes, looked, "o-", ms=4, lw=1.3, color=colour, label=label)
    ax.set(xlabel="patches in the library, N", ylabel="patches looked at for a query")
    ax.legend(frameon=False, fontsize=8)
    plain_axes(ax)
    return figure


def seconds(scaling: Scaling, floor: Floor, depth: int) -> Figure:
    """Seconds for a query against the size of the library, and what arithmetic and memory allow at best."""
    figure = Figure(figsize=(6.4, 3.6), layout="constrained")
    ax = figure.subplots()
    sizes = np.array(scaling.sizes)
    for (name, taken), colour in zip(scaling.seconds.items(), COLOURS, strict=False):
        label = f"{name}: $N^{{{exponent(sizes, taken):.2f}}}$"
        ax.loglog(sizes, taken, "o-", ms=4, lw=1.3, color=colour, label=label)
    ax.loglog(
        sizes, floor.linear(sizes, 1, depth), color=SOFT, ls="--", lw=1, label="arithmetic of all distances"
    )
    ax.loglog(
        sizes, floor.once(sizes, depth), color=SOFT, ls=":", lw=1, label="every patch read from memory once"
    )
    ax.set(xlabel="patches in the library, N", ylabel="seconds for a query")
    ax.legend(frameon=False, fontsize=8)
    plain_axes(ax)
    return figure
