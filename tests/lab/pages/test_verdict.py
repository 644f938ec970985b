"""The verdict: what the notebooks recorded, and nothing that they did not."""

import re

import pytest

from refocuslab.errors import RefocusError
from refocuslab.lab.pages import verdict
from refocuslab.lab.records import notebook_record, report

NAMES = ("02_image_scene", "03_scanline_texture", "04_confidence_order")


def claim(number: int, word: str, **more) -> dict:
    return {"number": number, "section": "3", "statement": "S.", "measure": "a & b", "value": "1.5 dB",
            "verdict": word, **more}  # fmt: skip


def a_report(tmp_path, **parameters) -> dict:
    def row(variant, psnr):
        return {"figure": "4", "variant": variant, "scene": "coffee", "psnr": psnr}

    figures = {"02_image_scene": ["2", "3a"], "04_confidence_order": ["3", "4"]}
    claims = {
        "02_image_scene": [claim(1, "reproduced", tolerance="at least 1 dB"), claim(5, "not")],
        "03_scanline_texture": [claim(3, "in part"), claim(5, "reproduced")],
        "04_confidence_order": [claim(4, "not")],
    }
    made = []
    for name in NAMES:
        rows = [row("misfocused", 20.0), row("refocused", 30.0)] if name.startswith("04") else []
        drawn = [{"figure": f, "file": f"figure{f}.png", "caption": "C."} for f in figures.get(name, ())]
        made.append(
            notebook_record.Record(
                notebook=name,
                parameters=parameters,
                seconds=2.0,
                claims=claims[name],
                rows=rows,
                figures=drawn,
            )
        )
    whole = report.report(made, {})
    for one in whole["notebooks"]:
        one["run"] = "run-of-" + one["notebook"]
    whole["verdict"] = verdict.verdict(whole)
    return whole


def by_label(whole: dict, kind: str) -> dict:
    return {row["label"]: row for row in whole["verdict"] if row["kind"] == kind}


def test_every_claim_of_the_paper_has_a_row_and_what_was_not_measured_says_so(tmp_path):
    claims = by_label(a_report(tmp_path), "claim")
    assert list(claims) == [str(number) for number in range(1, 11)]
    words = {label: row["verdict"] for label, row in claims.items()}
    assert {k: v for k, v in words.items() if v != "not measured"} == {
        "1": "reproduced", "3": "in part", "4": "not", "5": "in part"}  # fmt: skip
    first = claims["1"]
    assert (first["measured"], first["tolerance"], first["seconds"]) == ("1.5 dB", "at least 1 dB", 2.0)
    assert first["runs"] == {"02_image_scene": "run-of-02_image_scene"}
    assert (claims["7"]["measured"], claims["7"]["seconds"], claims["7"]["runs"]) == ("", None, {})


def test_two_notebooks_that_measured_one_claim_are_both_shown(tmp_path):
    fifth = by_label(a_report(tmp_path), "claim")["5"]
    assert fifth["measured"] == "1.5 dB; 1.5 dB"
    assert list(fifth["runs"]) == ["02_image_scene", "03_scanline_texture"]
    assert fifth["seconds"] == 4.0


def test_every_figure_of_the_paper_has_a_row_and_one_that_was_not_drawn_says_so(tmp_path):
    figures = by_label(a_report(tmp_path), "figure")
    assert list(figures) == ["1", "2", "3a", "3b", "3c", "4", "5"]
    words = {label: row["verdict"] for label, row in figures.items()}
    # 1 and 5 were not drawn; 2 was, but its claim was not measured.
    assert {label for label, word in words.items() if word == "not measured"} == {"1", "2", "5"}
    assert (words["3a"], words["3b"], words["3c"]) == ("reproduced", "in part", "not")
    assert (figures["4"]["measured"], words["4"]) == ("20.0 dB, 30.0 dB", "reproduced")


@pytest.mark.parametrize(("after", "word"), [(22.9, "in part"), (23.0, "reproduced"), (19.0, "not")])
def test_figure_4_is_judged_by_what_it_gains(after, word, tmp_path):
    whole = a_report(tmp_path)
    whole["rows"][-1]["psnr"] = after
    assert next(r for r in verdict.verdict(whole) if r["label"] == "4")["verdict"] == word
    whole["rows"][-1]["psnr"] = "Infinity"
    assert next(r for r in verdict.verdict(whole) if r["label"] == "4")["verdict"] == "reproduced"


def test_the_page_shows_all_of_it_and_its_links_are_relative(tmp_path, evidence):
    page = verdict.page(a_report(tmp_path), evidence)
    assert page.count(">the paper&#x27;s setting: ") == 10
    assert page.count("on all scenes: ") == 6
    assert "a &amp; b" in page
    assert "1 reproduced, 2 in part, 1 not, 6 not measured" in page
    assert "Made with" not in page
    assert "run-of-04_confidence_order" in page
    assert not [
        link for link in re.findall(r'(?:href|src)="([^"]+)"', page) if link.startswith(("/", "http"))
    ]


def test_what_was_measured_on_a_part_is_not_judged(tmp_path, evidence):
    page = verdict.page(a_report(tmp_path, crop=64), evidence)
    assert "in this run: 4 not judged, 6 not measured" in page
    # Four claims, their three figures and Figure 4.
    assert page.count('<span class="badge soft">not judged: 64 x 64 pixels of each scene</span>') == 12
    assert "not for comparing parameters" in page
    words = {row["verdict"] for row in a_report(tmp_path, crop=64)["verdict"]}
    assert words == {"not judged", "not measured"}


def test_other_parameters_are_told_with_the_verdict(tmp_path, evidence):
    page = verdict.page(a_report(tmp_path, lambda_image=0.02), evidence)
    assert '<span class="badge yes">reproduced, with lambda_image 0.02 (default 0.01)</span>' in page
    assert "in this run: 1 reproduced, 2 in part, 1 not, 6 not measured" in page


def test_the_page_begins_with_what_came_out(tmp_path, evidence):
    page = verdict.page(a_report(tmp_path), evidence)
    assert page.index("1 reproduced") < page.index('id="claims"') < page.index("interval over the draws")


def test_the_table_goes_between_its_marks_and_nowhere_else(tmp_path, evidence):
    whole, readme = a_report(tmp_path), tmp_path / "README.md"
    readme.write_text("before\n<!-- verdict -->\nold\n<!-- /verdict -->\nafter\n")
    verdict.into_readme(whole, evidence, readme)
    text = readme.read_text(encoding="utf-8")
    assert text.startswith("before\n<!-- verdict -->\n| claim")
    assert text.endswith("|\n<!-- /verdict -->\nafter\n")
    assert "old" not in text
    assert text.count("\n| ") == 11
    assert text.splitlines()[7].endswith("| not | reproduced; its cause: in part |")
    verdict.into_readme(whole, evidence, readme)
    assert readme.read_text(encoding="utf-8") == text
    readme.write_text("no marks")
    with pytest.raises(RefocusError, match="--readme must hold the marks"):
        verdict.into_readme(whole, evidence, readme)
    assert readme.read_text() == "no marks"


def test_the_terminal_gets_a_line_each(tmp_path):
    lines = verdict.text(a_report(tmp_path)).splitlines()
    assert len(lines) == 17
    assert lines[-1].split()[:2] == ["Claim", "10"]
    assert lines[-1].endswith("not measured")
