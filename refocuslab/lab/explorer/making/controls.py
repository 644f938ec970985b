"""What can be set in the explorer: the controls, made from notebook 09's parameters, and the settings."""

import dataclasses
import inspect
import math
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal, TypeGuard, get_args, get_origin

from pydantic.fields import FieldInfo

import refocuslab as rl
from refocuslab.checks import is_number, plain
from refocuslab.errors import RefocusError
from refocuslab.lab.parameters import schema, validation
from refocuslab.lab.widgets.texts import brief

# The notebook whose parameters are the controls.
NOTEBOOK = "09_explore"
# The system of a method that no preset gives.
OTHER = "other"
# The parameters of the notebook that are no fields of Method.
NOT_THE_METHOD = ("scene", "crop", "threads", "results")
# The labels of controls that their names do not make.
NAMES = {
    "lambda_image": "λ image",
    "ratio": "λ texture / λ image",
    "causal": "causal neighborhood",
    "weighted": "weighted by certainty",
    "levels": "levels of the pyramid",
    "register": "register focused photos",
    "consistency": "make it blur back to U",
}
# What the form calls the presets of Method.
SYSTEMS = {
    "image_scene": "image-scene constraint alone (3a)",
    "scanline_texture": "scanline order, causal (3b)",
    "confidence_order": "confidence order, symmetric (3c)",
    "consistent": "registered, and consistent with U",
}
# Significant digits of weights: more than a slider tells apart.
DIGITS = 4
# The front end sends powers of ten with three significant digits: a relative error of at most 0.005.
ROUNDING = 0.006
# The value of a control.
Value = bool | int | float | str


# The marks of the ratio's parameter: its field, and the ends of its scale.
_RATIO = get_args(schema.LambdaRatio)[1:]


@dataclass(frozen=True)
class Control:
    """One control of the form.

    Attributes
    ----------
    name : str
        What it sets.
    label : str
        What the form calls it.
    kind : {"choice", "slider", "log", "switch", "number"}
        "log" is a slider over powers of ten.
    help : str
        What it means, in a sentence.
    least, most, step : float
        The range of a number, for "log" as exponents of ten. A "number" with step 0 is real, else whole.
    choices : tuple of (str, str)
        The values of a choice, and what the form calls each.
    """

    name: str
    label: str
    kind: Literal["choice", "slider", "log", "switch", "number"]
    help: str
    least: float = 0
    most: float = 0
    step: float = 1
    choices: tuple[tuple[str, str], ...] = ()

    @property
    def values(self) -> tuple[Value, ...]:
        """All that a choice or a switch offers; nothing of a number."""
        return (False, True) if self.kind == "switch" else tuple(value for value, _ in self.choices)

    def offered(self, value: object) -> Value:
        """The value as this control sets it.

        Raises
        ------
        RefocusError
            The control does not offer the value.
        """
        if self.kind == "choice":
            if not isinstance(value, str) or value not in dict(self.choices):
                known = ", ".join(text for _, text in self.choices)
                raise RefocusError(self.name, f"must be one of {known}", brief(value))
            return value
        if self.kind == "switch":
            if not isinstance(value, bool):
                raise RefocusError(self.name, "must be true or false", brief(value))
            return value
        least, most = (10.0**self.least, 10.0**self.most) if self.kind == "log" else (self.least, self.most)
        # A slider of powers of ten rounds what it sends, and so may pass its ends.
        slack = ROUNDING if self.kind == "log" else 0
        if not _is_finite(value) or not least * (1 - slack) <= value <= most * (1 + slack):
            raise RefocusError(self.name, f"must be from {least:g} to {most:g}", brief(value))
        if self.kind == "log" or self.step == 0:
            return float(min(max(value, least), most))
        if value % 1:
            raise RefocusError(self.name, "must be a whole number", brief(value))
        return int(value)


@dataclass(frozen=True)
class Settings:
    """What one picture is made from.

    Attributes
    ----------
    scene : str
        The name that the scene is chosen by.
    method : Method
        How it is refocused.
    ratio : float
        λ texture / λ image before a system without texture was chosen, to return to; not compared.
    """

    scene: str
    method: rl.Method
    ratio: float = dataclasses.field(default=1.0, compare=False)

    def changed(self, name: str, value: Any) -> "Settings":
        """These settings after one control was moved.

        Parameters
        ----------
        name : str
            The control, or "lambda_texture".
        value : bool, int, float or str
            Where to; anything else is refused.

        Raises
        ------
        RefocusError
            There is no such control, or the value is out of its range.
        """
        method = self.method
        if name not in {"lambda_texture", *self.values()}:
            raise RefocusError("setting", f"must be one of {', '.join(self.values())}", brief(name))
        if name in ("ratio", "lambda_image") and not _is_finite(value):
            raise RefocusError(name, "must be a finite number", brief(value))
        if name == "scene":
            return dataclasses.replace(self, scene=value)
        if name == "system":
            ratio = self.values()["ratio"] or self.ratio
            return dataclasses.replace(self, method=in_system(method, value, ratio), ratio=ratio)
        if name == "ratio":
            changes: dict[str, Any] = {"lambda_texture": _rounded(value * method.lambda_image)}
        elif name == "lambda_image":
            # The ratio of the two weights stays, so that only the confidence changes.
            share = value / method.lambda_image if method.lambda_image else 1.0
            changes = {name: _rounded(value), "lambda_texture": _rounded(method.lambda_texture * share)}
        else:
            changes = {name: value}
        for field, number in changes.items():
            if field in validation.model_for(NOTEBOOK).model_fields:
                validation.validate(NOTEBOOK, {field: number})
        return dataclasses.replace(self, method=dataclasses.replace(method, **changes))

    def values(self) -> dict[str, Any]:
        """The value of every control, by name."""
        method = self.method
        own = {field.name: getattr(method, field.name) for field in dataclasses.fields(method)}
        own.pop("lambda_texture")
        ratio = method.lambda_texture / method.lambda_image if method.lambda_image else math.inf
        _, most = _logarithmic(_RATIO)
        ratio = _rounded(min(ratio, 10.0**most))
        return {"scene": self.scene, "system": system_of(method), "ratio": ratio} | own


def settings_of(values: dict[str, Any]) -> Settings:
    """The settings that values of notebook 09's parameters ask for."""
    values = validation.validate(NOTEBOOK, values)
    method = {name: value for name, value in values.items() if name not in NOT_THE_METHOD}
    return Settings(values["scene"], rl.Method(**method))


def systems() -> dict[str, str]:
    """What the form calls each preset of Method, by name."""
    presets = [name for name, _ in inspect.getmembers(rl.Method, inspect.ismethod) if name[0] != "_"]
    presets.sort(key=lambda name: (list(SYSTEMS).index(name) if name in SYSTEMS else len(SYSTEMS), name))
    return {name: SYSTEMS.get(name, name.replace("_", " ")) for name in presets}


def in_system(method: rl.Method, system: str, ratio: float = 1.0) -> rl.Method:
    """A preset, with the method's values in all fields that no preset sets.

    Parameters
    ----------
    method : Method
        Where the other fields come from.
    system : str
        The name of a preset; ``OTHER`` returns the method itself.
    ratio : float
        λ texture / λ image if the preset has texture and the method has none.

    Raises
    ------
    RefocusError
        There is no such preset.
    """
    if system == OTHER:
        return method
    if system not in systems():
        raise RefocusError("system", f"must be one of {', '.join(systems())}", system)
    preset: rl.Method = getattr(rl.Method, system)()
    default = rl.Method()
    kept = {
        field.name: getattr(method, field.name)
        for field in dataclasses.fields(method)
        if field.name not in _chosen_by_systems()
        and getattr(preset, field.name) == getattr(default, field.name)
    }
    if preset.lambda_texture == 0 == method.lambda_image:
        del kept["lambda_image"]
    if kept.get("lambda_texture") == 0:
        kept["lambda_texture"] = _rounded(ratio * method.lambda_image) or default.lambda_texture
    return dataclasses.replace(preset, **kept)


def system_of(method: rl.Method) -> str:
    """The name of the preset that a method belongs to, or ``OTHER``."""
    return next((name for name in systems() if in_system(method, name) == method), OTHER)


def controls(scenes: dict[str, str]) -> list[Control]:
    """The controls of the form, from top to bottom; ``scenes``: what the form calls each, by name."""
    fields = validation.model_for(NOTEBOOK).model_fields
    about = "the paper's systems and ours; sets order, causal, texture"
    presets = (*systems().items(), (OTHER, "another combination"))
    form = [
        Control("scene", "scene", "choice", _help(fields["scene"]), choices=tuple(scenes.items())),
        Control("system", "system", "choice", about, choices=presets),
        _slider("ratio", _help(_RATIO[0]), _RATIO),
    ]
    names = [field.name for field in dataclasses.fields(rl.Method) if field.name != "lambda_texture"]
    first = ["lambda_image", "neighborhood", "candidates", "passes", "order", "search", "causal"]
    first += ["register", "consistency"]
    for name in sorted(names, key=lambda n: first.index(n) if n in first else len(first)):
        form.append(_control(name, fields.get(name)))
    return form


@cache  # the presets stay as they are, and every move of a control asks for this
def _chosen_by_systems() -> frozenset[str]:
    """The fields in which some preset differs from the defaults, but for the weight of texture."""
    default = rl.Method()
    presets = [getattr(rl.Method, name)() for name in systems()]
    differing = {
        field.name
        for field in dataclasses.fields(default)
        if any(getattr(preset, field.name) != getattr(default, field.name) for preset in presets)
    }
    return frozenset(differing - {"lambda_texture"})


def _control(name: str, field: FieldInfo | None) -> Control:
    default = getattr(rl.Method(), name)
    if field is None:
        return _unlisted(name, default)
    if get_origin(field.annotation) is Literal:
        choices = tuple((choice, choice) for choice in get_args(field.annotation))
        return Control(name, _label(name), "choice", _help(field), choices=choices)
    if field.annotation is bool:
        return Control(name, _label(name), "switch", _help(field))
    return _slider(name, _help(field), field.metadata)


def _unlisted(name: str, default: Value) -> Control:
    """The control of a field of Method that is no parameter of the notebook."""
    if isinstance(default, bool):
        return Control(name, _label(name), "switch", "")
    if isinstance(default, str):
        known = (f"{name.upper()}{plural}" for plural in ("S", "ES"))
        choices = next((getattr(rl.method, many) for many in known if hasattr(rl.method, many)), (default,))
        return Control(name, _label(name), "choice", "", choices=tuple((one, one) for one in choices))
    return Control(name, _label(name), "number", "", most=2**31 - 1, step=1 if type(default) is int else 0)


def _slider(name: str, help: str, metadata: Sequence[Any]) -> Control:
    """A control for numbers; ``metadata`` are the marks of their parameter, of any types."""
    if any(isinstance(mark, schema.Log) for mark in metadata):
        least, most = _logarithmic(metadata)
        return Control(name, _label(name), "log", help, least, most, 0.1)
    least = next(mark.ge for mark in metadata if hasattr(mark, "ge"))
    most = next(mark.le for mark in metadata if hasattr(mark, "le"))
    step = 2 if any(getattr(mark, "func", None) is schema.odd for mark in metadata) else 1
    return Control(name, _label(name), "slider" if most <= 1000 else "number", help, least, most, step)


def _logarithmic(metadata: Sequence[Any]) -> tuple[float, float]:
    mark = next(mark for mark in metadata if isinstance(mark, schema.Log))
    return round(math.log10(mark.least), 3), round(math.log10(mark.most), 3)


def _is_finite(value: object) -> TypeGuard[int | float]:
    """Whether a value is a number that a float can hold, numpy's included; a truth value is none."""
    return is_number(value) and abs(plain(value)) <= sys.float_info.max


def _help(field: FieldInfo) -> str:
    return field.description or ""


def _label(name: str) -> str:
    return NAMES.get(name, name.replace("_", " "))


def _rounded(value: float) -> float:
    return float(f"{value:.{DIGITS}g}")
