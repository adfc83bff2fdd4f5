"""A quarter of a million walks at once: the generated loop against single walks, laws and the formulas on arrays."""

import io
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from edu_optim import problems
from edu_optim.explore import basin_explorer, basin_map, loop
from edu_optim.explore.basin_map import LOST, NOWHERE, basins
from edu_optim.explore.basin_picture import BasinPicture
from edu_optim.rules import RULES

ALONE = [name for name, rule in RULES.items() if rule.elementwise and not rule.reductions]
TOGETHER = [name for name in RULES if name not in ALONE]


@pytest.mark.parametrize("name", ALONE)
def test_each_start_ends_where_a_single_walk_does(name):
    rule, problem, steps = RULES[name], problems.himmelblau, 40
    rates = {"lr": 0.05 if rule.degree == 0 else 0.003}
    found = basins(problem, name, steps, size=8, above=0.5, backend="numpy", **rates)
    (left, right), (bottom, top) = problem.domain
    for row, column in ((1, 2), (6, 1), (4, 5), (2, 6)):
        start = np.linspace(left, right, 8)[column], np.linspace(bottom, top, 8)[row]
        walk = problems.descend(problem, rule.optimizer(**rates), steps, start)
        above = np.flatnonzero(~(walk.loss < problem.lowest + 0.5))
        arrived = above[-1] + 1 if above.size else 0
        assert abs(found.steps[row, column] - arrived) <= (1 if arrived <= steps else 0)
        if arrived <= steps:
            nearest = np.argmin([np.hypot(*(walk.path[-1] - point)) for point in problem.minima])
            assert found.minimum[row, column] == nearest
        else:
            assert found.minimum[row, column] == NOWHERE


def compare_readings(surface, name, **values):
    compiled, arrays = (basins(surface, name, 60, 64, backend=b, **values) for b in ("numba", "numpy"))
    assert np.mean(compiled.minimum != arrays.minimum) <= 0.001  # exp, log and powers may differ in the last bits
    assert np.mean(compiled.steps != arrays.steps) <= 0.001
    return compiled


def test_compiled_and_array_readings_agree():
    for rate, there in ((0.001, {NOWHERE}), (0.01, {0, 1, 2, 3}), (0.1, {LOST})):
        found = compare_readings(problems.himmelblau, "MomentumSGD", lr=rate)
        assert there <= set(np.unique(found.minimum))


def interpreted(problem, rule):
    """The generated kernel without its compiler: the very text, run by Python."""
    source = loop.text(loop.surface(problem), rule, keep=False).replace("from numba import njit, prange", "")
    names = {"njit": lambda **options: lambda function: function, "prange": range}
    exec(source, names)
    return names["kernel"]


@pytest.mark.parametrize("name", ALONE)
def test_the_generated_text_is_the_formula_of_every_rule(monkeypatch, name):
    rates = {"lr": 0.1 if RULES[name].degree == 0 else 0.005}
    compare_interpreted(monkeypatch, problems.himmelblau, name, **rates)


@pytest.mark.parametrize("surface", [problems.bowl, problems.turned(20), problems.rosenbrock, problems.beale,
                                     problems.saddle], ids=lambda surface: surface.name)
def test_the_generated_text_is_the_formula_of_every_surface(monkeypatch, surface):
    compare_interpreted(monkeypatch, surface, "Adam", lr=0.1)


def compare_interpreted(monkeypatch, surface, name, **rates):
    rule = RULES[name]
    C, starts = basin_map._coefficients(rule, rule.values(rates, np.float32), 25)
    ceiling, ends = np.float32(surface.lowest + 1), []
    monkeypatch.setattr(loop, "kernel", lambda *_: interpreted(surface, rule))
    for walked in (basin_map._compiled, basin_map._on_arrays):
        X, Y = (a.reshape(-1) for a in np.meshgrid(*(np.linspace(*e, 8, dtype=np.float32) for e in surface.domain)))
        before = X.copy()
        with np.errstate(all="ignore"):
            height, noted = walked(surface, rule, X, Y, C, starts, ceiling)
        assert (before != X).any()
        ends.append((X, Y, height, noted))
    for one, other in zip(*ends, strict=True):
        assert np.allclose(one, other, rtol=1e-5, atol=1e-6, equal_nan=True)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["AdamW", "Adan", "AMSGrad", "Lion", "MSVAG", "NAdam", "RAdam", "Rprop", "SMORMS3"])
def test_compiled_and_array_readings_agree_for_unlike_rules(name):
    compare_readings(problems.himmelblau, name, lr=0.1 if RULES[name].degree == 0 else 0.005)


@settings(max_examples=20)
@given(st.floats(0.05, 1.9))
def test_on_the_bowl_updates_until_arrival_follow_from_the_rate(lr):
    found = basins(problems.bowl, "SGD", 300, 16, above=0.01, backend="numpy", lr=lr)
    x, y = np.meshgrid(np.linspace(-1.6, 1.6, 16), np.linspace(-1.6, 1.6, 16))
    shrinks = abs(1 - lr)  # each coordinate, per update; the value is half the square of the distance
    due = np.log(0.01 / (0.5 * (x**2 + y**2))) / (2 * math.log(shrinks)) if shrinks > 1e-6 else np.full(x.shape, 0.5)
    near_a_whole_number = np.abs(due - np.round(due)) < 1e-3
    assert np.array_equal(found.steps[~near_a_whole_number], np.maximum(np.ceil(due), 0)[~near_a_whole_number])
    assert (found.minimum == 0).all()


def test_beyond_the_stable_rate_nobody_arrives_and_in_the_end_all_overflow():
    at_the_edge = basins(problems.bowl, "SGD", 50, 8, lr=2.0, backend="numpy")
    assert (at_the_edge.minimum == NOWHERE).all() and (at_the_edge.steps == 51).all()
    assert (basins(problems.bowl, "SGD", 200, 8, lr=3.0, backend="numpy").minimum == LOST).all()


def test_a_start_below_the_ceiling_needs_no_update():
    found = basins(problems.saddle, "SGD", 5, 8, above=10.0, backend="numpy", lr=0.1)
    assert (found.steps == 0).all()


def test_rows_rise_with_y_and_columns_with_x():
    found = basins(problems.himmelblau, "SGD", 100, 64, backend="numpy", lr=0.01)
    (left, right), (bottom, top) = problems.himmelblau.domain
    for k, (x, y) in enumerate(problems.himmelblau.minima):
        column, row = round((x - left) / (right - left) * 63), round((y - bottom) / (top - bottom) * 63)
        assert found.minimum[row, column] == k


def test_constants_of_a_surface_are_not_compiled_in():
    gentle, steep = problems.bowl.at(curvature=1.0), problems.bowl.at(curvature=3.0)
    assert loop.surface(gentle) is loop.surface(steep)
    assert (basins(gentle, "SGD", 300, 8, lr=1.0, backend="numba").minimum == 0).all()
    assert (basins(steep, "SGD", 300, 8, lr=1.0, backend="numba").minimum == LOST).all()


def test_no_number_in_the_loop_is_wider_than_the_starts():
    for name in ("Adam", "Rprop", "RAdam"):
        text = loop.text(loop.surface(problems.rosenbrock), RULES[name])
        update = text[text.index("def update"):text.index("@njit(cache")]
        assert not [word for word in update.split() if word.strip("(),").replace(".", "").isdigit()]


@pytest.mark.parametrize("name", TOGETHER)
def test_a_rule_that_looks_at_all_numbers_at_once_is_refused(name):
    with pytest.raises(ValueError, match=f"{name} moves each number by what all of them are.*explore.trajectories"):
        basins(problems.bowl, name)


def test_refusals_name_the_value_and_what_to_write():
    for wrong, words in ((dict(size=100), "size=100 is not a whole number, a multiple of 8"),
                         (dict(steps=0), "steps=0"), (dict(steps=True), "steps=True")):
        with pytest.raises(ValueError, match=words):
            basins(problems.bowl, "SGD", **wrong)
    with pytest.raises(ValueError, match="lr = -1"):
        basins(problems.bowl, "SGD", lr=-1)
    with pytest.raises(TypeError, match="has no hyperparameter 'momentum'"):
        basins(problems.bowl, "SGD", momentum=0.9)
    with pytest.raises(TypeError, match="none of SGD has a hyperparameter 'momentum'"):
        basin_explorer.explorer(problems.bowl, "SGD", momentum=0.9)


# the picture


def test_each_dot_has_the_colour_of_its_minimum():
    found = basins(problems.himmelblau, "SGD", 100, 64, backend="numpy", lr=0.015)
    picture = BasinPicture(problems.himmelblau, 64, 100)
    drawn = np.array(Image.open(io.BytesIO(picture.picture(found, "A map.").png)))
    left, bottom = np.round(picture._map.bbox.p0).astype(int)
    area = drawn[drawn.shape[0] - bottom - 64:drawn.shape[0] - bottom, left:left + 64][::-1].astype(int)
    hues = []
    for kind in (0, 1, 2, 3):
        where = found.minimum == kind
        assert where.any()
        colour = np.median(area[where], axis=0)  # a star covers some dots
        hues.append(colour / colour.sum())
    assert min(np.abs(a - b).max() for a in hues for b in hues if a is not b) > 0.05


def test_later_is_darker():
    for row in BasinPicture(problems.himmelblau, 64, 100)._palette[:4].astype(int):
        assert (np.diff(row.sum(axis=1)) <= 0).all() and row[0].sum() - row[-1].sum() > 150


def test_the_words_give_shares_and_updates():
    explorer = basin_explorer.explorer(problems.saddle, "SGD", steps=50, size=64, lr=0.5)
    assert explorer.picture().words == (
        "SGD (rate 0.5) from 4,096 starts on saddle: 50% end at (0, 1), 50% end at (0, -1). "
        f"Half of those that arrive need {int(np.median(basins(problems.saddle, 'SGD', 50, 64, lr=0.5).steps))} "
        "updates or fewer.")
    assert "100% overflow" in basin_explorer.explorer(problems.bowl, "SGD", size=64).picture(**{"SGD.lr": 10.0}).words


def test_controls_of_the_other_rule_and_choices_of_one_are_put_away():
    explorer = basin_explorer.explorer(problems.saddle, ["SGD", "MomentumSGD"], steps=5, size=64)
    assert set(explorer.picture(rule="SGD").idle) == {"MomentumSGD.lr", "MomentumSGD.momentum", "surface"}
    assert set(explorer.picture(rule="MomentumSGD").idle) == {"SGD.lr", "surface"}


def test_presets_differ():
    explorer = basin_explorer.explorer(problems.himmelblau, "SGD", steps=20, size=64)
    assert len({explorer.draw(**preset).words for preset in explorer.presets}) == 3


def test_a_rule_of_ones_own_will_do():
    from edu_optim import Hyper, rule

    @rule(paper="none", degree=0, lr=Hyper(0.1, "eta", "[0, inf)"))
    def Sign(x, g, t, lr):
        return x - lr * np.sign(g)

    assert basin_map.checked_rule(Sign) is Sign
    assert (basins(problems.bowl, Sign, 40, 8, above=0.5, backend="numpy").minimum == 0).all()
