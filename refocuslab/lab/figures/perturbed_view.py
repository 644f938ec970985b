"""The figures of notebook 5: what another view takes from the candidates, and what brings it back (§4)."""

import numpy as np
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure

from refocuslab.lab.figures.drawing import INK, SOFT, draw_photo, label_panels, panels, plain_axes
from refocuslab.lab.measures import candidate_quality, picture_measures
from refocuslab.optics.blur import blur
from refocuslab.registration import warp

OUTSIDE = "#31465f"
# Blame: right, near candidate not taken, no near candidate. Blue and orange differ to every eye.
BLAME = ListedColormap(["#e4e6ea", "#2f78b7", "#e8730c"])
CHANNELS = ("#c0392b", "#2e8b57", "#2f6fb7")
ARROWS = 11  # along each side, at most


def recall(scenes, results, titles) -> Figure:
    """How far the nearest of a pixel's candidates is from the truth, grey levels: a map for each result; and
    of the last, the grossly wrong pixels: those without a near candidate (orange) and those with (blue)."""
    figure, axes = panels(len(results) + 1, width=2.8, height=0.4)
    for ax, scene, result in zip(axes[:-1], scenes, results, strict=True):
        drawn = _map(
            ax, candidate_quality.nearest_candidate(result, scene), scene.mask, picture_measures.GROSS
        )
    _bar(drawn, axes[-2], "grey levels", ticks=[0, picture_measures.NEAR, 16, picture_measures.GROSS])
    shares = [candidate_quality.recall(result, scene) for scene, result in zip(scenes, results, strict=True)]
    told = [
        f"{title}:\n{share:.1%} have a near candidate" for title, share in zip(titles, shares, strict=True)
    ]
    choice, lacking = candidate_quality.blame(result, scene)
    kind = np.where(lacking, 2, np.where(choice, 1, 0))
    axes[-1].imshow(kind, cmap=BLAME, vmin=0, vmax=2, interpolation="nearest")
    axes[-1].set(xticks=[], yticks=[])
    axes[-1].contour(scene.mask, levels=[0.5], colors=SOFT, linewidths=0.6)
    first, second = (one[scene.mask].mean() for one in (lacking, choice))
    told.append(f"grossly wrong: {first:.1%} had no near\ncandidate, {second:.1%} did not take theirs")
    label_panels(axes, told, letters=False)
    return figure


def registration(scene, registration, light: str = "linear", number: int = 0) -> Figure:
    """A focused photo and what became of it, what moved how far, and its gain in each channel; below, how
    far the photo, blurred as U is, differs from U: before, and in each form that goes to the library.

    registration: as register() gives it. number: of the focused photo.
    """
    match, given = registration.matches[number], scene.focused[number]
    photos = zip(registration.origin, registration.scene.focused, strict=True)
    made = [photo for origin, photo in photos if origin == number]
    forms = {} if given.image.shape != scene.misfocused.shape else {"as given": given}
    if made[0] is not given:
        # register() puts the one with the flow first.
        forms |= dict(zip(("registered", "with the flow"), made[::-1], strict=False))
    figure = Figure(figsize=(9.2, 5.2), layout="constrained")
    figure.get_layout_engine().set(w_pad=0.03, h_pad=0.05, wspace=0, hspace=0)
    top, below = figure.subplots(2, 4)
    draw_photo(top[0], given.image)
    draw_photo(top[1], np.where(made[0].mask[..., None], made[0].image, 255))
    shown = made[0].mask if made[0].mask.shape == scene.mask.shape else True
    reach = _moved(top[2], scene.mask & shown, match)
    _gains(top[3], match)
    moved = f"moved by up to {reach:.1f} pixels"
    names = ["focused photo", "registered, if trusted", moved, "gain of each channel"]
    label_panels(top, names, letters=False)
    draw_photo(below[0], scene.misfocused)
    told = ["misfocused, U"]
    for ax, (name, photo) in zip(below[1:], forms.items(), strict=False):
        off = np.abs(blur(photo.image, scene.psf, light=light).astype(float) - scene.misfocused).max(axis=2)
        seen = scene.mask & photo.mask
        drawn = _map(ax, off, seen, picture_measures.GROSS)
        told.append(f"{name}: off by {np.sqrt(np.mean(off[seen] ** 2)):.1f}")
    if len(told) > 1:
        _bar(drawn, below[len(told) - 1], "grey levels")
    for ax in below[len(told) :]:
        ax.set_visible(False)
    label_panels(below, told, letters=False)
    return figure


def closely(images, titles, details) -> Figure:
    """Details of photos: a column for each photo, a row for each (top, left, height, width)."""
    width = 1.7
    heights = [height / side for _, _, height, side in details]
    figure = Figure(figsize=(width * len(images), width * sum(heights) + 0.3), layout="constrained")
    figure.get_layout_engine().set(w_pad=0.02, h_pad=0.02, wspace=0, hspace=0)
    grid = figure.subplots(len(details), len(images), squeeze=False, height_ratios=heights)
    for row, (top, left, height, side) in zip(grid, details, strict=True):
        for ax, image in zip(row, images, strict=True):
            draw_photo(ax, image[top : top + height, left : left + side])
    label_panels(grid[0], titles, letters=False)
    return figure


def displacement(match, shape) -> np.ndarray:
    """(2, H, W) float64: how far (dx, dy) each pixel of U lies from its like in the focused photo."""
    y, x = np.mgrid[: shape[0], : shape[1]].astype(float)
    return np.subtract(warp.positions(match.matrix, shape, match.flow), (x, y))


def _moved(ax, where, match) -> float:
    """Draw the displacement: its length as colour, its direction as arrows, of pixels that moved less than
    99 % of all do. Returns that length."""
    shift = displacement(match, where.shape)
    length = np.hypot(*shift)
    reach = float(np.quantile(length[where], 0.99))
    _bar(_map(ax, length, where, max(reach, 0.1)), ax, "pixels")
    step = max(1, max(where.shape) // ARROWS)
    grid = np.zeros_like(where)
    grid[step // 2 :: step, step // 2 :: step] = True
    y, x = np.nonzero(grid & where & (length <= reach))
    dx, dy = (part[y, x] * step / max(reach, 1e-6) for part in shift)
    ax.quiver(x, y, dx, dy, color="white", angles="xy", scale_units="xy", scale=1, width=0.006)
    return reach


def _gains(ax, match) -> None:
    for place, (gain, colour) in enumerate(zip(match.gain, CHANNELS, strict=True)):
        ax.bar(place, gain - 1, bottom=1, width=0.6, color=colour)
        ax.annotate(f"{gain:.3f}", (place, gain), xytext=(0, 3 if gain >= 1 else -11), ha="center",
                    textcoords="offset points", fontsize=9, color=INK)  # fmt: skip
    ax.axhline(1, color=SOFT, lw=1)
    reach = 1.3 * max(0.02, np.abs(match.gain - 1).max())
    ax.set(xticks=range(3), xticklabels=["red", "green", "blue"], ylim=(1 - reach, 1 + reach))
    ax.set_box_aspect(1)
    plain_axes(ax)


def _map(ax, values, mask, most: float):
    """Values inside the mask, from dark (0) to bright (`most` and more)."""
    ax.set_facecolor(OUTSIDE)
    shown = np.where(mask, values, np.nan)
    drawn = ax.imshow(shown, cmap="cividis", vmin=0, vmax=most, interpolation="nearest")
    ax.set(xticks=[], yticks=[])
    return drawn


def _bar(drawn, ax, label: str, ticks=None) -> None:
    """The scale beside a map; the axes keep their size."""
    beside = ax.inset_axes([1.03, 0, 0.045, 1])
    bar = ax.figure.colorbar(drawn, cax=beside, ticks=ticks)
    bar.set_label(label, fontsize=8)
    beside.tick_params(labelsize=8)
    bar.outline.set_visible(False)
