"""E5: sharp and blurred, in pairs."""

import numpy as np

import refocuslab as rl

TITLE = "Sharp and blurred, in pairs"
UNIT = 2
MINUTES = 20
TASK = """\
A focused photo shows how the object looks sharp. Blur it with the PSF, and it also shows how **the same place** looks out of focus. Cut
both, and you have a pair: a sharp patch $v$ and its $\\text{Blur}(v)$. All pairs together are the **library**.

Write `pairs(photo, psf, mask, side)`:

- `photo`, (H, W, 3) uint8; `psf`, (n, n); `mask`, (H, W) bool, the pixels of the object; `side`, odd: the side of a patch.

Return `sharp` and `blurred`, each (N, 3 · side²), with a row for each of the N pixels of the mask, in the order in which one reads: row by
row, in each row from left to right. A row holds the square of side × side pixels around that pixel, flattened as numpy flattens it: by row,
then column, then channel. The values are those of photos, 0 to 255.

Light from all of the photo reaches a blurred patch, from outside the patch and from outside the mask. Where a square leaves the photo, the photo
goes on as in E3: `np.pad(…, mode="reflect")`. `rl.blur(photo, psf)` is E3's function, and allowed.
"""


def pairs(photo, psf, mask, side):
    """Sharp and blurred patches around the pixels of the mask, (N, 3 side^2) each."""
    # BEGIN SOLUTION
    r = side // 2
    found = []
    for image in (photo, rl.blur(photo, psf)):
        wide = np.pad(image, ((r, r), (r, r), (0, 0)), mode="reflect")
        rows = [wide[y : y + side, x : x + side].ravel() for y, x in np.argwhere(mask)]
        found.append(np.array(rows))
    return found[0], found[1]
    # END SOLUTION


_CUT = "wide[y : y + side, x : x + side].ravel() for y, x in np.argwhere(mask)"
_PAD = 'wide = np.pad(image, ((r, r), (r, r), (0, 0)), mode="reflect")'
WRONG = {
    "two-results": ("return found[0], found[1]", "return found[0]"),
    "one-row-a-pixel": ("in np.argwhere(mask)", "in np.ndindex(*mask.shape)"),
    "one-row-a-pixel#square": ("x + side].ravel()", "x + side]"),
    "wrong-way-round": ("return found[0], found[1]", "return found[1], found[0]"),
    "other-values": ("return found[0], found[1]", "return found[0] / 255, found[1] / 255"),
    "other-values#more": ("return found[0], found[1]", "return found[0] + 0.4, found[1]"),
    "other-values#signed": ("return found[0], found[1]", "return found[0].astype(np.int8), found[1]"),
    "both-blurred": ("for image in (photo, rl.blur(photo, psf)):", "for image in (rl.blur(photo, psf), rl.blur(photo, psf)):"),
    "rows-and-columns": (_CUT, _CUT.replace("y : y + side, x : x + side", "x : x + side, y : y + side")),
    "sharp-within-the-mask#box": (
        "    r = side // 2\n",
        "    r = side // 2\n    box = np.ix_(mask.any(axis=1), mask.any(axis=0))\n    photo, mask = photo[box], mask[box]\n",
    ),
    "sharp-within-the-mask": [
        ("for image in (photo, rl.blur(photo, psf)):", "for image in (photo * mask[..., None].astype(np.uint8), rl.blur(photo, psf)):"),
    ],
    "off-center": (_CUT, "wide[y + r : y + r + side, x + r : x + r + side].ravel() for y, x in np.argwhere(mask[:-r, :-r])"),
    "order-of-pixels": ("for y, x in np.argwhere(mask)", "for x, y in np.argwhere(mask.T)"),
    "order-in-a-patch": (_CUT, _CUT.replace(".ravel()", ".transpose(2, 0, 1).ravel()")),
    "order-in-a-patch#columns": (_CUT, _CUT.replace(".ravel()", ".transpose(1, 0, 2).ravel()")),
    "beyond-the-photo": ('mode="reflect"', 'mode="constant"'),
    "beyond-the-photo#symmetric": ('mode="reflect"', 'mode="symmetric"'),
    "blurred-alone": [
        ("for image in (photo, rl.blur(photo, psf)):", "for image in (photo, photo):"),
        ("    return found[0], found[1]", "    alone = [rl.blur(one.reshape(side, side, 3), psf).ravel() for one in found[1]]\n    return found[0], np.array(alone)"),
    ],
    "blurred-within-the-mask": ("rl.blur(photo, psf)", "rl.blur(photo * mask[..., None].astype(np.uint8), psf)"),
    "stored-values": ("rl.blur(photo, psf)", 'rl.blur(photo, psf, light="encoded")'),
    "rounded": [
        ("for image in (photo, rl.blur(photo, psf)):",
         "from refocuslab.optics.light import decode\n"
         "    from refocuslab.optics.blur import convolve\n"
         "    c = convolve(decode(photo), psf)\n"
         "    c = np.where(c <= 0.0031308, 12.92 * c, 1.055 * c ** (1 / 2.4) - 0.055)\n"
         "    for image in (photo, (255 * c).astype(np.uint8)):"),
    ],
    "rounded#more": ("return found[0], found[1]", "return found[0], found[1] + 1.0"),
    "blurred#padded-first": [
        ("for image in (photo, rl.blur(photo, psf)):", "for image in (photo, photo):"),
        (_PAD, 'wide = np.pad(image, ((r, r), (r, r), (0, 0)), mode="symmetric")\n        wide = rl.blur(wide, psf) if found else np.pad(image, ((r, r), (r, r), (0, 0)), mode="reflect")'),
    ],
    "calls-the-package": (
        "    r = side // 2\n",
        "    from refocuslab.reference.paper import library\n"
        "    made = library([rl.FocusedPhoto(photo, mask)], psf, side)\n"
        "    return made.sharp, made.blurred\n    r = side // 2\n",
    ),
}  # fmt: skip

BELIEFS = {
    "two-results": "Only one side of the pair is asked for at a time.",
    "one-row-a-pixel": "Every pixel of the photo gives a pair; or: a patch stays a square.",
    "wrong-way-round": "The order of two results is free.",
    "other-values": "Values go from 0 to 1; or: a byte may be signed.",
    "sharp-within-the-mask": "Outside the object, or outside its box, there is nothing.",
    "off-center": "Indices of the padded photo are those of the photo.",
    "both-blurred": "The blurred photo is the photo.",
    "rows-and-columns": "x comes first.",
    "stored-values": "Any blur will do.",
    "rounded": "astype rounds; or: a gray level more does no harm.",
    "order-of-pixels": "x comes first, so columns do.",
    "order-in-a-patch": "The order of numbers in a patch is free.",
    "beyond-the-photo": "Beyond the photo it is black; or its edge comes twice.",
    "blurred-alone": "Blur(v) is the patch, blurred.",
    "blurred-within-the-mask": "Only the object sends light.",
    "blurred": "First pad, then blur.",
    "calls-the-package": "What the package has need not be understood.",
}


def by_sliding(photo, psf, mask, side):
    """All windows at once, as views."""
    r = side // 2

    def cut(image):
        wide = np.pad(image, ((r, r), (r, r), (0, 0)), "reflect")
        views = np.lib.stride_tricks.sliding_window_view(wide, (side, side), axis=(0, 1))
        return np.moveaxis(views, 2, -1)[mask].reshape(np.count_nonzero(mask), -1)

    return cut(photo), cut(rl.blur(photo, psf))


def by_shifts(photo, psf, mask, side):
    """Pixel of the patch by pixel, each a shifted photo."""
    r = side // 2
    rows, columns = np.nonzero(mask)

    def mirrored(index, length):
        index = np.abs(index)
        return np.where(index >= length, 2 * length - 2 - index, index)

    parts = []
    for image in (photo, rl.blur(photo, psf)):
        shifted = [
            image[mirrored(rows + dy, image.shape[0]), mirrored(columns + dx, image.shape[1])]
            for dy in range(-r, r + 1)
            for dx in range(-r, r + 1)
        ]
        parts.append(np.concatenate(shifted, axis=1).astype(float))
    return tuple(parts)


def by_indices(photo, psf, mask, side):
    """Indices of all windows, mirrored by numpy; what it imports within and does not use is no call."""
    from refocuslab.optics.blur import convolve as in_vain  # noqa: F401

    r, (height, width) = side // 2, mask.shape
    at = np.arange(side)
    down, right = (np.pad(np.arange(size), r, mode="reflect") for size in (height, width))
    y, x = np.nonzero(mask)
    rows, columns = down[y[:, None] + at][:, :, None], right[x[:, None] + at][:, None, :]
    return tuple(one[rows, columns].reshape(len(y), 3 * side**2) for one in (photo, rl.blur(photo, psf)))


ALSO_RIGHT = [by_sliding, by_shifts, by_indices]
