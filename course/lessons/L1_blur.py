# %% [markdown]
# # 1. Blur is physics
#
# *90 minutes: 35 of talk, 55 of work; the rest of E4, 25 minutes, is homework.* A photo came out misfocused. Before we ask how to mend it, we ask what the lens did. **After this unit** you
# have written the blur of a lens yourself, you can measure how strong it was, and you can say which detail is gone for good.
#
# Names that begin with an underscore, here and in the next units, are the notebook's: give yours any others.

# %% [markdown] tags=["instructor"]
# ### Plan of the session
#
# | minute | what | say, ask, watch |
# |--:|---|---|
# | 0–8 | the two photos | "What would you need to know to get the left one back?" Collect answers, judge none. Draw one point, a lens, the cone of light behind it, the sensor too near: the cut through the cone is a disk. |
# | 8–23 | **E1** | Walk around. Half the class writes a square or forgets to divide. Let the hints work; they ask what you would ask. |
# | 23–30 | waves | The strip of bars below. Let them find the place where the bars vanish *before* you show the curve. |
# | 30–42 | **E2** | Who answers 1/d took a slice through the disk. Ask for the sum over columns instead: it is a half-circle, not a box. |
# | 42–49 | light and files | One bright point on black. "How much of the light, and which number in the file?" |
# | 49–67 | **E3** | The longest. Who works on stored values is told by the second probe. Gamma 2.2 fails in the dark only: that is the point. |
# | 67–77 | a failed inverse | Let them predict. Three pictures, one cause: the curve of E2 upside down. |
# | 77–90 | **E4** begun | Two shots of a lamp. Steps 1 and 4 in class, 2 and 3 at home. |
#
# E1 to E4 are 80 minutes for a newcomer: 55 fit into the session, and the rest of E4 is homework. What costs most time there is to align the shots by their
# brightest pixels; the hint then asks for M minus the model. Let them draw it.

# %%
# parameters

# %% jupyter={"source_hidden": true}
import matplotlib.pyplot as plt
import numpy as np
from skimage import data

import refocuslab as rl
from refocuslab.course.lesson import Lesson
from refocuslab.optics.light import decode as _decode
from refocuslab.optics.light import encode as _encode
from refocuslab.optics.psf import otf as _otf

lesson = Lesson(student, draw)
d = lesson.variant("e01").diameter  # yours
photo = data.stereo_motorcycle()[0][130:310, 380:560]


def _show(pictures, titles, **options):
    """Photos in a row."""
    _, axes = plt.subplots(
        1, len(pictures), figsize=(3.2 * len(pictures), 3.5), layout="constrained"
    )
    for picture, title, axis in zip(pictures, titles, axes, strict=True):
        axis.imshow(picture, interpolation="nearest", **options)
        axis.set_title(title, fontsize=11)
        axis.set_axis_off()
    plt.show()


_show([rl.blur(photo, rl.disk(d)), photo], [f"out of focus, a disk of {d} pixels", "in focus"])

# %% [markdown]
# ## What becomes of a point
#
# A lens gathers the light that a point of the object sends, in a cone whose tip lies on the sensor. If the sensor is too near or too far, it cuts the cone
# beside its tip: the point becomes a **disk**. All points do, and their disks add up. So one picture tells everything, that of a single point.

# %%
# exercise e01

# %%
_sizes = (d, 2 * d + 1)
_titles = [f"disk({one}): the middle pixel gets {disk(one).max():.1%}" for one in _sizes]
_show([np.pad(disk(one), 1) for one in _sizes], _titles, cmap="gray")

# %% [markdown]
# A disk twice as wide has four times the area, and each of its pixels gets a quarter of the light.
#
# ## What becomes of a wave
#
# Above, bars that get finer to the right; below, the same bars out of focus, and once more with four times the contrast. Follow them with
# your finger.

# %%
lesson.predict(
    "again",
    "To the right of the place where the bars vanish: is everything gray?",
    ["yes, all is lost there", "no, bars come back"],
)

# %% jupyter={"source_hidden": true}
_columns = np.arange(600)
_frequency = np.linspace(0, 0.3, 600)  # cycles a pixel, rising to the right
_bars = 0.5 + 0.5 * np.cos(2 * np.pi * np.cumsum(_frequency))
_strip = np.repeat(_encode(_bars)[None, :, None], 60, axis=0).repeat(3, axis=2)
_blurred_strip = rl.blur(_strip, disk(d))
_strong = _encode(0.5 + 4 * (_decode(_blurred_strip) - 0.5))
_strips = {"in focus": _strip, "out of focus": _blurred_strip, "4 × contrast": _strong}
_figure, _axes = plt.subplots(3, 1, figsize=(10, 4), sharex=True, layout="constrained")
for _axis, (_title, _picture) in zip(_axes, _strips.items(), strict=True):
    _axis.imshow(_picture, extent=(0, 0.3, 0, 1), aspect="auto", interpolation="antialiased")
    _axis.set(yticks=[], ylabel=_title)
_axes[2].set_xlabel("frequency, cycles a pixel")
plt.show()
_beyond = _frequency > 1.22 / d  # where the bars vanish: E2 will find it
_back = np.ptp(_decode(_blurred_strip)[30, _beyond, 0])
print(f"highest contrast to the right of it: {_back:.2f}")
lesson.reveal("again", "no, bars come back" if _back > 0.05 else "yes, all is lost there")

# %% [markdown]
# Read off the frequency at which they vanish first. Then let your own PSF tell it.

# %%
# exercise e02

# %% jupyter={"source_hidden": true}
_zero = first_zero(disk(d))
_frequencies, _contrast = rl.mtf(disk(d), size=1024)
_beyond = _contrast[_frequencies > _zero].max()
_figure, _axis = plt.subplots(figsize=(7, 3), layout="constrained")
_axis.plot(_frequencies, _contrast)
_axis.axvline(_zero, color="0.5", linestyle="--")
_axis.annotate(
    f"first zero: {_zero:.3f}", (_zero, 0.8), xytext=(6, 0), textcoords="offset points"
)
_axis.set(
    xlabel="frequency, cycles a pixel", ylabel="MTF: contrast kept", xlim=(0, 0.5), ylim=(0, 1)
)
plt.show()
print(f"first zero × d = {_zero * d:.2f};  highest contrast beyond it: {_beyond:.2f}")
print(f"share of the frequencies that keep less than a tenth: {lost_share(disk(d), 0.1):.0%}")

# %% [markdown]
# Look at the strip again, right of the zero: where it was bright, it is dark. The Fourier transform is negative there; the MTF, its magnitude, hides that.

# %% [markdown] tags=["instructor"]
# **Numbers.** The ideal disk has its first zero at 1.22/d. With pixels, it is 1.20/d for d = 5 and 1.22/d for d = 13: the pixels of the rim make the disk a little wider.
# Whoever writes down 1.22/d from a book fails with the hint *formula*: the check hands over a box as well.
#
# **They get wrong**: "1/d" (a slice), and the share: many add up everything beyond the zero, though the bars come back.

# %% [markdown]
# ## What becomes of a photo
#
# One white point on black, out of focus. Its middle pixel now gets a small share of the light, and the file holds a number for it.

# %%
_share = disk(d).max()
_question = (
    f"White is 255. The middle pixel gets {_share:.1%} of "
    "the light. Which number does the file hold?"
)
lesson.predict(
    "stored", _question, [f"about {255 * _share:.0f}", "more than three times that", "0"]
)

# %%
_point = np.zeros((41, 41, 3), np.uint8)
_point[20, 20] = 255
_held = int(rl.blur(_point, disk(d))[20, 20, 0])
print(f"255 × {_share:.3f} = {255 * _share:.1f};  the file holds {_held}")
_more = (
    "more than three times that" if _held > 3 * 255 * _share else f"about {255 * _share:.0f}"
)
lesson.reveal("stored", "0" if _held == 0 else _more)

# %%
# exercise e03

# %%
_right = blur(photo, disk(d))
_naive = rl.blur(photo, disk(d), light="encoded")
_apart = np.abs(_right.astype(int) - _naive).max(axis=2)
_titles = [
    "blurred in light",
    "blurred as stored",
    f"difference, white = {_apart.max()} levels",
]
_show([_right, _naive, _apart], _titles, cmap="gray")
_brighter = np.mean(_right.astype(int).sum(axis=2) >= _naive.astype(int).sum(axis=2))
print(f"difference: up to {_apart.max()} gray levels")
print(f"the blur of light is at least as bright at {_brighter:.0%} of the pixels")

# %% [markdown]
# A camera's noise is about one gray level. Compare. The two differ where bright meets dark: a small light spreads, and in a file it stays bright.
#
# ## Can we divide?
#
# Blur multiplies each wave by the PSF's Fourier transform $K$. So divide by it, and the photo is back? We know the PSF exactly; what else could be in the way? To be fair, this blur closes
# on itself at the edges, so that nothing is lost there.

# %%
_question = (
    "The blurred photo is stored in a file, 8 bits a number, and then divided. The result is …"
)
lesson.predict(
    "inverse",
    _question,
    ["nearer to the truth than the blurred photo", "about as near", "farther from it"],
)

# %%
K = _otf(disk(d), photo.shape[:2])[..., None]


def _times(light, factor):
    """The light whose waves are multiplied by a factor."""
    return np.fft.irfft2(
        np.fft.rfft2(light, axes=(0, 1)) * factor, photo.shape[:2], axes=(0, 1)
    )


def _psnr(picture):
    """Nearness to the photo in focus, in decibels."""
    rms = np.sqrt(np.mean((picture.astype(float) - photo) ** 2))
    return 20 * np.log10(255 / rms) if rms else np.inf


_misfocused = _times(_decode(photo), K)  # light, as exact as the computer has it
_stored = _encode(_misfocused)  # a file: 8 bits
_rows = {
    "the blurred photo": _stored,
    "divided, never stored": _encode(_times(_misfocused, 1 / K)),
    "stored, then divided": _encode(_times(_decode(_stored), 1 / K)),
}
_near = {
    name: f"{_psnr(one):.1f} dB" if _psnr(one) < np.inf else "no error"
    for name, one in _rows.items()
}
_show(_rows.values(), [f"{name}\n{told}" for name, told in _near.items()])
_least = np.abs(K).min()
print(
    f"the smallest |K| here: {_least:.6f}, so a wave is multiplied by up to {1 / _least:,.0f}"
)
_gain = _psnr(_rows["stored, then divided"]) - _psnr(_stored)
_nearer = "nearer to the truth than the blurred photo" if _gain > 0 else "farther from it"
lesson.reveal("inverse", "about as near" if abs(_gain) < 0.5 else _nearer)

# %% [markdown]
# Nothing was wrong with the formula: without the file it works. Rounding to 8 bits is an error of at most half a gray level, but there is some of it in *every* wave. Where $K$ is nearly zero, the division
# multiplies it by the number above. No cleverer division brings back a wave that is not there: **what lies at the zeros must come from somewhere else.** In unit 2 it comes from another photo.

# %% [markdown] tags=["instructor"]
# **To say**: the middle picture is no magic, and no result. It needs light to 15 digits. Ask what would change with 16 bits a number (the error is 256 times smaller, the zeros stay), and with real noise (larger than the rounding).
#
# **They ask**: "But Wiener, Richardson–Lucy …?" Those damp what cannot be known and guess it from what photos are like; notebook 8 measures them. They cannot tell this engine from another one with the same blur.

# %% [markdown]
# ## How far out of focus was it?
#
# So far we knew the diameter. For a real photo you measure it, from two shots of a small lamp at the object's distance. `convolve` is your `blur` without the file:
# it blurs light and rounds nothing. `decode` makes light of stored values, as in unit 0.

# %%
from refocuslab.optics.blur import convolve
from refocuslab.optics.light import decode

# %%
# exercise e04

# %% jupyter={"source_hidden": true}
_given = lesson.variant("e04")
_rng = np.random.default_rng(_given.seed)
_lamp = np.zeros((41, 41, 3))
_lamp[18:22, 17:22] = _rng.uniform(0.3, 0.5, (4, 5, 1))
_focused = _encode(_lamp + 0.01)
_moved = np.roll(
    convolve(_decode(_focused), rl.disk(_given.diameter)), _given.shift, axis=(0, 1)
)
_noisy = _encode(_given.exposure * _moved + 0.02) + _rng.normal(size=_moved.shape)
_misfocused = np.clip(np.rint(_noisy), 0, 255).astype(np.uint8)
_tried = list(range(1, 18, 2))
_best, _errors = find_diameter(_focused, _misfocused, _tried)
_figure, _axes = plt.subplots(
    1, 3, figsize=(10, 3), width_ratios=(1, 1, 1.6), layout="constrained"
)
for _axis, _shot, _title in zip(_axes, (_focused, _misfocused), ("F", "M"), strict=False):
    _axis.imshow(_shot)
    _axis.set(title=_title, xticks=[], yticks=[])
_axes[2].semilogy(_tried, _errors, "o-")
_axes[2].set(xlabel="diameter tried, pixels", ylabel="error, light", xticks=_tried)
plt.show()
_second = sorted(_errors)[1] / min(_errors)
print(f"found: {_best}; the second best leaves {_second:.1f} times its error")
print(f"the shot was made with {_given.diameter}")

# %% [markdown]
# A sharp minimum says two things: the diameter, and that a disk is a good model of this lens. (Here it is the truth: we made M with a disk. A real lens leaves more.)
#
# **Go on** (`refocuslab copy-notebooks` takes the notebooks out of the package): notebook 1 has the same on a whole scene. *Before the next session*: what would a second photo of the motorcycle, in focus, tell you about the first?
