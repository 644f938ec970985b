"""The page of a run: it stands alone, its links lead somewhere, and no text can break it."""

from html.parser import HTMLParser
from urllib.parse import unquote

import pytest

from refocuslab.lab.pages.results import page
from refocuslab.lab.records import notebook_record, report

NAME = "02_image_scene"


class Links(HTMLParser):
    def __init__(self):
        super().__init__()
        self.links, self.tags, self.texts = [], [], []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.links += [unquote(value) for name, value in attrs if name in ("href", "src")]

    def handle_data(self, data):
        self.texts.append(data)


@pytest.fixture
def results(tmp_path):
    """A folder of results with one record, its page and all that the page may link to."""
    figure = {"figure": "2", "file": "figure #2.png", "caption": "<script>alert(1)</script> a < b"}
    row = {"figure": "2", "variant": "alone", "scene": "coffee", "psnr": 21.74, "ssim": None}
    claim = {"number": 1, "section": "3.1", "statement": 'Right & "noisy".', "measure": "RMS"}
    (tmp_path / figure["file"]).touch()
    notebook_record.record(
        tmp_path,
        NAME,
        {"candidates": 7},
        figures=[figure],
        rows=[row, row | {"parameters": {"causal": True}}],
        claims=[claim | {"value": 3.14159, "verdict": "not"}],
    )
    files = ["figure #2.png", f"notebooks/{NAME}.html", f"notebooks/{NAME}.ipynb"]
    (tmp_path / "notebooks").mkdir()
    for name in (*files, "results.json"):
        (tmp_path / name).touch()
    made = notebook_record.read_record(tmp_path, NAME)
    whole = report.report([made], {name: tmp_path / name for name in files})
    (tmp_path / "index.html").write_text(page(whole), encoding="utf-8")
    return tmp_path


def read(results) -> tuple[str, Links]:
    text = (results / "index.html").read_text(encoding="utf-8")
    links = Links()
    links.feed(text)
    return text, links


def test_every_link_leads_somewhere_and_nothing_comes_from_elsewhere(results):
    text, links = read(results)
    wanted = {"figure #2.png", "results.json", f"notebooks/{NAME}.html", f"notebooks/{NAME}.ipynb"}
    assert wanted <= set(links.links)
    for link in links.links:
        assert f'id="{link[1:]}"' in text if link.startswith("#") else (results / link).is_file()
    assert not {"script", "link", "iframe"} & set(links.tags)
    assert "://" not in text
    assert str(results) not in text


def test_texts_are_shown_as_they_are(results):
    _, links = read(results)
    shown = "".join(links.texts)
    for text in ("<script>alert(1)</script> a < b", 'Right & "noisy".', "21.7", "3.142", "coffee"):
        assert text in shown


@pytest.mark.parametrize(("figure", "label"), [("3c", "Figure 3c."), ("MTF", "MTF.")])
def test_the_papers_figures_are_called_figures_and_ours_by_their_word(figure, label, tmp_path):
    picture = {"figure": figure, "file": "a.png", "caption": "c"}
    made = notebook_record.Record(notebook=NAME, parameters={}, figures=[picture])
    assert f"<b>{label}</b>" in page(report.report([made], {}))


def test_only_parameters_that_differ_from_the_defaults_are_named(results):
    _, links = read(results)
    assert links.texts.count("candidates = 7") == 2
    assert links.texts.count("causal = True") == 1
    assert "neighborhood = " not in "".join(links.texts)


def test_light_and_dark_and_small_screens_are_served(results):
    text, _ = read(results)
    assert "prefers-color-scheme: dark" in text
    assert 'name="viewport"' in text


def test_an_empty_report_makes_a_page_without_empty_sections():
    text = page(report.report([], {}))
    assert "<h2>" not in text
    assert "<table" not in text
