"""What A4 asks about formulas is what the package's own rules do."""

import numpy as np
import pytest

import edu_optim as eo
from edu_optim.functions import square

pytest.importorskip("nbval")

NAME = "a4_per_layer_rates"


@pytest.mark.parametrize(("rule", "lr"), [
    (eo.SGD, 0.02), (eo.MomentumSGD, 0.002), (eo.Adam, 0.002), (eo.RMSprop, 0.001)])
def test_two_numbers_meet_where_the_answer_says(names, rule, lr):
    start, gradient, rate = (2.0, -1.0), (1.0, 5.0), (0.8, 0.3)
    x, y = map(eo.Parameter, start)
    optimizer = rule([{"params": [p], "lr": r * lr} for p, r in zip((x, y), rate)], backend="numpy")
    for _ in range(4000):
        pairs = optimizer.compute_gradients(square(x - y), [x, y])
        optimizer.apply_gradients([(c * g, p) for c, (g, p) in zip(gradient, pairs)])
    due = names["meeting"](start, gradient, rate, optimizer.rule.degree)
    assert [x.item(), y.item()] == pytest.approx([due, due], abs=0.005)
    assert abs(names["meeting"](start, gradient, rate, 1 - optimizer.rule.degree) - due) > 0.1


def test_a_late_recipe_does_to_adam_what_the_answer_says(names):
    values, c, j = {"lr": 0.01, "beta1": 0.9, "beta2": 0.99}, 0.03, np.arange(1, 1001)
    path = eo.RULES["Adam"].run(0.0, np.r_[np.full(4000, 2.0), np.full(1000, c * 2.0)], eps=0.0, **values)
    ks = -np.diff(path)[-1000:] / 0.01
    assert ks == pytest.approx(names["late"](j, 0.5, c, 0.9, 0.99)[0], rel=1e-6)
    assert names["late"](j, ks[699], c, 0.9, 0.99)[1] == pytest.approx(700, rel=1e-6)


def moved(row, g, lr, momentum, n, w):
    """How far the package's momentum moves a parameter frozen by the program of this row, and in its last step."""
    p = eo.Parameter([0.0])
    rule = eo.CorrectedMomentumSGD if row else eo.MomentumSGD
    optimizer, path = rule([p], lr=lr, momentum=momentum, backend="numpy"), [0.0]
    for t in range(n + w + 1):
        c = 0.0 if n <= t < n + w else 1.0
        p.grad = [g]
        if row < 2:
            optimizer.hyperparam.lr = c * lr
        p.update_rule.enabled = row < 2 or c == 1
        optimizer.step()
        path.append(p.data[0])
    return path[-1] - path[n], path[-1] - path[-2]


@pytest.mark.parametrize("row", range(3))
def test_frozen_and_thawed_layers_move_as_the_answer_says(names, row):
    case = 1.7, 0.05, 0.8, 4, 6
    assert moved(row, *case)[0] == pytest.approx(names["frozen"](*case)[row])


def test_the_leap_at_the_thaw_is_99_per_cent_after_the_w_of_the_answer(names):
    w = names["frozen"](1.7, 0.05, 0.8, 4, 6)[3]
    shares = [moved(1, 1.7, 0.05, 0.8, 4, whole)[1] / (-0.05 * 1.7 / 0.2) for whole in (int(w), int(w) + 1)]
    assert shares[0] < 0.99 < shares[1]


@pytest.mark.parametrize("which", ["gradient", "rate"])
def test_the_logs_are_those_of_momentum_with_coupled_decay(names, which):
    x, g = names["written_log"](np.random.RandomState(5), which)
    mu, decay, start, a, b = names["diagnose"](x, g, 0.1)
    p = eo.Parameter([x[0]])
    optimizer = eo.CorrectedMomentumSGD([p], lr=0.1, momentum=mu, weight_decay=decay, backend="numpy")
    for t, gradient in enumerate(g, start=1):
        late = t >= start
        p.grad = [(a if late else 1) * gradient]
        optimizer.hyperparam.lr = 0.1 * (b if late else 1)
        optimizer.step()
        assert p.data[0] == pytest.approx(x[t])
