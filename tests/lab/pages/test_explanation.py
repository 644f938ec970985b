"""The page that explains a picture: steps, two pictures in one place, nothing from elsewhere."""

import io
import re
from dataclasses import replace

import pytest
from PIL import Image

from refocuslab.lab.pages.comparing import SCRIPT, Shown, alone, blink, wipe
from refocuslab.lab.pages.explanation import Explanation, Laid, explanation_page


def shown(name, alt="", size=(8, 4), kind="png"):
    file = io.BytesIO()
    Image.new("RGB", size).save(file, kind)
    return Shown(file.getvalue(), size, name, alt or f"It shows {name}")


def about():
    both = shown("before"), shown("after")
    laid = Laid("3 features <agree>.", both, shown("difference"))
    return Explanation(
        title="How a <b> was made",
        laid=[laid],
        psf=shown("PSF"),
        blur="A disk of 7.",
        errors={"disk": 1.234},
        widths=(shown("diameters"), 3.04, 9.06),
        mask=shown("mask"),
        chosen="What is tinted.",
        basis=shown("basis"),
        shares={"U": 0.25, "the library": 0.75, "a pasted photo": 0.0},
        whole=both,
        part=both,
        told=["Mind the <gap>."],
        colors=[(0, 0, 0), (255, 255, 255)],
        largest=24,
    )


def test_every_step_has_its_section_and_its_pictures():
    page = explanation_page(about())
    headings = ["Result", "Alignment", "Blur", "Mask", "What each pixel rests on"]
    assert re.findall("<h2>([^<]*)</h2>", page) == headings
    for target in re.findall("<nav>.*</nav>", page):
        assert all(f'id="{name}"' in page for name in re.findall('href="#([^"]*)"', target))
    assert page.count("<img ") == page.count("data:image/png;base64,") == 11
    assert page.count('class="wipe"') == 2 and page.count('class="blink"') == 1
    for text in ("1.23", "3.0", "9.1", "24 and more", "the library, 75%", "A disk of 7.", "What is tinted."):
        assert text in page
    # On a phone the numbers of the table are in sight, and a scale breaks no line between its ends.
    assert all(len(head) < 20 for head in re.findall("<th[^>]*>([^<]*)</th>", page))
    assert page.count('<span class="range">') == 2
    for text in ("a &lt;b&gt; was", "&lt;agree&gt;", "Mind the &lt;gap&gt;."):
        assert text in page


def test_the_page_loads_nothing_and_depends_on_nothing_else():
    page = explanation_page(about())
    assert page == explanation_page(about())
    addresses = re.findall(r'(?:src|href)="([^"]*)"', page)
    assert all(address.startswith(("data:image/", "#")) for address in addresses)
    assert "default-src 'none'" in page and f"<script>{SCRIPT}</script>" in page
    assert not re.search(r"\d{4}-\d\d-\d\d", page)


def test_what_there_is_not_is_left_out():
    whole = about()
    bare = replace(
        whole, laid=[Laid("It does not fit.")], errors={}, widths=None, shares=None, part=None, told=[]
    )
    page = explanation_page(bare)
    assert page.count("<img ") == 5 and 'class="blink"' not in page and "<li>" not in page
    assert "It does not fit." in page and "How sure" in page and "a pasted photo" not in page


@pytest.mark.parametrize("kind", ["png", "jpeg"])
def test_a_picture_tells_what_it_shows_and_its_size(kind):
    img = shown("it", 'A "photo" <here>', (8, 4), kind).img
    assert f"data:image/{kind};base64," in img and 'width="8" height="4"' in img
    assert 'alt="A &quot;photo&quot; &lt;here&gt;"' in img


def test_controls_are_named_and_the_first_picture_is_left_of_the_line():
    first, second = shown("before"), shown("after")
    made = wipe(first, second, "Look.")
    # What lies on top is clipped at the line.
    assert made.index("It shows after") < made.index("It shows before")
    assert 'aria-label="Line between before on the left and after on the right, in percent"' in made
    assert blink(first, second, "").count('<button type="button"') == 2
    assert 'class="pixels"' in alone(first, "", kind="pixels")
