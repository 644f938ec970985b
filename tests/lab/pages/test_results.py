"""The page of results: what was asked for opens it, and what was changed is told."""

import re

from refocuslab.lab.pages import results
from refocuslab.lab.records import notebook_record, report

CLAIM = {
    "number": 4,
    "section": "3.3",
    "statement": "S.",
    "measure": "PSNR",
    "value": "1 dB",
    "verdict": "not",
}


def a_report(rows=(), **parameters):
    drawn = [{"figure": f, "file": f"figure{f}.png", "caption": "C."} for f in ("2", "3", "4")]
    one = notebook_record.Record(
        notebook="04_confidence_order",
        parameters=parameters,
        seconds=2.0,
        claims=[CLAIM],
        rows=rows,
        figures=drawn,
    )
    return report.report([one], {})


def test_the_figure_that_was_asked_for_opens_the_page():
    def first(page):
        return page[page.index("<figure>") :].split('"')[1]

    assert first(results.page(a_report())) == "figure4.png"
    assert first(results.page(a_report(), asked=("3",))) == "figure3.png"
    assert first(results.page(a_report(), asked=("5", "04_confidence_order"))) == "figure4.png"


def test_what_was_changed_is_told_at_the_top_and_with_its_notebook():
    page = results.page(a_report(lambda_texture=0.02))
    told = "lambda_texture 0.02 (default 0.01)"
    assert f'<p class="caution">Made with {told}. The text was written for the default values' in page
    assert f"<b>{told}</b>" in page
    plain = results.page(a_report())
    assert "Made with" not in plain and '<p class="caution' not in plain


def test_a_claim_is_not_judged_by_a_part_and_tells_what_it_was_measured_with():
    def cards(**parameters):
        page = results.page(a_report(**parameters))
        return re.findall(r'<span class="badge (\w+)">([^<]*)<', page)

    assert cards() == [("no", "not")]
    assert cards(lambda_texture=0.02) == [("no", "not, with lambda_texture 0.02 (default 0.01)")]
    assert cards(lambda_texture=0.02, crop=64) == [("soft", "not judged: 64 x 64 pixels of each scene")]
