# %% [markdown]
# # 5. Faster, better
#
# *65 minutes: 20 of talk, 45 of work; an option.* Two proposals of the paper's last section: search faster, and let near-equal colors share their probability. **After this unit** you have
# proved a bound and know when it fails to help, and you have tested a proposal that sounds right.

# %% [markdown] tags=["instructor"]
# ### Plan of the session
#
# | minute | what | say, ask, watch |
# |--:|---|---|
# | 0–6 | to find, and to be sure | "The nearest patch is found soon. What takes the time?" To prove that no other is nearer. |
# | 6–14 | the proof | Theirs. One line if they see it: an orthonormal matrix with more rows keeps every length, and squares that are left out were not negative. |
# | 14–34 | **E15** | Mistakes: whitened axes, as in a course on statistics; the axes through zero. |
# | 34–38 | photo and grain | Predict, run, be silent. "What is the nearest of a thousand equals?" |
# | 38–63 | **E16** | The paper's example first. Bytes wrap; empty clusters divide by zero. |
# | 63–65 | the question at the end | Take it home. A proposal that mends its example need not mend a photograph. |

# %%
# parameters

# %% jupyter={"source_hidden": true}
import warnings

import matplotlib.pyplot as plt
import numpy as np

import refocuslab as rl
from refocuslab.course.lesson import Lesson
from refocuslab.course.variant import crop
from refocuslab.lab.measures.candidate_quality import split

warnings.simplefilter("ignore", rl.RefocusWarning)  # unit 4 has shown what the package doubts
lesson = Lesson(student, draw)
own = lesson.variant("e15")
scene = crop(rl.load_scene(own.scene, draw=own.noise), own, 120, margin=30)
_engine = rl.Refocuser(scene)
_nearest = _engine.refocus(rl.Method.confidence_order())
_blurred = _nearest.library.blurred  # (N, 75): a row is a patch
_rng = np.random.default_rng(own.seed)
print(
    f"your scene: {own.scene}; its library has {len(_blurred):,} "
    f"patches of {_blurred.shape[1]} numbers"
)

# %% [markdown]
# ## A bound
#
# A search that compares all patches takes N × 75 subtractions for each pixel. A **lower bound** on the distance is cheaper, and rules a patch out where it is already above the nearest distance known.
#
# Let the rows of $A$ be some directions of length 1, at right angles to each other. **Prove** that for all patches $v$ and queries $q$
#
# $$ \lVert A v - A q \rVert^2 \le \lVert v - q \rVert^2 . $$
#
# Write the proof here, in three lines. Where do you need that the directions have length 1, and where that they are at right angles? When are both sides equal?
#
# *Your proof:*

# %% [markdown] tags=["instructor"]
# **Proof**: complete the rows of $A$ to an orthonormal basis, with rows $B$. Then $\lVert v - q\rVert^2 = \lVert A(v - q)\rVert^2 + \lVert B(v - q)\rVert^2$, and the last term is not negative. Equal if $v - q$ lies in the span of $A$. Longer rows
# can break it; so can rows that are not at right angles, as a length is then counted twice.

# %%
_question = (
    "5 axes instead of 75 numbers, and the nearest distance "
    "known. Which share of your library is left over?"
)
lesson.predict("left", _question, ["less than 1 %", "1 to 10 %", "more than 10 %"])

# %%
# exercise e15

# %%
COUNTS = [1, 2, 5, 10, 15]


def _shares(patches, queries):
    """For each count of axes the median share of what the bounds leave over."""
    made = []
    for count in COUNTS:
        left = []
        for query in queries:
            apart = np.linalg.norm(patches - query.astype(float), axis=1)
            left.append(left_over(bounds(patches, query, count), np.square(apart)))
        made.append(np.median(left))
    return np.array(made)


_windows = np.lib.stride_tricks.sliding_window_view(scene.misfocused, (5, 5), axis=(0, 1))
_rows, _columns = np.nonzero(scene.mask[2:-2, 2:-2])
_some = _rng.choice(len(_rows), 8, replace=False)
_queries = np.moveaxis(_windows[_rows[_some], _columns[_some]], 1, -1).reshape(8, 75)
_part = _blurred[:: max(1, len(_blurred) // 1500)]
_photo = _shares(_part, _queries)
for _count, _share in zip(COUNTS, _photo, strict=True):
    print(f"axes: {_count:2d}   left over: {_share:.2%}")
_two = _photo[COUNTS.index(2)]
_at_most_ten = "less than 1 %" if _two < 0.01 else "1 to 10 %"
lesson.reveal("left", _at_most_ten if _two <= 0.1 else "more than 10 %")

# %% [markdown]
# ## Where it does not help
#
# Now a library of **grain**: flat gray with a camera's noise, two gray levels, every number for itself.

# %%
_question = "The same bounds with 15 axes, in grain. Which share is left over?"
lesson.predict("grain", _question, ["about as in your photo", "up to half", "more than half"])

# %% jupyter={"source_hidden": true}
_grain = np.rint(_rng.normal(128, 2, (len(_part) + 8, 75))).astype(np.uint8)
_in_grain = _shares(_grain[8:], _grain[:8])
_figure, _axis = plt.subplots(figsize=(6, 3), layout="constrained")
_axis.plot(COUNTS, 100 * _photo, "o-", color="#22262d", label=f"your photo, {own.scene}")
_axis.plot(COUNTS, 100 * _in_grain, "s--", color="#c2410c", label="grain")
_axis.set(xlabel="axes", ylabel="left over, % (median)", ylim=(-3, 103), xticks=COUNTS)
_axis.legend(frameon=False)
plt.show()
print(f"15 axes: {_photo[-1]:.2%} in your photo, {_in_grain[-1]:.2%} in grain")
_many = "more than half" if _in_grain[-1] > 0.5 else "up to half"
lesson.reveal("grain", "about as in your photo" if _in_grain[-1] <= 2 * _photo[-1] else _many)

# %% [markdown]
# Two numbers explain it. How far is the nearest patch, and how far the typical one?

# %%
for _label, _patches, _asked in (
    ("your photo", _part, _queries),
    ("grain", _grain[8:], _grain[:8]),
):
    _far = [np.linalg.norm(_patches - _one.astype(float), axis=1) for _one in _asked]
    _ratio = np.median([_one.min() / np.median(_one) for _one in _far])
    print(f"{_label:11s} nearest over typical distance: {_ratio:.2f}")

# %% [markdown]
# Explain the curves by these two ratios. No tree and no bound can help where all are about equally far: then comparing everything is the best that can be done.
#
# ## A proposal
#
# Near-equal colors split what would be one color's probability, says the paper (§5.1), and proposes to cluster them.

# %%
# exercise e16

# %%
_colors = np.array([[255, 255, 255], [0, 0, 1], [0, 1, 0]], np.uint8)
_centers, _masses = kmeans(_colors, np.array([0.4, 0.3, 0.3]), 2)
for _center, _mass in zip(np.asarray(_centers), _masses, strict=True):
    print(f"color {np.round(_center, 1)}, probability {_mass:.2f}")

# %% [markdown]
# The paper's example is mended. Now your scene: the same system, once with the 20 nearest colors, once with 20 clusters of the 100 nearest. *Split* is the share of a pixel's probability that other candidates hold whose color is nearly that of the best.

# %%
_question = "With clusters, does your picture come nearer to the truth?"
lesson.predict(
    "clusters",
    _question,
    ["yes, by more than 0.2 dB", "within 0.2 dB", "no, it loses more than 0.2 dB"],
)

# %% jupyter={"source_hidden": true}
_clustered = _engine.refocus(rl.Method.confidence_order(selection="kmeans", pool=100))
print(f"{'':10s} {'split':>7s} {'PSNR, dB':>9s}")
for _label, _one in (("nearest", _nearest), ("clusters", _clustered)):
    _shared = split(_one.candidates, _one.method.lambda_image)
    print(f"{_label:10s} {_shared:7.1%} {rl.score(_one.image, scene).psnr:9.2f}")
_figure, _axes = plt.subplots(1, 3, figsize=(8, 3), layout="constrained")
for _axis, _one, _title in zip(
    _axes,
    (_nearest.image, _clustered.image, scene.truth),
    ("nearest", "clusters", "the truth"),
    strict=True,
):
    _axis.imshow(_one, interpolation="nearest")
    _axis.set_title(_title, fontsize=10)
    _axis.set_axis_off()
plt.show()
_gain = rl.score(_clustered.image, scene).psnr - rl.score(_nearest.image, scene).psnr
_apart = "yes, by more than 0.2 dB" if _gain > 0 else "no, it loses more than 0.2 dB"
lesson.reveal("clusters", "within 0.2 dB" if abs(_gain) <= 0.2 else _apart)

# %% [markdown]
# **The last question.** Clustering mends the example. What did it do to the split on your scene, and what to the picture? Say why, in three sentences: when would two blacks lose to white on a *photograph*? What does the mean of a cluster do to a color
# that was exactly right? And who chooses among the candidates in the end?
#
# **Go on** (`refocuslab copy-notebooks` takes the notebooks out of the package): notebook 6, all selections, and notebook 7, the search.

# %% [markdown] tags=["instructor"]
# **The record** (notebook 6, whole scenes): clusters change the picture little, or for the worse. On a crop either may happen, so ask for more than one draw of the noise before anybody generalizes.
#
# **To say**: a negative result is a result, if it was predicted, measured, and explained. The example was built to be mended; photographs have not been.
