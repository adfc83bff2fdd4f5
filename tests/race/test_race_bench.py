"""What the race's measurement measures, not how fast it is."""

import numpy as np
import pytest

from edu_optim.bench import race
from edu_optim.race import plan


@pytest.mark.parametrize("name", race.AT_MOST)
def test_every_rule_of_a_plan_is_measured(name):
    assert {run.rule for run in plan.load(name).runs()} == set(race.TORCH)


def test_the_digits_are_as_many_as_those_of_the_plans():
    assert len(race.as_many_digits().train_x) == plan.load("clean").data.train


def test_rows_end_with_the_mean_over_the_rules(monkeypatch):
    monkeypatch.setattr(race, "installed", lambda name: False)
    one, two, mean = race.rows("as_run", ["SGD", "Adam"], rounds=1)
    assert (one["what"], two["what"]) == ("as_run, SGD", "as_run, Adam")
    assert mean["times_products"] == pytest.approx(np.mean([one["times_products"], two["times_products"]]))
    assert mean["met"] is (mean["times_products"] <= 1.4)
