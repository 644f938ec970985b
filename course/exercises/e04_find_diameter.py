"""E4: how far out of focus was it."""

import numpy as np

from refocuslab.optics.blur import convolve
from refocuslab.optics.light import decode
from refocuslab.optics.psf import disk

TITLE = "The diameter of the disk, measured"
UNIT = 1
MINUTES = 30
TASK = """\
You cannot look up the diameter of a camera's blur; you measure it. Photograph a small lamp twice, in focus (F) and out of
focus (M). The lamp is a few pixels wide, so M is not the PSF. But F, blurred by the right disk, is M – but for four things that change
between two shots: the **exposure** and the **background**, each another in red, green and blue, and the **place**, by whole pixels
down and right.

Write `find_diameter(focused, misfocused, diameters)`; the shots are (H, W, 3) uint8, `diameters` a list of odd numbers. For each
diameter d:

1. blur F in light: `convolve(decode(focused), disk(d))`, an array like F of light from 0 to 1;
2. move it by whole pixels to where M's light is. The brightest pixel does not tell, for a blurred lamp is flat on top; the center of the
   light above the background does, or the peak of a correlation. `np.roll` moves: the background is even;
3. in each channel, find the a and b that bring a · model + b nearest to the light of M (least squares);
4. the error of d is the root of the mean square of what is left, over all pixels and channels, in light.

Return the best diameter and the list of errors, in the order of `diameters`. From the package, `decode`, `convolve` and `disk` are allowed.
"""


def find_diameter(focused, misfocused, diameters):
    """The diameter of the disk that makes M of F, and the RMS error of each of the diameters."""
    # BEGIN SOLUTION
    before, after = decode(focused), decode(misfocused)
    errors = []
    for d in diameters:
        model = convolve(before, disk(d))
        a, b = (np.fft.fft2(one.sum(axis=2) - one.sum(axis=2).mean()) for one in (model, after))
        match = np.fft.ifft2(np.conj(a) * b).real
        model = np.roll(model, np.unravel_index(match.argmax(), match.shape), axis=(0, 1))
        left = []
        for k in range(3):
            x, y = model[..., k].ravel(), after[..., k].ravel()
            gain, offset = np.polyfit(x, y, 1)
            left.append(y - gain * x - offset)
        errors.append(np.sqrt(np.mean(np.square(left))))
    return diameters[int(np.argmin(errors))], errors
    # END SOLUTION


_ROLL = "model = np.roll(model, np.unravel_index(match.argmax(), match.shape), axis=(0, 1))"
WRONG = {
    "two-results": ("return diameters[int(np.argmin(errors))], errors", "return diameters[int(np.argmin(errors))]"),
    "best-comes-first": ("return diameters[int(np.argmin(errors))], errors", "return errors, diameters[int(np.argmin(errors))]"),
    "other-diameters": ("    errors = []\n", "    diameters = list(range(1, 18, 2))\n    errors = []\n"),
    "order-of-diameters": ("    errors = []\n", "    diameters = sorted(diameters)\n    errors = []\n"),
    "changes-its-input": ("    errors = []\n", "    diameters.sort()\n    errors = []\n"),
    "one-error-each": [
        ("errors.append(np.sqrt(np.mean(np.square(left))))", "errors.append(np.sqrt(np.mean(np.square(left), axis=1)))"),
        ("np.argmin(errors)", "np.argmin(np.sum(errors, axis=1))"),
    ],
    "not-the-least": ("np.argmin(errors)", "np.argmax(errors)"),
    "not-the-least#place": ("return diameters[int(np.argmin(errors))]", "return int(np.argmin(errors))"),
    "lamp-is-no-point": (
        "convolve(before, disk(d))",
        "convolve(np.eye(1, before.size, before.size // 2 + 1).reshape(before.shape).sum(axis=2, keepdims=True) * [1, 1, 1], disk(d))",
    ),
    "wrong-way-round": ("before, after = decode(focused), decode(misfocused)", "after, before = decode(focused), decode(misfocused)"),
    "stored-values": ("before, after = decode(focused), decode(misfocused)", "before, after = focused / 255, misfocused / 255"),
    "nothing-fits": (_ROLL, _ROLL + "\n        model = np.roll(model, 1, axis=1)"),
    "stored-values#no-fit": [
        ("before, after = decode(focused), decode(misfocused)", "before, after = focused / 255, misfocused / 255"),
        ("gain, offset = np.polyfit(x, y, 1)", "gain, offset = 1, 0"),
    ],
    "brightest": (
        _ROLL,
        "at = [np.unravel_index(one.sum(axis=2).argmax(), after.shape[:2]) for one in (model, after)]\n"
        "        model = np.roll(model, np.subtract(at[1], at[0]), axis=(0, 1))",
    ),
    "two-pixels": (
        "gain, offset = np.polyfit(x, y, 1)",
        "gain = np.ptp(y) / np.ptp(x)\n            offset = y.min() - gain * x.min()",
    ),
    "exposure": ("left.append(y - gain * x - offset)", "left.append(y - x - (y - x).mean())"),
    "background": ("gain, offset = np.polyfit(x, y, 1)", "gain, offset = (x * y).sum() / (x * x).sum(), 0"),
    "place": (_ROLL, "pass"),
    "place#sides": (_ROLL, _ROLL.replace("match.shape)", "match.shape[::-1])")),
    "channels": [
        ("        left = []\n        for k in range(3):\n            x, y = model[..., k].ravel(), after[..., k].ravel()\n",
         "        left = []\n        for k in range(1):\n            x, y = model.ravel(), after.ravel()\n"),
    ],
    "channels#gray": ("x, y = model[..., k].ravel(), after[..., k].ravel()", "x, y = model.mean(axis=2).ravel(), after.mean(axis=2).ravel()"),
    "margin#center": (
        "match = np.fft.ifft2(np.conj(a) * b).real",
        "at = [[(one.sum(axis=2) * g).sum() / one.sum() for g in np.indices(one.shape[:2])] for one in (model, after)]\n"
        "        match = np.zeros(after.shape[:2])\n"
        "        match[tuple(np.rint(np.subtract(at[1], at[0])).astype(int))] = 1",
    ),
    "margin": (
        _ROLL,
        "move = [(p + n // 2) % n - n // 2 for p, n in zip(np.unravel_index(match.argmax(), match.shape), match.shape)]\n"
        "        wide = np.pad(model, ((20, 20), (20, 20), (0, 0)))\n"
        "        model = wide[20 - move[0] :, 20 - move[1] :][: len(model), : model.shape[1]]",
    ),
    "error": ("np.sqrt(np.mean(np.square(left)))", "np.mean(np.square(left))"),
    "error#sum": ("np.sqrt(np.mean(np.square(left)))", "np.sqrt(np.sum(np.square(left)))"),
    "error#channels": ("np.sqrt(np.mean(np.square(left)))", "np.mean(np.sqrt(np.mean(np.square(left), axis=1)))"),
    "error#absolute": ("np.sqrt(np.mean(np.square(left)))", "np.mean(np.abs(left))"),
    "calls-the-package": (
        "    errors = []\n",
        "    found = rl.calibrate(focused, misfocused, largest=max(diameters) + 1)\n"
        "    return found.diameter, [found.errors[d] for d in diameters]\n    errors = []\n",
    ),
}  # fmt: skip

BELIEFS = {
    "two-results": "Only the best diameter matters.",
    "best-comes-first": "The order of two results is free.",
    "other-diameters": "The diameters of the lesson are the diameters.",
    "order-of-diameters": "A list of diameters is sorted.",
    "changes-its-input": "A list that I was given is mine.",
    "one-error-each": "Each channel has an error of its own.",
    "not-the-least": "The largest fits best; or: an index is a diameter.",
    "lamp-is-no-point": "M is the PSF.",
    "wrong-way-round": "Blur the misfocused shot until it fits.",
    "stored-values": "Numbers in files are light.",
    "nothing-fits": "A pixel more or less does no harm.",
    "brightest": "The brightest pixel is the middle of the lamp.",
    "two-pixels": "A line through the least and the largest number is the line of all.",
    "exposure": "Both shots were exposed alike.",
    "background": "Dark is zero.",
    "place": "Refocusing does not move the picture.",
    "channels": "One exposure for all; or: color does not matter for sharpness.",
    "margin": "What a shift leaves empty may be black; or: the center of all light is the lamp's.",
    "error": "Mean square, sum, mean absolute, or the mean of three errors: an error is an error.",
    "calls-the-package": "What the package has need not be understood.",
}


def by_centroids(focused, misfocused, diameters):
    """Where the light is, by its centroid; the fit, by covariances."""
    f, m = decode(focused), decode(misfocused)

    def middle(light):
        total = (light - np.median(light, axis=(0, 1))).sum(axis=2)
        total[total < 0.1 * total.max()] = 0
        return np.array([(total * grid).sum() for grid in np.indices(total.shape)]) / total.sum()

    found = {}
    for d in diameters:
        blurred = convolve(f, disk(d))
        dy, dx = np.rint(middle(m) - middle(blurred)).astype(int)
        moved = np.roll(blurred, (dy, dx), axis=(0, 1))
        p, q = (one - one.mean(axis=(0, 1)) for one in (moved, m))
        slope = (p * q).mean(axis=(0, 1)) / (p * p).mean(axis=(0, 1))
        found[d] = ((q - slope * p) ** 2).mean() ** 0.5
    return min(found, key=found.get), list(found.values())


def by_trying_every_place(focused, misfocused, diameters):
    """The place by trial, for a middling disk; the fit, by normal equations."""
    f, m = decode(focused), decode(misfocused)
    height, width, _ = m.shape

    def fitted(blurred, move):
        moved = np.roll(blurred, move, axis=(0, 1))
        total = 0
        for channel in range(3):
            known = np.column_stack([moved[..., channel].ravel(), np.ones(height * width)])
            normal = known.T @ known
            solved = np.linalg.solve(normal, known.T @ m[..., channel].ravel())
            total += ((known @ solved - m[..., channel].ravel()) ** 2).sum()
        return total

    moves = [(down, right) for down in range(-6, 7) for right in range(-6, 7)]
    middling = convolve(f, disk(diameters[len(diameters) // 2]))
    total = m.sum(axis=2) - np.median(m.sum(axis=2))
    move = max(moves, key=lambda one: (np.roll(middling, one, axis=(0, 1)).sum(axis=2) * total).sum())
    errors = np.array([(fitted(convolve(f, disk(d)), move) / m.size) ** 0.5 for d in diameters])
    return diameters[errors.argmin()], errors


def with_imports_within(focused, misfocused, diameters):
    """What the task allows, imported where it is used; real transforms, and the fit by a projection."""
    from refocuslab.optics import psf
    from refocuslab.optics.blur import convolve as blurred_by
    from refocuslab.optics.light import decode as light_of

    sharp, target = light_of(focused), light_of(misfocused)
    sides, found = target.shape[:2], []
    goal = np.fft.rfft2(target.sum(axis=2) - target.sum(axis=2).mean())
    for d in diameters:
        guess = blurred_by(sharp, psf.disk(d))
        likeness = np.fft.irfft2(goal * np.fft.rfft2(guess.sum(axis=2)).conj(), s=sides)
        down, right = divmod(int(likeness.argmax()), sides[1])
        guess = np.roll(np.roll(guess, down, axis=0), right, axis=1)
        p, q = (one - one.mean(axis=(0, 1)) for one in (guess, target))
        explained = (p * q).sum(axis=(0, 1)) ** 2 / (p**2).sum(axis=(0, 1))
        found.append((((q**2).sum() - explained.sum()) / q.size) ** 0.5)
    return min(zip(found, diameters, strict=True))[1], found


ALSO_RIGHT = [by_centroids, by_trying_every_place, with_imports_within]
