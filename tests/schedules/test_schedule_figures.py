"""Figures of schedules: every curve and every cell is there, and zeros do not break an axis."""

import numpy as np
import pytest

from edu_optim import figures, schedules
from edu_optim.figures import output

STAIRS, FALL = schedules.StepLR(step_size=3, gamma=0.5), schedules.ExponentialLR(gamma=0.9)


def curves(ax):
    return [line.get_ydata() for line in ax.lines]


@pytest.mark.filterwarnings("error")
def test_rates_stand_on_both_axes():
    rates = {"both": schedules.rates(STAIRS * FALL, 50, lr=0.1), "poly": schedules.rates(schedules.PolynomialLR(), 50)}
    figure = figures.schedule(rates, title="two")
    linear, log = figure.axes
    assert (linear.get_yscale(), log.get_yscale()) == ("linear", "log")
    for ax in figure.axes:
        np.testing.assert_array_equal(curves(ax)[0], rates["both"])
        assert ax.get_xlabel() == "epoch"
    np.testing.assert_array_equal(curves(linear)[1], rates["poly"])
    assert np.isnan(curves(log)[1][5:]).all() and linear.get_ylim()[0] <= 0
    assert [text.get_text() for text in log.texts] == ["both", "poly"]
    assert len(output._png(figure)) < 60_000


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("log", [True, False])
def test_factors_stand_over_their_product(log):
    parts = {"StepLR": schedules.rates(STAIRS, 20), "ExponentialLR": schedules.rates(FALL, 20)}
    figure = figures.factors(schedules.rates(STAIRS * FALL, 20), parts, log=log, title="factors")
    above, below = figure.axes
    np.testing.assert_allclose(np.prod(curves(above), axis=0), curves(below)[0])
    assert {ax.get_yscale() for ax in figure.axes} == {"log" if log else "linear"}
    assert [text.get_text() for text in above.texts] == ["StepLR", "ExponentialLR"]
    assert above.get_xlim() == below.get_xlim()
    output._png(figure)


@pytest.mark.filterwarnings("error")
def test_every_rate_is_a_cell():
    rates = {"l1.W": [1.0, 0.5, 0.25], "l1.b": [0.1, 0.05, 0.0], "frozen": [0.0, 0.0, 0.0]}
    figure = figures.rate_map(rates, title="map")
    mesh = figure.axes[0].collections[0]
    cells = mesh.get_array().reshape(3, 3)
    np.testing.assert_array_equal(cells.filled(0), list(rates.values()))
    assert np.ma.getmaskarray(cells).tolist() == [[False] * 3, [False, False, True], [True] * 3]
    assert (mesh.norm.vmin, mesh.norm.vmax) == (0.05, 1.0)
    assert [label.get_text() for label in figure.axes[0].get_yticklabels()] == list(rates)
    assert figure.axes[0].yaxis_inverted()
    output._png(figure)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("rates", [{"a": [0.1, 0.1]}, {"a": [0.0, 0.0]}, {"a": [1.0]}])
def test_maps_of_one_rate_can_be_drawn(rates):
    output._png(figures.rate_map(rates))
    output._png(figures.schedule(rates))


def test_what_is_no_row_is_refused():
    with pytest.raises(ValueError, match=r"rates of 'a' have shape \(2, 2\)"):
        figures.schedule({"a": np.ones((2, 2))})
    with pytest.raises(ValueError, match=r"rates of 'product' have shape \(0,\)"):
        figures.factors([], {})
    with pytest.raises(ValueError, match=r"lengths \{'a': 1, 'b': 2\}"):
        figures.rate_map({"a": [1.0], "b": [1.0, 2.0]})
    with pytest.raises(ValueError, match="one rate per parameter"):
        figures.rate_map({})
