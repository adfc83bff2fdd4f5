"""A walk in any number of dimensions, under gradients that may change from step to step."""

import copy
import math

import numpy as np

from ..parameter import Parameter
from ..rules import RULES


def walk(rule, start, gradient, steps, *, within=(-math.inf, math.inf), falling=False):
    """Walk in any number of dimensions, by a gradient that may change from step to step.

    Parameters
    ----------
    rule : an optimizer, a rule, a rule's name, or a function
        As `edu_optim.problems.descend` takes it.
    start : array_like
    gradient : callable
        ``gradient(x, t)``, t from 1.
    steps : int
    within : (float, float)
        Where x is put back to after each step.
    falling : bool
        Whether step t is taken at lr / sqrt(t); a function keeps its own rate.

    Returns
    -------
    ndarray, float64, (steps + 1, *shape of start)

    Raises
    ------
    KeyError, TypeError
        If there is no such rule.

    Examples
    --------
    >>> import edu_optim as eo
    >>> eo.oracles.walk(eo.SGD(lr=1.0), 0.0, lambda x, t: -1.0, 3, falling=True).round(3)
    array([0.   , 1.   , 1.707, 2.284])
    """
    rule = RULES[rule] if isinstance(rule, str) else rule
    rule = getattr(rule, "optimizer", rule)
    path = [np.array(start, np.float64)]
    parameter, optimizer = Parameter(path[0]), None
    if hasattr(rule, "setup"):
        optimizer = rule() if isinstance(rule, type) else copy.deepcopy(rule)
        optimizer.setup([parameter])
        lr = optimizer.hyperparam.lr if falling else None
    elif not callable(rule):
        raise TypeError(f"{rule!r} is no rule; write eo.SGD(lr=0.01), or a function of x and g that returns the new x.")
    else:
        rule = copy.copy(rule)  # a walk of check.follow begins anew each time
    for t in range(1, steps + 1):
        g = np.broadcast_to(np.asarray(gradient(path[-1], t), np.float64), path[0].shape)
        if optimizer is None:
            new = rule(path[-1].copy(), g.copy())
        else:
            if falling:
                optimizer.hyperparam.lr = lr / math.sqrt(t)
            parameter.data, parameter.grad = path[-1], g
            optimizer.step()
            new = parameter.data
        path.append(np.clip(new, *within))
    return np.array(path)
