"""The numbers of a claim, named: every committed claim has its table, a text that does not fit has none."""

import nbformat
import pytest

from refocuslab.errors import RefocusError
from refocuslab.files.installed import notebooks_folder
from refocuslab.lab.pages.claim_table import claim_table, in_html_table, in_markdown_lines


def test_numbers_stand_where_they_belong():
    table = claim_table(
        4,
        "bled 2.02% and 0.93% of the pixels; features kept 92.4% and 96.4%; "
        "SSIM 0.959 and 0.974; PSNR 29.0 and 33.9 dB",
    )
    assert table.columns == ("scanline order, causal", "confidence order, symmetric")
    assert dict(table.rows)["small features kept"] == ("92.4%", "96.4%")
    assert "<td>0.974</td>" in in_html_table(table)


def test_the_scenes_of_claim_10_are_named_or_numbered():
    text = "same view: 39.2 and 27.1 (45.6) dB; another view: 20.8 and 27.7 (35.9), 28.8 and 27.1 (31.1) dB"
    rows = claim_table(10, text, (["bench"], ["a", "b"])).rows
    assert rows[2] == ("b, another view: PSNR, dB", ("28.8", "27.1", "31.1"))
    assert claim_table(10, text, (["bench"], [])).rows[1][0] == "scene 1, another view: PSNR, dB"


@pytest.mark.parametrize(("number", "text"), [(4, "bled 2"), (5, "scanline +5.2 dB"), (11, "x")])
def test_a_text_that_does_not_fit_is_refused(number, text):
    with pytest.raises(RefocusError):
        claim_table(number, text)


def test_every_committed_claim_has_its_table():
    claims = pytest.importorskip("refocuslab.lab.site.claims")
    found = [
        claim
        for path in sorted(notebooks_folder().glob("*.ipynb"))
        for claim in claims.claims_in(path.stem, nbformat.read(path, as_version=4))
    ]
    assert sorted(claim.number for claim in found) == list(range(1, 11))
    assert all(any(values) for claim in found for _, values in claim.table.rows)


def test_a_cell_in_markdown_names_every_number_in_a_line_of_its_row():
    value = "RMS error 2.4 and 4.9; grain 6.7, of the truth 6.5 gray levels"
    assert in_markdown_lines(claim_table(1, value)) == (
        "RMS error, gray levels: most confident quarter **2.4**, least confident quarter **4.9**<br>"
        "grain, gray levels: least confident quarter **6.7**, truth, least confident quarter **6.5**"
    )
