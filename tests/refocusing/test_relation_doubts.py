"""What is said of a result that does not blur to U: each sentence at the value from which it is said."""

from types import SimpleNamespace

import numpy as np
import pytest

from refocuslab import Method, disk
from refocuslab.refocusing.evidence import Unexplained
from refocuslab.refocusing.relation import Relation
from refocuslab.refocusing.relation_doubts import of_relations, off, unrelated

LEFT = Unexplained(rms=12.34, noise=1.0, share=0.4)


@pytest.fixture
def relation(match):
    """A function that makes a Relation to a photo that fits, but for the fields that are given."""

    def make(**changes):
        fields = {
            "related": True, "match": match(), "gain": np.ones(3), "moved": 0.0, "psf": disk(7),
            "diameter": None,
        }  # fmt: skip
        return Relation(**{**fields, **changes})

    return make


def said(*relations, method=None, consistent=None):
    doubts = of_relations(list(relations), LEFT, method or Method(), consistent)
    assert not any(doubt.grave for doubt in doubts)
    return [(doubt.about, doubt.text) for doubt in doubts]


def test_how_far_off_in_words():
    assert off(LEFT) == (
        "blurred, it differs from the misfocused photo by 12.3 gray levels (RMS), where the noise is 1.0"
    )


@pytest.mark.parametrize(
    ("rms", "share", "grave"),
    [(9.0, 1.2, False), (9.0, 1.21, True), (10.0, 0.6, False), (10.1, 0.6, True), (99.0, 0.5, False)],
)
def test_what_shows_no_object_of_u_is_grave_where_it_is_worthless(relation, rms, share, grave):
    # Without noise the excess is the RMS difference itself.
    left = Unexplained(rms, 0.0, share)
    doubt = unrelated([relation(related=False)], left)
    assert (doubt.grave, doubt.about) == (grave, "unrelated" if grave else "reblur")
    assert off(left) in doubt.text
    assert unrelated([relation(related=False), relation()], left) is None


def test_one_photo_or_several_do_not_show_it(relation):
    left = Unexplained(50.0, 0.0, 2.0)
    assert unrelated([relation(related=False)], left).text.startswith("The focused photo does not seem")
    two = unrelated([relation(related=False)] * 2, left)
    assert two.text.startswith("The focused photos do not seem")


def test_of_photos_that_fit_nothing_is_said(relation):
    assert said(relation(), relation()) == []


def test_one_that_shows_something_else_is_to_be_left_out(relation):
    ((about, text),) = said(relation(), relation(related=False))
    assert (about, text[:25]) == ("unrelated", "Focused photo 2 does not ")
    assert said(relation(related=False), method=Method(register=True)) == []


def test_another_diameter_is_given_and_what_it_explains_is_not_told_again(relation):
    wrong = relation(diameter=9, gain=np.full(3, 2.0), moved=9.0)
    ((about, text),) = said(wrong)
    assert about == "PSF" and "about 9 pixels, not of 7" in text
    # Consistency has corrected it: to within a pixel that is all there is to say.
    assert said(wrong, consistent=SimpleNamespace(psf=disk(8))) == []
    ((_, text),) = said(relation(diameter=10), consistent=SimpleNamespace(psf=disk(8)))
    assert "about 10 pixels, not of 8" in text
    # What it has left as it was is not known to a pixel.
    assert said(relation(diameter=8), consistent=SimpleNamespace(psf=disk(7)))[0][0] == "PSF"
    # A PSF that is no disk has no diameter to be wrong.
    assert said(relation(diameter=9, psf=np.full((3, 3), 1 / 9))) == []


@pytest.mark.parametrize(
    ("gain", "told"),
    [
        (np.full(3, 2**0.11), False),
        (np.full(3, 2**0.13), True),
        (np.full(3, 2**-0.13), True),
        (np.array([1.05, 1, 0.95]), False),
        (np.array([1.07, 1, 0.95]), True),
        (None, False),
    ],
)
def test_another_exposure_is_told_from_an_eighth_of_a_stop_or_a_balance_of_1_12(relation, gain, told):
    found = said(relation(gain=gain))
    assert [about for about, _ in found] == ["exposure"] * told
    if told:
        assert "-p register true" in found[0][1]
    assert said(relation(gain=gain), method=Method(register=True)) == []


def test_another_view_is_told_by_its_displacement_or_else_by_its_parallax(relation, match):
    ((about, text),) = said(relation(moved=4.2))
    assert about == "view" and "(by up to 4 pixels)" in text and off(LEFT) in text
    assert said(relation(moved=1.5)) == []
    ((about, text),) = said(relation(match=match(agreement=0.96)))
    assert about == "view" and "with parallax" in text
    # What was not matched tells of neither.
    assert said(relation(moved=4.2, match=match(trusted=False, agreement=0.5))) == []
