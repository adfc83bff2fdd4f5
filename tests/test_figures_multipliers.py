"""The picture of what a multiplier amounts to: every number stands in its place, in the colour of what it means."""

import pytest
from matplotlib.colors import to_hex

from edu_optim import figures
from edu_optim.figures.style import GREEN, ORANGE, VERMILLION

MEASURED = {"SGD": {"groups": 0.01, "scaled_gradients": 0.0101}, "Adam": {"groups": 0.01, "scaled_gradients": 0.999},
            "AdaDelta": {"scaled_gradients": 0.179}, "Adamax": {"groups": float("nan")}}


def cells(figure):
    """{(column, row): (text, colour)}."""
    ax = figure.axes[0]
    colours = {(round(p.get_x() + 0.47), round(p.get_y() + 0.45)): to_hex(p.get_facecolor()).upper()
               for p in ax.patches}
    return {tuple(map(round, t.get_position())): (t.get_text(), colours[tuple(map(round, t.get_position()))])
            for t in ax.texts}


def test_each_number_is_in_its_place_and_in_its_colour():
    figure = figures.multipliers(MEASURED)
    assert cells(figure) == {
        (0, 0): ("0.01", GREEN), (1, 0): ("0.01", GREEN), (0, 1): ("0.01", GREEN), (1, 1): ("1.00", VERMILLION),
        (1, 2): ("0.18", ORANGE)}
    ax = figure.axes[0]
    assert [t.get_text() for t in ax.get_yticklabels()] == list(MEASURED)
    assert [t.label2.get_text() for t in ax.xaxis.get_major_ticks()] == ["groups", "scaled gradients"]


def test_the_multiplier_asked_for_is_the_one_that_counts():
    assert cells(figures.multipliers({"SGD": {"groups": 0.1}}, asked=0.1))[0, 0] == ("0.10", GREEN)
    assert cells(figures.multipliers({"SGD": {"groups": 0.1}}))[0, 0] == ("0.10", ORANGE)
    assert cells(figures.multipliers({"SGD": {"groups": 1e-6}}, asked=1e-6))[0, 0] == ("1e-06", GREEN)


@pytest.mark.parametrize("nothing", [{}, {"SGD": {}}])
def test_nothing_to_draw_is_an_error(nothing):
    with pytest.raises(ValueError, match="nothing to draw"):
        figures.multipliers(nothing)


def test_a_multiplier_of_1_asks_for_nothing():
    with pytest.raises(ValueError, match="asks for nothing"):
        figures.multipliers(MEASURED, asked=1)
