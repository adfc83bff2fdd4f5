"""Laws that hold exactly: what scaling, constant gradients and switched-off memories do to the steps of a rule."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import edu_optim as eo

DEGREE_1 = [n for n in eo.RULES if eo.RULES[n].degree == 1]
DEGREE_0 = [n for n in eo.RULES if eo.RULES[n].degree == 0]
MOMENTA = ["MomentumSGD", "CorrectedMomentumSGD", "NesterovAG", "NesterovSGD"]

numbers = st.floats(0.01, 100)
signs = st.sampled_from([-1.0, 1.0])
gradients = st.lists(st.tuples(numbers, signs).map(np.prod), min_size=1, max_size=12)
factors = st.floats(1e-3, 1e3)
memories = st.floats(0, 0.99)
counts = st.integers(1, 60)


def steps(name, gradients, **hyperparameters):
    """The steps a rule takes from 0 under given gradients."""
    return np.diff(eo.RULES[name].run(0.0, gradients, **hyperparameters))


def bare(name):
    """Hyperparameters under which the degree is exact: no eps."""
    return {n: 0.0 for n in eo.RULES[name].hyperparameters if n.startswith("eps")}


def same(a, b):
    np.testing.assert_allclose(a, b, rtol=1e-9, atol=1e-12 * max(np.abs(b).max(), 1e-300))


def test_every_rule_states_its_degree():
    assert set(DEGREE_0) | set(DEGREE_1) == {n for n in eo.RULES if eo.RULES[n].degree is not None}
    assert {"SGD", *MOMENTA} <= set(DEGREE_1) and {"AdaGrad", "RMSprop", "AdaDelta", "Adam"} <= set(DEGREE_0)


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


@pytest.mark.parametrize("name", eo.RULES)
@given(g=gradients, a=factors)
def test_a_rate_times_a_gives_steps_times_a(name, g, a):
    same(steps(name, g, lr=0.01 * a), a * steps(name, g, lr=0.01))


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
