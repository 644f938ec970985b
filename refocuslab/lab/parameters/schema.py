"""The notebooks' parameters: one model each, the only place for names, types, ranges and help.

`parameters` makes of these models the text of a notebook's parameters cell, the checks of the command
line and the help; the defaults of the method's own numbers are those of ``Method``.
"""

import dataclasses
import warnings
from types import MappingProxyType
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic_core import PydanticCustomError

from refocuslab.method import CONFIDENCES, LIGHTS, ORDERS, SEARCHES, SELECTIONS, Method

METHOD = Method()
SMALLEST_CROP = 32


def odd(value: int) -> int:
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


class NamesScene:
    """Marks the parameters that name a scene or the folder of one."""


@dataclasses.dataclass(frozen=True)
class Log:
    """Marks a parameter that a slider offers on a logarithmic scale, from `least` to `most`."""

    least: float
    most: float


def _scene(help: str):
    return Annotated[str, Field(description=help), AfterValidator(_named), NamesScene()]


def _weight(help: str):
    limits = {"ge": 0, "le": 1000, "allow_inf_nan": False}
    return Annotated[float, Field(**limits, description=help), Log(1e-5, 1.0)]


SceneName = _scene("scene to refocus, or a folder that holds one")
SecondScene = _scene("second scene, for Figure 4")
SameView = _scene("its target with a focused photo from the same view")
PerturbedScene = _scene("its target with a focused photo from another view")
BreathingScene = _scene("its target, focused by a lens that breathes")
BenchScene = _scene("bench whose camera is turned, or a folder that holds one")
CurveCrop = Annotated[
    int, Field(ge=SMALLEST_CROP, le=4096, description="side of the centred square that curves are made on")
]
Largest = Annotated[int, Field(ge=1, le=99, description="largest disk diameter tried, pixels")]
Neighborhood = Annotated[
    int,
    Field(ge=3, le=11, description="side of the square neighborhood, pixels, odd"),
    AfterValidator(odd),
]
Candidates = Annotated[int, Field(ge=1, le=200, description="candidate values kept for a pixel")]
LambdaImage = _weight("weight of the image-scene constraint, 1 / grey level squared")
LambdaTexture = _weight("weight of the scene texture constraint, 1 / grey level squared")
LambdaRatio = Annotated[
    float, Field(description="weight of texture against that of the image-scene constraint"), Log(1e-3, 1e3)
]
Light = Annotated[Literal[LIGHTS], Field(description=f"values that the PSF blurs, {' or '.join(LIGHTS)}")]
Search = Annotated[
    Literal[SEARCHES],
    Field(description="exact, coherent (nearly the same, faster) or linear (the same, slower)"),
]
Order = Annotated[Literal[ORDERS], Field(description=f"order of assignment, {', '.join(ORDERS)}")]
Causal = Annotated[bool, Field(description="leave pixels without a value out of the neighborhood")]
Passes = Annotated[int, Field(ge=1, le=10, description="how often every pixel is assigned")]
Selection = Annotated[
    Literal[SELECTIONS], Field(description=f"how candidates are chosen, {', '.join(SELECTIONS)}")
]
Pool = Annotated[int, Field(ge=1, le=200, description="nearest values that candidates are selected from")]
Confidence = Annotated[
    Literal[CONFIDENCES], Field(description=f"measure of confidence, {', '.join(CONFIDENCES)}")
]
Box = Annotated[
    int,
    Field(ge=1, le=25, description="side of the box of the neighborhood confidence, pixels, odd"),
    AfterValidator(odd),
]
Weighted = Annotated[bool, Field(description="let certain pixels count more in the texture constraint")]
Levels = Annotated[int, Field(ge=1, le=4, description="levels of the pyramid, 1 for none")]
Seed = Annotated[int, Field(ge=0, le=2**31 - 1, description="seed of the random order")]
Consistency = Annotated[
    bool, Field(description="go on until the result, blurred, gives the misfocused photo")
]
Register = Annotated[bool, Field(description="bring focused photos to the view of the misfocused one first")]
Queries = Annotated[int, Field(ge=8, le=256, description="side of the square of pixels to search for")]
LargestLibrary = Annotated[
    int, Field(ge=10_000, le=10_000_000, description="patches of the largest library, 10,000 and up")
]
Threads = Annotated[int, Field(ge=0, le=1024, description="threads, 0 for all cores")]
Results = Annotated[str, Field(description="folder for figures and scores, empty for none")]
Crop = Annotated[
    int,
    Field(ge=0, le=4096, description="side of a centred square to cut down to, 0 for all"),
    AfterValidator(_whole_or_wide),
]


class Parameters(BaseModel):
    """What every notebook's model shares: exact types, no unknown names."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class PointSpreadFunction(Parameters):
    """§3: the PSF from a photographed light."""

    scene: SceneName = "motorcycle"
    largest: Largest = 31
    light: Light = METHOD.light
    results: Results = ""


class ImageScene(Parameters):
    """§2.1, §3.1: the image-scene constraint alone."""

    scene: SceneName = "motorcycle"
    neighborhood: Neighborhood = METHOD.neighborhood
    candidates: Candidates = METHOD.candidates
    lambda_image: LambdaImage = METHOD.lambda_image
    light: Light = METHOD.light
    search: Search = METHOD.search
    threads: Threads = 0
    crop: Crop = 0
    results: Results = ""


class ScanlineTexture(Parameters):
    """§2.2, §3.2: both constraints in scanline order."""

    scene: SceneName = "motorcycle"
    neighborhood: Neighborhood = METHOD.neighborhood
    candidates: Candidates = METHOD.candidates
    lambda_image: LambdaImage = METHOD.lambda_image
    lambda_texture: LambdaTexture = METHOD.lambda_texture
    light: Light = METHOD.light
    search: Search = METHOD.search
    threads: Threads = 0
    crop: Crop = 0
    results: Results = ""


class ConfidenceOrder(Parameters):
    """§2.3, §3.3: both constraints in order of confidence."""

    scene: SceneName = "motorcycle"
    second_scene: SecondScene = "coffee"
    neighborhood: Neighborhood = METHOD.neighborhood
    candidates: Candidates = METHOD.candidates
    lambda_image: LambdaImage = METHOD.lambda_image
    lambda_texture: LambdaTexture = METHOD.lambda_texture
    light: Light = METHOD.light
    search: Search = METHOD.search
    threads: Threads = 0
    crop: Crop = 0
    results: Results = ""


class AcceleratedSearch(Parameters):
    """§5.2: the searches side by side, and their cost against the size of the library."""

    scene: SceneName = "motorcycle-perturbed"
    neighborhood: Neighborhood = METHOD.neighborhood
    candidates: Candidates = METHOD.candidates
    lambda_image: LambdaImage = METHOD.lambda_image
    lambda_texture: LambdaTexture = METHOD.lambda_texture
    queries: Queries = 32
    largest_library: LargestLibrary = 1_000_000
    light: Light = METHOD.light
    threads: Threads = 0
    crop: Crop = 0
    results: Results = ""


class PerturbedView(Parameters):
    """§4: a focused photo from a perturbed view, and what mends it."""

    scene: SceneName = "motorcycle-perturbed"
    scene_same_view: SameView = "motorcycle"
    scene_breathing: BreathingScene = "motorcycle-breathing"
    neighborhood: Neighborhood = METHOD.neighborhood
    candidates: Candidates = METHOD.candidates
    lambda_image: LambdaImage = METHOD.lambda_image
    lambda_texture: LambdaTexture = METHOD.lambda_texture
    light: Light = METHOD.light
    search: Search = METHOD.search
    threads: Threads = 0
    crop: Crop = 0
    results: Results = ""


class CandidateSelection(Parameters):
    """§5.1: other candidates, other measures of confidence."""

    scene: SceneName = "motorcycle"
    scene_perturbed: PerturbedScene = "motorcycle-perturbed"
    neighborhood: Neighborhood = METHOD.neighborhood
    candidates: Candidates = METHOD.candidates
    pool: Pool = METHOD.pool
    lambda_image: LambdaImage = METHOD.lambda_image
    lambda_texture: LambdaTexture = METHOD.lambda_texture
    light: Light = METHOD.light
    search: Search = METHOD.search
    threads: Threads = 0
    crop: Crop = 0
    results: Results = ""


class BeyondThePaper(Parameters):
    """Beyond the paper: its opponents, registration and consistency, on all scenes."""

    scene: SceneName = "motorcycle-perturbed"
    bench: BenchScene = "bench-perturbed"
    neighborhood: Neighborhood = METHOD.neighborhood
    candidates: Candidates = METHOD.candidates
    lambda_image: LambdaImage = METHOD.lambda_image
    lambda_texture: LambdaTexture = METHOD.lambda_texture
    light: Light = METHOD.light
    search: Search = METHOD.search
    curve_crop: CurveCrop = 96
    threads: Threads = 0
    crop: Crop = 0
    results: Results = ""


class OpenQuestions(Parameters):
    """§2.3, §5: the weights, several passes, the best recipe."""

    scene: SceneName = "motorcycle"
    scene_perturbed: PerturbedScene = "motorcycle-perturbed"
    light: Light = METHOD.light
    threads: Threads = 0
    crop: Crop = 0
    results: Results = ""


with warnings.catch_warnings():
    # Every class has an attribute of this name, for abstract classes; nothing here uses it.
    warnings.filterwarnings("ignore", 'Field name "register"')

    class Explore(Parameters):
        """All of it, to play with: every choice of the method."""

        scene: SceneName = "motorcycle"
        neighborhood: Neighborhood = METHOD.neighborhood
        candidates: Candidates = METHOD.candidates
        lambda_image: LambdaImage = METHOD.lambda_image
        lambda_texture: LambdaTexture = METHOD.lambda_texture
        order: Order = METHOD.order
        causal: Causal = METHOD.causal
        passes: Passes = METHOD.passes
        # The picture is as good, and there at once; exact is a click away.
        search: Search = "coherent"
        light: Light = METHOD.light
        seed: Seed = METHOD.seed
        selection: Selection = METHOD.selection
        pool: Pool = METHOD.pool
        confidence: Confidence = METHOD.confidence
        box: Box = METHOD.box
        weighted: Weighted = METHOD.weighted
        levels: Levels = METHOD.levels
        register: Register = METHOD.register
        consistency: Consistency = METHOD.consistency
        threads: Threads = 0
        crop: Crop = 0
        results: Results = ""


NOTEBOOKS = MappingProxyType(
    {
        "01_point_spread_function": PointSpreadFunction,
        "02_image_scene": ImageScene,
        "03_scanline_texture": ScanlineTexture,
        "04_confidence_order": ConfidenceOrder,
        "05_perturbed_view": PerturbedView,
        "06_candidate_selection": CandidateSelection,
        "07_accelerated_search": AcceleratedSearch,
        "08_beyond_the_paper": BeyondThePaper,
        "09_explore": Explore,
        "10_open_questions": OpenQuestions,
    }
)
