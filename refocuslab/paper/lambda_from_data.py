"""Weights from the data: what lambda_image should be, and the recipe that follows from it (§2.1, §5.1)."""

from dataclasses import replace

import numpy as np

from refocuslab.method import Method
from refocuslab.paper.candidates import Candidates, find_candidates
from refocuslab.paper.patches import PatchLibrary

# How many independent values a window of blurred light is worth, as a share of those it holds. They lie
# within one PSF of each other, so they err together: counted as independent, the distances would say that
# the nearest patch is a thousand times as likely as it is.
INDEPENDENT = 0.015


def likely_lambda(candidates: Candidates, neighborhood: int, independent: float = INDEPENDENT) -> float:
    """lambda_image, in 1/(8-bit grey level)^2, as the distances to the nearest patches suggest it.

    A difference of variance s^2 in each of D = 3 size^2 values gives exp(-d / (2 s^2)) for a patch at the
    squared distance d, and d itself is D s^2 for the right one. With the median d_0 of the nearest
    distances for D s^2, and only a share of the values independent,

        lambda_image = independent D / (2 median d_0).

    Noise and misfit are both in d_0: photos of the same view give a large lambda, another view a small one.
    """
    nearest = max(float(np.median(candidates.distances[:, 0])), 1.0)
    return independent * 3 * neighborhood**2 / (2 * nearest)


def tuned(scene, method: Method, *, threads: int | None = None, image_function=None) -> Method:
    """The method with lambda_image from the data of a scene; lambda_texture keeps its ratio to it.

    Registration is not done first: a method with register=True is tuned on the photos as they are.
    """
    how = {"neighborhood": method.neighborhood, "light": method.light, "image_function": image_function}
    library = PatchLibrary(scene.focused, scene.psf, **how)
    found = find_candidates(library, scene.misfocused, scene.mask, 20, search=method.search, threads=threads)
    weight = likely_lambda(found, method.neighborhood)
    ratio = method.lambda_texture / method.lambda_image if method.lambda_image else 1.0
    return replace(method, lambda_image=weight, lambda_texture=ratio * weight)


def expected_colour(scene, *, threads: int | None = None, image_function=None, **changes) -> Method:
    """The recipe that answers §5.1 best: every pixel takes its expected colour under P_image.

    One cluster of the 100 nearest values (selection "kmeans"), a 9 x 9 neighborhood, lambda_image from the
    data, no texture constraint. Nothing in it is set by hand for a scene.
    """
    recipe = {"neighborhood": 9, "selection": "kmeans", "candidates": 1, "lambda_texture": 0.0}
    return tuned(scene, Method(**recipe | changes), threads=threads, image_function=image_function)
