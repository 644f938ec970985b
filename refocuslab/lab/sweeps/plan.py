"""What a sweep is to make: the points of a grid of parameters, checked before anything is made."""

from dataclasses import dataclass, field, fields
from itertools import product
from types import MappingProxyType

from refocuslab.errors import RefocusError
from refocuslab.lab.parameters import arguments
from refocuslab.lab.parameters.validation import in_profile, model_for, notebook_name, validate_text
from refocuslab.lab.records import shown_paths
from refocuslab.method import Method

# The variation of the system that a notebook is about; the others take all from their parameters.
VARIATIONS = MappingProxyType(
    {"02_image_scene": Method.image_scene, "03_scanline_texture": Method.scanline_texture}
)
METHOD = tuple(field.name for field in fields(Method))


@dataclass(frozen=True)
class Sweep:
    """A notebook's variation of the system, the values of each swept parameter, and the others.

    names: what the sweep's pictures call a scene, where that is not as `places.told_scene` has it.
    """

    notebook: str
    axes: dict[str, list]
    fixed: dict
    names: dict[str, str] = field(default_factory=dict)

    def told(self, scene: str) -> str:
        return self.names.get(scene) or shown_paths.told_scene(scene)

    def grid(self) -> list[dict]:
        """The parameters of every point, the last axis fastest."""
        return [
            self.fixed | dict(zip(self.axes, values, strict=True)) for values in product(*self.axes.values())
        ]


def plan(notebook: str, texts: dict[str, list[str]], profile: str = "paper") -> Sweep:
    """A sweep over the values in ``texts``, all of them checked; a single value is no axis.

    ``RefocusError`` for what is not a parameter of the notebook, out of range, or without effect.
    """
    name = notebook_name(notebook)
    known = model_for(name).model_fields
    if "neighborhood" not in known:
        raise RefocusError("notebook", "must be one that refocuses: it has no method to sweep", name)
    swept = [parameter for parameter in known if parameter in ("scene", "crop", *METHOD)]
    preset = {k: str(v) for k, v in in_profile(name, profile).items()}
    values: dict[str, list] = {}
    for parameter, several in texts.items():
        if parameter in known and parameter not in swept:
            rule = f"plays no part in a point of a sweep; there are {', '.join(swept)}"
            raise RefocusError(parameter, rule, ",".join(several))
        values[parameter] = [validate_text(name, {parameter: text})[parameter] for text in several]
    for scene in values.get("scene", ()):
        arguments.scene("scene", scene)
    single = {k: texts[k][0] for k, v in values.items() if len(v) == 1}
    fixed = {k: v for k, v in validate_text(name, preset | single).items() if k in swept}
    axes = {k: list(dict.fromkeys(v)) for k, v in values.items() if len(v) > 1}
    return Sweep(name, axes, fixed)


def method_of(sweep: Sweep, parameters: dict) -> Method:
    """The method of a point of the sweep; ``RefocusError`` for a combination that it refuses."""
    values = {name: value for name, value in parameters.items() if name in METHOD}
    if sweep.notebook == "02_image_scene":
        values.pop("lambda_texture", None)
    return VARIATIONS.get(sweep.notebook, Method)(**values)
