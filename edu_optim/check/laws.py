"""Ask whether a function obeys the laws of its rule. They convict where accuracy and golden steps acquit."""

import numpy as np

from .follow import Follower, Hint, rule_named
from .lawbook import LAWS, degree_law
from .verdict import Verdict


def laws(function, rule=None, **hyperparameters):
    """Print whether a function obeys every law its rule obeys, or the first it breaks.

    Parameters
    ----------
    function : callable or Rule
        A plain function as `follow` takes it; or a rule, which then stands for itself.
    rule : str or Rule, optional
        Whose laws apply; needed for a plain function.
    **hyperparameters : float
        By default the rule's.

    Returns
    -------
    bool or None
        None if no law can be asked: laws speak of one number at a time, and some rules move matrices.

    Raises
    ------
    KeyError, TypeError, ValueError
        For a rule or hyperparameter that does not exist, or a value that is not allowed.

    Notes
    -----
    A rule answers for the degree it declares: gradients times c give steps times c to the power of the degree (with
    no eps, where the degree is 0). Every other law is asked of a function if the rule itself obeys it, so that a
    rule nobody thought of here is never convicted by another's laws. Most are sums short enough to be done by hand.

    Examples
    --------
    >>> import edu_optim as eo
    >>> eo.check.laws(eo.RULES["SGD"])
    laws of SGD: all hold (degree 1, mirror, own coordinate, anywhere, rate, brake, constant gradient)
    True
    >>> eo.check.laws(lambda x, g, lr: x - lr * g / abs(g), "SGD")
    laws of SGD: broken: degree 1 - gradients ten times as large give steps ten times as large
    False
    """
    if rule is None and not hasattr(function, "formula"):
        raise TypeError('Whose laws? Name the rule that the function is to be: check.laws(my_adam, "Adam").')
    rule = rule_named(rule or function)
    hyperparameters = rule.values(hyperparameters)
    known = laws_of(rule, **hyperparameters)
    if not known:
        print(f"laws of {rule.name}: none is known, since it does not move one number at a time")
        return None
    try:
        takes = Follower(getattr(function, "formula", function), rule, hyperparameters).takes
        asked = [law for law in known if set(law.turns) <= set(takes)]
        for law in asked:
            if not obeys(function, rule, law, hyperparameters):
                raise Hint(f"broken: {law.name} - {law.says}")
    except Hint as hint:
        print(f"laws of {rule.name}: {hint}")
        return Verdict(False)
    print(f"laws of {rule.name}: all hold ({', '.join(law.name for law in asked)})")
    return Verdict(True)


def laws_of(rule, **hyperparameters):
    """Return the laws a rule answers for: the degree it declares, and every other law that it obeys.

    Parameters
    ----------
    rule : str or Rule
    **hyperparameters : float
        By default the rule's.

    Raises
    ------
    KeyError, TypeError, ValueError
        As `laws`.

    Examples
    --------
    >>> from edu_optim import check
    >>> for law in check.laws_of("CorrectedMomentumSGD")[5:]:
    ...     print(f"{law.name}: {law.says}")
    brake: with lr 0 from the second step on nothing moves, since the rate stands outside of what is remembered
    no memory: with momentum 0 each step is lr g
    constant gradient: step t is lr g (1 - momentum^t) / (1 - momentum)
    """
    rule = rule_named(rule)
    h = rule.values(hyperparameters)
    known = {}
    try:
        walker(rule, rule, h)([1.0])
    except Hint:  # it does not walk with one number
        return []
    if rule.degree is not None:
        known["degree"] = degree_law(rule.degree)
    for law in LAWS:
        if set(law.needs) <= set(h) and law.name not in known and obeys(rule, rule, law, h):
            known[law.name] = law
    return list(known.values())


def obeys(function, rule, law, hyperparameters):
    """Whether the steps of a function obey one law; a Hint where no step can be made of it."""
    with np.errstate(all="ignore"):
        return bool(law.holds(walker(function, rule, hyperparameters), hyperparameters))


def walker(function, rule, hyperparameters):
    """The walk that a law asks for."""
    plain = getattr(function, "formula", function)

    def walk(gradients, rates=None, x=0.0, **changed):
        follower = Follower(plain, rule, hyperparameters | changed, strict=plain is function)
        return _steps(follower, np.asarray(gradients, np.float64), rates, x)

    return walk


def _steps(follower, gradients, rates, x):
    """The steps under given gradients, each from the same x: from 0 no digits are lost."""
    taken = []
    for t, g in enumerate(gradients):
        if rates is not None:
            follower.hyperparameters["lr"] = np.float64(rates[t])
        taken.append(follower(np.full(g.shape or 1, x), np.atleast_1d(g)) - x)
    return np.reshape(taken, gradients.shape)
