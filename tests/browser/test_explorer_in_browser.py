"""The explorer in a real browser: JupyterLab with and without subshells, and Voilà."""

import dataclasses

import numpy as np
import pytest

import refocuslab as rl
from refocuslab.lab.explorer.pixel import explain

pytestmark = pytest.mark.slow

# As the notebook begins: the search that is there at once.
METHOD = rl.Method(search="coherent")


def ratio(value: float) -> rl.Method:
    return dataclasses.replace(METHOD, lambda_texture=float(f"{value * METHOD.lambda_image:.4g}"))


def test_the_explorer_in_jupyterlab(explorer, scene):
    """One visit, as a user's: each step finds the explorer as the step before has left it."""
    first = rl.refocus(scene, METHOD)
    explorer.shows(first.image)
    explorer.scores(f"{rl.score(first.image, scene).psnr:.2f}")

    # A step of λ gives the picture and the score of the same call in Python.
    explorer.move("ratio")
    explorer.settled(2)
    method = ratio(1.26)
    stepped = rl.refocus(scene, method).image
    explorer.shows(stepped)
    explorer.scores(f"{rl.score(stepped, scene).psnr:.2f}")

    # A burst ends with the picture of the last; all that may be made on the way fits into the strip.
    explorer.move("ratio", times=5)
    explorer.page.wait_for_selector("[data-control=ratio][aria-valuetext='3.98']")
    burst = rl.refocus(scene, ratio(3.98)).image
    explorer.shows(burst)

    # Why this pixel: the candidates are those of the API.
    result = rl.refocus(scene, ratio(3.98))
    y, x = map(int, np.argwhere(scene.mask)[2000])
    explorer.click_pixel(y, x)
    pixel = explain(scene, result, y, x)
    rows = explorer.root.locator(".rl-candidates tbody tr")
    assert [int(row.get_attribute("data-source")) for row in rows.all()] == pixel.sources.tolist()
    values = [row.get_attribute("data-value") for row in rows.all()]
    assert values == [",".join(map(str, value)) for value in pixel.values.tolist()]
    shares = [
        [float(bar.get_attribute("data-share")) for bar in row.locator(".rl-bar").all()] for row in rows.all()
    ]
    assert np.allclose(shares, np.transpose([pixel.p_image, pixel.p_texture, pixel.product]))
    assert explorer.root.locator(".rl-winner").get_attribute("data-source") == str(
        pixel.sources[pixel.chosen]
    )
    holds = [cell.get_attribute("data-holds") for cell in explorer.root.locator(".rl-cell").all()]
    assert holds == list(pixel.holds)

    explorer.photograph("explorer")
    explorer.dark()
    explorer.photograph("explorer-dark")

    # By keyboard, too.
    explorer.root.locator("canvas[data-picture=refocused]").press("ArrowDown")
    explorer.page.wait_for_selector(f".rl-why[data-pixel='{y + 1},{x}']")

    # Four pictures in a row; in a narrow notebook two, so that none is too small to be looked at.
    explorer.page.set_viewport_size({"width": 1600, "height": 1800})
    explorer.in_a_row(4)
    explorer.page.set_viewport_size({"width": 1280, "height": 1800})
    explorer.in_rows(2)
    explorer.page.set_viewport_size({"width": 1800, "height": 1800})

    # The film, scrubbed to its half.
    explorer.root.get_by_role("radio", name="film of the order").check()
    explorer.root.locator("input[aria-label=turn]").fill("500")
    half = int(scene.mask.sum() / 2 + 0.5)  # as JavaScript rounds
    explorer.page.wait_for_selector(f"canvas[data-turn='{half}']")

    # With two passes it has two.
    made = explorer.made
    explorer.move("passes")
    explorer.settled(made + 1)
    explorer.page.wait_for_selector("input[aria-label=turn][max='2000']")
    explorer.root.locator("input[aria-label=turn]").fill("1500")
    explorer.page.wait_for_selector(f"canvas[data-turn='{half}'][data-pass='2']")
    explorer.root.get_by_role("radio", name="side by side").check()

    # The exact picture is a click away, and the label says which is shown.
    assert "coherent" in explorer.root.locator(".rl-search").inner_text()
    explorer.root.get_by_role("button", name="make it exact").click()
    explorer.page.wait_for_selector(".rl-search:has-text('by exact search')")
    explorer.shows(rl.refocus(scene, dataclasses.replace(ratio(3.98), passes=2, search="exact")).image)

    # An earlier result comes back with its settings.
    explorer.root.locator(".rl-strip button").first.click()
    explorer.shows(first.image)
    assert explorer.control("ratio").get_attribute("aria-valuetext") == "1"
    assert explorer.control("search").input_value() == "coherent"
    explorer.no_complaints()


def test_clusters_weights_and_levels(explorer, scene):
    """Choices beyond the paper's, and why a pixel is as it is with them."""
    explorer.root.get_by_text("further choices").click()
    explorer.control("selection").select_option("kmeans")
    explorer.control("confidence").select_option("variance")
    explorer.control("weighted").check()
    explorer.move("levels")
    explorer.page.wait_for_selector("[data-control=levels][aria-valuetext='2']")
    method = rl.Method(search="coherent", selection="kmeans", confidence="variance", weighted=True, levels=2)
    result = rl.refocus(scene, method)
    explorer.shows(result.image)
    explorer.settled(2)
    y, x = map(int, np.argwhere(scene.mask)[2000])
    explorer.click_pixel(y, x)
    pixel = explain(scene, result, y, x)
    assert pixel.winner == pixel.chosen and np.array_equal(pixel.value, result.image[y, x])
    rows = explorer.root.locator(".rl-candidates tbody tr")
    values = [row.get_attribute("data-value") for row in rows.all()]
    assert values == [",".join(map(str, value)) for value in pixel.values.tolist()]
    assert "mean color of a cluster" in explorer.root.locator(".rl-facts").inner_text()
    titles = [cell.get_attribute("title") for cell in explorer.root.locator(".rl-cell").all()]
    told = [f"counts {weight} / 3" for weight in pixel.weights.ravel()]
    middle = len(told) // 2
    assert all(told[i] in titles[i] for i in range(len(told)) if i != middle)
    assert explorer.root.locator("figcaption", has_text="the coarser W").count() == 1
    explorer.photograph("explorer-clusters")
    explorer.no_complaints()


def test_cancel_in_mid_work_keeps_the_last_picture(explorer, scene):
    before = explorer.pixels()
    # The linear search takes seconds even on a small picture of a full library.
    explorer.root.locator("summary").first.click()
    explorer.control("search").select_option("linear")
    explorer.page.wait_for_selector(".rl-status[data-busy=true]")
    # Beside the preview, the scores are those of the picture before, and say so.
    explorer.page.wait_for_selector(".rl-scores.rl-stale caption:has-text('last whole picture')")
    explorer.page.wait_for_timeout(300)
    seconds = explorer.page.evaluate(
        """async () => {
          const start = performance.now();
          const status = document.querySelector('.rl-status');
          status.querySelector('button').click();
          while (status.dataset.busy !== 'false') await new Promise(r => setTimeout(r, 5));
          return (performance.now() - start) / 1000;
        }"""
    )
    assert seconds < 3
    assert "cancelled" in explorer.root.locator(".rl-message").inner_text()
    assert explorer.root.locator(".rl-scores caption").inner_text() == "Of this picture"
    explorer.shows(before)
    assert explorer.control("search").input_value() == METHOD.search
    made = explorer.made
    explorer.move("ratio", "ArrowLeft")
    explorer.settled(made + 1)
    explorer.shows(rl.refocus(scene, ratio(0.794)).image)
    explorer.no_complaints()


def test_an_error_is_said_in_words_and_the_explorer_lives_on(explorer, scene):
    # A scene that was there when the explorer was made, and is not any more.
    explorer.page.evaluate(
        """() => {
          const select = document.querySelector('[data-control=scene]');
          select.append(new Option('a scene that is not there', 'nowhere'));
          select.value = 'nowhere';
          select.dispatchEvent(new Event('change'));
        }"""
    )
    explorer.page.wait_for_function(
        "() => document.querySelector('.rl-error').textContent.includes('nowhere')"
    )
    made = explorer.made
    explorer.move("ratio")
    explorer.settled(made + 1)
    explorer.shows(rl.refocus(scene, ratio(1.26)).image)
    assert explorer.root.locator(".rl-error").inner_text() == ""
    explorer.no_complaints()


def test_the_explorer_in_voila(voila_explorer, scene):
    explorer = voila_explorer
    explorer.shows(rl.refocus(scene, METHOD).image)
    explorer.move("ratio")
    explorer.settled(2)
    explorer.shows(rl.refocus(scene, ratio(1.26)).image)
    explorer.no_complaints()
