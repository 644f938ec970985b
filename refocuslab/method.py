"""Method: every choice that the paper leaves to its reader, in one frozen record."""

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

from refocuslab.checks import LARGEST_SEED, require
from refocuslab.optics.light import LIGHTS

ORDERS = ("scanline", "confidence", "random")
SEARCHES = ("exact", "coherent", "linear")
SELECTIONS = ("nearest", "kmeans", "modes", "spread")
CONFIDENCES = ("share", "variance", "ratio", "entropy")
CHOICES = {
    "order": ORDERS,
    "search": SEARCHES,
    "light": LIGHTS,
    "selection": SELECTIONS,
    "confidence": CONFIDENCES,
}
SIZES, BOXES, LEVELS = range(3, 32, 2), range(1, 100, 2), range(1, 9)
LARGEST_LAMBDA = 1e9
# Five times the most candidates, and ten times the most passes, that a notebook offers. Time and memory
# grow in proportion: without an end, a slip of the finger would fill the one or wait for the other.
LIMITS = {"candidates": 1000, "passes": 100, "pool": 1000}
# The fields' types are read when the program runs, and are plain there: a value is made by its type.
if TYPE_CHECKING:
    from refocuslab.optics.light import LightKind
else:
    LightKind = str


@dataclass(frozen=True, kw_only=True)
class Method:
    """A variation of the system (paper, §3), as numbers and names.

    Attributes
    ----------
    neighborhood : int
        Side of the square neighborhood in pixels: odd, 3 to 31. The paper uses 5.
    candidates : int
        How many values the image-scene constraint proposes for a pixel, 1 to 1000. The
        paper uses 20.
    causal : bool
        False: the symmetric neighborhood, which reads the nearest candidate wherever a pixel is not
        assigned yet. True: the causal one, which leaves such pixels out (§2.2, Figure 1).
    order : {"scanline", "confidence", "random"}
        Order of assignment: "scanline", "confidence" (falling neighborhood confidence, §2.3) or
        "random".
    passes : int
        How often every pixel is assigned, 1 to 100; 1 in the paper.
    lambda_image, lambda_texture : float
        The tuning factors of P_image and P_texture, in 1/(8-bit gray level)^2, 0 to 1e9, not both 0. Their
        ratio weighs the two constraints; lambda_image alone says how peaked the confidence is.
        With lambda_texture = 0 the image-scene constraint decides alone.
    search : {"exact", "coherent", "linear"}
        "exact" (trees) or "linear" (every patch), which give the same bytes; "coherent" looks first
        where neighbors were found, and gives nearly the same picture in a part of the time (§5.2).
    light : {"linear", "encoded"}
        "linear": blur acts on light (sRGB decoded). "encoded": on the stored values.
    seed : int
        Seed of the random order, 0 to 2^128 - 1.
    selection : {"nearest", "kmeans", "modes", "spread"}
        How candidates are chosen from the `pool` nearest values (§5.1): "nearest", the paper's, takes the
        first; "kmeans", "modes" and "spread" are those of selection.select().
    pool : int
        How many nearest values the selection chooses from, 1 to 1000.
    confidence : {"share", "variance", "ratio", "entropy"}
        What makes a pixel sure: "share", the paper's, "variance", "ratio" or "entropy", those of
        confidence.certainty().
    box : int
        Side of the square over which the neighborhood confidence is a mean: odd, 1 to 99. The paper
        uses 5.
    weighted : bool
        Let a pixel bear on the distance of the texture constraint the more, the more certain it is, in
        thirds: see weighted_texture.py (beyond the paper, after its reference [6]).
    levels : int
        Levels of a pyramid, 1 to 8: 1, the paper's, is none. With more, W is made coarse to fine, and
        windows reach into the coarser level: see pyramid.py (beyond the paper, after [4] and [5]).
    register : bool
        Bring the focused photos to the view and the exposure of the misfocused one first (beyond
        the paper).
    consistency : bool
        Go on until W, blurred, gives U again, as far as noise and the PSF's misfit let it (beyond the
        paper).

    Raises
    ------
    RefocusError
        A value is of the wrong kind or out of range.

    Examples
    --------
    >>> from refocuslab import Method
    >>> Method().neighborhood
    5
    >>> Method.image_scene(candidates=10).lambda_texture
    0.0
    """

    neighborhood: int = 5
    candidates: int = 20
    causal: bool = False
    order: str = "confidence"
    passes: int = 1
    lambda_image: float = 0.01
    lambda_texture: float = 0.01
    search: str = "exact"
    light: LightKind = "linear"
    seed: int = 0
    selection: str = "nearest"
    pool: int = 100
    confidence: str = "share"
    box: int = 5
    weighted: bool = False
    levels: int = 1
    register: bool = False
    consistency: bool = False

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if field.type is bool:
                require(isinstance(value, bool), field.name, "must be True or False", value)
            elif field.type in (int, float):
                kinds = int if field.type is int else (int, float)
                known = isinstance(value, kinds) and not isinstance(value, bool)
                require(known, field.name, f"must be of type {field.type.__name__}", value)
        require(self.neighborhood in SIZES, "neighborhood", "must be odd, from 3 to 31", self.neighborhood)
        require(self.box in BOXES, "box", "must be odd, from 1 to 99", self.box)
        require(self.levels in LEVELS, "levels", "must be from 1 to 8", self.levels)
        for name, most in LIMITS.items():
            value = getattr(self, name)
            require(value >= 1, name, "must be 1 or more", value)
            require(value <= most, name, f"must be at most {most}", value)
        require(self.seed >= 0, "seed", "must be 0 or more", self.seed)
        require(self.seed <= LARGEST_SEED, "seed", f"must be at most {LARGEST_SEED}", self.seed)
        for name in ("lambda_image", "lambda_texture"):
            value = getattr(self, name)
            # Beyond this, sums of energies could leave the range of float64.
            require(0 <= value <= LARGEST_LAMBDA, name, f"must be from 0 to {LARGEST_LAMBDA:g}", value)
        require(
            self.lambda_image > 0 or self.lambda_texture > 0,
            "lambda_image",
            "must be more than 0 where lambda_texture is 0",
            self.lambda_image,
        )
        for name, choices in CHOICES.items():
            value = getattr(self, name)
            require(
                isinstance(value, str) and value in choices,
                name,
                f"must be one of {', '.join(choices)}",
                value,
            )

    @classmethod
    def image_scene(cls, **changes: Any) -> "Method":
        """The image-scene constraint alone (§3.1, Figure 3a).

        ``changes``: values for any of the fields, these included.
        """
        values: dict[str, Any] = {"lambda_texture": 0.0}
        return cls(**values | changes)

    @classmethod
    def scanline_texture(cls, **changes: Any) -> "Method":
        """Both constraints, scanline order, causal neighborhood (§3.2, Figure 3b).

        ``changes``: values for any of the fields, these included.
        """
        values: dict[str, Any] = {"order": "scanline", "causal": True}
        return cls(**values | changes)

    @classmethod
    def confidence_order(cls, **changes: Any) -> "Method":
        """Both constraints, confidence order, symmetric neighborhood (§3.3, Figure 3c).

        ``changes``: values for any of the fields, these included.
        """
        values: dict[str, Any] = {"order": "confidence", "causal": False}
        return cls(**values | changes)

    @classmethod
    def consistent(cls, **changes: Any) -> "Method":
        """Beyond the paper: registered focused photos, and a W that blurs back to U.

        ``changes``: values for any of the fields, these included.
        """
        values: dict[str, Any] = {"register": True, "consistency": True}
        return cls(**values | changes)
