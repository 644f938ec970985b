# %% [markdown]
# # 1. Blur is physics
#
# *90 minutes: 35 of talk, 55 of work.* A photo came out misfocused. Before we ask how to mend it, we ask what the lens did. **After this unit** you
# have written the blur of a lens yourself, you can measure how strong it was, and you can say which detail is gone for good.

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

# %%
import matplotlib.pyplot as plt
import numpy as np
from skimage import data

import refocuslab as rl
from refocuslab.course.lesson import Lesson
from refocuslab.optics.light import decode, encode
from refocuslab.optics.psf import otf

lesson = Lesson(student, draw)
d = lesson.variant("e01").diameter  # yours
photo = data.stereo_motorcycle()[0][130:310, 380:560]


def show(pictures, titles, **options):
    """Photos in a row."""
    _, axes = plt.subplots(1, len(pictures), figsize=(3.2 * len(pictures), 3.5), layout="constrained")
    for picture, title, axis in zip(pictures, titles, axes, strict=True):
        axis.imshow(picture, interpolation="nearest", **options)
        axis.set_title(title, fontsize=11)
        axis.set_axis_off()
    plt.show()


show([rl.blur(photo, rl.disk(d)), photo], [f"out of focus, a disk of {d} pixels", "in focus"])

# %% [markdown]
# ## What becomes of a point
#
# A lens gathers the light that a point of the object sends, in a cone whose tip lies on the sensor. If the sensor is too near or too far, it cuts the cone
# beside its tip: the point becomes a **disk**. All points do, and their disks add up. So one picture tells everything, that of a single point.

# %%
# exercise e01

# %%
sizes = (d, 2 * d + 1)
titles = [f"disk({one}): the middle pixel gets {disk(one).max():.1%}" for one in sizes]
show([np.pad(disk(one), 1) for one in sizes], titles, cmap="gray")

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

# %%
columns = np.arange(600)
frequency = np.linspace(0, 0.3, 600)  # cycles a pixel, rising to the right
bars = 0.5 + 0.5 * np.cos(2 * np.pi * np.cumsum(frequency))
strip = np.repeat(encode(bars)[None, :, None], 60, axis=0).repeat(3, axis=2)
blurred_strip = rl.blur(strip, disk(d))
strong = encode(0.5 + 4 * (decode(blurred_strip) - 0.5))
strips = {"in focus": strip, "out of focus": blurred_strip, "4 × contrast": strong}
figure, axes = plt.subplots(3, 1, figsize=(10, 4), sharex=True, layout="constrained")
for axis, (title, picture) in zip(axes, strips.items(), strict=True):
    axis.imshow(picture, extent=(0, 0.3, 0, 1), aspect="auto", interpolation="antialiased")
    axis.set(yticks=[], ylabel=title)
axes[2].set_xlabel("frequency, cycles a pixel")
plt.show()

# %% [markdown]
# Read off the frequency at which they vanish first. Then let your own PSF tell it.

# %%
# exercise e02

# %%
zero = first_zero(disk(d))
frequencies, contrast = rl.mtf(disk(d), size=1024)
beyond = contrast[frequencies > zero].max()
figure, axis = plt.subplots(figsize=(7, 3), layout="constrained")
axis.plot(frequencies, contrast)
axis.axvline(zero, color="0.5", linestyle="--")
axis.annotate(f"first zero: {zero:.3f}", (zero, 0.8), xytext=(6, 0), textcoords="offset points")
axis.set(xlabel="frequency, cycles a pixel", ylabel="MTF: contrast kept", xlim=(0, 0.5), ylim=(0, 1))
plt.show()
print(f"first zero × d = {zero * d:.2f};  highest contrast beyond it: {beyond:.2f}")
print(f"share of the frequencies that keep less than a tenth: {lost_share(disk(d), 0.1):.0%}")
lesson.reveal("again", "no, bars come back" if beyond > 0.05 else "yes, all is lost there")

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
share = disk(d).max()
question = f"White is 255. The middle pixel gets {share:.1%} of the light. Which number does the file hold?"
lesson.predict("stored", question, [f"about {255 * share:.0f}", "a few times that", "0"])

# %%
point = np.zeros((41, 41, 3), np.uint8)
point[20, 20] = 255
held = int(rl.blur(point, disk(d))[20, 20, 0])
print(f"255 × {share:.3f} = {255 * share:.1f};  the file holds {held}")
more = "a few times that" if held > 2 * 255 * share else f"about {255 * share:.0f}"
lesson.reveal("stored", "0" if held == 0 else more)

# %%
# exercise e03

# %%
right = blur(photo, disk(d))
naive = rl.blur(photo, disk(d), light="encoded")
apart = np.abs(right.astype(int) - naive).max(axis=2)
titles = ["blurred in light", "blurred as stored", f"difference, white = {apart.max()} levels"]
show([right, naive, apart], titles, cmap="gray")
brighter = np.mean(right.astype(int).sum(axis=2) >= naive.astype(int).sum(axis=2))
print(f"difference: up to {apart.max()} gray levels")
print(f"the blur of light is at least as bright at {brighter:.0%} of the pixels")

# %% [markdown]
# A camera's noise is about one gray level. Compare. The two differ where bright meets dark: a small light spreads, and in a file it stays bright.
#
# ## Can we divide?
#
# Blur multiplies each wave by the PSF's Fourier transform $K$. So divide by it, and the photo is back? We know the PSF exactly; what else could be in the way? To be fair, this blur closes
# on itself at the edges, so that nothing is lost there.

# %%
question = "The blurred photo is stored in a file, 8 bits a number, and then divided. The result is …"
lesson.predict(
    "inverse", question, ["nearer to the truth than the blurred photo", "about as near", "farther from it"]
)

# %%
K = otf(disk(d), photo.shape[:2])[..., None]


def times(light, factor):
    """The light whose waves are multiplied by a factor."""
    return np.fft.irfft2(np.fft.rfft2(light, axes=(0, 1)) * factor, photo.shape[:2], axes=(0, 1))


def psnr(picture):
    """Nearness to the photo in focus, in decibels."""
    rms = np.sqrt(np.mean((picture.astype(float) - photo) ** 2))
    return 20 * np.log10(255 / rms) if rms else np.inf


misfocused = times(decode(photo), K)  # light, as exact as the computer has it
stored = encode(misfocused)  # a file: 8 bits
rows = {
    "the blurred photo": stored,
    "divided, never stored": encode(times(misfocused, 1 / K)),
    "stored, then divided": encode(times(decode(stored), 1 / K)),
}
near = {name: f"{psnr(one):.1f} dB" if psnr(one) < np.inf else "no error" for name, one in rows.items()}
show(rows.values(), [f"{name}\n{told}" for name, told in near.items()])
least = np.abs(K).min()
print(f"the smallest |K| here: {least:.6f}, so a wave is multiplied by up to {1 / least:,.0f}")
gain = psnr(rows["stored, then divided"]) - psnr(stored)
nearer = "nearer to the truth than the blurred photo" if gain > 0 else "farther from it"
lesson.reveal("inverse", "about as near" if abs(gain) < 0.5 else nearer)

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
# it blurs light and rounds nothing.

# %%
from refocuslab.optics.blur import convolve

# %%
# exercise e04

# %%
given = lesson.variant("e04")
rng = np.random.default_rng(given.seed)
lamp = np.zeros((41, 41, 3))
lamp[18:22, 17:22] = rng.uniform(0.3, 0.5, (4, 5, 1))
focused = encode(lamp + 0.01)
moved = np.roll(convolve(decode(focused), rl.disk(given.diameter)), given.shift, axis=(0, 1))
noisy = encode(given.exposure * moved + 0.02) + rng.normal(size=moved.shape)
misfocused = np.clip(np.rint(noisy), 0, 255).astype(np.uint8)
tried = list(range(1, 18, 2))
best, errors = find_diameter(focused, misfocused, tried)
figure, axes = plt.subplots(1, 3, figsize=(10, 3), width_ratios=(1, 1, 1.6), layout="constrained")
for axis, shot, title in zip(axes, (focused, misfocused), ("F", "M"), strict=False):
    axis.imshow(shot)
    axis.set(title=title, xticks=[], yticks=[])
axes[2].semilogy(tried, errors, "o-")
axes[2].set(xlabel="diameter tried, pixels", ylabel="error, light", xticks=tried)
plt.show()
second = sorted(errors)[1] / min(errors)
print(f"found: {best}; the second best leaves {second:.1f} times its error")
print(f"the shot was made with {given.diameter}")

# %% [markdown]
# A sharp minimum says two things: the diameter, and that a disk is a good model of this lens. (Here it is the truth: we made M with a disk. A real lens leaves more.)
#
# **Go on** (`refocuslab copy-notebooks` takes the notebooks out of the package): notebook 1 has the same on a whole scene. *Before the next session*: what would a second photo of the motorcycle, in focus, tell you about the first?
