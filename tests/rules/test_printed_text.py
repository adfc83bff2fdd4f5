"""The rules exactly as the text this project started from prints them (Theano, 2015), written again in NumPy.

They are a second writing on purpose: what the text computes, its conventions included, is to be had here under
our names, and where the text is at fault the difference is stated.
"""

import numpy as np
import pytest

import edu_optim as eo


def sgd(p, g, s, t):
    return p - 0.01 * g


def momentum(p, g, s, t):
    s["v"] = s["v"] * 0.9 - 0.01 * g
    return p + s["v"]


def adagrad(p, g, s, t):
    s["a"] = s["a"] + g * g
    return p - (0.01 / np.sqrt(s["a"] + 1e-6)) * g


def rmsprop(p, g, s, t):
    s["m"] = s["m"] * 0.99 + (1 - 0.99) * g * g
    return p - 0.001 * g / np.sqrt(s["m"] + 1e-8)


def adadelta(p, g, s, t):
    s["a"] = 0.95 * s["a"] + (1 - 0.95) * g * g
    dx = -np.sqrt((s["d"] + 1e-6) / (s["a"] + 1e-6)) * g
    s["d"] = 0.95 * s["d"] + (1 - 0.95) * dx * dx
    return p + dx


def adam(p, g, s, t, gamma=1 - 1e-8, alpha=0.001):
    b1_t = 0.9 * gamma ** (t - 1)
    s["m"] = b1_t * s["m"] + (1 - b1_t) * g
    s["v"] = 0.999 * s["v"] + (1 - 0.999) * g**2
    m_hat, v_hat = s["m"] / (1 - 0.9**t), s["v"] / (1 - 0.999**t)
    return p - alpha * m_hat / (np.sqrt(v_hat) + 1e-8)


def printed(rule, x, gradients):
    state, path = dict.fromkeys("vamd", 0.0), []
    for t, g in enumerate(gradients, 1):
        x = rule(x, g, state, t)
        path.append(x)
    return np.array(path)


GRADIENTS = np.random.default_rng(20250101).normal(size=(200, 5))


@pytest.mark.parametrize("rule, name, hyperparameters", [
    (sgd, "SGD", dict(lr=0.01)),
    (momentum, "MomentumSGD", dict(lr=0.01, momentum=0.9)),
    (adagrad, "AdaGrad", dict(lr=0.01, eps=0, eps_root=1e-6)),
    (rmsprop, "RMSprop", dict(lr=0.001, alpha=0.99, eps=0, eps_root=1e-8)),
    (adadelta, "AdaDelta", dict(rho=0.95, eps=1e-6)),
])
def test_same_numbers(rule, name, hyperparameters):
    ours = eo.RULES[name].run(np.ones(5), GRADIENTS, **hyperparameters)[1:]
    np.testing.assert_allclose(ours, printed(rule, np.ones(5), GRADIENTS), rtol=1e-12)


def test_adam_is_the_same_to_the_error_of_its_correction():
    """The text divides by 1 - beta1 ** t although its beta1 decays; at gamma = 1 - 1e-8 that is 1e-8 of a step."""
    ours = eo.RULES["Adam"].run(np.ones(5), GRADIENTS, gamma=1 - 1e-8)[1:]
    theirs = printed(adam, np.ones(5), GRADIENTS)
    gap = np.abs(ours - theirs).max()
    assert 0 < gap < 1e-8


def test_adam_at_gamma_one_half_shows_the_fault():
    """Constant gradient: the right correction gives steps of lr for ever, the printed one does not."""
    ours = eo.RULES["Adam"].run(np.zeros(1), np.ones((5, 1)), gamma=0.5, lr=0.1, eps=0)
    np.testing.assert_allclose(np.diff(ours[:, 0]), -0.1, rtol=1e-12)
    theirs = printed(lambda p, g, s, t: adam(p, g, s, t, gamma=0.5, alpha=0.1), np.zeros(1), np.ones((5, 1)))
    assert abs(np.diff(theirs[:, 0])[0] + 0.1) > 0.05
