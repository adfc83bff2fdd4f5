"""Walks with all that a rule keeps on the way, and their picture."""

import numpy as np
import pytest

from edu_optim import problems
from edu_optim.explore import trajectory_explorer
from edu_optim.explore.trajectory_picture import TrajectoryPicture
from edu_optim.explore.walks import walk
from edu_optim.rules import RULES

PLANE = [name for name in RULES if name != "Muon"]  # which moves matrices only


@pytest.mark.parametrize("name", PLANE)
def test_a_walk_is_the_descent_of_that_rule(name):
    way = walk(problems.rosenbrock, name, 20, start=(-1.0, 1.5), noise=0.1, seed=3, lr=0.0002)
    descent = problems.descend(problems.rosenbrock, RULES[name].optimizer(lr=0.0002), 20, (-1.0, 1.5), 0.1, 3)
    assert np.array_equal(way.path, descent.path) and np.array_equal(way.loss, descent.loss)
    assert np.allclose(way.path[0] + np.cumsum(way.moves, axis=0), way.path[1:])
    assert set(way.states) == set(getattr(RULES[name], "element_states", {}))


def test_a_rule_for_matrices_says_so():
    with pytest.raises(ValueError, match="Muon moves parameters of 2 dimensions"):
        walk(problems.bowl, "Muon", 5)


def test_memories_are_running_means_of_what_the_rule_was_given():
    way = walk(problems.valley, "Adam", 30, noise=0.5, seed=1, lr=0.05, beta1=0.8, beta2=0.95)
    given = problems.descend(problems.valley, RULES["Adam"].optimizer(lr=0.05, beta1=0.8, beta2=0.95), 30,
                             noise=0.5, seed=1).gradients
    m = v = 0
    for t, g in enumerate(given):
        m, v = 0.8 * m + 0.2 * g, 0.95 * v + 0.05 * g**2
        assert np.allclose(way.first_moment[t], m, rtol=1e-12) and np.allclose(way.second_moment[t], v, rtol=1e-12)


def test_rules_without_a_memory_have_none_to_show():
    assert walk(problems.bowl, "SGD", 3).first_moment is None
    assert walk(problems.bowl, "SGD", 3).second_moment is None
    assert walk(problems.bowl, "AdaGrad", 3).second_moment[:, 0].tolist() == sorted(
        walk(problems.bowl, "AdaGrad", 3).second_moment[:, 0])


def test_every_rule_meets_the_same_noise_and_another_seed_gives_other():
    one, same, other = (walk(problems.bowl, rule, 10, noise=1.0, seed=seed, lr=0.1)
                        for rule, seed in (("SGD", 0), ("SGD", 0), ("SGD", 1)))
    assert np.array_equal(one.path, same.path) and not np.allclose(one.path[-1], other.path[-1])
    momentum = walk(problems.bowl, "MomentumSGD", 10, noise=1.0, seed=0, lr=0.1, momentum=0.0)
    assert np.allclose(momentum.path, one.path)


def test_after_an_overflow_there_is_nothing():
    way = walk(problems.valley, "SGD", 400, lr=1.0)
    first = int(np.flatnonzero(~np.isfinite(way.path).all(axis=1))[0])
    assert 10 < first < 400 and np.isnan(way.path[first + 1:]).all()


# the explorer


def test_words_give_the_loss_of_each_rule_at_that_update():
    explorer = trajectory_explorer.explorer(problems.valley, ["SGD", "MomentumSGD"], steps=60, lr=0.018)
    loss = walk(problems.valley, "SGD", 60, lr=0.018).loss[40]
    words = explorer.picture(update=40).words
    assert words.startswith(f"Update 40 on valley from (1, 1): SGD (rate 0.018) is at loss {loss:.2g}, MomentumSGD ")
    assert "(rate 0.018, momentum 0.9)" in words
    assert "with noise 0.5" in explorer.picture(noise=0.5).words


def test_words_name_the_update_of_an_overflow_once_it_has_come():
    explorer = trajectory_explorer.explorer(problems.valley, "SGD", steps=150)
    way = walk(problems.valley, "SGD", 150, lr=10.0)
    first = int(np.flatnonzero(~np.isfinite(way.loss))[0])
    assert f"overflowed at update {first}." in explorer.picture(**{"SGD.lr": 10.0}).words
    assert "is at loss" in explorer.picture(**{"SGD.lr": 10.0, "update": first - 1}).words


def test_start_noise_and_seed_reach_the_walk():
    explorer = trajectory_explorer.explorer(problems.bowl, "SGD", steps=20)
    x, y = explorer.controls["x"].options[5], explorer.controls["y"].options[60]
    shown = explorer.picture(x=x, y=y, noise=0.5, seed=4).words
    loss = walk(problems.bowl, "SGD", 20, (x, y), 0.5, 4, lr=0.01).loss[-1]
    assert f"is at loss {loss:.2g}." in shown


def test_the_seed_is_put_away_without_noise():
    explorer = trajectory_explorer.explorer(problems.bowl, "SGD", steps=5)
    assert set(explorer.picture().idle) == {"surface", "seed"}
    assert set(explorer.picture(noise=1.0).idle) == {"surface"}


def test_the_same_rule_may_walk_twice():
    explorer = trajectory_explorer.explorer(problems.valley, ["SGD", "SGD"], steps=20)
    words = explorer.picture(**{"SGD.lr": 0.01, "SGD 2.lr": 0.018}).words
    assert "SGD (rate 0.01) is at" in words and "SGD 2 (rate 0.018) is at" in words


def test_refusals_name_what_is_allowed():
    with pytest.raises(ValueError, match="5 rules are given; one to 4"):
        trajectory_explorer.explorer(rules=["SGD"] * 5)
    with pytest.raises(TypeError, match="none of SGD has a hyperparameter 'beta1'"):
        trajectory_explorer.explorer(rules="SGD", beta1=0.5)
    with pytest.raises(KeyError, match="there is no rule 'Sgd'"):
        trajectory_explorer.explorer(rules="Sgd")


def test_presets_differ():
    explorer = trajectory_explorer.explorer(problems.bowl, "SGD", steps=20)
    assert len({explorer.draw(**preset).words for preset in explorer.presets}) == 3


def test_the_lines_end_at_the_update_shown():
    picture = TrajectoryPicture(problems.valley, ["SGD", "Adam"], 30)
    walks = {name: walk(problems.valley, name, 30, lr=0.01) for name in ("SGD", "Adam")}
    whole = picture.picture(walks, 0, 30, "All of it.")
    part = picture.picture(walks, 1, 12, "Some of it.")
    assert whole.png != part.png
    for name, way in walks.items():
        lines = picture._lines[name]
        assert np.array_equal(lines["map"].get_xydata(), way.path[:13])
        assert np.array_equal(lines["loss"].get_ydata(), way.loss[:13])
        assert np.array_equal(lines["move"].get_xydata(), np.c_[1:13, np.abs(way.moves[:12, 1])])
    assert picture._lines["SGD"]["m"].get_xydata().size == 0
    assert np.array_equal(picture._lines["Adam"]["v"].get_ydata(), walks["Adam"].second_moment[:12, 1])
    again = picture.picture(walks, 0, 30, "All of it.")
    assert again.png == whole.png
