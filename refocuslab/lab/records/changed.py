"""The parameters that differ from a notebook's defaults, as a picture, a page or a line tells them."""

from collections.abc import Iterable, Mapping
from typing import Any

from refocuslab.lab.parameters.schema import NOTEBOOKS
from refocuslab.lab.parameters.validation import scene_parameters
from refocuslab.lab.records import shown_paths
from refocuslab.lab.records.identity import APART


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


def in_words(notebook: str, parameters: Mapping[str, Any]) -> str:
    """The changes of a notebook in a line, empty where there are none; scenes by their names.

    Examples
    --------
    >>> from refocuslab.lab.records.changed import in_words
    >>> in_words("04_confidence_order", {"lambda_texture": 0.02, "crop": 160, "results": "."})
    'lambda_texture 0.02, crop 160'
    """
    return ", ".join(_told(notebook, parameters))


def of_all(notebooks: Iterable[Mapping[str, Any]]) -> str:
    """The changes of several notebooks in a line, each once, and what a part of a scene means for verdicts.

    Parameters
    ----------
    notebooks : iterable of mapping
        The ``notebooks`` of a report.

    Examples
    --------
    >>> from refocuslab.lab.records.changed import of_all
    >>> of_all([{"notebook": "04_confidence_order", "parameters": {"crop": 64}}])
    'Made with crop 64. A verdict needs whole scenes: this is of 64 x 64 pixels in the middle of each.'
    """
    ran = [(one["notebook"], one["parameters"]) for one in notebooks]
    told = ", ".join(dict.fromkeys(part for one in ran for part in _told(*one)))
    sides = {side for one in ran if (side := changes(*one).get("crop"))}
    cut = " or ".join(f"{side} x {side}" for side in sorted(sides))
    part = f" A verdict needs whole scenes: this is of {cut} pixels in the middle of each." if cut else ""
    return f"Made with {told}.{part}" if told else ""


def _told(notebook: str, parameters: Mapping[str, Any]) -> list[str]:
    scenes = scene_parameters(notebook)
    found = changes(notebook, parameters)
    return [f"{k} {shown_paths.told_scene(v) if k in scenes else v}" for k, v in found.items()]
