"""Texts of files and users on every page, in notebooks and tables: shown as they stand, never as markup."""

import re
from functools import cache
from html.parser import HTMLParser
from types import SimpleNamespace

import nbformat
import numpy as np
import pytest

import refocuslab as rl
from refocuslab.lab.escaping import file_stem, in_html, in_markdown
from refocuslab.lab.measures import all_methods
from refocuslab.lab.notebooks.notebook import Study
from refocuslab.lab.notebooks.offline_page import offline_page
from refocuslab.lab.pages import readme_table, results, scenes, verdict
from refocuslab.lab.records.notebook_record import Claim
from refocuslab.lab.records.report import row_texts
from refocuslab.lab.sweeps.report import page

HOSTILE = (
    "<script>evil()</script>", '"><img src=x onerror=evil()>', "' onmouseover='evil()", "</title><b>evil",
    "<!-- evil", "]]><svg/onload=evil()>", "[evil](javascript:evil())", "![evil](x \"y\")", "a|b|`evil`|*c*",
    "$$\\href{javascript:evil()}{x}$$", "&lt;script&gt;evil()&lt;/script&gt;", "new\n\n# evil\n\n<b>line</b>",
    "\x1b[31m<i>evil</i>", "\udcff<u>evil</u>",
)  # fmt: skip


class Seen(HTMLParser):
    """Every tag of a page with its attributes, and all its text."""

    def __init__(self, html: str):
        super().__init__()
        self.tags, self.text, self.formula = [], "", False
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attributes):
        if tag == "span" and not attributes:
            return  # around a dollar: a formula could do what a tag can
        self.tags.append((tag, tuple(name for name, _ in attributes)))
        for name, value in attributes:
            assert not name.startswith("on"), f"{tag} {name}={value}"
            assert not re.match(r"\s*javascript:", value or "", re.IGNORECASE), f"{tag} {name}={value}"

    def handle_comment(self, data):
        assert "evil" not in data

    def handle_data(self, data):
        self.text += data
        self.formula |= data.count("$") > 1 and "evil" in data


def same_tags(make, hostile: str) -> Seen:
    """The page of ``make(text)``, which must have the tags that it has with a harmless text."""
    seen, harmless = Seen(make(hostile)), Seen(make("harmless"))
    assert seen.tags == harmless.tags, hostile
    assert "evil" in seen.text, hostile
    return seen


def report(text: str) -> dict:
    """A report with the text wherever a text can stand."""
    note = {
        "notebook": "02_image_scene",
        "seconds": 1.0,
        "parameters": {"scene": text, text: text},
        "run": text,
    }
    row = {"notebook": "02_image_scene", "figure": "2", "variant": text, "scene": text}
    row |= {"psnr": 20.0, "ssim": 0.5, "reblur_rms": 1.0, "seconds": 1.0, "parameters": {"scene": text}}
    claim = {"notebook": "02_image_scene", "number": 1, "section": text, "statement": text}
    claim |= {"measure": text, "value": text, "verdict": "not", "tolerance": text}
    figure = {"notebook": "02_image_scene", "figure": "2", "file": f"{text}.png", "caption": text}
    machine = {"cpu": text, "cores": 2, "system": text, "python": text, "packages": {text: text}}
    whole = {"date": text, "machine": machine, "notebooks": [note], "figures": [figure], "rows": [row]}
    whole |= {"claims": [claim], "files": {"notebooks/02_image_scene.html": ""}}
    return whole | {"verdict": verdict.verdict(whole)}


@pytest.fixture(scope="session")
def verdict_page(evidence):
    """A function of a text: the page of the verdict on a report that holds the text."""
    return cache(lambda text: verdict.page(report(text), evidence))  # the harmless page is the same for all


@pytest.mark.seconds
@pytest.mark.parametrize("hostile", HOSTILE[:-1])
def test_the_page_of_a_run_and_of_the_verdict(hostile, verdict_page):
    same_tags(lambda text: results.page(report(text), title=text), hostile)
    same_tags(verdict_page, hostile)


@pytest.mark.seconds
@pytest.mark.parametrize("hostile", HOSTILE)
def test_the_page_of_scenes(hostile):
    photo = np.full((8, 8, 3), 90, np.uint8)

    def made(text: str) -> str:
        named = {"name": text, "title": text, "description": text}
        return scenes.scene_page(
            [rl.Scene(photo, None, [rl.FocusedPhoto(photo)], psf=rl.disk(3), **named)], ""
        )

    try:
        same_tags(made, hostile)
    except rl.RefocusError as error:  # a scene's name may have rules of its own
        assert error.argument in ("name", "title", "description")


@pytest.mark.parametrize("hostile", HOSTILE[:-1])
def test_the_page_of_a_sweep(hostile):
    def made(text: str) -> str:
        best = {"point": "0" * 16, "scene": text, "candidates": 5, text: text}
        best |= {"psnr": 1.0, "ssim": 0.5, "reblur_rms": 1.0}
        whole = {"axes": {"scene": [text], text: [text]}, "fixed": {"light": text}, "points": 1}
        whole |= {"failed": [{"parameters": {"scene": text}, "why": text}], "best": {text: best}}
        whole |= {"notebook": "4", "notebooks": {"0" * 16: f"runs/{text}"}}
        whole |= {"date": text, "machine": report(text)["machine"]}
        return page(whole, [f"sheet-1-{text}.png", f"heat-1-{text}.png"])

    same_tags(made, hostile)


def rendered(markdowns: list[str]) -> str:
    """What a notebook's own page makes of its cells' outputs in Markdown."""
    outputs = [nbformat.v4.new_output("display_data", {"text/markdown": text}) for text in markdowns]
    cells = [nbformat.v4.new_code_cell("1", outputs=[output]) for output in outputs]
    return offline_page("name", nbformat.v4.new_notebook(cells=cells))


@pytest.fixture(scope="session")
def notebook_page(evidence):
    """A function of a text: the page of a notebook that shows the text in every kind of table."""

    @cache  # nbconvert takes its time, and the harmless page is the same for all
    def page(text: str) -> str:
        def of_study() -> str:
            study = Study("02_image_scene", {})
            study.measured(text, text, SimpleNamespace(name=text), psnr=1.0)
            about = Claim(number=1, section="3.1", statement=text, measure=text, value=text, verdict="not")
            return f"{study.table().data}\n\n{study.claim(about).data}"

        def of_scenes() -> str:
            scores = {name: SimpleNamespace(psnr=1.0, ssim=0.5) for name in all_methods.METHODS}
            found = {text: SimpleNamespace(scores=scores)}
            return "\n".join(all_methods.table(found, lambda s: (f"{s.psnr}", s.psnr)))

        def of_readme() -> str:
            names = [all_methods.NOTHING, *all_methods.DECONVOLUTIONS, all_methods.BEST]
            names += [all_methods.PASTED, all_methods.CONSISTENT]
            row = {"figure": "Beyond", "scene": text, "psnr": 1.0, "ssim": 0.5}
            rows = [row | {"variant": name} for name in names]
            return verdict.markdown(report(text), evidence) + "\n" + readme_table.markdown({"rows": rows})

        return rendered([of_study(), of_scenes(), of_readme()])

    return page


@pytest.mark.seconds
@pytest.mark.parametrize("hostile", HOSTILE[:-1])
def test_a_notebooks_tables_and_claims_and_their_page(hostile, notebook_page):
    # There, MathJax reads the page.
    assert not same_tags(notebook_page, hostile).formula


def test_texts_that_say_nothing_to_markdown_stay_as_they_are():
    for text in (
        "motorcycle-perturbed",
        "image-scene alone (3a)",
        "ρ = 0.72; 0.96, the truth's",
        "+5.2 dB, 1.3e+13",
    ):
        assert in_markdown(text) == text
    assert in_html("a < b & 'c'") == "a &lt; b &amp; &#x27;c&#x27;"
    assert in_markdown("a\n\nb") == "a b"
    row = {
        "figure": "1",
        "variant": "v",
        "scene": "s",
        "psnr": 1.0,
        "ssim": None,
        "reblur_rms": 2.0,
        "seconds": 1,
    }
    assert row_texts(row)[2] == "s"


def test_names_of_saved_files_are_plain():
    assert file_stem("My cup, <b>ünder</b> ../..", "scene") == "My-cup---b-ünder--b"
    assert file_stem("../..", "scene") == "scene" and len(file_stem("x" * 999, "y")) == 60
