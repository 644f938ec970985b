"""The page that explains a picture: steps, two pictures in one place, nothing from elsewhere."""

import io
import re
from dataclasses import replace

import pytest
from PIL import Image

from refocuslab.lab.pages.comparing import SCRIPT, Shown, blink, wipe
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
        verdict="Within 8.1 of 255 gray levels.",
        laid=[laid],
        psf=shown("PSF"),
        pixels=25,
        blur="A disk of 7.",
        errors={"disk": 1.234, "free": 1.3},
        form="disk",
        widths=(shown("diameters"), 3.04, 9.06),
        mask=shown("mask"),
        chosen="What is tinted.",
        basis=shown("basis"),
        shares={"U": 0.053, "the library": 0.923, "a pasted photo": 0.024},
        whole=both,
        part=both,
        told=["Mind the <gap>."],
        colors=[(0, 0, 0), (255, 255, 255)],
        largest=24,
    )


def test_every_step_has_its_section_and_its_pictures():
    page = explanation_page(about())
    headings = [
        "Result",
        "How the photos fit",
        "How it is blurred",
        "What was refocused",
        "Where each pixel comes from",
    ]
    assert re.findall("<h2>([^<]*)</h2>", page) == headings
    for target in re.findall("<nav>.*</nav>", page):
        assert all(f'id="{name}"' in page for name in re.findall('href="#([^"]*)"', target))
    assert page.count("<img ") == page.count("data:image/png;base64,") == 11
    assert page.count('class="wipe"') == 2 and page.count('class="blink"') == 1
    for text in ("1.23", "3.0", "9.1", "24 and more", "A disk of 7.", "What is tinted.", "Within 8.1 of 255"):
        assert text in page
    # On a phone the numbers of the table are in sight, and a scale breaks no line between its ends.
    assert all(len(head) < 20 for head in re.findall("<th[^>]*>([^<]*)</th>", page))
    assert page.count('<span class="range">') == 2
    # The table of forms is folded away, and has the one that was taken in bold.
    folded = page[page.index("<details>") : page.index("</details>")]
    assert "2 were tried" in folded and "<b>disk of any width</b>" in folded and "<b>any form" not in folded
    for text in ("a &lt;b&gt; was", "&lt;agree&gt;", "Mind the &lt;gap&gt;."):
        assert text in page


def test_shares_add_up_to_a_hundred():
    page = explanation_page(about())
    told = (
        "the misfocused photo, 5%",
        "patches of the focused photos, 92%",
        "a focused photo in its place, 3%",
    )
    assert all(text in page for text in told)
    for shares in ((0.005, 0.005, 0.99), (1.0, 0.0, 0.0), (1 / 3, 1 / 3, 1 / 3), (0.1 + 0.2, 0.7, 0.0)):
        page = explanation_page(replace(about(), shares=dict(zip(about().shares, shares, strict=True))))
        keys = re.findall(r"(\d+)%</span> ", page)
        assert sum(map(int, keys)) == 100
        assert all(abs(int(key) - 100 * share) < 1 for key, share in zip(keys, shares, strict=True))


@pytest.mark.parametrize(("pixels", "bar", "share"), [(7, "2 pixels", 28.6), (25, "10 pixels", 40.0)])
def test_the_psf_has_a_bar_of_a_round_number_of_pixels(pixels, bar, share):
    page = explanation_page(replace(about(), pixels=pixels))
    assert f'class="ruler" style="width: {share}%"></span> {bar} of the photo' in page


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
    assert page.count("<img ") == 5 and 'class="blink"' not in page and page.count("<li>") == 1
    assert "It does not fit." in page and "How sure" in page and "<details>" not in page


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
