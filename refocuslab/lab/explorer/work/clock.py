"""How long each stage of a picture is expected to take."""

import dataclasses

import refocuslab as rl

# Seconds that each stage of a scene's first picture is taken to need, in the order of the stages. They only
# decide how the progress bar is divided until a tenth of the work is done.
STAGES = {
    "PSF": 0.0,
    "registration": 0.0,
    "library": 0.1,
    "coarser levels": 0.0,
    "candidates": 0.6,
    "order": 0.02,
    "texture": 1.0,
    "consistency": 0.0,
}
# The fields of Method that leave library and candidates as they are.
AFTER_CANDIDATES = (
    *("lambda_image", "lambda_texture", "order", "causal", "passes", "seed"),
    *("confidence", "box", "weighted"),
)


def expected_seconds(method: rl.Method, last: rl.Result | None) -> dict[str, float]:
    """The seconds that each stage is expected to take.

    Parameters
    ----------
    method : Method
        What the picture is to be made by.
    last : Result or None
        The last result of the same scene.

    Returns
    -------
    dict of str to float
        Those of the last result. Without one, ``STAGES``; at least these if library or candidates must be
        made anew.
    """
    if last is None:
        return dict(STAGES)
    seconds = {stage: last.seconds.get(stage, 0.0) for stage in STAGES}
    changed = {
        field.name
        for field in dataclasses.fields(method)
        if getattr(last.method, field.name) != getattr(method, field.name)
    }
    if not changed <= set(AFTER_CANDIDATES):
        return {stage: max(seconds[stage], STAGES[stage]) for stage in STAGES}
    seconds["library"] = seconds["candidates"] = 0.0
    if method.lambda_texture > 0 and last.method.lambda_texture == 0:
        seconds["texture"] = STAGES["texture"]
    return seconds
