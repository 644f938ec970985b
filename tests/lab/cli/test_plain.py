"""What is said of photos of one's own: exposure, what no photo shows, and nothing twice."""

from types import SimpleNamespace

import numpy as np
import pytest

import refocuslab as rl
from refocuslab.lab.cli.photos import plain
from refocuslab.proposal.proposal import MaskProposal
from refocuslab.refocusing.result import Result
from refocuslab.registration.register import Match, Registration

SIDES = 60, 80


def match(*gain: float, **more) -> Match:
    known = {"model": "similarity", "flow": None, "matches": 40, "inliers": 30, "agreement": 0.9}
    told = {"matrix": np.eye(3), "offset": np.zeros(3), "trusted": True, "note": "Both show the same."}
    return Match(gain=np.array(gain or (1.0, 1.0, 1.0)), **known | told | more)


def registered(*shown: np.ndarray, **more) -> Registration:
    """Photos that show so much of the picture."""
    photo = np.zeros((*SIDES, 3), np.uint8)
    scene = rl.Scene(photo, None, [rl.FocusedPhoto(photo, mask) for mask in shown], psf=rl.disk(3))
    return Registration(scene, tuple(match(**more) for _ in shown), tuple(range(len(shown))))


def proposal(mask: np.ndarray, registration: Registration) -> MaskProposal:
    return MaskProposal(mask, mask.astype(np.float32), registration, None, (), "")


def where(rows=slice(None), columns=slice(None)) -> np.ndarray:
    mask = np.zeros(SIDES, bool)
    mask[rows, columns] = True
    return mask


@pytest.mark.parametrize(
    ("gain", "light", "says"),
    [
        ((1.25, 1.25, 1.25), "linear", " It got 20% less light (0.3 stops), which is evened out."),
        ((0.5, 0.5, 0.5), "linear", " It got 100% more light (1.0 stops), which is evened out."),
        ((1.1, 1.1, 1.1), "encoded", " It got 19% less light (0.3 stops), which is evened out."),
        ((1.04, 1.0, 0.97), "linear", " It has other colors, which is evened out."),
        (
            (1.4, 1.2, 1.2),
            "linear",
            " It got 21% less light (0.3 stops) and has other colors, which is evened out.",
        ),
        ((1.05, 1.04, 1.03), "linear", ""),
    ],
)
def test_exposure_is_told_in_percent_of_light(gain, light, says):
    assert plain.exposed(match(*gain), light) == says
    assert plain.exposed(match(*gain, trusted=False), light) == ""


def test_how_each_photo_fits():
    one = proposal(where(), registered(where()))
    assert list(plain.fitting(one, "linear")) == ["The focused photo fits. Both show the same."]
    two = proposal(where(), registered(where(), where(), trusted=False))
    told = list(plain.fitting(two, "linear"))
    assert told[1] == "Focused photo 2 does not fit. Both show the same."


@pytest.mark.parametrize(
    ("hidden", "says"),
    [
        (where(rows=slice(4)), "6.7% of the picture, along the top (4 pixels): that stays as it is"),
        (where(rows=slice(-1, None)), "1.7% of the picture, along the bottom (1 pixel): "),
        (where(columns=slice(16)), "20% of the picture, along the left (16 pixels): "),
        (
            where(slice(4)) | where(columns=slice(78, None)),
            "along the top (4 pixels) and the right (2 pixels): ",
        ),
        (where(slice(10, 20), slice(10, 20)), "2.1% of the picture: that"),
    ],
)
def test_what_no_photo_shows_is_told_with_its_place(hidden, says):
    assert says in plain.unshown(proposal(~hidden, registered(~hidden)))
    # Another photo shows it; or it is nowhere near what is refocused; or too little to be seen.
    assert plain.unshown(proposal(~hidden, registered(~hidden, hidden))) == ""
    far = where(slice(40, 44), slice(40, 44))
    assert plain.unshown(proposal(far, registered(~hidden))) == ""
    few = where(slice(1), slice(9))
    assert plain.unshown(proposal(~few, registered(~few))) == ""
    # A photo that does not fit shows nothing.
    both = registered(~hidden, hidden)
    second = Registration(both.scene, (both.matches[0], match(trusted=False)), both.origin)
    assert says in plain.unshown(proposal(~hidden, second))


def result(registration, notes=(), kept=0.0, **more) -> Result:
    basis = np.zeros((*SIDES, 3), np.float32)
    basis[..., 1] = 1
    basis[: round(kept * SIDES[0])] = 1, 0, 0
    consistent = SimpleNamespace(basis=basis)
    photo = np.zeros((*SIDES, 3), np.uint8)
    return Result(photo, None, registration, consistent, rl.Method.consistent(), {}, notes=notes, **more)


def test_what_was_said_before_is_left_out_and_the_rest_is_plain():
    seen = registered(where(), clipped=0.03)
    known = SimpleNamespace(note="The PSF is a disk.", plain="A point is a disk.")
    notes = (*plain_notes(seen), known.note, "Something else.")
    found = proposal(where(), seen)
    bright = "The focused photo is too bright in 3.0% of it; there the misfocused photo tells the light."
    told = plain.after(result(seen, notes, psf_estimate=known), where(), found)
    assert told == ["A point is a disk.", "Something else.", bright]
    object.__setattr__(found, "psf", known)
    assert plain.after(result(seen, notes, psf_estimate=known), where(), found) == ["Something else.", bright]
    # Nobody looked before: all of it is new.
    told = plain.after(result(seen, notes, psf_estimate=known), where(), None)
    assert told == [*plain_notes(seen), "A point is a disk.", "Something else."]


def plain_notes(registration: Registration) -> list[str]:
    from refocuslab.refocusing.match_doubts import of_registration

    return of_registration(registration, "linear")[0]


def test_what_was_hardly_changed_or_is_in_no_photo_is_told():
    all_of_it = registered(where())
    assert plain.after(result(all_of_it), where(), None)[1:] == []
    (told,) = plain.after(result(all_of_it, kept=0.25), where(), None)
    assert told == "In 25% of what was to be refocused the picture stays nearly as it is."
    assert plain.after(result(all_of_it, kept=0.25), where(slice(30, 40)), None) == []
    half = registered(where(slice(30)))
    (told,) = plain.after(result(half), where(), None)
    assert told == "No focused photo shows 50% of what was to be refocused: the like of it stands in."
    # Where a photo was left as it is, nobody knows what it shows.
    assert plain.after(result(registered(where(slice(30)), model="none")), where(), None) == []


def test_nothing_is_told_of_what_was_not_registered():
    assert plain.after(result(None), where(), None) == []
    assert plain.verdict(8.06) == (
        "Blurred again, the result looks like the misfocused photo to within 8.1 of 255 gray levels."
    )
