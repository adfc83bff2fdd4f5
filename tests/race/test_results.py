"""Results: their shape, what is cut from them, and rates chosen in three ways."""

from dataclasses import replace

import numpy as np
import pytest
from made_up_race import made_up

from edu_optim.race import fairness, plan
from edu_optim.race.results import Results


def grid_of(rates, finals):
    entries = [plan.Entry(f"{rule} {lr}", rule, {"lr": lr}) for rule, own in rates.items() for lr in own]
    return made_up(entries, seeds=3, finals=finals)


def test_columns_have_one_shape():
    race = made_up()
    with pytest.raises(ValueError, match=r"seconds has shape \(3, 6, 4\); it must be \(3, 6, 5\)"):
        replace(race, columns=race.columns | {"seconds": race.columns["seconds"][:, :, 1:]})
    with pytest.raises(ValueError, match="lacks seconds"):
        replace(race, columns={name: column for name, column in race.columns.items() if name != "seconds"})
    with pytest.raises(ValueError, match="'Adam' stands twice"):
        replace(race, labels=("Adam", "SGD", "Adam"))
    with pytest.raises(ValueError, match="update_ratio"):
        replace(race, update_ratio=race.update_ratio[..., 0])


def test_what_is_selected_brings_all_that_belongs_to_it():
    race = made_up()
    part = race.select({"adaptive": "Adam", "plain": "SGD"}, seeds=[4, 1])
    assert part.labels == ("adaptive", "plain") and part.seeds == (4, 1)
    assert [entry.rule for entry in part.entries] == ["Adam", "SGD"]
    np.testing.assert_array_equal(part.at(epoch=2), race.columns["test_accuracy"][[2, 0]][:, [4, 1], 2])
    np.testing.assert_array_equal(part.update_ratio.shape, (2, 2, 5, 2))


@pytest.mark.parametrize(("ask", "message"), [
    (lambda race: race.select(["Adagrad"]), "no label 'Adagrad'; there are: SGD, MomentumSGD, Adam"),
    (lambda race: race.select(seeds=[7]), "no seed 7"),
    (lambda race: race.at("accuracy"), "no column 'accuracy'"),
    (lambda race: race.at(epoch=5), "no epoch 5; there are 0 to 4"),
])
def test_what_is_not_there_is_named(ask, message):
    with pytest.raises(KeyError, match=message):
        ask(made_up())


def test_a_column_of_which_neither_more_nor_less_is_better_ranks_nobody():
    with pytest.raises(ValueError, match="grad_norm neither more nor less"):
        made_up().ranking("grad_norm")


def test_only_seeds_that_everybody_finished_are_compared():
    race = made_up()
    race.columns["test_accuracy"][1, 2, 3:] = np.nan
    race.columns["test_loss"][0, 0, 2:] = np.inf
    assert race.finished.sum() == 17
    assert race.complete().seeds == (0, 1, 3, 4, 5)
    assert np.argwhere(race.diverged).tolist() == [[0, 0]]


def test_less_loss_is_better():
    race = made_up()
    assert race.ranking() == race.ranking("test_loss") == ["Adam", "MomentumSGD", "SGD"]
    assert race.crown("test_loss")[2].sum() == 6
    assert race.pairs("test_loss")[0].difference.mean > 0


def test_a_grid_finds_each_rules_best_rate_and_says_if_it_lies_at_the_edge():
    rates = {"SGD": (0.1, 0.316, 1.0), "Adam": (0.001, 0.01, 0.1)}
    found = fairness.grid(grid_of(rates, [0.8, 0.9, 0.7, 0.9, 0.8, 0.5]))
    assert found.best == {"SGD": 0.316, "Adam": 0.001}
    assert found.edge == ("Adam",)
    assert found.rates == (0.001, 0.01, 0.1, 0.316, 1.0)
    np.testing.assert_array_equal(np.isnan(found.mean), [[1, 1, 0, 0, 0], [0, 0, 0, 1, 1]])


def test_the_best_of_losses_is_the_least_and_what_diverged_is_never_best():
    race = grid_of({"SGD": (0.1, 0.316, 1.0)}, [0.8, 0.9, 0.95])
    race.columns["test_loss"][2] = np.nan
    assert fairness.grid(race, "test_loss").best == {"SGD": 0.316}


def test_a_rate_is_found_by_its_value():
    race = grid_of({"SGD": (0.01, 0.1), "MomentumSGD": (0.01,)}, [0.7, 0.9, 0.8])
    rates = {"SGD": 0.01, "MomentumSGD": 0.01}
    assert fairness.at_rates(race, rates).ranking() == ["MomentumSGD", "SGD"]
    assert fairness.at_rates(race, fairness.equal_steps(rates)).ranking() == ["SGD", "MomentumSGD"]
    with pytest.raises(ValueError, match=r"SGD at the rate 0\.5 is needed; there are 0\.01, 0\.1"):
        fairness.at_rates(race, {"SGD": 0.5})
    with pytest.raises(ValueError, match="no runs of it"):
        fairness.at_rates(race, {"Adam": 0.001})


def test_choices_are_compared_over_the_same_rules():
    first, second = made_up(), made_up(finals=[0.99, 0.95, 0.9])
    compared = fairness.compare({"theirs": first, "ours": second})
    assert compared.rules == ("Adam", "MomentumSGD", "SGD")
    np.testing.assert_array_equal(compared.values[1], second.select(compared.rules).at())
    np.testing.assert_allclose(compared.interval.mean[0], [first.at()[2].mean(), second.at()[2].mean()])
    with pytest.raises(ValueError, match="over the same rules"):
        fairness.compare({"theirs": first, "ours": second.select(["SGD"])})
    with pytest.raises(ValueError, match="nothing to compare"):
        fairness.compare({})


def test_results_without_a_plan_know_no_rates():
    race = made_up()
    bare = Results(None, race.labels, race.seeds, race.epochs, race.columns, race.update_ratio)
    assert bare.ranking() == race.ranking()
    with pytest.raises(ValueError, match="open them from a store"):
        fairness.grid(bare)
