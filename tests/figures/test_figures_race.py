"""Pictures of a race: they show the numbers they are given, and survive what a race can come to."""

import matplotlib
import numpy as np
import pytest
from made_up_race import made_up
from matplotlib.colors import to_hex

from edu_optim import figures
from edu_optim.figures import output
from edu_optim.race import fairness, plan


@pytest.fixture(autouse=True)
def settings_stand():
    before = dict(matplotlib.rcParams)
    yield
    assert dict(matplotlib.rcParams) == before


@pytest.fixture
def race():
    return made_up()


def texts(ax):
    return [text.get_text() for text in ax.texts]


def grid_results(finals=(0.8, 0.9, 0.7, 0.9, 0.8, 0.5)):
    entries = [plan.Entry(f"{rule} {lr}", rule, {"lr": lr}) for rule in ("SGD", "Adam") for lr in (0.01, 0.1, 1.0)]
    return made_up(entries, seeds=2, finals=finals)


@pytest.mark.parametrize("column", ["test_accuracy", "test_loss"])
def test_curves_are_the_means_with_their_intervals(race, column):
    whole, zoomed = figures.race(race, column).axes
    mean, low, high = race.interval(column)
    for ax in (whole, zoomed):
        np.testing.assert_array_equal([line.get_ydata() for line in ax.lines], mean)
        for row, band in enumerate(ax.collections):
            edge = band.get_paths()[0].vertices[:, 1]
            assert edge.min() == low[row].min()
            assert edge.max() == high[row].max()
    assert set(texts(whole)) == set(race.labels)
    assert "Adam" in texts(zoomed)


def test_the_slowest_leaves_the_enlarged_panel():
    race = made_up(finals=[0.7, 0.945, 0.95])
    assert "SGD" not in texts(figures.race(race).axes[1])
    assert figures.race(race, zoom=(0.5, 1.0)).axes[1].get_ylim() == (0.5, 1.0)
    alone, = figures.race(race, whole=False).axes
    assert alone.get_ylim() == figures.race(race).axes[1].get_ylim()
    with pytest.raises(ValueError, match="seconds"):
        figures.race(race, "seconds")


def test_the_crown_has_one_square_for_each_seed(race):
    ax = figures.crown(race).axes[0]
    won = race.select(race.ranking()).crown()
    looks = figures.looks(race.labels)
    wearers = {(round(p.get_x() + p.get_width() / 2), round(p.get_y() + p.get_height() / 2)): to_hex(p.get_facecolor())
               for p in ax.patches}
    for seed, row in np.argwhere(won.T):
        assert wearers[seed, row] == looks[race.ranking()[row]].color.lower()
    assert [float(text) for text in texts(ax)] == won.sum(axis=1).tolist()


def test_the_lead_is_the_probability_by_number_of_seeds(race):
    ax, = figures.lead(race).axes
    np.testing.assert_array_equal([line.get_ydata() for line in ax.lines[:3]], race.lead().first.T)
    assert texts(ax) == ["Adam"]


def test_differences_far_outside_are_triangles_at_the_edge():
    pairs = made_up(finals=[0.2, 0.94, 0.945, 0.95], entries=["SGD", "AdaGrad", "RMSprop", "Adam"], seeds=8).pairs()
    ax = figures.differences(pairs).axes[0]
    triangles = [line for line in ax.lines if line.get_marker() == ">"]
    assert len(triangles) == 3
    assert ax.get_xlim()[1] < 0.1
    assert [text.split()[0] for text in texts(ax)] == [f"{100 * pair.difference.mean:.2f}" for pair in pairs]


def test_a_grid_frames_each_rules_best():
    found = fairness.grid(grid_results())
    ax = figures.rate_grid(found).axes[0]
    frames = {(round(p.get_x() + 0.46), round(p.get_y() + 0.44)) for p in ax.patches}
    assert frames == {(1, 0), (0, 1)}
    assert len(texts(ax)) == 6


def test_choices_show_every_seed_and_the_mean(race):
    compared = fairness.compare({"theirs": race, "ours": made_up(finals=[0.99, 0.95, 0.9], seeds=4)})
    figure = figures.choices(compared)
    assert [ax.get_title(loc="left") for ax in figure.axes] == ["theirs", "ours"]
    for ax, values in zip(figure.axes, compared.values, strict=True):
        dots, means = ax.lines[0:6:2], ax.lines[1:6:2]
        np.testing.assert_array_equal([line.get_ydata() for line in dots], values)
        np.testing.assert_array_equal([line.get_ydata()[0] for line in means], values.mean(axis=1))
        assert f"{100 * np.ptp(values.mean(axis=1)):.2f} points" in ax.get_xlabel()
        assert [label.get_text() for label in ax.get_xticklabels()] == list(compared.rules)


def test_choices_break_the_axis_where_most_of_it_would_be_empty():
    compared = fairness.compare({"theirs": made_up(finals=[0.5, 0.945, 0.95])})
    upper, lower = figures.choices(compared).axes
    assert lower.get_ylim()[1] < 0.6 and upper.get_ylim()[0] > 0.9
    output._png(figures.choices(fairness.compare({"one": made_up(seeds=1)})))


@pytest.mark.filterwarnings("error::RuntimeWarning", "error::UserWarning")
@pytest.mark.parametrize("kind", [{"seeds": 1}, {"entries": ["Adam"]}, {"epochs": 1}, {"finals": [0.9, 0.9, 0.9]}])
def test_small_races_are_no_accident(kind):
    race = made_up(**kind)
    for draw in (figures.race, figures.crown, figures.lead, lambda race: figures.differences(race.pairs())):
        output._png(draw(race))
    output._png(figures.race(race, "test_loss"))


@pytest.mark.filterwarnings("error::RuntimeWarning", "error::UserWarning")
def test_what_diverged_or_is_missing_is_left_out(race):
    race.columns["test_loss"][0] = np.nan
    race.columns["test_accuracy"][1, 0] = np.nan
    for draw in (figures.race, figures.crown, figures.lead, lambda race: figures.differences(race.pairs())):
        output._png(draw(race))
    assert "SGD" not in texts(figures.race(race, "test_loss").axes[0])
    output._png(figures.rate_grid(fairness.grid(grid_results([np.nan] * 6))))
