"""A strip for each part of a claim, a dot for each scene."""

import pytest

from refocuslab.lab.evidence.judgment import judgments
from refocuslab.lab.figures import strip_plot


@pytest.fixture(scope="module")
def fourth(evidence):
    return judgments(evidence.found)[4]


@pytest.fixture(scope="module")
def figure(fourth):
    return strip_plot.strips(fourth)


def dots(ax):
    return [line for line in ax.lines if line.get_marker() in ("o", "s", "^", "D") and len(line.get_xdata())]


@pytest.mark.seconds
def test_each_scene_is_a_dot_at_its_effect(figure, fourth):
    assert len(figure.axes) == len(fourth)
    for ax, judged in zip(figure.axes, fourth, strict=True):
        assert [line.get_xdata()[0] for line in dots(ax)] == [one.effect.mean for one in judged.scenes]
        low, high = ax.get_xlim()
        assert low < judged.part.threshold < high


def test_a_dot_is_filled_where_the_part_holds(figure, fourth):
    filled = [line.get_markerfacecolor() != "white" for line in dots(figure.axes[0])]
    assert filled == [one.holds == "holds" for one in fourth[0].scenes]
    assert filled.count(False) == 2


def test_a_ratio_has_a_logarithmic_axis_and_a_difference_has_not(figure, fourth):
    assert [ax.get_xscale() == "log" for ax in figure.axes] == [j.part.unit == "times" for j in fourth]
