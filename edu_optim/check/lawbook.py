"""The laws themselves: what scaling, silence and constant gradients do to the steps of a rule, exactly."""

import inspect
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from .. import rng

_TOLERANCE = 1e-6  # of the largest step: an eps written into a function as 1e-8 stays below it
_STEPS = 11
_ELSEWHERE = 3.0  # than 0, and not 1: norms of 0 and 1 are what rules that divide by them treat alike
_NO_EPS = 1e-40  # as good as none, and AdaDelta still moves
_DECAY = 0.5  # of beta1 by gamma: strong enough that one update shows it


class Law(NamedTuple):
    """What a law is called, what it says, and whether steps obey it.

    Attributes
    ----------
    name, says : str
    holds : callable
        ``holds(walk, h)``: whether the steps that ``walk`` takes obey the law, where h are the hyperparameters by
        name and ``walk(gradients, rates=None, x=0.0, **changed)`` gives an array with one step per gradient, each from
        the same x, taken with some hyperparameters changed and, where `rates` are given, one lr per step.
    needs : tuple of str
        Hyperparameters a rule must have for the law to make sense.
    turns : tuple of str
        Those of them that the law changes, so that a function must take them.
    """

    name: str
    says: str
    holds: Callable
    needs: tuple[str, ...] = ()
    turns: tuple[str, ...] = ()


def _equal(steps, wanted):
    wanted = np.broadcast_to(wanted, steps.shape)
    return bool(np.all(np.abs(steps - wanted) <= _TOLERANCE * np.max(np.abs(wanted))))


def _gradients(key="check-laws"):
    return rng.generator(0, key).standard_normal(_STEPS)


def _bare(h, gamma=1.0):
    """What puts a rule into the form its laws are stated for: no eps, and early Adam's decay of beta1 switched off."""
    without = {name: _NO_EPS for name in h if name.startswith("eps")}
    return without | ({"gamma": gamma} if "gamma" in h else {})


def degree_law(degree):
    """The law that a rule declares."""
    size = {0: "steps of the same size", 1: "steps ten times as large"}[degree]

    def holds(walk, h):
        return _equal(walk(10 * _gradients(), **_bare(h)), 10.0**degree * walk(_gradients(), **_bare(h)))

    return Law(f"degree {degree}", f"gradients ten times as large give {size}", holds)


def _mirror(walk, h):
    return _equal(walk(-_gradients()), -walk(_gradients()))


def _own_coordinate(walk, h):
    one, other = _gradients(), 10 * _gradients("check-neighbour")
    return _equal(walk(np.stack([one, other], axis=1), x=_ELSEWHERE)[:, 0], walk(one, x=_ELSEWHERE))


def _anywhere(walk, h):
    return _equal(walk(_gradients(), x=_ELSEWHERE), walk(_gradients()))


def _rate(walk, h):
    return _equal(walk(_gradients(), lr=2 * h["lr"]), 2 * walk(_gradients()))


def _rates_falling_to_0(h):
    return h["lr"] * (np.arange(_STEPS) == 0)


def _stops(walk, h):
    return not walk(_gradients(), rates=_rates_falling_to_0(h))[1:].any()


def _coasts(walk, h):
    steps = walk(_gradients(), rates=_rates_falling_to_0(h))[1:]
    return bool(steps[0]) and _equal(steps[1:], h["momentum"] * steps[:-1])


def _no_memory(walk, h):
    return _equal(walk(_gradients(), momentum=0.0), -h["lr"] * _gradients())


def _turn(walk, h):
    back = (1 - h["beta1"]) / (1 + h["beta1"])
    return _equal(walk([1.0, -1.0], **_bare(h)), h["lr"] * np.array([-1.0, back]))


def _silence(walk, h):
    b1, b2 = h["beta1"], h["beta2"]
    return _equal(walk([1.0, 0.0], **_bare(h)), -h["lr"] * np.array([1.0, b1 / (1 + b1) * np.sqrt((1 + b2) / b2)]))


def _constant_gradient(says, size):
    """The law that steps of a constant gradient have a size, which is a function of t, g and hyperparameters."""
    needs = tuple(inspect.signature(size).parameters)[2:]

    def holds(walk, h):
        known = h | _bare(h)
        wanted = size(np.arange(1.0, _STEPS + 1), 2.0, **{name: known[name] for name in needs})
        gradients = np.full(np.size(wanted) if np.ndim(wanted) else _STEPS, 2.0)
        # Early Adam's correction follows its decay of beta1, whatever that is: the one law that is stated for all.
        gammas = (1.0, _DECAY) if "gamma" in h else (1.0,)
        return all(_equal(walk(gradients, **_bare(h, gamma)), -wanted) for gamma in gammas)

    return Law("constant gradient", says, holds, needs)


def _gradient_of_eps(says, needs, first, g=lambda eps, **_: eps):
    """The law that says how far the first gradient moves x if it is so small that it meets eps."""

    def holds(walk, h):
        eps = h["eps"] or 1e-8
        h = h | _bare(h) | {"eps": eps}
        return _equal(walk([g(**h)], **_bare(h) | {"eps": eps}), -first(**h))

    return Law("gradient of eps", says, holds, needs)


def _gathered(ahead, power):
    """What momentum gathers, and Nesterov's forms see one or two gradients ahead of it."""

    def size(t, g, lr, momentum):
        return lr * g * (1 - momentum ** (t + ahead)) / (1 - momentum)

    return f"step t is lr g (1 - momentum^{power}) / (1 - momentum)", size


def _two_of_adadelta(t, g, lr, rho, eps):
    return lr * np.sqrt(eps / (1 - rho)) * np.array([1.0, np.sqrt(2 / (1 + rho))])


# Of laws with one name, which are the forms it takes, a rule answers for the first that it obeys.
LAWS = (
    Law("mirror", "gradients of the other sign give steps of the other sign", _mirror),
    Law("own coordinate", "what its neighbour's gradients are changes nothing for a coordinate", _own_coordinate),
    Law("anywhere", "the same gradients give the same steps wherever x is", _anywhere),
    Law("rate", "twice the lr gives twice the step", _rate, ("lr",), ("lr",)),
    Law(
        "brake", "with lr 0 from the second step on nothing moves, since the rate stands outside of what is remembered",
        _stops, ("lr",), ("lr",),
    ),
    Law(
        "brake", "with lr 0 from the second step on each step is momentum times the last, since the rate stands inside "
        "of what is remembered", _coasts, ("lr", "momentum"), ("lr",),
    ),
    Law("no memory", "with momentum 0 each step is lr g", _no_memory, ("lr", "momentum"), ("lr", "momentum")),
    _constant_gradient("every step is lr g", lambda t, g, lr: lr * g),
    _constant_gradient("every step is lr, whatever g", lambda t, g, lr: lr),
    _constant_gradient("step t is lr / sqrt(t), whatever g", lambda t, g, lr: lr / np.sqrt(t)),
    _constant_gradient(
        "step t is lr / sqrt(1 - alpha^t), whatever g", lambda t, g, lr, alpha: lr / np.sqrt(1 - alpha**t)
    ),
    *(_constant_gradient(*_gathered(ahead, power)) for ahead, power in enumerate(("t", "(t + 1)", "(t + 2)"))),
    _constant_gradient(
        "the first step is lr sqrt(eps / (1 - rho)), the second sqrt(2 / (1 + rho)) times as long, whatever g",
        _two_of_adadelta,
    ),
    Law(
        "there and back", "after gradients 1 and -1 the second step goes back by lr (1 - beta1) / (1 + beta1)",
        _turn, ("lr", "beta1"),
    ),
    Law(
        "silence", "after gradients 1 and 0 the second step is lr beta1 / (1 + beta1) sqrt((1 + beta2) / beta2)",
        _silence, ("lr", "beta1", "beta2"),
    ),
    _gradient_of_eps(
        "a first gradient as small as eps gives half of lr, since eps stands outside the root",
        ("lr", "eps"), lambda lr, **_: lr / 2,
    ),
    _gradient_of_eps(
        "a first gradient as small as eps gives lr / (1 + sqrt(1 - alpha)), since eps stands outside the root",
        ("lr", "eps", "alpha"), lambda lr, alpha, **_: lr / (1 + np.sqrt(1 - alpha)),
    ),
    _gradient_of_eps(
        "a first gradient of sqrt(eps / (1 - rho)) is shortened by sqrt(2), since eps stands inside both roots",
        ("lr", "eps", "rho"), lambda lr, eps, rho, **_: lr * np.sqrt(eps / (1 - rho) / 2),
        lambda eps, rho, **_: np.sqrt(eps / (1 - rho)),
    ),
)
