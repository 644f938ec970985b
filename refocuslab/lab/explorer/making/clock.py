"""How long each stage of a picture is expected to take."""

import dataclasses

import refocuslab as rl
from refocuslab.forecasting.forecast import expected

# The fields of Method that leave library and candidates as they are, and those that registration depends on.
_AFTER_CANDIDATES = (
    *("lambda_image", "lambda_texture", "order", "causal", "passes", "seed"),
    *("confidence", "box", "weighted"),
)
_ALIGNED = ("light", "consistency")
# A result that took fewer seconds says nothing of the pace: what does not grow with the work is most of it.
TELLING = 0.3


def expected_seconds(
    scene: rl.Scene, method: rl.Method, last: rl.Result | None, *, threads: int | None = None
) -> dict[str, float]:
    """The seconds that each stage is expected to take.

    Parameters
    ----------
    scene : Scene
        What is to be refocused.
    method : Method
        What the picture is to be made by.
    last : Result or None
        The last result of the same scene, whose work is kept.
    threads : int or None
        As for ``refocus``.

    Returns
    -------
    dict of str to float
        By the rates of this machine, in the order of the stages; corrected by how long the last result took.
    """
    told = expected(scene, method, threads=threads)
    if last is None:
        return told
    changed = {
        field.name
        for field in dataclasses.fields(method)
        if getattr(last.method, field.name) != getattr(method, field.name)
    }
    pace = pace_of(scene, last, threads=threads)
    seconds = {stage: pace * value for stage, value in told.items()}
    kept = ["PSF"] if "light" not in changed else []
    if last.method.register and not changed & set(_ALIGNED):
        kept.append("registration")
    if changed <= set(_AFTER_CANDIDATES):
        kept += ["library", "coarser levels", "candidates"]
    return seconds | {stage: 0.0 for stage in kept if stage in seconds}


def pace_of(scene: rl.Scene, last: rl.Result, *, threads: int | None = None) -> float:
    """How many times as long as expected a result took, in the stages whose work was not kept."""
    told = expected(scene, last.method, threads=threads)
    # What was kept took next to nothing: a tenth of what was expected, or less.
    made = [stage for stage in told if last.seconds.get(stage, 0.0) > 0.1 * told[stage]]
    took = sum(last.seconds[stage] for stage in made)
    return took / sum(told[stage] for stage in made) if took > TELLING else 1.0
