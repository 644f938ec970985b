"""What can be set in the explorer: the controls, made from the parameters, and the settings they give."""

import dataclasses
import inspect
import math
import numbers
from dataclasses import dataclass
from typing import Literal, get_args, get_origin

import refocuslab as rl
from refocuslab.errors import RefocusError
from refocuslab.lab.explorer.texts import brief
from refocuslab.lab.parameters import schema, validation

NOTEBOOK = "09_explore"
OTHER = "other"
# The scene is chosen, and crop, threads and results are set, where the explorer is made.
NOT_THE_METHOD = ("scene", "crop", "threads", "results")
NAMES = {
    "lambda_image": "λ image",
    "ratio": "λ texture / λ image",
    "causal": "causal neighborhood",
    "weighted": "weighted by certainty",
    "levels": "levels of the pyramid",
    "register": "register focused photos",
    "consistency": "make it blur back to U",
}
SYSTEMS = {
    "image_scene": "image-scene constraint alone (3a)",
    "scanline_texture": "scanline order, causal (3b)",
    "confidence_order": "confidence order, symmetric (3c)",
    "consistent": "registered, and consistent with U",
}
# More than this a slider does not tell apart, and a person does not type.
DIGITS = 4
# The front end sends three digits of a power of ten.
ROUNDING = 0.006


@dataclass(frozen=True)
class Control:
    """One control of the form: what it sets, how it is called, and what it can be.

    kind: "choice", "slider", "log" (a slider over powers of ten), "switch" or "number". For "log",
    least, most and step are exponents of ten. choices: (value, text) pairs.
    """

    name: str
    label: str
    kind: str
    help: str
    least: float = 0
    most: float = 0
    step: float = 1
    choices: tuple[tuple[str, str], ...] = ()

    def offered(self, value) -> bool | int | float | str:
        """The value, if this control offers it. RefocusError otherwise."""
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
        # A slider of powers of ten rounds what it sends, at its ends as well.
        slack = ROUNDING if self.kind == "log" else 0
        if not _number(value) or not least * (1 - slack) <= value <= most * (1 + slack):
            raise RefocusError(self.name, f"must be from {least:g} to {most:g}", brief(value))
        if self.kind == "log" or self.step == 0:
            return float(min(max(value, least), most))
        if value % 1:
            raise RefocusError(self.name, "must be a whole number", brief(value))
        return int(value)


@dataclass(frozen=True)
class Settings:
    """What one picture is made from: a scene's name and a method.

    ratio: what λ texture / λ image was before a system without texture was chosen, to come back to.
    """

    scene: str
    method: rl.Method
    ratio: float = dataclasses.field(default=1.0, compare=False)

    def changed(self, name: str, value) -> "Settings":
        """These settings after one control was moved. RefocusError for what is out of its range."""
        method = self.method
        if name not in {"lambda_texture", *self.values()}:
            raise RefocusError("setting", f"must be one of {', '.join(self.values())}", brief(name))
        if name in ("ratio", "lambda_image") and not _number(value):
            raise RefocusError(name, "must be a finite number", brief(value))
        if name == "scene":
            return dataclasses.replace(self, scene=value)
        if name == "system":
            ratio = self.values()["ratio"] or self.ratio
            return dataclasses.replace(self, method=in_system(method, value, ratio), ratio=ratio)
        if name == "ratio":
            changes = {"lambda_texture": _rounded(value * method.lambda_image)}
        elif name == "lambda_image":
            # The weight of one constraint against the other stays; what changes is the confidence.
            share = value / method.lambda_image if method.lambda_image else 1.0
            changes = {name: _rounded(value), "lambda_texture": _rounded(method.lambda_texture * share)}
        else:
            changes = {name: value}
        for field, number in changes.items():
            if field in validation.model_for(NOTEBOOK).model_fields:
                validation.validate(NOTEBOOK, {field: number})
        return dataclasses.replace(self, method=dataclasses.replace(method, **changes))

    def values(self) -> dict:
        """The value of every control."""
        method = self.method
        own = {field.name: getattr(method, field.name) for field in dataclasses.fields(method)}
        own.pop("lambda_texture")
        ratio = method.lambda_texture / method.lambda_image if method.lambda_image else math.inf
        _, most = _logarithmic(schema.LambdaRatio.__metadata__)
        ratio = _rounded(min(ratio, 10.0**most))
        return {"scene": self.scene, "system": system_of(method), "ratio": ratio} | own


def settings_of(values: dict) -> Settings:
    """The settings that notebook 09's parameters ask for."""
    values = validation.validate(NOTEBOOK, values)
    method = {name: value for name, value in values.items() if name not in NOT_THE_METHOD}
    return Settings(values["scene"], rl.Method(**method))


def systems() -> dict[str, str]:
    """The presets of Method, by name, with what the form calls them."""
    presets = [name for name, _ in inspect.getmembers(rl.Method, inspect.ismethod) if name[0] != "_"]
    presets.sort(key=lambda name: (list(SYSTEMS).index(name) if name in SYSTEMS else len(SYSTEMS), name))
    return {name: SYSTEMS.get(name, name.replace("_", " ")) for name in presets}


def in_system(method: rl.Method, system: str, ratio: float = 1.0) -> rl.Method:
    """A preset with those of the method's values that the preset leaves open.

    ratio: λ texture / λ image where the preset wants texture and the method has none.
    """
    if system == OTHER:
        return method
    if system not in systems():
        raise RefocusError("system", f"must be one of {', '.join(systems())}", system)
    preset, default = getattr(rl.Method, system)(), rl.Method()
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
    """The preset that a method belongs to, or OTHER."""
    return next((name for name in systems() if in_system(method, name) == method), OTHER)


def controls(scenes: dict[str, str]) -> list[Control]:
    """The form, top to bottom. scenes: names, and what to call them."""
    fields = validation.model_for(NOTEBOOK).model_fields
    form = [
        Control("scene", "scene", "choice", fields["scene"].description, choices=tuple(scenes.items())),
        Control("system", "system", "choice", "the paper's systems and ours; sets order, causal, texture",
                choices=(*systems().items(), (OTHER, "another combination"))),
    ]  # fmt: skip
    ratio = schema.LambdaRatio.__metadata__
    form.append(_slider("ratio", float, ratio[0].description, ratio))
    names = [field.name for field in dataclasses.fields(rl.Method) if field.name != "lambda_texture"]
    first = ["lambda_image", "neighborhood", "candidates", "passes", "order", "search", "causal", "register",
             "consistency"]  # fmt: skip
    for name in sorted(names, key=lambda n: first.index(n) if n in first else len(first)):
        form.append(_control(name, fields.get(name)))
    return form


def _chosen_by_systems() -> set[str]:
    """The fields in which some preset departs from the defaults, less the weight of texture."""
    default = rl.Method()
    presets = [getattr(rl.Method, name)() for name in systems()]
    differing = {
        field.name
        for field in dataclasses.fields(default)
        if any(getattr(preset, field.name) != getattr(default, field.name) for preset in presets)
    }
    return differing - {"lambda_texture"}


def _control(name: str, field) -> Control:
    default = getattr(rl.Method(), name)
    if field is None:
        return _unlisted(name, default)
    if get_origin(field.annotation) is Literal:
        choices = tuple((choice, choice) for choice in get_args(field.annotation))
        return Control(name, _label(name), "choice", field.description, choices=choices)
    if field.annotation is bool:
        return Control(name, _label(name), "switch", field.description)
    return _slider(name, field.annotation, field.description, field.metadata)


def _unlisted(name: str, default) -> Control:
    """A control for a field of Method that the parameters do not know (yet)."""
    if isinstance(default, bool):
        return Control(name, _label(name), "switch", "")
    if isinstance(default, str):
        known = (f"{name.upper()}{plural}" for plural in ("S", "ES"))
        choices = next((getattr(rl.method, many) for many in known if hasattr(rl.method, many)), (default,))
        return Control(name, _label(name), "choice", "", choices=tuple((one, one) for one in choices))
    return Control(name, _label(name), "number", "", most=2**31 - 1, step=1 if type(default) is int else 0)


def _slider(name: str, kind: type, help: str, metadata) -> Control:
    if any(isinstance(mark, schema.Log) for mark in metadata):
        least, most = _logarithmic(metadata)
        return Control(name, _label(name), "log", help, least, most, 0.1)
    least = next(mark.ge for mark in metadata if hasattr(mark, "ge"))
    most = next(mark.le for mark in metadata if hasattr(mark, "le"))
    step = 2 if any(getattr(mark, "func", None) is schema.odd for mark in metadata) else 1
    return Control(name, _label(name), "slider" if most <= 1000 else "number", help, least, most, step)


def _logarithmic(metadata) -> tuple[float, float]:
    mark = next(mark for mark in metadata if isinstance(mark, schema.Log))
    return round(math.log10(mark.least), 3), round(math.log10(mark.most), 3)


def _number(value) -> bool:
    """Whether a value is a finite number, numpy's included; a truth value is none."""
    return isinstance(value, numbers.Real) and not isinstance(value, bool) and math.isfinite(value)


def _label(name: str) -> str:
    return NAMES.get(name, name.replace("_", " "))


def _rounded(value: float) -> float:
    return float(f"{value:.{DIGITS}g}")
