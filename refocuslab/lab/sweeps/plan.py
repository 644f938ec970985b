"""What a sweep is to make: the points of a grid of parameters, checked before anything is made."""

from dataclasses import dataclass, field, fields
from itertools import product
from types import MappingProxyType
from typing import Any

from refocuslab.errors import RefocusError
from refocuslab.lab.parameters import arguments
from refocuslab.lab.parameters.validation import in_profile, model_for, notebook_name, validate_text
from refocuslab.lab.records import shown_paths
from refocuslab.method import Method

# The presets of the notebooks that are about one; every other notebook's method has its parameters alone.
VARIATIONS = MappingProxyType(
    {"02_image_scene": Method.image_scene, "03_scanline_texture": Method.scanline_texture}
)
# The names of the fields of Method.
METHOD = tuple(field.name for field in fields(Method))


@dataclass(frozen=True)
class Sweep:
    """A notebook's variation of the system, over a grid of parameters.

    Attributes
    ----------
    notebook : str
        The notebook's full name, such as "04_confidence_order".
    axes : dict of str to list
        The values of each parameter that has several, in the order of the command line.
    fixed : dict
        The value of each other parameter that plays a part.
    names : dict of str to str
        What the sweep's pictures call a scene, where that differs from ``shown_paths.told_scene``.
    """

    notebook: str
    axes: dict[str, list[Any]]
    fixed: dict[str, Any]
    names: dict[str, str] = field(default_factory=dict)

    def told(self, scene: str) -> str:
        """The scene's name as pictures tell it, without where its folder lies."""
        return self.names.get(scene) or shown_paths.told_scene(scene)

    def grid(self) -> list[dict[str, Any]]:
        """The parameters of every point, the last axis fastest."""
        return [
            self.fixed | dict(zip(self.axes, values, strict=True)) for values in product(*self.axes.values())
        ]


def plan(notebook: str, texts: dict[str, list[str]], profile: str = "paper") -> Sweep:
    """A sweep over the values of the command line, each of them checked.

    Parameters
    ----------
    notebook : str
        Its name or number.
    texts : dict of str to list of str
        The values of each parameter. A parameter with one value is fixed, and no axis.
    profile : {"paper", "course", "smoke"}
        The crop of parameters that ``texts`` leaves out.

    Returns
    -------
    Sweep
        Its axes hold each value once.

    Raises
    ------
    RefocusError
        A name is no parameter of the notebook, or plays no part in a picture; a value is out of range; the
        notebook does not refocus.

    Examples
    --------
    >>> from refocuslab.lab.sweeps.plan import plan
    >>> sweep = plan("4", {"scene": ["coffee"], "neighborhood": ["3", "5"], "candidates": ["5", "20"]})
    >>> sweep.axes
    {'neighborhood': [3, 5], 'candidates': [5, 20]}
    >>> [(point["neighborhood"], point["candidates"]) for point in sweep.grid()]
    [(3, 5), (3, 20), (5, 5), (5, 20)]
    """
    name = notebook_name(notebook)
    known = model_for(name).model_fields
    if "neighborhood" not in known:
        raise RefocusError("notebook", "must be one that refocuses: it has no method to sweep", name)
    swept = [parameter for parameter in known if parameter in ("scene", "crop", *METHOD)]
    preset = {k: str(v) for k, v in in_profile(name, profile).items()}
    values: dict[str, list[Any]] = {}
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


def method_of(sweep: Sweep, parameters: dict[str, Any]) -> Method:
    """The method of a point of the sweep.

    Raises
    ------
    RefocusError
        Each value is in its range, but the method refuses their combination.
    """
    values = {name: value for name, value in parameters.items() if name in METHOD}
    if sweep.notebook == "02_image_scene":
        values.pop("lambda_texture", None)
    return VARIATIONS.get(sweep.notebook, Method)(**values)
