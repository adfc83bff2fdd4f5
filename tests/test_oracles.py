"""Tasks with known answers, and every rule of the package that has something to answer for."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import edu_optim as eo
from edu_optim import oracles, problems

MOMENTA = [name for name in oracles.LINEAR if name != "SGD"]
# Rules whose steps do not depend on the size of gradients, nor on where x is, nor on other coordinates.
APART = [
    name for name, rule in eo.RULES.items()
    if rule.degree == 0 and {"own coordinate", "anywhere"} <= {law.name for law in eo.check.laws_of(rule)}
]


def settings_of(name, lr, momentum):
    return {"lr": lr} if name == "SGD" else {"lr": lr, "momentum": momentum}


def stepwise(name, hessian, start, steps, **hyperparameters):
    """The iterates as the rule takes them, one by one."""
    optimizer = eo.RULES[name].optimizer(**hyperparameters)
    return oracles.walk(optimizer, start, lambda x, t: hessian @ x, steps)


# Momentum in closed form


@pytest.mark.parametrize("name", oracles.LINEAR)
@settings(deadline=None, max_examples=30)
@given(
    data=st.data(), n=st.integers(1, 4), lr=st.floats(0.001, 0.3), momentum=st.floats(0, 0.99), seed=st.integers(0, 99)
)
def test_step_by_step_is_the_power_of_a_matrix(name, data, n, lr, momentum, seed):
    draw = np.random.default_rng(seed)
    axes = np.linalg.qr(draw.normal(size=(n, n)))[0]
    hessian = axes @ np.diag(draw.uniform(-0.5, 5, n)) @ axes.T
    hessian, start = (hessian + hessian.T) / 2, draw.normal(size=n)
    hyperparameters = settings_of(name, lr, momentum)
    wanted = oracles.quadratic(name, hessian, start, 40, **hyperparameters)
    got = stepwise(name, hessian, start, 40, **hyperparameters)
    np.testing.assert_allclose(got, wanted, rtol=0, atol=1e-11 * np.abs(wanted).max())


@pytest.mark.parametrize("backend", ["numpy", "numba"])
@pytest.mark.parametrize("name", oracles.LINEAR)
def test_every_reading_of_a_rule_walks_the_valley_as_the_matrix_says(name, backend):
    hyperparameters = settings_of(name, 0.005, 0.9)
    optimizer = eo.RULES[name].optimizer(backend=backend, **hyperparameters)
    walked = problems.descend(problems.turned(30), optimizer, 300).path
    page = np.array([[np.cos(np.pi / 6), -np.sin(np.pi / 6)], [np.sin(np.pi / 6), np.cos(np.pi / 6)]])
    hessian = page @ np.diag([1.0, 100.0]) @ page.T
    wanted = oracles.quadratic(name, hessian, problems.turned(30).start, 300, **hyperparameters)
    np.testing.assert_allclose(walked, wanted, atol=1e-12)


def test_the_wrong_momentum_is_noticed():
    wanted = oracles.quadratic("NesterovSGD", [1.0, 10.0], [1.0, 1.0], 20, lr=0.02, momentum=0.9)
    got = stepwise("NesterovAG", np.diag([1.0, 10.0]), [1.0, 1.0], 20, lr=0.02, momentum=0.9)
    assert np.abs(got - wanted).max() > 0.01


@pytest.mark.parametrize("name", oracles.LINEAR)
@pytest.mark.parametrize(("lr", "curvature"), [(0.01, 1.0), (0.3, 2.0), (0.5, -0.2)])
def test_one_update_is_the_matrix_state_and_all(name, lr, curvature):
    hyperparameters = settings_of(name, lr, 0.7)
    parameter = eo.Parameter(np.array([1.5]))
    optimizer = eo.RULES[name].optimizer([parameter], **hyperparameters)
    pair = np.array([1.5, 0.0])
    for _ in range(5):
        parameter.grad = curvature * parameter.data
        optimizer.step()
        pair = oracles.update_matrix(name, curvature, **hyperparameters) @ pair
        state = parameter.update_rule.state
        np.testing.assert_allclose([parameter.data[0], state["m"][0] if "m" in state else 0], pair, rtol=1e-12)


@pytest.mark.parametrize("name", oracles.LINEAR)
def test_the_speed_is_what_is_left_in_the_long_run(name):
    hyperparameters = settings_of(name, 0.002, 0.5)
    path = oracles.quadratic(name, [1.0], [1.0], 900, **hyperparameters)[:, 0]
    assert path[900] / path[899] == pytest.approx(oracles.speed(name, 1.0, **hyperparameters), rel=1e-9)


def test_the_floor_of_momentum():
    """The same speed over a 1,442-fold range of rates, and none outside of it."""
    root = np.sqrt(0.9)
    low, high = (1 - root) ** 2, (1 + root) ** 2
    inside = oracles.speed("MomentumSGD", 1.0, np.geomspace(low * 1.0001, high * 0.9999, 50), 0.9)
    np.testing.assert_allclose(inside, root, rtol=1e-9)
    assert (oracles.speed("MomentumSGD", 1.0, np.array([low * 0.99, high * 1.01]), 0.9) > root + 1e-3).all()
    assert high / low == pytest.approx(1442, abs=0.5)


@pytest.mark.parametrize(("name", "ahead"), [("MomentumSGD", 1), ("NesterovSGD", 2.8), ("NesterovAG", 4.42)])
def test_looking_ahead_costs_room(name, ahead):
    limit = 2 * 1.9 / ahead
    assert oracles.speed(name, 1.0, limit * 0.999, 0.9) < 1 < oracles.speed(name, 1.0, limit * 1.001, 0.9)


@pytest.mark.parametrize(("name", "lr", "due"), [
    ("SGD", 0.01, 653), ("MomentumSGD", 0.01, 138), ("NesterovSGD", 0.01, 61),
    ("MomentumSGD", 0.005, 112), ("NesterovSGD", 0.005, 50), ("NesterovAG", 0.005, 53),
])
def test_the_valley_keeps_the_numbers_that_are_printed(name, lr, due):
    path = oracles.quadratic(name, [1.0, 100.0], [1.0, 1.0], 700, **settings_of(name, lr, 0.9))
    assert np.argmax(problems.valley(*path.T) <= 1e-6) == due


def test_quadratics_refuse_what_they_do_not_know():
    with pytest.raises(ValueError, match="One update of Adam is no matrix"):
        oracles.quadratic("Adam", [1.0], [1.0], 3, lr=0.1)
    with pytest.raises(ValueError, match="SGD has no momentum"):
        oracles.speed(eo.RULES["SGD"], 1.0, 0.1, momentum=0.9)
    for hessian in ([[1.0, 2.0], [0.0, 1.0]], [1.0, 2.0, 3.0], np.ones((2, 3))):
        with pytest.raises(ValueError, match="make no quadratic"):
            oracles.quadratic("SGD", hessian, [1.0, 1.0], 3, lr=0.1)


# Rare words


@settings(deadline=None)
@given(every=st.integers(1, 30), size=st.floats(1e-3, 1e3), steps=st.integers(0, 200))
def test_what_a_rate_per_coordinate_does_for_a_rare_word(every, size, steps):
    gradients = oracles.rare_words(steps, every=[every], size=size)
    seen = steps // every
    adagrad = eo.RULES["AdaGrad"].run(np.zeros(1), gradients, lr=0.1, eps=1e-30)[-1, 0]
    assert adagrad == pytest.approx(-0.1 * (1 / np.sqrt(np.arange(1, seen + 1))).sum(), rel=1e-12)
    sgd = eo.RULES["SGD"].run(np.zeros(1), gradients, lr=0.1)[-1, 0]
    assert sgd == pytest.approx(-0.1 * size * seen, rel=1e-12)


def test_rare_words_keep_the_numbers_that_are_printed():
    gradients = oracles.rare_words(1000)
    ends = {name: -eo.RULES[name].run(np.zeros(3), gradients, lr=0.1)[-1] for name in ("SGD", "AdaGrad")}
    np.testing.assert_allclose(ends["SGD"], [100, 10, 1], rtol=1e-12)
    np.testing.assert_allclose(ends["AdaGrad"], [6.18, 1.86, 0.502], rtol=1e-3)


def test_adam_awakes_with_a_jump():
    after_silence = np.zeros(15000)
    after_silence[10000] = 1.0
    path = -eo.RULES["Adam"].run(0.0, after_silence, lr=1.0)
    assert path[10000] == 0
    assert path[10001] == pytest.approx(0.1 / np.sqrt(0.001), rel=1e-3)
    assert path[-1] == pytest.approx(31.77, abs=0.01)


@pytest.mark.parametrize("every", [[0], [1.5], 3, [[1, 2]]])
def test_rare_words_come_at_whole_numbers(every):
    with pytest.raises(ValueError, match="whole numbers from 1 up"):
        oracles.rare_words(10, every=every)


# Reddi


def amsgrad(lr, beta1, beta2, falling=True):
    """Adam with the largest v so far, as a plain function that lets its own rate fall."""
    past = {"m": 0.0, "v": 0.0, "top": 0.0, "t": 0}

    def step(x, g):
        past["t"] += 1
        past["m"] = beta1 * past["m"] + (1 - beta1) * g
        past["v"] = beta2 * past["v"] + (1 - beta2) * g**2
        past["top"] = max(past["top"], past["v"])
        return x - lr / (np.sqrt(past["t"]) if falling else 1) * past["m"] / np.sqrt(past["top"])

    return step


THEOREM = dict(lr=0.5, beta1=0.0, beta2=0.1)  # beta2 = 1 / (1 + C^2)


@pytest.mark.parametrize("stochastic", [False, True])
@pytest.mark.parametrize("falling", [False, True])
def test_adam_ends_at_the_worst_point(stochastic, falling):
    walked = oracles.reddi(eo.Adam(**THEOREM | {"lr": 0.05}), 3000, stochastic=stochastic, falling=falling)
    assert np.mean(walked[-300:]) > 0.9
    assert np.abs(walked).max() <= 1


@pytest.mark.parametrize("name", oracles.LINEAR)
def test_what_does_not_divide_ends_at_the_best(name):
    assert np.mean(oracles.reddi(eo.RULES[name].optimizer(lr=0.05), 3000)[-300:]) < -0.9


def test_what_never_forgets_ends_at_the_best():
    assert np.mean(oracles.reddi(eo.AdaGrad(lr=0.5), 3000, falling=False)[-300:]) < -0.98


def test_the_largest_v_so_far_repairs_adam():
    assert oracles.reddi(amsgrad(**THEOREM), 3000)[-300:].max() < -0.98


def test_reddi_keeps_the_numbers_that_are_printed():
    assert np.argmax(oracles.reddi(eo.Adam(**THEOREM), 3000) >= 1) == 45
    assert oracles.reddi(eo.Adam(**THEOREM), 3000)[-1] == 1
    assert oracles.reddi(eo.SGD(lr=0.5), 3000)[-300:].max() < -0.98


def test_momentum_is_no_cure():
    walked = oracles.reddi(eo.Adam(lr=0.5, beta1=0.9, beta2=0.99), 20000, C=101.0, every=101)
    assert walked[-1] == pytest.approx(0.995, abs=1e-3)


def test_the_slopes_of_reddi_are_what_they_are_said_to_be():
    slopes = []
    oracles.reddi(lambda x, g: slopes.append(float(g)) or x, 9, C=5.0)
    assert slopes == [5.0, -1.0, -1.0] * 3
    slopes.clear()
    oracles.reddi(lambda x, g: slopes.append(float(g)) or x, 20000, C=5.0, stochastic=True, delta=0.5)
    assert set(slopes) == {5.0, -1.0}
    assert np.mean(slopes) == pytest.approx(0.5, abs=4 * np.std(slopes) / np.sqrt(len(slopes)))
    again = []
    oracles.reddi(lambda x, g: again.append(float(g)) or x, 50, C=5.0, stochastic=True, delta=0.5)
    assert again == slopes[:50]


@pytest.mark.parametrize(("arguments", "words"), [
    ({"C": 2.0}, "above 2; write C=3.0"),
    ({"C": 3.0, "every": 5}, "above 4; write C=5.0"),
    ({"C": float("nan")}, "C=nan"),
    ({"stochastic": True, "delta": 0.0}, "delta=0.0"),
    ({"stochastic": True, "delta": 3.0}, "delta=3.0"),
])
def test_reddi_refuses_what_proves_nothing(arguments, words):
    with pytest.raises(ValueError, match=words):
        oracles.reddi(eo.SGD(lr=0.1), 3, **arguments)


# Wilson


@pytest.fixture(scope="module")
def separable():
    return oracles.wilson()


def test_plain_descent_ends_at_the_shortest_weights_that_fit(separable):
    weights = separable.fit(eo.SGD(lr=0.1), 4000)
    np.testing.assert_allclose(weights, np.linalg.pinv(separable.X) @ separable.y, atol=1e-9)
    assert separable.accuracy(weights) == (1.0, 1.0)


@pytest.mark.parametrize("name", MOMENTA)
def test_momentum_ends_there_too(name, separable):
    weights = separable.fit(eo.RULES[name].optimizer(lr=0.02), 4000)
    np.testing.assert_allclose(weights, np.linalg.pinv(separable.X) @ separable.y, atol=1e-9)


@pytest.mark.parametrize("name", APART)
def test_rules_of_degree_0_never_leave_the_line_of_signs(name, separable):
    """Whatever they do with the past: every coordinate meets the same gradients up to a factor, while there are any."""
    eps = {n: 1e-30 for n in eo.RULES[name].hyperparameters if n.startswith("eps")}
    optimizer = eo.RULES[name].optimizer(lr=0.01, **eps)
    signs = np.sign(separable.X.T @ separable.y)
    for steps in (1, 4, 12):
        weights = separable.fit(optimizer, steps)
        size = np.abs(weights).max()
        assert size > 0
        np.testing.assert_allclose(weights, size * signs * np.sign(weights[0]), rtol=0, atol=1e-6 * size)


@pytest.mark.parametrize(("optimizer", "rate"), [("Adam", 0.01), ("AdaGrad", 0.1), ("RMSprop", 0.001)])
def test_adaptive_rules_learn_by_heart(optimizer, rate, separable):
    weights = separable.fit(getattr(eo, optimizer)(lr=rate), 2000)
    np.testing.assert_allclose(separable.X @ weights, separable.y, atol=1e-6)
    assert separable.accuracy(weights) == (1.0, 0.6)


def test_the_set_is_what_it_is_said_to_be(separable):
    X, y, X_new, y_new = separable
    assert X.shape == X_new.shape == (40, 203)
    assert np.array_equal(y, y_new)
    assert np.array_equal(np.unique(y, return_counts=True), [[-1, 1], [16, 24]])
    assert np.array_equal(X[:, 0], y) and (X[:, 1:3] == 1).all()
    assert np.array_equal(X[:, 3:].sum(axis=1), np.where(y > 0, 1, 5))
    assert (X[:, 3:].sum(axis=0) <= 1).all() and not X_new[:, 3:].any()
    w = np.random.default_rng(0).normal(size=203)
    loss = lambda w: 0.5 * np.mean((X @ w - y) ** 2)  # noqa: E731
    slopes = [(loss(w + h) - loss(w - h)) / 2e-6 for h in 1e-6 * np.eye(203)[:8]]
    np.testing.assert_allclose(separable.gradient(w)[:8], slopes, rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("arguments", [{"positive": 0.5}, {"positive": 1.0}, {"n": 1}, {"n": 3, "positive": 0.9}])
def test_the_set_needs_both_classes_and_more_of_one(arguments):
    with pytest.raises(ValueError, match="more than half of the samples"):
        oracles.wilson(**arguments)


# The walk


def test_the_walk_is_descent_in_any_number_of_dimensions():
    optimizer = eo.Adam(lr=0.1)
    walked = oracles.walk(optimizer, problems.valley.start, lambda x, t: problems.valley.gradient(*x), 20)
    np.testing.assert_array_equal(walked, problems.descend(problems.valley, eo.Adam(lr=0.1), 20).path)
    again = oracles.walk(optimizer, problems.valley.start, lambda x, t: problems.valley.gradient(*x), 20)
    np.testing.assert_array_equal(walked, again)


def test_a_rule_its_name_its_optimizer_and_a_function_walk_alike():
    lr = eo.RULES["SGD"].hyperparameters["lr"].default
    kinds = [eo.SGD, eo.RULES["SGD"], "SGD", eo.SGD(lr=lr), lambda x, g: x - lr * g,
             eo.check.follow(lambda x, g, lr: x - lr * g, "SGD")]
    walks = [oracles.walk(kind, np.ones((2, 3)), lambda x, t: t * x, 5) for kind in kinds]
    assert all(walked.shape == (6, 2, 3) and np.array_equal(walked, walks[0]) for walked in walks)


def test_a_falling_rate_falls_for_the_optimizer_alone():
    optimizer = eo.SGD(lr=1.0)
    walked = oracles.walk(optimizer, 0.0, lambda x, t: -1.0, 4, falling=True)
    np.testing.assert_allclose(np.diff(walked), 1 / np.sqrt([1, 2, 3, 4]))
    assert optimizer.hyperparam.lr == 1.0


def test_the_walk_is_put_back_into_its_interval_and_goes_on_from_there():
    walked = oracles.walk(eo.SGD(lr=1.0), 0.0, lambda x, t: -2.0 if t < 3 else 0.5, 4, within=(-1.0, 1.0))
    assert walked.tolist() == [0.0, 1.0, 1.0, 0.5, 0.0]


def test_the_walk_refuses_what_is_no_rule():
    with pytest.raises(TypeError, match=r"0\.1 is no rule; write eo\.SGD"):
        oracles.walk(0.1, 0.0, lambda x, t: x, 1)
    with pytest.raises(KeyError, match="adam"):
        oracles.walk("adam", 0.0, lambda x, t: x, 1)
