"""What the constructor of every optimizer takes: other libraries' spellings, options, and the signature to show."""

import inspect
import numbers

import numpy as np

from .formula import run
from .groups import BETAS, two_betas
from .hyperparameters import EXTRAS

SCALAR_DTYPE = "scalar_dtype"  # an option of rules that have scalar states
OPTIONS = {"backend": "auto", "missing_grad": "skip", "maximize": False}


def spelled(rule, params, lr, given):
    """(what to optimize, values under the names of the tree): a number in first place is lr, and torch's and
    Keras's other spellings are translated.

    Examples
    --------
    >>> import edu_optim as eo
    >>> spelled(eo.RULES["Adam"], 0.1, None, {"betas": (0.8, 0.9)})
    (None, {'lr': 0.1, 'beta1': 0.8, 'beta2': 0.9})
    """
    given = dict(given)
    if isinstance(params, numbers.Number):
        if lr is not None:
            raise TypeError(f"{rule.name}: lr is given twice, {params!r} and {lr!r}: leave one out")
        params, lr = None, params
    if lr is not None:
        given["lr"] = lr
    if "learning_rate" in given and "learning_rate" not in rule.hyperparameters:
        if "lr" in given:
            raise TypeError(f"{rule.name}: lr is given twice, as lr and as learning_rate: leave one out")
        given["lr"] = given.pop("learning_rate")
    if "betas" in given and set(BETAS) <= set(rule.hyperparameters):
        twice = [name for name in BETAS if name in given]
        if twice:
            raise TypeError(f"{rule.name}: {twice[0]} is given twice, by itself and in betas: leave one out")
        try:
            given |= two_betas(given.pop("betas"))
        except TypeError as error:
            raise TypeError(f"{rule.name}: {error}") from None
    return params, given


def all_values(rule, given, extras=("weight_decay",)):
    """Every value of a node that has all of its own: the rule's, defaults included, and what else is given."""
    others = {name: value for name, value in given.items() if name in extras and name not in rule.hyperparameters}
    values = rule.values({name: value for name, value in given.items() if name not in others})
    return values | {name: EXTRAS[name].check(rule.name, name, value) for name, value in others.items()}


def scalar_rule(rule, given):
    """(the rule, or the one that rounds its scalar states, what else is given)."""
    if SCALAR_DTYPE not in given or not rule.scalar_states:
        return rule, given
    dtype = given[SCALAR_DTYPE]
    if dtype not in ("float32", "float64"):
        raise ValueError(f"{rule.name}: scalar_dtype = {dtype!r} is not known: 'float64' keeps the numbers a rule "
                         "remembers exact, 'float32' rounds them as torch does")
    others = {name: value for name, value in given.items() if name != SCALAR_DTYPE}
    return (rule.single_scalars if dtype == "float32" else rule), others


def checked_options(backend, missing_grad, maximize):
    """The options as a dict, or an error that says what is allowed."""
    run.resolve(backend)
    if missing_grad not in ("skip", "zero"):
        raise ValueError(
            f"missing_grad = {missing_grad!r} is not known: 'skip' leaves a parameter without gradient alone, "
            "'zero' gives it zeros")
    if not isinstance(maximize, (bool, np.bool_)):
        raise TypeError(f"maximize = {maximize!r} must be True or False")
    return {"backend": backend, "missing_grad": missing_grad, "maximize": bool(maximize)}


def signature(rule):
    """How the constructor reads for a rule, with its hyperparameters and their defaults."""
    keyword, positional = inspect.Parameter.KEYWORD_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD
    own = [inspect.Parameter(name, positional if name == "lr" else keyword, default=hyper.default)
           for name, hyper in rule.hyperparameters.items()]
    options = {SCALAR_DTYPE: "float64", **OPTIONS} if rule.scalar_states else OPTIONS
    options = [inspect.Parameter(name, keyword, default=value) for name, value in options.items()]
    own.sort(key=lambda p: p.kind)
    return inspect.Signature([inspect.Parameter("params", positional, default=None), *own, *options])
