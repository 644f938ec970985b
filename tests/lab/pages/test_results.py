"""The page of results: what was asked for opens it, and what was changed is told."""

from refocuslab.lab.pages import results
from refocuslab.lab.records import notebook_record, report


def a_report(**parameters):
    drawn = [{"figure": f, "file": f"figure{f}.png", "caption": "C."} for f in ("2", "3", "4")]
    one = notebook_record.Record(
        notebook="04_confidence_order", parameters=parameters, seconds=2.0, claims=[], rows=[], figures=drawn
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
    assert "Made with lambda_texture 0.02." in page and "<b>lambda_texture 0.02</b>" in page
    assert "Made with" not in results.page(a_report())
