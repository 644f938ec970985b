"""Weights from the data: what lambda_image should be, and the recipe that follows from it (§2.1, §5.1)."""

from dataclasses import replace
from typing import Any

import numpy as np

from refocuslab.method import Method
from refocuslab.optics.image_function import ImageFunction
from refocuslab.paper.candidates import Candidates, find_candidates
from refocuslab.paper.patches import PatchLibrary
from refocuslab.scene import Scene

# The share of a window's blurred values that count as independent. They lie within one PSF of each other, so
# their errors are correlated: counted as independent, the distances would make the nearest patch a thousand
# times as likely as it is.
INDEPENDENT = 0.015


def likely_lambda(candidates: Candidates, neighborhood: int, independent: float = INDEPENDENT) -> float:
    """lambda_image as the distances to the nearest patches suggest it.

    A difference of variance s^2 in each of D = 3 size^2 values gives exp(-d / (2 s^2)) for a patch at the
    squared distance d, and d itself is about D s^2 for the right one. With the median d_0 of the nearest
    distances for D s^2, and only a share of the values independent,

        lambda_image = independent D / (2 median d_0).

    Noise and misfit are both in d_0: photos of the same view give a large lambda, another view a small one.

    Parameters
    ----------
    candidates : Candidates
        Of the pixels of the mask.
    neighborhood : int
        Side of the neighborhood that they were found with, in pixels.
    independent : float
        The share of the values that count as independent, 0 to 1.

    Returns
    -------
    float
        lambda_image, in 1/(8-bit gray level)^2.
    """
    nearest = max(float(np.median(candidates.distances[:, 0])), 1.0)
    return independent * 3 * neighborhood**2 / (2 * nearest)


def tuned(
    scene: Scene,
    method: Method,
    *,
    threads: int | None = None,
    image_function: ImageFunction | None = None,
) -> Method:
    """The method with lambda_image from the data of a scene; lambda_texture keeps its ratio to it.

    Registration is not done first: a method with register=True is tuned on the photos as they are.

    Parameters
    ----------
    scene : Scene
        U, its mask, the focused photos and the PSF.
    method : Method
        The method to tune.
    threads : int, optional
        How many threads to use; the result does not depend on it.
    image_function : callable, optional
        In the place of blur by the PSF.

    Returns
    -------
    Method
        The tuned method.
    """
    library = PatchLibrary(
        scene.focused,
        scene.known_psf,
        neighborhood=method.neighborhood,
        light=method.light,
        image_function=image_function,
    )
    found = find_candidates(library, scene.misfocused, scene.mask, 20, search=method.search, threads=threads)
    weight = likely_lambda(found, method.neighborhood)
    ratio = method.lambda_texture / method.lambda_image if method.lambda_image else 1.0
    return replace(method, lambda_image=weight, lambda_texture=ratio * weight)


def expected_color(
    scene: Scene,
    *,
    threads: int | None = None,
    image_function: ImageFunction | None = None,
    **changes: Any,
) -> Method:
    """The recipe that answers §5.1 best: every pixel takes its expected color under P_image.

    One cluster of the 100 nearest values (selection "kmeans"), a 9 x 9 neighborhood, lambda_image from the
    data, no texture constraint. Nothing in it is set by hand for a scene.

    Parameters
    ----------
    scene : Scene
        As for ``tuned``.
    threads : int or None
        As for ``tuned``.
    image_function : callable or None
        As for ``tuned``.
    **changes
        Values for other fields of the method, or for these.

    Returns
    -------
    Method
        The recipe.
    """
    recipe: dict[str, Any] = {
        "neighborhood": 9,
        "selection": "kmeans",
        "candidates": 1,
        "lambda_texture": 0.0,
    }
    return tuned(scene, Method(**recipe | changes), threads=threads, image_function=image_function)
