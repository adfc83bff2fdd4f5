"""What a recipe amounts to under a rule, predicted from the rule's degree.

A rule's step is a function of all gradients so far. It has degree d if c times all of them make it c ** d times as
long: SGD and the momenta have 1, those that divide a mean of gradients by the size of gradients have 0. So gradients
times c are a rate times c under the first, and nothing at all under the second.
"""

import copy
import re
from typing import NamedTuple

import numpy as np

from ..formula.hyper import Hyper
from ..hyperparameters import WEIGHT_DECAY
from ..parameter import Parameter
from ..rules import RULES
from .recipes import recipe_named

_C = Hyper(0.01, "c", "(0, inf)")
_SAME = 1e-9  # relative; what float64 may make of the same number
_DIVIDE_LAST = ("AdaGrad", "RMSprop", "Adam", "AMSGrad", "Adamax", "NAdam")  # by D + eps; D grows with every gradient


class Effect(NamedTuple):
    """What a multiplier amounts to.

    Attributes
    ----------
    multiplier : float or None
        The step of the layer, over its step without the recipe; None where there is no such number.
    bound : float or None
        How far from `multiplier` times the step without the recipe any number of a step may be, over the largest
        number of that step; 0 where it is exact, None where that depends on gradients that were not given.
    why : str
    """

    multiplier: float | None
    bound: float | None
    why: str


def effective_multiplier(recipe, rule, c=0.01, gradients=None, x=0.0):
    r"""Predict what a multiplier amounts to, for a recipe that is there from the first update on.

    A recipe that acts on the rate gives c under every rule whose step is proportional to its rate. One that acts on
    gradients gives c ** degree. Under a rule of degree 0 that is 1: the recipe does nothing, but for eps. Such a rule
    divides by :math:`D + \epsilon`, where D is made of sizes of gradients and becomes c D, so that the step is
    multiplied by

    .. math:: \frac{c}{c D + \epsilon} \Big/ \frac{1}{D + \epsilon}
        = 1 - \frac{(1 - c)\,\epsilon}{c D + \epsilon}.

    Gradients times c are the same as eps over c. For Adam D is the root of the corrected v, a mean of squares, and
    at least as large as the smallest gradient so far; for AdaGrad too; for RMSprop sqrt(1 - alpha) times that. So a
    constant gradient, as small as the smallest, is the worst case, and the bound is what the rule makes of that.
    Where a rule goes on after the division, or remembers its own steps as AdaDelta does, a small divisor is not the
    end of it: there the bound is what the rule makes of the gradients themselves.

    Parameters
    ----------
    recipe : Recipe or str
    rule : Optimizer, Rule or str
        An optimizer such as ``eo.Adam(eps=1e-6)`` stands for its values, a rule or its name for the defaults.
    c : float
        The layer's multiplier, above 0.
    gradients : float or ndarray, shape (updates, \*shape), optional
        A lower bound on the size of every number in the layer's gradients, for rules whose last act is to divide by
        D + eps, where D grows with every gradient: AdaGrad, RMSprop, Adam, AMSGrad, Adamax, NAdam. Or the gradients
        themselves, for any rule; the bound holds for these.
    x : ndarray or float
        The layer's parameter, for rules whose step depends on it.

    Returns
    -------
    Effect

    Raises
    ------
    KeyError
        If there is no such recipe or rule.
    TypeError, ValueError
        If c is not a number above 0, or gradients are not what this rule needs.

    Notes
    -----
    A recipe that comes later meets states made without it: what a buffer remembers keeps the old multiplier, and no
    single number says what happens until that is forgotten.

    Examples
    --------
    >>> from edu_optim.layerwise import effective_multiplier
    >>> effective_multiplier("scaled_gradients", "MomentumSGD").multiplier
    0.01
    >>> effective_multiplier("scaled_gradients", "Adam").multiplier
    1.0
    >>> effective_multiplier("groups", "Adam").multiplier
    0.01

    Under gradients of a millionth Adam's eps of 1e-8 is no longer small beside c g:

    >>> f"{effective_multiplier('scaled_gradients', 'Adam', 0.01, gradients=1e-6).bound:.3f}"
    '0.495'
    """
    recipe, c = recipe_named(recipe), _C.check("effective_multiplier", "c", c)
    optimizer = _optimizer(rule)
    rule, x, gradients = optimizer.rule, *_case(optimizer.rule, x, gradients)
    if recipe.acts_on == "rate":
        return _of_rate(optimizer, c, x, gradients)
    if rule.degree is None:
        return Effect(None, None, f"no power of c says what {rule.name} makes of c g. {_why_no_degree(rule)}")
    values = optimizer.hyperparam.get_dict()
    decay = [name for name, value in values.items() if name.startswith(WEIGHT_DECAY) and value]
    if decay and (rule.degree == 1 or WEIGHT_DECAY not in rule.hyperparameters):
        return Effect(None, None, f"{decay[0]} of {rule.name} adds something to the scaled gradient, or to the step, "
                                  "that is not scaled")
    if rule.degree == 1:
        return Effect(c, 0.0, f"the step of {rule.name} has degree 1 in the gradients: c g gives c times it")
    why = f"the step of {rule.name} has degree 0 in the gradients: c cancels"
    eps = [name for name, value in values.items() if name.startswith("eps") and value]
    if not eps:
        return Effect(1.0, 0.0, f"{why}, and there is no eps to break that")
    bound = None if gradients is None else _gap(optimizer, c, x, gradients)
    said = "gradients say how far" if bound is None else f"by {bound:.2g} at most under these gradients"
    return Effect(1.0, bound, f"{why}, but {' and '.join(eps)} stays what it is, as if it were divided by c; {said}")


def _of_rate(optimizer, c, x, gradients):
    rule = optimizer.rule
    if gradients is None:
        # Long enough, and with a trend, to meet the bounds that a rule may have on its steps.
        gradients = np.random.default_rng(0).normal(0.5, 1.0, size=(100, *x.shape))
    full = _steps(optimizer, x, gradients)
    slow = copy.deepcopy(optimizer)
    slow.hyperparam.lr = c * optimizer.hyperparam.lr
    if np.allclose(_steps(slow, x, gradients), c * full, rtol=_SAME, atol=_SAME * c * np.abs(full).max()):
        return Effect(c, 0.0, f"the step of {rule.name} is proportional to its rate, and the rate is c times it")
    return Effect(None, None, f"the step of {rule.name} is not proportional to its rate, which is a start value or a "
                              f"bound in it: see help(eo.RULES[{rule.name!r}].formula)")


def _gap(optimizer, c, x, gradients):
    """How far the steps under c g are from those under g, at worst, over the largest number of the step."""
    plain = _steps(optimizer, x, gradients)
    gaps = np.abs(_steps(optimizer, x, c * gradients) - plain)
    gaps, sizes = (a.reshape(len(gradients), -1).max(axis=1) for a in (gaps, np.abs(plain)))
    return float(np.max(gaps[sizes > 0] / sizes[sizes > 0], initial=0.0))


def _steps(optimizer, x, gradients):
    """Each step of a parameter that is put back after it."""
    p = Parameter(x)
    optimizer = copy.deepcopy(optimizer).setup([p])
    steps = np.empty_like(gradients)
    for k, g in enumerate(gradients):
        p.grad = g
        optimizer.step()
        steps[k] = p.data - x
        p.data = x
    return steps


def _case(rule, x, gradients):
    """x and gradients as arrays that the rule can take: (x, gradients or None)."""
    x = np.asarray(x, np.float64)
    if gradients is None:
        return np.broadcast_to(x, x.shape or (2, 3)).copy(), None
    gradients = np.asarray(gradients, np.float64)
    if not gradients.size:
        raise ValueError(f"gradients of shape {gradients.shape} hold no update: leave them out, or give at least one")
    if gradients.ndim:
        return np.broadcast_to(x, gradients.shape[1:]).copy(), gradients
    if rule.name not in _DIVIDE_LAST:
        raise ValueError(f"a lower bound proves nothing for {rule.name}, only for {', '.join(_DIVIDE_LAST)}: give the "
                         "gradients themselves, an array of shape (updates, *shape)")
    if not gradients > 0:
        raise ValueError(f"gradients = {gradients:g} is no lower bound on a size: where gradients are 0, eps decides "
                         "alone")
    return np.zeros(1), gradients.reshape(1, 1)  # the first update is the worst: later divisors are no smaller


def _optimizer(rule):
    if hasattr(rule, "_members"):
        return copy.deepcopy(rule)
    rule = getattr(RULES[rule] if isinstance(rule, str) else rule, "optimizer", rule)
    if not hasattr(rule, "rule"):
        raise TypeError(f"a rule is an optimizer such as eo.Adam(lr=1e-3), a rule or its name, not {rule!r}")
    return rule(backend="numpy")


def _why_no_degree(rule):
    """What a rule's docstring says about it."""
    paragraphs = [" ".join(text.split()) for text in (rule.__doc__ or "").split("\n\n")]
    sentences = [s for text in paragraphs for s in re.split(r"(?<=\.)\s+(?=[A-Z])", text)]
    said = " ".join(s for s in sentences if re.search(r"\bdegree\b", s))
    return said or f"Its docstring may say more: help(eo.RULES[{rule.name!r}].formula)"
