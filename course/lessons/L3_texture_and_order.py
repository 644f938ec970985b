# %% [markdown]
# # 3. Texture, order, and an honest experiment
#
# **After this unit** you can write how a pixel's value is chosen when its neighbors have a say; you can plan an experiment that
# tells the order of assignment from the neighborhood; and you can decide, for your own crop of a photo, two claims of the paper, with what
# your numbers allow and no more.
#
# *90 minutes: 30 of talk, 60 of work; the written verdict of E10 and E11, 20 minutes, are homework.* You need units 1 and 2: $U$ is the misfocused photo, the library $V$ has pairs of a sharp patch $v$ and
# $\mathrm{Blur}(v)$, and each pixel of the mask has **candidates**, values with a distance $d_\mathrm{image}$.

# %% [markdown] tags=["instructor"]
# ### Plan of the session
#
# | minute | what | say, ask, watch |
# |--:|---|---|
# | 0–4 | your crop | Three pictures, of each student another. "What is wrong with the middle one?" |
# | 4–9 | texture | A window on the board: what do the white pixels hold? Causal, symmetric. |
# | 9–19 | **E8** | Who compares turns with ≤ counts the pixel itself. Where the window leaves the photo, it is mirrored. |
# | 19–24 | the energy | From a product of probabilities to a sum of two distances. One choice, one patch. |
# | 24–44 | **E9** | Who leaves the middle out has one texture distance for all candidates. Must *one* patch fit all? |
# | 44–54 | one factor at a time | "What else has changed?" Pairs of runs, a baseline, a control, draws, spread. |
# | 54–84 | **E10** | Let the hints work. Whoever has the table early reads the next cells. |
# | 84–90 | whose tables agree? | Hands up by word; tally on the board. |
#
# The written verdict and E11 are for who is early, or for home.

# %%
# parameters

# %% jupyter={"source_hidden": true}
import numpy as np

import refocuslab as rl
from refocuslab.course.checks.unit3 import e10_order
from refocuslab.course.checks.unit3.own_crop import OwnCrop
from refocuslab.course.checks.unit3.own_crop import distances as _distances
from refocuslab.course.lesson import Lesson
from refocuslab.lab.figures import drawing as _drawing
from refocuslab.lab.figures import experiment as _pictures
from refocuslab.lab.figures.layout import show as _show
from refocuslab.lab.measures import picture_measures

lesson = Lesson(student, draw)
own = OwnCrop(lesson.variant("e10"))  # your scene, your place in it, your noise
_first = own.draws[0]
target = own.scene(_first)
_alone = own.result(
    "none", "none", _first
)  # no texture: each pixel takes its nearest candidate
print(f"{target.mask.sum():,} pixels to refocus, a library of {len(_alone.library):,} patches")

# %% [markdown]
# ## Your crop
#
# A small square of a photo, so that many runs take little time. Left $U$, in the middle each pixel's nearest candidate, which is what unit 2
# ended with, right the truth. The truth is never shown to the method; you have it to measure with.

# %%
_titles = ["U, misfocused", "nearest candidates", "truth"]
_show(_drawing.photos([target.misfocused, _alone.image, target.truth], _titles, letters=False))

# %%
for _name, _image in (("U", target.misfocused), ("nearest candidates", _alone.image)):
    print(f"PSNR of {_name}: {rl.score(_image, target).psnr:.1f} dB")

# %% [markdown]
# PSNR is $20\log_{10}(255/\mathrm{RMS})$ over the pixels of the mask, in decibels: 6 dB more is half the error.
#
# ## Texture: what may a pixel look at?
#
# So far no pixel has looked at its neighbors. The **scene texture constraint** asks that the window around a pixel, with the candidate in
# its middle, look like *some* sharp patch of the library. But when a pixel has its turn, others have not had theirs. Two ways out:
#
# - **causal**: compare only pixels that have their final value;
# - **symmetric**: compare all; a pixel that has not had its turn stands in with its nearest candidate.
#
# And there is the **order** of the turns: *scanline* (row by row), *confidence* (the surest neighborhoods first), or *random*, which uses
# nothing and serves as a control.

# %% [markdown] tags=["instructor"]
# **Texture, minutes 4–9.** Draw a 5 × 5 window on the board and shade what has its value: once in the middle of a scan (Figure 1a of the paper), once in
# an order of chance. Ask what the white pixels hold. *Then* name the two ways out. Say that the paper changes order and neighborhood in one step,
# and stop there: what that means they find in E10.

# %%
lesson.predict(
    "shapes",
    "In one of the orders, every causal window in the middle "
    "of the mask has the same shape. In which?",
    ["scanline", "random", "confidence"],
)

# %%
# exercise e08

# %% [markdown]
# How many different windows occur, among pixels whose whole window lies in the mask?

# %%
_turns = {
    _order: own.result(_order, "causal", _first).order
    for _order in ("scanline", "random", "confidence")
}
_height, _width = target.mask.shape
_inner = [
    (_y, _x)
    for _y, _x in np.argwhere(target.mask)
    if 2 <= _y < _height - 2
    and 2 <= _x < _width - 2
    and target.mask[_y - 2 : _y + 3, _x - 2 : _x + 3].all()
]
_shapes = {
    _order: len(
        {np.asarray(known(_y, _x, turn, target.mask, 5), bool).tobytes() for _y, _x in _inner}
    )
    for _order, turn in _turns.items()
}
for _order, _count in _shapes.items():
    print(f"{_order} order, {len(_inner):,} pixels; different windows: {_count:,}")
lesson.reveal("shapes", min(_shapes, key=_shapes.get))

# %%
_y, _x = _inner[len(_inner) // 2]
_windows = {
    f"{_order} order": known(_y, _x, turn, target.mask, 5) for _order, turn in _turns.items()
}
_show(_pictures.causal_windows(_windows))

# %% [markdown]
# One pixel of your crop, in three orders: white pixels are known when its turn comes, black ones are not; the dot is the pixel itself.
#
# ## Texture: the choice
#
# With $c$ at the pixel, $\min_v \lVert v - N(W') \rVert^2$ says how little the window looks like anything in the library. The pixel takes the
# candidate of the smallest energy: image distance and texture distance, each with its weight.

# %% [markdown] tags=["instructor"]
# **The energy, minutes 19–24.** Write $P_\mathrm{image} P_\mathrm{texture}$, take the logarithm, arrive at $E(c)$. Two questions before they write: which pixel of the window
# differs between two candidates? (Only the one in the middle: who leaves it out has the same texture distance for all.) Must *one* patch fit around and in the middle? (Yes:
# the minimum is outside the sum.)

# %%
lesson.predict(
    "overruled",
    "In how many pixels does texture take another candidate than the nearest?",
    ["in fewer than 10 %", "in 10 to 40 %", "in more than 40 %"],
)

# %%
# exercise e09

# %%
_with_texture = own.result("random", "causal", _first)
_overruled = _with_texture.source[target.mask] != _with_texture.candidates.sources[:, 0]
_share = _overruled.mean()
_bins = ["in fewer than 10 %", "in 10 to 40 %", "in more than 40 %"]
print(f"random order, causal: texture takes another candidate in {_share:.1%} of the pixels")
lesson.reveal("overruled", _bins[int(_share >= 0.1) + int(_share > 0.4)])

# %% [markdown]
# **One pixel by your own functions.** Of the pixels in which texture took another candidate, the one in the middle of the list. What it saw can be put together again:
# pixels with an earlier turn hold their final value. `known` says which count, `choose` decides.

# %%
_number = np.flatnonzero(_overruled)[_overruled.sum() // 2] if _overruled.any() else 0
_y, _x = np.argwhere(target.mask)[_number]
_framed = np.pad(_with_texture.image, ((2, 2), (2, 2), (0, 0)), mode="reflect")
_patches = _with_texture.library.sharp.reshape(-1, 5, 5, 3)
_offered = _with_texture.candidates.values[_number]
_best = choose(
    _patches,
    _framed[_y : _y + 5, _x : _x + 5],
    _offered,
    _with_texture.candidates.distances[_number],
    np.asarray(known(_y, _x, _with_texture.order, target.mask, 5), bool),
    0.01,
    0.01,
)
print(f"pixel in row {_y}, column {_x}")
print("by choose:         ", _offered[int(_best)])
print("by the package:    ", _with_texture.image[_y, _x])
print("nearest candidate: ", _offered[0])
print("the truth:         ", target.truth[_y, _x])

# %% [markdown]
# Is the choice nearer to the truth than the nearest candidate was? And over all pixels that texture has changed?


# %%
def _off(image):
    return ((image[target.mask].astype(int) - target.truth[target.mask]) ** 2).sum(axis=1)[
        _overruled
    ]


_nearer = np.mean(_off(_with_texture.image) < _off(_alone.image)) if _overruled.any() else 0
print(
    f"in {_nearer:.0%} of the pixels that texture has "
    "changed, the new value is nearer to the truth"
)

# %% [markdown]
# ## What does the order do?
#
# This is what the paper compares: scanline order with the causal neighborhood, and confidence order with the symmetric one. On your crop, once:

# %%
for _order, _kind in (("none", "none"), ("scanline", "causal"), ("confidence", "symmetric")):
    print(f"{_order}, {_kind}: {own.closeness(_order, _kind, _first):.2f} dB")

# %% [markdown] tags=["instructor"]
# **One factor at a time, minutes 44–54.** Ask: *if the third number is larger than the second, what have you learned?* Somebody says that confidence order is better. Ask
# what else has changed. Then, on the board, the 2 × 3 table with six empty fields and the seventh beside it. Three rules, each from a question of theirs:
#
# 1. *Change one thing at a time*: compare fields of one row, or of one column.
# 2. *Compare with doing nothing, and with chance*: the baseline without texture; random order.
# 3. *Do it again*: the same crop under other noise. A difference is taken within one draw, since a draw may be easy or hard for all systems alike.
#
# Four draws, and the rule that a mean be larger than the spread: where there is nothing but noise, a comparison passes for clear in about 2 cases of 100; with three draws in 8. The cell
# after the table lets them see that. Each student makes thirteen comparisons, so in a class of twenty, with no effect anywhere, some five clear ones would be chance: say it *before* they write.

# %%
lesson.predict(
    "cause",
    "On your crop, whatever the direction: what changes PSNR clearly?",
    ["the order", "the neighborhood", "both", "neither"],
)

# %%
# exercise e10

# %% [markdown]
# **Your experiment**, with real runs: closeness to the truth, PSNR in dB. It takes some seconds.

# %%
_table = experiment(own.closeness, own.draws)
_show(_pictures.runs(_table, xlabel="PSNR, dB: one dot for each draw, the bar is the mean"))

# %% [markdown]
# The effects behind your three words: one dot for each draw, the bar is the spread, the diamond the mean. It is full where the effect is clear.

# %%
_show(_pictures.effects(_table, xlabel="change of PSNR, dB"))

# %% [markdown]
# Now your three words. They may differ from the paper's and from your neighbor's: a crop is one small piece with its own edges and flat parts, and
# four draws tell only what is larger than their spread. All three may be "not seen"; then your data cannot tell, and that is what you report.

# %%
for _key, _said in verdict(_table).items():
    print(f"{_key}: {_said}")
lesson.reveal("cause", e10_order.cause(_table))

# %% [markdown]
# Claim 4 also says that the order removes **bleeding**: colors that run on beyond where they belong. A pixel counts as bled if it is more than 24 gray levels
# off, and its color is at most half as far from the truth of a pixel up to four to one side. Same runs, another measure, the same functions of yours:


# %%
def _unbled(order, neighborhood, draw):
    """Per cent of the pixels that have not bled: the larger, the better."""
    image = own.result(order, neighborhood, draw).image
    return 100 * (1 - sum(picture_measures.bleeding(image, own.scene(draw))))


_bleeding_table = experiment(_unbled, own.draws)
for _key, _said in verdict(_bleeding_table).items():
    print(f"{_key}, by bleeding: {_said}")

# %%
_show(
    _pictures.runs(
        _bleeding_table,
        xlabel="pixels that have not bled, %: one dot for each draw, the bar is the mean",
    )
)

# %% [markdown]
# **How often does chance look clear?** Here no system differs from any other: all differences are noise. In how many of 20,000 comparisons is the mean larger than the spread all the same?

# %%
_chance = np.random.default_rng(3)
for _count in (2, 3, 4, 5):
    _noise = _chance.normal(size=(20_000, _count))
    _by_chance = np.mean(np.abs(_noise.mean(axis=1)) > np.ptp(_noise, axis=1))
    print(f"{_count} draws: in {_by_chance:.1%} of the comparisons")

# %% [markdown] tags=["student", "e10"]
# ### Your verdict (10 min)
#
# Write six to ten sentences into the next cell: what you predicted; what you changed, and what you held fixed; for claim 4 and for claim 5 the word, and the effects that it rests on, with their
# spread; one thing that your table does *not* show; what you would do next. It is read by these questions, 2 points each:
#
# 1. Does each word follow from the numbers that are named?
# 2. Is each effect one of a single factor?
# 3. Is each effect set against its spread, and are 13 comparisons with chance kept in mind?
# 4. Is texture compared with no texture?
# 5. Does the verdict speak of your crop, and not of all photos?

# %% [markdown] tags=["student", "e10"]
# *My verdict:*

# %% [markdown] tags=["instructor"]
# **Whose tables agree, minutes 84–90.** Hands up by word, claim 4 first, then claim 5: tally on the board. The words differ from student to student, because crops differ; that is the point. Then
# show what twelve whole scenes say (notebook 4 and the table in the README): means over eight subjects, with the symmetric neighborhood in each, confidence order bleeds as much as scanline
# order (0.7 % more, −0.4 to 1.8) and as random order (0.5 % more, −0.1 to 0.9); the symmetric neighborhood gains 0.6 dB in confidence order (0.3 to 0.9). And the exception: in
# the *middle frames* of *motorcycle*, *coffee* and *bench*, confidence order with the **causal** neighborhood is the best of all. Small crops are where it was seen: expect it among your students.
#
# To see any student's table again: `own = OwnCrop(Lesson("name").variant("e10"))`, and run the cells from there. Grade by `course/rubric.md`.

# %% [markdown]
# ## The weight of the constraints
#
# The paper writes one $\lambda$ for both probabilities, and says that it sets their relative weight.

# %%
lesson.predict(
    "one-lambda",
    "Scanline order: both lambdas are doubled. How many pixels change?",
    ["none", "a few", "most"],
)

# %%
_engine = rl.Refocuser(target)
_changed = {}
for _order in ("scanline", "confidence"):
    _images = [
        _engine.refocus(rl.Method(order=_order, lambda_image=one, lambda_texture=one)).image
        for one in (0.01, 0.02)
    ]
    _changed[_order] = int((_images[0] != _images[1]).any(axis=2).sum())
    print(f"{_order} order: {_changed[_order]:,} of {target.mask.sum():,} pixels change")
_part = _changed["scanline"] / target.mask.sum()
print(
    lesson.reveal("one-lambda", "none" if _part == 0 else "a few" if _part < 0.5 else "most")
)

# %% [markdown]
# Does anything change in confidence order? No candidate's energy has changed its place among the others. But $\lambda_\mathrm{image}$ also says how peaked the confidence is, and the confidence makes
# the order.

# %%
# exercise e11

# %% [markdown]
# Sixty pixels of your crop, before any has had its turn: up to which ratio $\lambda_\mathrm{texture} / \lambda_\mathrm{image}$ is texture silent?

# %%
_some = _distances(_alone, target, 60, np.random.default_rng(_first))
_threshold = float(silent(_some.image, _some.texture, 0.01)) / 0.01


def _turned(ratio):
    """How many of the pixels take another candidate than the nearest."""
    return np.count_nonzero((_some.image + ratio * _some.texture).argmin(axis=1))


if np.isinf(_threshold):
    print("no weight of the texture changes any of these pixels")
else:
    print(f"silent up to a ratio of {_threshold:.3g}")
    print(
        f"a hundredth below it {_turned(0.99 * _threshold)} pixels turn, "
        f"a hundredth above it {_turned(1.01 * _threshold)}"
    )
_ratios = np.array([0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3])
_turning = {"": [100 * _turned(ratio) / len(_some.image) for ratio in _ratios]}
_show(
    _drawing.curves(
        _ratios, _turning, xlabel="λ texture / λ image", ylabel="pixels turned, %", log=True
    )
)

# %%
_nearest = _alone.candidates.distances[:, 0]
print(
    "λ from your data, if 1.5 % of the numbers are independent: "
    f"{likely_lambda(_nearest, 5, 0.015):.2g}"
)
print("the default of the package: 0.01")

# %% [markdown] tags=["instructor"]
# **E11, if there is time.** A large $\lambda$ from the data belongs to a focused photo of the same view, a small one to another view: there the nearest patch is not the right one, and deserves less trust
# (notebook 10). Compare two students with scenes of the two kinds.

# %% [markdown]
# ## What to keep
#
# - A texture constraint needs to know what has been decided: the causal window leaves the rest out, the symmetric one lets candidates stand in.
# - A claim about a cause needs runs that differ in that cause alone, a baseline, a control, and more than one draw.
# - A verdict reaches as far as its data: yours, over one crop. The record of this project (notebooks 3, 4 and 10) has twelve scenes, and its own verdict on claims 4 and 5.
