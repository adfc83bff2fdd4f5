"""Laws that hold exactly: what scaling, constant gradients and switched-off memories do to the steps of a rule."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import edu_optim as eo

MOMENTA = ["MomentumSGD", "CorrectedMomentumSGD", "NesterovAG", "NesterovSGD"]
MATRIX_RULES = {"Adafactor", "Muon"}  # have laws of their own
ELEMENTWISE = [n for n in eo.RULES if n not in MATRIX_RULES]
DEGREE_1 = [n for n in ELEMENTWISE if eo.RULES[n].degree == 1]
DEGREE_0 = [n for n in ELEMENTWISE if eo.RULES[n].degree == 0]
NO_DEGREE = [n for n in ELEMENTWISE if eo.RULES[n].degree is None]

numbers = st.floats(0.01, 100)
signs = st.sampled_from([-1.0, 1.0])
gradients = st.lists(st.tuples(numbers, signs).map(np.prod), min_size=1, max_size=12)
factors = st.floats(1e-3, 1e3)
memories = st.floats(0, 0.99)
counts = st.integers(1, 60)


def steps(name, gradients, **hyperparameters):
    """The steps a rule takes from 0 under given gradients."""
    return np.diff(eo.RULES[name].run(0.0, gradients, **hyperparameters))


def standing(name, gradients, x=0.0, **hyperparameters):
    """The steps a rule takes when it is put back to x after each."""
    walk, x = eo.check.follow(eo.RULES[name].formula, name, **hyperparameters), np.array([x])
    return np.array([(walk(x, np.array([g])) - x)[0] for g in gradients])


def bare(name):
    """Hyperparameters under which the degree is exact: no eps."""
    return {n: 0.0 for n in eo.RULES[name].hyperparameters if n.startswith("eps")}


def same(a, b):
    np.testing.assert_allclose(a, b, rtol=1e-9, atol=1e-12 * max(np.abs(b).max(), 1e-300))


def test_every_rule_states_its_degree():
    assert {"SGD", "DampenedSGD", "MSVAG", *MOMENTA} == set(DEGREE_1)
    assert {"AdaBound", "AMSBound", "ASGD", "LARS", "RAdam", "Yogi"} == set(NO_DEGREE)


@pytest.mark.parametrize("name", NO_DEGREE)
def test_a_rule_without_degree_says_why_and_has_none(name):
    assert "no degree" in eo.RULES[name].__doc__
    g = np.random.default_rng(1).normal(size=30)
    once, ten = (np.diff(eo.RULES[name].run(2.0, c * g, **bare(name))) for c in (1, 10))
    for degree in (0, 1):
        if name != "LARS":  # whose degree depends on x
            assert np.abs(ten - 10**degree * once).max() > 1e-5 * np.abs(ten).max()


@given(g=gradients, c=factors)
def test_what_takes_the_degree_away(g, c):
    """Without it, as their docstrings say, the degree is there."""
    g = np.array(g)
    same(steps("ASGD", c * g, lambd=0), c * steps("ASGD", g, lambd=0))
    same(steps("Yogi", c * g, eps=0, start=0), steps("Yogi", g, eps=0, start=0))
    lars = eo.RULES["LARS"]
    np.testing.assert_allclose(lars.run(1.0, c * g), lars.run(1.0, g), rtol=1e-9)
    same(standing("LARS", c * g), c * standing("LARS", g))
    once, scaled = (standing("RAdam", k * np.resize(g, 9), eps=0) for k in (1, c))
    same(scaled[:5], c * once[:5])
    same(scaled[5:], once[5:])


@pytest.mark.parametrize("name", DEGREE_1)
@given(g=gradients, c=factors)
def test_degree_1_gradients_times_c_give_steps_times_c(name, g, c):
    same(steps(name, np.array(g) * c), np.array(steps(name, g)) * c)


@pytest.mark.parametrize("name", [n for n in DEGREE_0 if n != "AdaDelta"])
@given(g=gradients, c=factors)
def test_degree_0_gradients_times_c_give_the_same_steps(name, g, c):
    same(steps(name, np.array(g) * c, **bare(name)), steps(name, g, **bare(name)))


@given(g=gradients, c=st.floats(1, 1e3))
def test_adadelta_has_degree_0_while_its_eps_is_far_below_the_gradients(g, c):
    """Its eps cannot be 0, or no step would ever be taken: the law holds up to eps / g ** 2."""
    g = np.array(g)
    small = 1e-12 * (g**2).min()
    a, b = steps("AdaDelta", g * c, eps=small), steps("AdaDelta", g, eps=small)
    np.testing.assert_allclose(a, b, rtol=1e-6)


# why a rate times a does not give steps times a
NOT_PROPORTIONAL = {
    "AdaBound": "final_lr is what bounds close in on, whatever the first rate is",
    "AMSBound": "final_lr is what bounds close in on, whatever the first rate is",
    "ASGD": "the rate falls the faster the larger it is",
    "Rprop": "lr is the size at first, within size_min and size_max",
    "SMORMS3": "lr is only the most a step may be",
}


@pytest.mark.parametrize("name", [n for n in ELEMENTWISE if n not in NOT_PROPORTIONAL])
@given(g=gradients, a=factors)
def test_a_rate_times_a_gives_steps_times_a(name, g, a):
    same(standing(name, g, lr=0.01 * a), a * standing(name, g, lr=0.01))


@pytest.mark.parametrize("name", NOT_PROPORTIONAL)
def test_where_a_rate_is_no_factor_it_is_said(name):
    g = np.random.default_rng(0).normal(size=200)
    once, twice = standing(name, g, lr=40), standing(name, g, lr=80)
    assert np.abs(twice - 2 * once).max() > 1e-3 * np.abs(once).max()


@given(g=gradients, a=st.floats(0.5, 2))
def test_lars_and_lamb_walk_in_proportion_to_rate_and_length(g, a):
    for name in ("LAMB", "LARS"):
        once = standing(name, g, x=1.0, lr=0.1)
        np.testing.assert_allclose(standing(name, g, x=1.0, lr=0.1 * a), a * once, rtol=1e-9, atol=1e-14)
        np.testing.assert_allclose(standing(name, g, x=3.0, lr=0.1), 3 * once, rtol=1e-9, atol=1e-14)


@pytest.mark.parametrize("name", MOMENTA)
@given(g=gradients)
def test_without_momentum_it_is_sgd(name, g):
    same(steps(name, g, momentum=0, lr=0.1), steps("SGD", g, lr=0.1))


@given(g=gradients, m=memories)
def test_the_rate_inside_or_outside_the_buffer_is_the_same_while_it_is_constant(g, m):
    same(steps("MomentumSGD", g, momentum=m), steps("CorrectedMomentumSGD", g, momentum=m))


@given(g=numbers, sign=signs, n=counts)
def test_adagrad_under_a_constant_gradient(g, sign, n):
    t = np.arange(1, n + 1)
    same(steps("AdaGrad", [sign * g] * n, lr=0.1, eps=0), -0.1 * sign / np.sqrt(t))


@given(g=numbers, sign=signs, n=counts, alpha=st.floats(0, 0.999))
def test_rmsprop_under_a_constant_gradient(g, sign, n, alpha):
    t = np.arange(1, n + 1)
    same(steps("RMSprop", [sign * g] * n, lr=0.1, eps=0, alpha=alpha), -0.1 * sign / np.sqrt(1 - alpha**t))


@given(g=numbers, sign=signs, n=counts, beta1=st.floats(0, 0.99), beta2=st.floats(0, 0.9999), gamma=st.floats(0.5, 1))
def test_adam_under_a_constant_gradient_steps_by_the_rate_for_ever(g, sign, n, beta1, beta2, gamma):
    same(steps("Adam", [sign * g] * n, lr=0.1, eps=0, beta1=beta1, beta2=beta2, gamma=gamma), np.full(n, -0.1 * sign))


@given(g=numbers, sign=signs, n=counts, m=memories)
def test_momentum_under_a_constant_gradient(g, sign, n, m):
    t = np.arange(1, n + 1)
    same(steps("MomentumSGD", [sign * g] * n, lr=0.1, momentum=m), -0.1 * sign * g * (1 - m**t) / (1 - m))


# pairs of rules that are one under the hyperparameters given
KIN = [
    (("DampenedSGD", dict(dampening=0)), ("CorrectedMomentumSGD", {})),
    (("ASGD", dict(lambd=0)), ("SGD", {})),
    (("Lion", dict(beta1=0, weight_decay=0)), ("SignSGD", {})),
    (("Adam", dict(beta1=0, beta2=0, eps=0)), ("SignSGD", {})),
    (("RMSpropMomentum", dict(momentum=0)), ("RMSprop", {})),
    (("RMSpropGraves", dict(eps_root=1e-6)), ("RMSpropCentered", dict(alpha=0.95, momentum=0.9, eps=0, eps_root=1e-6))),
    (("AdamW", dict(weight_decay=0)), ("Adam", {})),
    (("AdamW", dict(weight_decay=0.3, lr=0.1)), ("AdamW", dict(weight_decay_rate=0.03, lr=0.1))),
    (("AdaBound", dict(bound_rate=1e-14)), ("Adam", {})),
    (("AMSBound", dict(bound_rate=1e-14)), ("AMSGrad", {})),
    (("AdaBound", dict(bound_rate=1e14, final_lr=0.5, beta1=0)), ("SGD", dict(lr=0.5))),
    (("Adan", dict(ahead=0, beta1=0.9, beta3=0.999)), ("Adam", {})),
    (("NAdamW", dict(beta1=0, weight_decay=0)), ("Adam", dict(beta1=0))),
    (("NAdam", dict(beta1=0)), ("Adam", dict(beta1=0))),
    (("Adamax", dict(beta1=0, beta2=0, eps=0)), ("SignSGD", {})),
]


@pytest.mark.parametrize("one, other", KIN, ids=lambda pair: pair[0])
@given(g=gradients)
def test_kin(one, other, g):
    given = [{"lr": 0.01} | hyperparameters for _, hyperparameters in (one, other)]
    paths = [eo.RULES[name].run(1.0, g, **h) for (name, _), h in zip((one, other), given, strict=True)]
    np.testing.assert_allclose(*paths, rtol=1e-9, atol=1e-11)


@given(g=gradients)
def test_amsgrad_is_adam_while_gradients_grow(g):
    g = np.array(g)[np.argsort(np.abs(g))]
    same(steps("AMSGrad", g), steps("Adam", g))
    same(steps("AMSBound", g), steps("AdaBound", g))


# a constant gradient of either sign and any size: the steps, without eps and decay
@pytest.mark.parametrize("name, of_t", [
    ("SignSGD", lambda t: np.ones_like(t)),
    ("Lion", lambda t: np.ones_like(t)),
    ("AdamW", lambda t: np.ones_like(t)),
    ("AMSGrad", lambda t: np.ones_like(t)),
    ("Adamax", lambda t: np.ones_like(t)),
    ("Adan", lambda t: np.ones_like(t)),
    ("NAdamW", lambda t: 0.9 * (1 - 0.9**t) / (1 - 0.9 ** (t + 1)) + 0.1 / (1 - 0.9**t)),
    ("NovoGrad", lambda t: (1 - 0.9**t) / (1 - 0.9)),
    ("Rprop", lambda t: 1.2 ** (t - 1)),
    ("RMSpropCentered", lambda t: 1 / np.sqrt(0.99**t * (1 - 0.99**t))),
])
@given(g=numbers, sign=signs)
def test_steps_of_a_constant_gradient(name, of_t, g, sign):
    t = np.arange(1.0, 31)
    decay = {"weight_decay": 0} if "weight_decay" in eo.RULES[name].hyperparameters else {}
    same(steps(name, [sign * g] * 30, lr=0.1, **bare(name), **decay), -0.1 * sign * of_t(t))


@pytest.mark.parametrize("name, hyperparameters", [("DampenedSGD", dict(momentum=0.7, dampening=0.7)), ("MSVAG", {})])
@given(g=numbers, sign=signs, n=counts)
def test_a_true_mean_of_a_constant_gradient_gives_steps_of_sgd(name, hyperparameters, g, sign, n):
    same(steps(name, [sign * g] * n, lr=0.1, **hyperparameters), np.full(n, -0.1 * sign * g))


FIRST_STEPS = [("SMORMS3", dict(lr=0.1), np.sqrt(2)), ("AdaBelief", dict(eps_root=0), 1 / 0.9), ("AMSGrad", {}, 1),
               ("RMSpropGraves", dict(eps_root=0), 1 / np.sqrt(0.95 * 0.05)), ("NAdamW", {}, 1 + 0.9 / 1.9),
               ("RMSpropMomentum", {}, 10), ("RMSpropCentered", {}, 1 / np.sqrt(0.99 * 0.01)), ("Adan", {}, 1)]


@pytest.mark.parametrize("name, hyperparameters, rates", FIRST_STEPS)
@given(g=numbers, sign=signs)
def test_size_of_the_first_step_in_rates(name, hyperparameters, rates, g, sign):
    lr = hyperparameters.get("lr", eo.RULES[name].hyperparameters["lr"].default)
    same(steps(name, [sign * g], **bare(name) | hyperparameters), -sign * lr * rates)


def test_rules_of_whole_arrays_step_by_the_length_of_the_array():
    rng = np.random.default_rng(0)
    x, g = rng.normal(size=(3, 4)), rng.normal(size=(1, 3, 4))

    def length(name, **hyperparameters):
        return np.linalg.norm(np.diff(eo.RULES[name].run(x, g, lr=0.1, **hyperparameters), axis=0))

    assert length("LAMB") == pytest.approx(0.1 * np.linalg.norm(x), rel=1e-12)
    assert length("LAMB", weight_decay=0.5) == pytest.approx(0.1 * np.linalg.norm(x), rel=1e-12)
    assert length("LARS", momentum=0) == pytest.approx(0.1 * 0.001 * np.linalg.norm(x), rel=1e-12)
    assert length("NovoGrad", eps=0) == pytest.approx(0.1, rel=1e-12)


def test_asgd_keeps_the_mean_of_the_points_after_t0():
    x, g = np.array([2.0]), np.random.default_rng(0).normal(size=(20, 1))
    p = eo.Parameter(x)
    optimizer = eo.ASGD([p], lr=0.1, t0=5)
    path = []
    for gradient in g:
        p.grad = gradient
        optimizer.step()
        path.append(p.data.copy())
    np.testing.assert_allclose(p.update_rule.state["mean"], np.mean(path[6:], axis=0), rtol=1e-12)


def test_bounds_follow_a_schedule_of_the_rate():
    """Of the largest bounds and rates from the start: 0.001 and final_lr 0.1 make 0.05 of a rate of 0.0005."""
    p = eo.Parameter(np.array([1.0]))
    optimizer = eo.AdaBound([p], lr=0.001, bound_rate=1e14, beta1=0)
    for lr, rate in ((0.001, 0.1), (0.0005, 0.05), (0.0, 0.0), (0.002, 0.2)):
        optimizer.hyperparam.lr = lr
        before, p.grad = p.data.copy(), np.array([3.0])
        optimizer.step()
        np.testing.assert_allclose(before - p.data, rate * 3.0, rtol=1e-9, atol=1e-15)


def test_the_two_nesterovs_begin_apart_and_end_together():
    chainer, paper = (steps(n, np.ones(400), lr=0.01, momentum=0.9) for n in ("NesterovAG", "NesterovSGD"))
    np.testing.assert_allclose([chainer[0], paper[0]], [-0.0271, -0.019], rtol=1e-12)
    np.testing.assert_allclose([chainer[-1], paper[-1]], -0.1, rtol=1e-12)


@pytest.mark.parametrize("backend", ["numpy", "numba"])
@pytest.mark.parametrize("name", eo.RULES)
def test_a_switched_off_rule_changes_no_byte(name, backend):
    rng = np.random.default_rng(3)
    p = eo.Parameter(rng.normal(size=(3, 4)))
    optimizer = getattr(eo, name)([p], backend=backend)
    for _ in range(3):
        p.grad = rng.normal(size=(3, 4))
        optimizer.step()
    rule = p.update_rule
    rule.enabled = False
    before = [p.data.tobytes(), p.grad.tobytes(), rule.t, [np.array(s).tobytes() for s in rule.state.values()]]
    p.grad = p.grad.copy()
    optimizer.step()
    after = [p.data.tobytes(), p.grad.tobytes(), rule.t, [np.array(s).tobytes() for s in rule.state.values()]]
    assert after == before
    rule.enabled = True
    optimizer.step()
    assert p.data.tobytes() != before[0] and rule.t == 4
