"""What a run has that the defaults have not, as a picture, a page or a line tells it, and what that means.

A profile sets some parameters by itself; they are told apart from those that were asked for.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from refocuslab.lab.escaping import LONGEST_STEM
from refocuslab.lab.parameters.schema import NOTEBOOKS
from refocuslab.lab.parameters.validation import PROFILES, in_profile, scene_parameters
from refocuslab.lab.records import shown_paths
from refocuslab.lab.records.identity import APART

# A notebook's parameters.
_Values = Mapping[str, Any]
# PSNR of Figure 3 (b) by `figures 3`, whole and with `--profile smoke`, for lambda_texture 0.01 and 0.02.
REVERSED = (
    "on one of 64, doubling lambda_texture raises Figure 3 (b) from 26.4 to 31.3 dB; on the whole scene it "
    "lowers it from 29.0 to 27.4 dB"
)


def changes(notebook: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters whose values are not the notebook's defaults, without those that change no result.

    Parameters
    ----------
    notebook : str
        Its full name.
    parameters : mapping of str to value
        Its own, and others that a measurement was made with.
    """
    defaults = {name: field.default for name, field in NOTEBOOKS[notebook].model_fields.items()}
    return {k: v for k, v in parameters.items() if k not in APART and (k not in defaults or defaults[k] != v)}


def side(notebook: str, parameters: Mapping[str, Any]) -> int:
    """Of the squares that scenes were cut down to, in pixels, if not to the notebook's own; else 0."""
    return int(changes(notebook, parameters).get("crop", 0))


def part(notebook: str, parameters: Mapping[str, Any]) -> str:
    """Of how much of each scene a run was, where that is less than its notebook takes; else empty.

    Examples
    --------
    >>> from refocuslab.lab.records.changed import part
    >>> part("04_confidence_order", {"crop": 64})
    '64 x 64 pixels of each scene'
    >>> part("11_real_lens", {"crop": 96})
    ''
    """
    cut = side(notebook, parameters)
    return f"{cut} x {cut} pixels of each scene" if cut else ""


def in_words(notebook: str, parameters: Mapping[str, Any], figure: str = "") -> str:
    """The changes of a notebook in a line, empty where there are none; scenes by their names.

    Parameters
    ----------
    notebook : str
        Its full name.
    parameters : mapping of str to value
        Its own.
    figure : str
        One of its figures: a scene that is another figure's alone is left out.

    Examples
    --------
    >>> from refocuslab.lab.records.changed import in_words
    >>> in_words("04_confidence_order", {"lambda_texture": 0.02, "crop": 160, "results": "."})
    'lambda_texture 0.02 (default 0.01); profile course: crop 160'
    """
    return _joined([(notebook, parameters)], figure)


def briefly(notebook: str, parameters: Mapping[str, Any]) -> str:
    """The changes of a notebook as a title tells them, without their defaults."""
    asked, _, preset = _told([(notebook, parameters)])
    return ", ".join([*asked, *preset])


def of_all(notebooks: Iterable[Mapping[str, Any]]) -> str:
    """The changes of several notebooks in a line, each once.

    Parameters
    ----------
    notebooks : iterable of mapping
        The ``notebooks`` of a report.

    Examples
    --------
    >>> from refocuslab.lab.records.changed import of_all
    >>> of_all([{"notebook": "04_confidence_order", "parameters": {"crop": 64, "second_scene": "bench"}}])
    'Made with profile smoke: crop 64, second_scene bench.'
    """
    told = _joined([(one["notebook"], one["parameters"]) for one in notebooks])
    return f"Made with {told}." if told else ""


def caution(notebooks: Iterable[Mapping[str, Any]]) -> str:
    """How far the committed texts and the numbers of a run can be trusted, beside each other; else empty.

    Parameters
    ----------
    notebooks : iterable of mapping
        As for ``of_all``.
    """
    ran = [(one["notebook"], one["parameters"]) for one in notebooks]
    if not any(changes(*one) for one in ran):
        return ""
    cut = " or ".join(dict.fromkeys(found for one in ran if (found := part(*one))))
    written = "whole scenes and the default values" if cut else "the default values"
    of = f", of {cut}," if cut else ""
    told = f"The text was written for {written}: numbers beside it{of} may say otherwise."
    if cut:
        told += f" A crop is for trying out, not for comparing parameters: {REVERSED}."
    return told


def replaced(before: Mapping[str, _Values], now: Mapping[str, _Values], where: str) -> str:
    """What other parameters are about to replace, and how to keep it, in a line; empty where it is nothing.

    Parameters
    ----------
    before, now : mapping of str to mapping
        {notebook: its parameters}.
    where : str
        The folder, as the user named it.
    """
    other = [name for name in before if changes(name, before[name]) != changes(name, now[name])]
    if not other:
        return ""
    told = of_all({"notebook": name, "parameters": before[name]} for name in other)
    told = told or "Made with the default values."
    return f"To be replaced in {where}: {', '.join(other)}. {told} To keep it, name another folder with -o."


def folder_name(values: Mapping[str, Mapping[str, Any]]) -> str:
    """The folder that results get in that of the defaults: what was changed; empty where nothing was.

    Parameters
    ----------
    values : mapping of str to mapping
        {notebook: all its parameters}.

    Examples
    --------
    >>> from refocuslab.lab.records.changed import folder_name
    >>> folder_name({"04_confidence_order": {"crop": 160, "lambda_texture": 0.02}})
    'course-lambda_texture-0.02'
    """
    asked, profile, preset = _told(values.items())
    name = "-".join(([profile] if preset else []) + list(asked))
    return re.sub(r"[^\w.-]+", "-", name)[:LONGEST_STEM].strip("-.")


def _joined(ran: Iterable[tuple[str, Mapping[str, Any]]], figure: str = "") -> str:
    asked, profile, preset = _told(ran, figure)
    told = [", ".join(one + default for one, default in asked.items())] if asked else []
    return "; ".join(told + ([f"profile {profile}: {', '.join(preset)}"] if preset else []))


def _told(
    ran: Iterable[tuple[str, Mapping[str, Any]]], figure: str = ""
) -> tuple[dict[str, str], str, list[str]]:
    """What was asked for, with each one's default; the profile, and what it set."""
    ran = list(ran)
    profile = next((name for name in PROFILES if _all_of(name, ran)), "paper")
    asked: dict[str, str] = {}
    preset: dict[str, None] = {}
    for notebook, parameters in ran:
        own = in_profile(notebook, profile)
        for name, value in _touching(notebook, parameters, figure).items():
            if name in own:
                preset[_value(notebook, name, value)] = None
            else:
                asked[_value(notebook, name, value)] = _default(notebook, name)
    return asked, profile, list(preset)


def _all_of(profile: str, ran: Iterable[tuple[str, Mapping[str, Any]]]) -> bool:
    """Whether all that a profile sets is set so."""
    return all(
        parameters.get(name) == value
        for notebook, parameters in ran
        for name, value in in_profile(notebook, profile).items()
    )


def _touching(notebook: str, parameters: Mapping[str, Any], figure: str) -> dict[str, Any]:
    scenes = scene_parameters(notebook, figure)
    others = set(scene_parameters(notebook)) - set(scenes)
    return {name: value for name, value in changes(notebook, parameters).items() if name not in others}


def _value(notebook: str, name: str, value: Any) -> str:
    return f"{name} {shown_paths.told_scene(value) if name in scene_parameters(notebook) else value}"


def _default(notebook: str, name: str) -> str:
    field = NOTEBOOKS[notebook].model_fields.get(name)
    if field is None:
        return ""
    return " (default: all)" if name == "crop" and not field.default else f" (default {field.default})"
