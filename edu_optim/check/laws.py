"""Laws a rule obeys exactly. They convict where accuracy and golden steps acquit."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np

from .. import rng
from .follow import Follower, Hint, rule_named
from .verdict import Verdict

_TOLERANCE = 1e-6  # of the largest step: an eps written into a function as 1e-8 stays below it
_STEPS = 11


class Law(NamedTuple):
    """What a law is called, what it says, and whether the steps that `walk` takes obey it.

    ``holds(walk, rule, hyperparameters)``, where ``walk(gradients, **changed)`` gives the steps of one number.
    """

    name: str
    says: str
    holds: Callable


def laws(function, rule=None, **hyperparameters) -> bool:
    """Print whether a function obeys every law its rule obeys, or the first it breaks.

    Parameters
    ----------
    function : callable or Rule
        A plain function as :func:`follow` takes it; or a rule, which then stands for itself.
    rule : str or Rule, optional
        Whose laws apply; needed for a plain function.
    **hyperparameters : float
        By default the rule's.

    Returns
    -------
    bool

    Raises
    ------
    KeyError, TypeError, ValueError
        For a rule or hyperparameter that does not exist, or a value that is not allowed.

    Notes
    -----
    Degree: gradients times c give steps times c to the power of the degree (with eps = 0, where the degree is 0).
    Rate: twice the lr gives twice the step. The others are geometric sums, short enough to be done by hand.

    Examples
    --------
    >>> import edu_optim as eo
    >>> eo.check.laws(eo.RULES["MomentumSGD"])
    laws of MomentumSGD: all hold (degree 1, rate, no memory, constant gradient)
    True
    >>> eo.check.laws(lambda x, g, lr: x - lr * g / abs(g), "SGD")
    laws of SGD: broken: degree 1 - gradients ten times as large give steps ten times as large
    False
    """
    if rule is None and not hasattr(function, "formula"):
        raise TypeError('Whose laws? Name the rule that the function is to be: check.laws(my_adam, "Adam").')
    rule = rule_named(rule or function)
    hyperparameters = rule.values(hyperparameters)
    plain = getattr(function, "formula", function)
    strict = plain is function

    def walk(gradients, **changed):
        return _steps(Follower(plain, rule, hyperparameters | changed, strict), gradients)

    try:
        held = list(_laws_of(rule, Follower(plain, rule, hyperparameters).takes))
        for law in held:
            if not law.holds(walk, rule, hyperparameters):
                raise Hint(f"broken: {law.name} - {law.says}")
    except Hint as hint:
        print(f"laws of {rule.name}: {hint}")
        return Verdict(False)
    print(f"laws of {rule.name}: all hold ({', '.join(law.name for law in held)})")
    return Verdict(True)


def _laws_of(rule, takes) -> Iterator[Law]:
    if rule.degree is not None:
        size = {0: "steps of the same size", 1: "steps ten times as large"}[rule.degree]
        yield Law(f"degree {rule.degree}", f"gradients ten times as large give {size}", _degree)
    if "lr" in takes:
        yield Law("rate", "twice the lr gives twice the step", _rate)
    if {"lr", "momentum"} <= set(takes):
        yield Law("no memory", "with momentum 0 each step is lr g", _no_memory)
    if rule.name in _ON_CONSTANT:
        yield Law("constant gradient", _ON_CONSTANT[rule.name][0], _constant)
    if rule.name == "Adam":
        back = "after gradients 1 and -1 the second step goes back by lr (1 - beta1) / (1 + beta1)"
        half = "a gradient as small as eps gives half of lr, since eps stands outside the root"
        yield from (Law("there and back", back, _turn), Law("gradient of eps", half, _at_eps))


def _steps(follower, gradients) -> np.ndarray:
    """The steps of one number. It is put back to 0 after each, where no digits are lost."""
    return np.array([follower(np.zeros(1), np.array([g]))[0] for g in gradients])


def _equal(steps, wanted) -> bool:
    wanted = np.broadcast_to(wanted, steps.shape)
    return bool(np.all(np.abs(steps - wanted) <= _TOLERANCE * np.max(np.abs(wanted))))


def _gradients() -> np.ndarray:
    return rng.generator(0, "check-laws").standard_normal(_STEPS)


def _bare(hyperparameters) -> dict[str, float]:
    """What puts a rule into the form its laws are stated for: no eps, and early Adam's decay of beta1 switched off."""
    without = {name: 0.0 for name in hyperparameters if name.startswith("eps")}
    return without | ({"gamma": 1.0} if "gamma" in hyperparameters else {})


def _degree(walk, rule, h) -> bool:
    return _equal(walk(10 * _gradients(), **_bare(h)), 10.0**rule.degree * walk(_gradients(), **_bare(h)))


def _rate(walk, rule, h) -> bool:
    return _equal(walk(_gradients(), lr=2 * h["lr"]), 2 * walk(_gradients()))


def _no_memory(walk, rule, h) -> bool:
    return _equal(walk(_gradients(), momentum=0.0), -h["lr"] * _gradients())


def _constant(walk, rule, h) -> bool:
    t = np.arange(1.0, _STEPS + 1)
    return _equal(walk(np.full(_STEPS, 2.0), **_bare(h)), -_ON_CONSTANT[rule.name][1](t, 2.0, **h))


def _turn(walk, rule, h) -> bool:
    back = (1 - h["beta1"]) / (1 + h["beta1"])
    return _equal(walk([1.0, -1.0], **_bare(h)), h["lr"] * np.array([-1.0, back]))


def _at_eps(walk, rule, h) -> bool:
    eps = h["eps"] or 1e-8
    return _equal(walk(np.full(_STEPS, eps), **_bare(h) | {"eps": eps}), -h["lr"] / 2)


_GATHERED = (
    "step t is lr g (1 - momentum^t) / (1 - momentum)",
    lambda t, g, lr, momentum: lr * g * (1 - momentum**t) / (1 - momentum),
)
# What steps of a constant gradient g are, in words and as a function of t.
_ON_CONSTANT = {
    "SGD": ("every step is lr g", lambda t, g, lr: lr * g),
    "MomentumSGD": _GATHERED,
    "CorrectedMomentumSGD": _GATHERED,
    "AdaGrad": ("step t is lr / sqrt(t), whatever g", lambda t, g, lr, **_: lr / np.sqrt(t)),
    "RMSprop": (
        "step t is lr / sqrt(1 - alpha^t), whatever g",
        lambda t, g, lr, alpha, **_: lr / np.sqrt(1 - alpha**t),
    ),
    "Adam": ("every step is lr, whatever g", lambda t, g, lr, **_: lr),
}
