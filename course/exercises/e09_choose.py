"""E9: the choice of a value."""

import numpy as np

TITLE = "The choice of a value"
UNIT = 3
MINUTES = 20
TASK = """\
A pixel has candidates, and for each the distance $d_\\mathrm{image}$ that says how well it fits the misfocused
photo. The texture constraint asks more: with the candidate $c$ at the center, the window should look like **some** patch
of the library. The pixel takes the candidate of the smallest

$$E(c) = \\lambda_\\mathrm{image}\\, d_\\mathrm{image}(c)
       + \\lambda_\\mathrm{texture} \\min_{v} \\lVert v - N(W', x, y) \\rVert^2 ,$$

where $W'$ is the picture so far, with $c$ at the pixel.

Write `choose(library, window, values, d_image, used, lambda_image, lambda_texture)`:

- `library`, (N, n, n, 3): the sharp patches; n is odd;
- `window`, (n, n, 3): the picture around the pixel;
- `values`, (K, 3), and `d_image`, (K,): the candidates and their distances;
- `used`, (n, n) bool: which pixels around the center are compared. It is False at the center, which is compared all the
  same: there stands the candidate, not what `window` has there.

Return the place of the best candidate in the list; of equal ones, the first. Arrays may come as bytes.
"""


def choose(library, window, values, d_image, used, lambda_image, lambda_texture):
    """Index of the candidate with the smallest energy."""
    # BEGIN SOLUTION
    library, window, values = (array.astype(np.int64) for array in (library, window, values))
    middle = len(window) // 2
    around = ((library - window) ** 2 * used[..., None]).sum(axis=(1, 2, 3))
    center = ((library[:, middle, middle][:, None] - values) ** 2).sum(axis=2)
    d_texture = (around[:, None] + center).min(axis=0)
    energy = lambda_image * d_image + lambda_texture * d_texture
    return np.argmin(energy)
    # END SOLUTION


_ENERGY = "energy = lambda_image * d_image + lambda_texture * d_texture"
_BOTH = "(around[:, None] + center).min(axis=0)"
WRONG = {
    "one-index": ("return np.argmin(energy)", "return values[np.argmin(energy)]"),
    "small-type": ("array.astype(np.int64)", "array.astype(np.int16)"),
    "small-type#bytes": ("array.astype(np.int64)", "array.astype('u1')"),
    "not-squared": [
        ("((library - window) ** 2 *", "(abs(library - window) *"),
        (
            "((library[:, middle, middle][:, None] - values) ** 2)",
            "abs(library[:, middle, middle][:, None] - values)",
        ),
    ],
    "used-inverted": ("used[..., None]", "~used[..., None]"),
    "turned": (
        "    middle = len(window) // 2\n",
        "    middle = len(window) // 2\n    library = library.transpose(0, 2, 1, 3)\n",
    ),
    "image-term": (_ENERGY, _ENERGY.replace("lambda_image * ", "")),
    "image-term#squared": (_ENERGY, _ENERGY.replace("d_image +", "d_image**2 +")),
    "texture-term": (_ENERGY, _ENERGY.replace("lambda_texture * ", "")),
    "texture-has-no-say": (_BOTH, "around.min()"),
    "two-patches": (_BOTH, "around.min() + center.min(axis=0)"),
    "one-patch-for-all": (_BOTH, "around.min() + center[around.argmin()]"),
    "color-in-no-patch": (_BOTH, "np.where(center == 0, around[:, None], 10.0**12).min(axis=0)"),
    "all-patches": (_BOTH, "(around[:, None] + center).mean(axis=0)"),
    "largest-energy": ("np.argmin", "np.argmax"),
    "reads-pixels-left-out": (" * used[..., None]", ""),
    "image-has-no-say": (_ENERGY, "energy = d_texture"),
    "lambdas-swapped": (_ENERGY, "energy = lambda_texture * d_image + lambda_image * d_texture"),
    "lambdas-forgotten": (_ENERGY, "energy = d_image + d_texture"),
    "ties": ("return np.argmin(energy)", "return len(values) - 1 - np.argmin(energy[::-1])"),
    "underflow": [
        (_ENERGY, "chance = np.exp(-lambda_image * d_image) * np.exp(-lambda_texture * d_texture)"),
        ("np.argmin(energy)", "np.argmax(chance)"),
    ],
    "overflow": (
        "library, window, values = (array.astype(np.int64) for array in (library, window, values))\n    ",
        "",
    ),
    "close-calls": (_BOTH, _BOTH + " ** 0.5"),
    "only-five-wide": ("len(window) // 2", "2"),
    "calls-the-package": (
        "middle = len(window) // 2",
        "from refocuslab.course.checks.unit3 import e09_choose\n"
        "    return e09_choose.choose(library, window, values, d_image, used, lambda_image, lambda_texture)\n"
        "    middle = len(window) // 2",
    ),
}

BELIEFS = {
    "one-index": "The color is asked for.",
    "small-type": "16 bits are enough for bytes.",
    "not-squared": "A distance is a sum of absolute differences.",
    "used-inverted": "A mask is True where something is left out.",
    "turned": "x comes first, so a patch is to be transposed.",
    "image-term": "Distances are squared, so d_image is, too; or: one lambda is enough.",
    "texture-term": "One lambda is enough.",
    "texture-has-no-say": "The texture distance is of what lies around the pixel.",
    "two-patches": "What lies around and the center may match two different patches.",
    "one-patch-for-all": "The window has one nearest patch, whatever stands in its middle.",
    "color-in-no-patch": "A candidate is compared with the patches V[c] of its color.",
    "all-patches": "The neighborhood should be near to the library as a whole.",
    "largest-energy": "The largest number wins.",
    "reads-pixels-left-out": "Every pixel of a window has a value.",
    "image-has-no-say": "The candidates have been chosen by the image already.",
    "lambdas-swapped": "It does not matter which lambda stands where.",
    "lambdas-forgotten": "Two distances of colors have one unit, so they may be added as they are.",
    "ties": "Equal ones may be taken in any order.",
    "underflow": "A product of probabilities is a number that a computer holds.",
    "overflow": "Arrays of bytes subtract like numbers.",
    "close-calls": "A root changes nothing in what is smallest.",
    "only-five-wide": "A window has five pixels.",
    "calls-the-package": "What the package has need not be understood.",
}


def one_by_one(library, window, values, d_image, used, lambda_image, lambda_texture):
    """A candidate at a time, put into a copy of the window."""
    n = len(window)
    compared = np.array(used)
    compared[n // 2, n // 2] = True
    best, least = 0, np.inf
    for k in range(len(values)):
        trial = np.array(window, float)
        trial[n // 2, n // 2] = values[k]
        difference = (np.asarray(library, float) - trial)[:, compared]
        found = lambda_image * float(d_image[k]) + lambda_texture * (difference**2).sum(axis=(1, 2)).min()
        if found < least:
            best, least = k, found
    return best


def by_logarithms(library, window, values, d_image, used, lambda_image, lambda_texture):
    """The largest log probability, from flat rows and a product of matrices."""
    n = len(window)
    weight = np.repeat(np.asarray(used, float).ravel(), 3)
    v, w = library.reshape(len(library), -1).astype(float), window.ravel().astype(float)
    around = np.square(v - w) @ weight
    c = np.asarray(values, float)
    own = v[:, 3 * (n * n // 2) :][:, :3]
    center = np.square(own).sum(1)[:, None] - 2 * own @ c.T + np.square(c).sum(1)
    log = -lambda_image * np.asarray(d_image, float) - lambda_texture * np.min(
        around[:, None] + center, axis=0
    )
    return int(np.flatnonzero(log == log.max())[0])


ALSO_RIGHT = [one_by_one, by_logarithms]
