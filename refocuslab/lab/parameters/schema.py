"""The notebooks' parameters: one model each, the only place for names, types, ranges and help.

``validation`` makes of these models the text of a notebook's parameters cell, the checks of the command
line and the help; the defaults of the method's own numbers are those of ``Method``.
"""

import dataclasses
import warnings
from types import MappingProxyType
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, create_model
from pydantic_core import PydanticCustomError

from refocuslab.method import CONFIDENCES, ORDERS, SEARCHES, SELECTIONS, Method
from refocuslab.optics.light import LIGHTS

# Side of the smallest square that a scene is cut down to, pixels; the widest neighborhood offered is 11.
SMALLEST_CROP = 32
_METHOD = Method()


def odd(value: int) -> int:
    """The value, if it is odd.

    Raises
    ------
    PydanticCustomError
        It is even.
    """
    if value % 2 == 0:
        raise PydanticCustomError("odd", "Input should be odd")
    return value


def _whole_or_wide(value: int) -> int:
    if 0 < value < SMALLEST_CROP:
        raise PydanticCustomError("crop", f"Input should be 0 or from {SMALLEST_CROP} upwards")
    return value


def _named(value: str) -> str:
    if not value.strip():
        raise PydanticCustomError("scene", "Input should name a scene or a folder")
    return value


@dataclasses.dataclass(frozen=True)
class NamesScene:
    """Marks the parameters that name a scene or the folder of one.

    Attributes
    ----------
    figures : tuple of str
        The figures that show it, where it is not all of the notebook's.
    """

    figures: tuple[str, ...] = ()


@dataclasses.dataclass(frozen=True)
class Log:
    """Marks a parameter that a slider offers on a logarithmic scale.

    Attributes
    ----------
    least, most : float
        The ends of the scale, both greater than 0.
    """

    least: float
    most: float


class Parameters(BaseModel):
    """What every notebook's model shares: exact types, no unknown names."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


# Fields of a model, in order: {name: (type, default)}, as create_model takes them. A type is any annotation.
_Fields = dict[str, Any]

# The weight of texture, lambda_texture / lambda_image, as the explorer's slider offers it.
LambdaRatio = Annotated[
    float, Field(description="weight of texture against that of the image-scene constraint"), Log(1e-3, 1e3)
]


def _scene(
    default: str,
    *,
    name: str = "scene",
    help: str = "scene to refocus, or a folder that holds one",
    figures: tuple[str, ...] = (),
) -> _Fields:
    kind = Annotated[str, Field(description=help), AfterValidator(_named), NamesScene(figures)]
    return {name: (kind, default)}


def _whole(name: str, default: int, least: int, most: int, help: str) -> _Fields:
    return {name: (Annotated[int, Field(ge=least, le=most, description=help)], default)}


def _odd(name: str, least: int, most: int, help: str) -> _Fields:
    kind = Annotated[int, Field(ge=least, le=most, description=help), AfterValidator(odd)]
    return {name: (kind, getattr(_METHOD, name))}


def _switch(name: str, help: str) -> _Fields:
    return {name: (Annotated[bool, Field(description=help)], getattr(_METHOD, name))}


def _weight(name: str, help: str) -> _Fields:
    limits = Field(ge=0, le=1000, allow_inf_nan=False, description=help)
    return {name: (Annotated[float, limits, Log(1e-5, 1.0)], getattr(_METHOD, name))}


def _choice(name: str, choices: tuple[str, ...], help: str, default: str | None = None) -> _Fields:
    kind = Literal[choices]  # type: ignore[valid-type]  # the names are those of Method, known when it runs
    return {name: (Annotated[kind, Field(description=help)], default or getattr(_METHOD, name))}


def _search(default: str = _METHOD.search) -> _Fields:
    help = "exact, coherent (nearly the same, faster) or linear (the same, slower)"
    return _choice("search", SEARCHES, help, default)


_NEIGHBORHOOD = _odd("neighborhood", 3, 11, "side of the square neighborhood, pixels, odd")
_CANDIDATES = _whole("candidates", _METHOD.candidates, 1, 200, "candidate values kept for a pixel")
_PATCHES = _NEIGHBORHOOD | _CANDIDATES
_POOL = _whole("pool", _METHOD.pool, 1, 200, "nearest values that candidates are selected from")
_LAMBDA_IMAGE = _weight("lambda_image", "weight of the image-scene constraint, 1 / gray level squared")
_WEIGHTS = _LAMBDA_IMAGE | _weight(
    "lambda_texture", "weight of the scene texture constraint, 1 / gray level squared"
)
# The two weights, and how they stand to the one of the paper.
LAMBDAS = ("lambda_image", "lambda_texture")
ONE_LAMBDA = (
    "The paper's one λ is two here: lambda_image weighs how the pixel looks in U, lambda_texture how its "
    "neighbors look. In scanline order only lambda_texture / lambda_image counts."
)
_LIGHT = _choice("light", LIGHTS, f"values that the PSF blurs, {' or '.join(LIGHTS)}")
_CROP = Annotated[
    int,
    Field(ge=0, le=4096, description="side of a centered square to cut down to, 0 for all"),
    AfterValidator(_whole_or_wide),
]
_RESULTS = {
    "results": (Annotated[str, Field(description="folder for figures and scores, empty for none")], "")
}
_RUN = _whole("threads", 0, 0, 1024, "threads, 0 for all cores") | {"crop": (_CROP, 0)} | _RESULTS
_PERTURBED = _scene(
    "motorcycle-perturbed", name="scene_perturbed", help="its target with a focused photo from another view"
)
_LENSES = (
    ("scene_polygon", "lens-polygon", "bench whose aperture has blades, or a folder that holds one"),
    ("scene_ring", "lens-ring", "bench whose aperture has a dark middle"),
    ("scene_cat_eye", "lens-cat-eye", "bench whose lens vignettes"),
    ("scene_slant", "lens-slant", "bench whose card stands at a slant"),
    ("scene_depth", "lens-depth", "bench with cards at several distances"),
)
_TURN: _Fields = {
    "turn": (
        Annotated[
            float,
            Field(ge=0, le=30, description="angle by which the focused photos are taken from aside, degrees"),
        ],
        4.0,
    )
}
# The choices of the method that only the explorer offers, before and after search and light.
_ORDER = (
    _choice("order", ORDERS, f"order of assignment, {', '.join(ORDERS)}")
    | _switch("causal", "leave pixels without a value out of the neighborhood")
    | _whole("passes", _METHOD.passes, 1, 10, "how often every pixel is assigned")
)
_BEYOND = (
    _whole("seed", _METHOD.seed, 0, 2**31 - 1, "seed of the random order")
    | _choice("selection", SELECTIONS, f"how candidates are chosen, {', '.join(SELECTIONS)}")
    | _POOL
    | _choice("confidence", CONFIDENCES, f"measure of confidence, {', '.join(CONFIDENCES)}")
    | _odd("box", 1, 25, "side of the box of the neighborhood confidence, pixels, odd")
    | _switch("weighted", "let certain pixels count more in the texture constraint")
    | _whole("levels", _METHOD.levels, 1, 4, "levels of the pyramid, 1 for none")
    | _switch("register", "bring focused photos to the view of the misfocused one first")
    | _switch("consistency", "go on until the result, blurred, gives the misfocused photo")
)


def _model(name: str, about: str, *groups: _Fields) -> type[Parameters]:
    """The model of one notebook; the order of its fields is that of the parameters cell."""
    fields = {field: kind for group in groups for field, kind in group.items()}
    with warnings.catch_warnings():
        # Every class has an attribute of this name, for abstract classes; nothing here uses it.
        warnings.filterwarnings("ignore", 'Field name "register"')
        return create_model(name, __base__=Parameters, __doc__=about, __module__=__name__, **fields)


# The model of each notebook, by the notebook's name, in the order in which they are read.
NOTEBOOKS = MappingProxyType(
    {
        "01_point_spread_function": _model(
            "PointSpreadFunction",
            "§3: the PSF from a photographed light.",
            _scene("motorcycle"),
            _whole("largest", 31, 1, 99, "largest disk diameter tried, pixels"),
            _LIGHT,
            _RESULTS,
        ),
        "02_image_scene": _model(
            "ImageScene",
            "§2.1, §3.1: the image-scene constraint alone.",
            *(_scene("motorcycle"), _PATCHES, _LAMBDA_IMAGE, _LIGHT, _search(), _RUN),
        ),
        "03_scanline_texture": _model(
            "ScanlineTexture",
            "§2.2, §3.2: both constraints in scanline order.",
            *(_scene("motorcycle"), _PATCHES, _WEIGHTS, _LIGHT, _search(), _RUN),
        ),
        "04_confidence_order": _model(
            "ConfidenceOrder",
            "§2.3, §3.3: both constraints in order of confidence.",
            _scene("motorcycle"),
            _scene("coffee", name="second_scene", help="second scene, for Figure 4", figures=("4",)),
            *(_PATCHES, _WEIGHTS, _LIGHT, _search(), _RUN),
        ),
        "05_perturbed_view": _model(
            "PerturbedView",
            "§4: a focused photo from a perturbed view, and what mends it.",
            _scene("motorcycle-perturbed"),
            _scene(
                "motorcycle",
                name="scene_same_view",
                help="its target with a focused photo from the same view",
            ),
            _scene(
                "motorcycle-breathing",
                name="scene_breathing",
                help="its target, focused by a lens that breathes",
            ),
            *(_PATCHES, _WEIGHTS, _LIGHT, _search(), _RUN),
        ),
        "06_candidate_selection": _model(
            "CandidateSelection",
            "§5.1: other candidates, other measures of confidence.",
            *(_scene("motorcycle"), _PERTURBED, _PATCHES, _POOL, _WEIGHTS, _LIGHT, _search(), _RUN),
        ),
        "07_accelerated_search": _model(
            "AcceleratedSearch",
            "§5.2: the searches side by side, and their cost against the size of the library.",
            *(_scene("motorcycle-perturbed"), _PATCHES, _WEIGHTS),
            _whole("queries", 32, 8, 256, "side of the square of pixels to search for"),
            _whole(
                "largest_library",
                1_000_000,
                10_000,
                10_000_000,
                "patches of the largest library, 10,000 and up",
            ),
            *(_LIGHT, _RUN),
        ),
        "08_beyond_the_paper": _model(
            "BeyondThePaper",
            "Beyond the paper: its opponents, registration and consistency, on all scenes.",
            _scene("motorcycle-perturbed"),
            _scene(
                "bench-perturbed",
                name="bench",
                help="bench whose camera is turned, or a folder that holds one",
            ),
            *(_PATCHES, _WEIGHTS, _LIGHT, _search()),
            _whole(
                "curve_crop", 96, SMALLEST_CROP, 4096, "side of the centered square that curves are made on"
            ),
            _RUN,
        ),
        "09_explore": _model(
            "Explore",
            "All of it, to play with: every choice of the method.",
            *(_scene("motorcycle"), _PATCHES, _WEIGHTS, _ORDER),
            # The picture is as good, and there at once; exact is a click away.
            _search("coherent"),
            *(_LIGHT, _BEYOND, _RUN),
        ),
        "10_open_questions": _model(
            "OpenQuestions",
            "§2.3, §5: the weights, several passes, the best recipe.",
            *(_scene("motorcycle"), _PERTURBED, _LIGHT, _RUN),
        ),
        "11_real_lens": _model(
            "RealLens",
            "Beyond the paper: lenses that make no perfect disk, and objects that are not flat.",
            *(_scene(default, name=name, help=help) for name, default, help in _LENSES),
            _TURN,
            _LIGHT,
            # Three pictures of each of seven lenses are made; the whole photos take ten times as long.
            _RUN | {"crop": (_CROP, 96)},
        ),
        "12_your_photos": _model(
            "YourPhotos",
            "Beyond the paper: photos of your own, from the first look at them to the picture.",
            _scene("coffee"),
            _LIGHT,
            # Enough to see how it goes; the page takes photos of any size.
            _RUN | {"crop": (_CROP, 200)},
        ),
    }
)
