"""Is a reader's function the rule? Both walk the same random gradients."""

import numpy as np

from .. import rng
from .follow import Follower, Hint, rule_named
from .verdict import Verdict

_STEPS = 20
_TOLERANCE = 1e-7  # of what was walked: another order of operations passes, eps in another place does not
_DRIFTS = "the first steps agree, later ones do not"


def parity(function, rule, **hyperparameters):
    """Print whether a plain function steps as a rule does, or the first idea it misses.

    Parameters
    ----------
    function, rule, **hyperparameters
        As `follow` takes them.

    Returns
    -------
    bool

    Raises
    ------
    KeyError, TypeError, ValueError
        For a rule or hyperparameter that does not exist, or a value that is not allowed.

    Examples
    --------
    >>> from edu_optim import check
    >>> check.parity(lambda x, g, lr: x - lr * g, "SGD")
    parity with SGD: equal over 20 steps
    True
    >>> check.parity(lambda x, g, lr: x + lr * g, "SGD")
    parity with SGD: your first step goes uphill: the step is subtracted from x
    False
    """
    rule = rule_named(rule)
    hyperparameters = rule.values(hyperparameters)
    try:
        _compare(function, rule, hyperparameters)
    except Hint as hint:
        print(f"parity with {rule.name}: {hint}")
        return Verdict(False)
    print(f"parity with {rule.name}: equal over {_STEPS} steps")
    return Verdict(True)


def _compare(function, rule, hyperparameters):
    x, gradients = _trial(hyperparameters)
    ours = Follower(function, rule, hyperparameters)
    theirs = Follower(rule.formula, rule, hyperparameters, strict=False)
    here, there, walked = x, x, 0.0
    for t, g in enumerate(gradients, start=1):
        before, states = there, ours.states
        here, there = ours(here, g), theirs(there, g)
        walked = walked + np.abs(there - before)
        close = np.abs(here - there) <= _TOLERANCE * walked + 1e-13 * (1 + np.abs(there))
        if close.all():
            continue
        if np.isnan(here).any():
            raise Hint(
                "gives NaN: a division by zero, or the root of a negative number"
                + (" (t is 1, not 0, at the first step)" if "t" in ours.takes else ""))
        raise Hint(_first_step(here - x, there - x, close, rule) if t == 1 else _later(ours, theirs, states))


def _trial(hyperparameters):
    """Where to start, and gradients of four sizes: two elements that eps leaves alone, two that feel it."""
    epsilons = {name: value for name, value in hyperparameters.items() if name.startswith("eps") and value > 0}
    tiny = max((e**0.5 if name == "eps_root" else e for name, e in epsilons.items()), default=1e-6)
    draw = rng.generator(0, "check-parity")
    x, gradients = draw.standard_normal(4), draw.standard_normal((_STEPS, 4))
    return x, gradients * [1.0, 10.0, 0.01, tiny]


def _first_step(ours, theirs, close, rule):
    if not ours.any():
        return "not yet (x came back unchanged)"
    if np.allclose(ours, -theirs, rtol=1e-6):
        return "your first step goes uphill: the step is subtracted from x"
    if close[:2].all():
        return "differs only where gradients are small: look where eps stands, and whether the root covers it"
    with np.errstate(all="ignore"):
        ratio = (ours / theirs)[:3]
    if np.allclose(ratio, ratio[0], rtol=1e-3):
        numbers = [name for name in rule.hyperparameters if not name.startswith("eps")]
        numbers += ["the bias correction at t = 1"] if "beta1" in numbers else []
        return f"your first step is the right one times a constant: look at {', '.join(numbers)}"
    return "your first step already differs: print each line's value at t = 1 for one gradient and compare by hand"


def _later(ours, theirs, before):
    missing = [name for name in ours.states_known if name not in ours.held]
    if missing:
        return f"{_DRIFTS}: your function never takes {missing[0]}, so it forgets the past"
    if "t" not in ours.takes and _needs_t(theirs):
        return f"{_DRIFTS}: your function never takes t, but the rule's steps change with it"
    for name in ours.held:
        if not np.allclose(ours.states[name], theirs.states[name], rtol=1e-6, atol=0):
            old = " (it came back as it went in)" if np.array_equal(ours.states[name], np.asarray(before[name])) else ""
            return f"{_DRIFTS}: the {name} you return is not the new {name}{old}"
    return f"{_DRIFTS}: is t used, and the new state rather than the old?"


def _needs_t(follower):
    """Whether the same step at another t would have gone elsewhere."""
    function, t = follower.rule.formula, follower.t
    x = g = np.ones(1)
    states = {name: np.ones(1) for name in follower.held}
    given = {"x": x, "g": g, **states, **follower.hyperparameters, **dict.fromkeys(follower.rule.reductions, 1.0)}
    results = [function(**given, t=float(when)) for when in (t, t + 1)]
    return not np.array_equal(*(result[0] if isinstance(result, tuple) else result for result in results))
