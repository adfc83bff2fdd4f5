"""What the constructor of every optimizer takes: other libraries' spellings, options, and the signature to show."""

import inspect
import numbers

import numpy as np

from .formula import run

OPTIONS = {"backend": "auto", "missing_grad": "skip", "maximize": False}


def spelled(rule, params, lr, given):
    """(what to optimize, hyperparameters under the rule's names): a number in first place is lr, and torch's and
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
    if "betas" in given and {"beta1", "beta2"} <= set(rule.hyperparameters):
        betas = given.pop("betas")
        twice = [name for name in ("beta1", "beta2") if name in given]
        if twice:
            raise TypeError(f"{rule.name}: {twice[0]} is given twice, by itself and in betas: leave one out")
        if not (isinstance(betas, (tuple, list)) and len(betas) == 2):
            raise TypeError(f"{rule.name}: betas = {betas!r} must be two numbers: betas=(0.9, 0.999)")
        given |= dict(zip(("beta1", "beta2"), betas, strict=True))
    return params, given


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
    options = [inspect.Parameter(name, keyword, default=value) for name, value in OPTIONS.items()]
    own.sort(key=lambda p: p.kind)
    return inspect.Signature([inspect.Parameter("params", positional, default=None), *own, *options])
