"""E8: the causal window, whatever the order."""

import numpy as np

TITLE = "What a pixel may look at"
UNIT = 3
MINUTES = 10
TASK = """\
Pixels of the mask get their values one after the other. When the turn of the pixel in row y and column x comes, some
pixels around it have their final value, others have not. The **causal** window compares only those that are **known**:
pixels outside the mask (they hold the misfocused photo and never change), and pixels of the mask whose turn was
earlier. The pixel itself is not among them: a candidate stands there.

Write `known(y, x, turn, mask, n)`:

- `y`, `x`: row and column of a pixel of the mask;
- `turn`, (H, W) integers: when each pixel of the mask gets its value, 0 first; no two have the same turn. Outside the
  mask the numbers mean nothing;
- `mask`, (H, W) bool: the pixels that are to get a value;
- `n`: side of the window in pixels, odd.

Return the window as an (n, n) array of bool, the pixel in its middle, True where a pixel is known. Where the window
leaves the photo, it sees the photo mirrored at its outermost row or column, as `np.pad(…, mode="reflect")` does.
"""


def known(y, x, turn, mask, n):
    """Which pixels of the n x n window around (y, x) have their value before its turn: (n, n) bool."""
    # BEGIN SOLUTION
    reach = n // 2
    valued = ~mask | (turn < turn[y, x])
    framed = np.pad(valued, reach, mode="reflect")
    return framed[y : y + n, x : x + n]
    # END SOLUTION


_VALUED = "valued = ~mask | (turn < turn[y, x])"
_FRAMED = "framed = np.pad(valued, reach, mode="
_WINDOW = "return framed[y : y + n, x : x + n]"
WRONG = {
    "window-shape": (_WINDOW, "return framed"),
    "window-shape#five": ("reach = n // 2", "n = 5\n    reach = n // 2"),
    "true-or-false": (_WINDOW, "return np.pad(turn, reach, mode='reflect')[y : y + n, x : x + n]"),
    "center-known": ("turn < turn[y, x]", "turn <= turn[y, x]"),
    "later-ones#unknown": (_VALUED, "valued = mask & (turn >= turn[y, x])"),
    "later-ones": ("turn < turn[y, x]", "turn > turn[y, x]"),
    "one-shape": (_WINDOW, "return np.arange(n * n).reshape(n, n) < n * n // 2"),
    "row-and-column": (_WINDOW, "return framed[x : x + n, y : y + n]"),
    "inside": ("turn < turn[y, x]", "turn < turn[x, y]"),
    "shifted": (_WINDOW, "return framed[y - reach : y + reach + 1, x - reach : x + reach + 1]"),
    "shifted#wide-frame": ("np.pad(valued, reach,", "np.pad(valued, n,"),
    "shifted#below": (_WINDOW, "return np.pad(framed, ((0, 1), (0, 0)))[y + 1 : y + n + 1, x : x + n]"),
    "shifted#right": (_WINDOW, "return np.pad(framed, 1)[y + 1 : y + n + 1, x + 2 : x + n + 2]"),
    "turned": (_WINDOW, _WINDOW + ".T"),
    "turned#upside-down": (_WINDOW, _WINDOW + "[::-1]"),
    "outside-the-mask": (_VALUED, "valued = mask & (turn < turn[y, x])"),
    "outside-the-mask#by-turn": (_VALUED, "valued = turn < turn[y, x]"),
    "cut-at-the-edge": (
        _WINDOW,
        "return valued[max(y - reach, 0) : y + reach + 1, max(x - reach, 0) : x + reach + 1]",
    ),
    "beyond-the-photo": (_FRAMED + '"reflect")', 'framed = np.pad(valued, reach, mode="constant")'),
    "beyond-the-photo#true": (
        _FRAMED + '"reflect")',
        "framed = np.pad(valued, reach, constant_values=True)",
    ),
    "beyond-the-photo#edge": (_FRAMED + '"reflect")', 'framed = np.pad(valued, reach, mode="edge")'),
    "beyond-the-photo#wrap": (_FRAMED + '"reflect")', 'framed = np.pad(valued, reach, mode="wrap")'),
    "mask-beyond-the-photo": (_WINDOW, "outside = np.pad(~mask, reach, mode='edge')\n"
                  "    return (np.pad(mask & valued, reach, mode='reflect') | outside)[y : y + n, x : x + n]"),
    "own-image": (_WINDOW, "framed[np.pad(turn == turn[y, x], reach, mode='reflect')] = True\n"
                  "    window = framed[y : y + n, x : x + n]\n"
                  "    window[reach, reach] = False\n    return window"),
    "calls-the-package": (
        "reach = n // 2",
        "from refocuslab.reference import paper\n"
        "    method = rl.Method(neighborhood=n, causal=True, order='random')\n"
        "    return paper.neighborhood(~mask | (turn < turn[y][x]), y, x, method)\n"
        "    reach = n // 2",
    ),
}  # fmt: skip

BELIEFS = {
    "window-shape": "The window is the photo, or has five pixels.",
    "true-or-false": "The turns themselves are asked for.",
    "center-known": "A pixel knows itself.",
    "later-ones": "A large turn is an early one, or those without a value are asked for.",
    "inside": "An index [x, y] is what a point (x, y) is in mathematics.",
    "one-shape": "The causal window is always what lies above and to the left, as in Figure 1a.",
    "row-and-column": "x comes first.",
    "shifted": "A pixel keeps its row and column when the photo gets a frame.",
    "turned": "x comes first, so a window is to be transposed.",
    "outside-the-mask": "A pixel without a turn has no value.",
    "cut-at-the-edge": "At the edge of the photo the window gets smaller.",
    "beyond-the-photo": "Beyond the edge nothing is known, or all is, or the outermost row once more.",
    "mask-beyond-the-photo": "Mask and turns may go on in ways of their own.",
    "own-image": "The mirrored copy of a pixel is known, for one knows where it is.",
    "calls-the-package": "What the package has need not be understood.",
}


def one_by_one(y, x, turn, mask, n):
    """A pixel of the window at a time; rows and columns mirrored by hand."""
    height, width = mask.shape
    r, found = n // 2, np.zeros((n, n), bool)
    for i in range(n):
        for j in range(n):
            row, column = abs(y + i - r), abs(x + j - r)
            row = 2 * (height - 1) - row if row >= height else row
            column = 2 * (width - 1) - column if column >= width else column
            found[i, j] = not mask[row, column] or turn[row, column] < turn[y, x]
    return found


def by_sets(y, x, turn, mask, n):
    """The windows of turn and mask, then the comparison."""
    around = np.arange(n) - n // 2
    rows = np.pad(np.arange(mask.shape[0]), n // 2, mode="reflect")[y + n // 2 + around]
    columns = np.pad(np.arange(mask.shape[1]), n // 2, mode="reflect")[x + n // 2 + around]
    t, inside = turn[np.ix_(rows, columns)], mask[np.ix_(rows, columns)]
    answer = np.where(inside, t < turn[y, x], True)
    answer[n // 2, n // 2] = False
    return answer.tolist()


ALSO_RIGHT = [one_by_one, by_sets]
