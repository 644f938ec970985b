# %% [markdown]
# # 0. Check-in
#
# *At home, before the first session: 30 minutes. After it your machine is ready, and you know whether your numpy is.*
#
# Six parts, five questions. Choose an answer **before** you run the cell below it; a wrong guess teaches more than a right one.
#
# Before this, once, in a terminal; `README.txt` beside your notebooks has every line:
#
# 1. **Install**, Python 3.11 or later: `python -m pip install --no-index -f wheels "refocuslab[course]"` with the folder `wheels` of your
#    lecturer, or `python -m pip install "refocuslab[course]"` where your lecturer says that the network will do.
# 2. **Warm up**: `refocuslab warm-up`. It compiles what units 3 to 5 need, a minute or two, and says how long that took.
# 3. **Open** this notebook: `jupyter lab`, in the folder where your notebooks are.

# %%
# parameters

# %% [markdown]
# ## 1. Is everything here?
#
# Run the cell. If it prints versions, it is. If it stops, send the last line of what it says to your lecturer today, not in class.

# %%
import sys

import matplotlib
import numpy as np
import skimage
from skimage import data

import refocuslab as rl
from refocuslab.course.lesson import Lesson
from refocuslab.optics.light import decode, encode

lesson = Lesson(student, draw)
answers = []
print("Python", sys.version.split()[0])
for package in (np, skimage, matplotlib, rl):
    print(package.__name__, package.__version__)

# %% [markdown]
# ## 2. A photo is an array
#
# `photo` has rows, columns and three channels: red, green, blue. It is wider than high.

# %%
photo = data.stereo_motorcycle()[0]
lesson.predict(
    "axes",
    "Which of these is the pixel 30 pixels from the top and 200 from the left?",
    ["photo[30, 200]", "photo[200, 30]"],
)

# %%
picked = np.zeros(photo.shape[:2], bool)
picked[30, 200] = True
from_top, from_left = np.argwhere(picked)[0]
print("shape:", photo.shape, " type:", photo.dtype, " that pixel:", photo[30, 200])
answers.append(
    lesson.reveal(
        "axes", "photo[30, 200]" if (from_top, from_left) == (30, 200) else "photo[200, 30]"
    )
)
answers[-1]

# %% [markdown]
# ## 3. Bytes
#
# Each number of a photo is a `uint8`: 0 to 255.

# %%
a, b = np.array([3], np.uint8), np.array([5], np.uint8)
lesson.predict("bytes", "What is a − b?", ["-2", "254", "0"])

# %%
print("a - b:", a - b, "  as integers:", a.astype(int) - b.astype(int))
answers.append(lesson.reveal("bytes", str((a - b)[0])))
answers[-1]

# %% [markdown]
# ## 4. A convolution spreads
#
# Every number of the signal is replaced by a copy of the kernel, as high as that number; the copies are added.

# %%
signal, kernel = np.array([0, 0, 0, 8, 0, 0, 4, 0]), np.array([0.5, 0.25, 0.25])
lesson.predict(
    "sum",
    "The kernel adds up to 1. What does the result add up to?",
    ["more than the signal", "the same", "less"],
)

# %%
spread = np.convolve(signal, kernel)
print("signal:", signal, " sum", signal.sum())
print("result:", spread, " sum", spread.sum())
names = {1: "more than the signal", 0: "the same", -1: "less"}
answers.append(lesson.reveal("sum", names[int(np.sign(spread.sum() - signal.sum()))]))
answers[-1]

# %% [markdown]
# ## 5. What a file stores is not light
#
# A photo's file holds 255 for white and 0 for black. Half the light of white lies between, but where? The rule that all cameras and screens
# follow is called **sRGB**. `decode` makes light (0 to 1) of the stored values, `encode` the values of light.

# %%
lesson.predict(
    "half",
    "Half the light of white: which value does the file hold?",
    ["less than 128", "128", "more than 128"],
)

# %%
half = int(encode(0.5))
print(
    "half the light is stored as",
    half,
    "; the stored value 128 is",
    f"{float(decode(128)):.2f}",
    "of white's light",
)
answers.append(
    lesson.reveal(
        "half", ["less than 128", "128", "more than 128"][1 + int(np.sign(half - 128))]
    )
)
answers[-1]

# %% [markdown]
# ## 6. How near is near? PSNR
#
# The error of a picture is the root of the mean square (RMS) of its differences from the truth. The **PSNR** tells it in decibels,
# $20 \log_{10}(255 / \text{RMS})$: the higher, the nearer.

# %%
lesson.predict(
    "psnr",
    "The error becomes half as large. What does the PSNR do?",
    ["doubles", "rises by about 6 dB", "rises by about 3 dB"],
)


# %%
def psnr(picture, truth):
    """In decibels."""
    return 20 * np.log10(255 / np.sqrt(np.mean((picture.astype(float) - truth) ** 2)))


grain = np.random.default_rng(0).normal(size=photo.shape)
middle = np.clip(photo, 60, 195).astype(float)  # so that nothing is clipped
coarse, fine = psnr(middle + 8 * grain, middle), psnr(middle + 4 * grain, middle)
print(
    f"RMS 8: {coarse:.1f} dB,  RMS 4: {fine:.1f} dB,  a difference of {fine - coarse:.1f} dB"
)
rises = {6: "rises by about 6 dB", 3: "rises by about 3 dB"}
answers.append(lesson.reveal("psnr", rises.get(round(fine - coarse), "doubles")))
answers[-1]

# %% [markdown]
# ## How did it go?

# %%
_predicted = [one for one in answers if "no prediction" not in one]
_right = sum("So you said" in one for one in _predicted)
print("right:", _right, "of", len(_predicted), "predicted")
if len(_predicted) < len(answers):
    print("Without a prediction:", len(answers) - len(_predicted), "- go back and choose.")

# %% [markdown]
# - Questions 2 or 3 missed: [NumPy, the absolute basics](https://numpy.org/doc/stable/user/absolute_beginners.html), what it says of shapes and of types.
# - Questions 4, 5 or 6 missed: no harm. Units 1 and 2 begin there.
#
# Tell your lecturer one line: *it ran*, or the last line of the error.

# %% [markdown] tags=["instructor"]
# ### For the instructor
#
# - Send it a week before. What you want back is one line from each student: it ran, or the last line of the error.
# - Installs and first compilations eat classes: whoever has not run `refocuslab warm-up` waits in unit 3, not here; units 0 to 2 need no compiled code.
# - Most miss question 3 (bytes wrap without a word) and question 5. Both come back: E6 asks for the first, E3 for the second. Do not explain them now.
