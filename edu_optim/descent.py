"""The walk down a surface: a rule, its steps, and noise that every rule meets alike."""

import copy
from dataclasses import dataclass

import numpy as np

from . import rng


def noise(seed, step, shape=(2,)):
    """Return standard normal numbers for the gradient of one step; the same seed and step give the same numbers.

    Every rule that walks with the same seed therefore meets the same noise.
    """
    return rng.generator(seed, "gradient-noise", step).standard_normal(shape)


@dataclass(frozen=True)
class Descent:
    """What was met on the way down.

    Attributes
    ----------
    path : ndarray, float64, (steps + 1, 2)
        The positions, start included.
    loss : ndarray, float64, (steps + 1,)
        The values without noise at these positions.
    gradients : ndarray, float64, (steps, 2)
        What the rule was given at each step, noise included.
    """

    path: np.ndarray
    loss: np.ndarray
    gradients: np.ndarray


def descend(problem, rule, steps, start=None, noise=0.0, seed=0):
    """Walk down a problem by a rule.

    Parameters
    ----------
    problem : Problem
    rule : an optimizer, a rule, a rule's name, or a function
        An optimizer such as ``eo.SGD(lr=0.01)`` is copied, never changed; a rule or its name stands for its
        defaults; a function is called ``function(x, g)`` with arrays of shape (2,) and returns the new x.
    steps : int
    start : (float, float), optional
        By default ``problem.start``.
    noise : float or (float, float)
        Standard deviation of the normal noise added to each coordinate of the gradient.
    seed : int
        Key of the noise.

    Returns
    -------
    Descent
        After an overflow the first position that is not finite is kept and the rest is NaN.

    Raises
    ------
    ValueError
        If steps, start or noise make no sense.
    KeyError, TypeError
        If there is no such rule.

    Examples
    --------
    >>> import edu_optim as eo
    >>> walk = eo.problems.descend(eo.problems.valley, eo.SGD(lr=0.01), steps=3)
    >>> walk.path.round(3)
    array([[1.  , 1.  ],
           [0.99, 0.  ],
           [0.98, 0.  ],
           [0.97, 0.  ]])
    """
    if isinstance(steps, bool) or not isinstance(steps, (int, np.integer)) or steps < 0:
        raise ValueError(f"steps={steps!r} is not a number of steps; write steps=100, say.")
    here = np.array(problem.start if start is None else start, np.float64)
    sigma = np.asarray(noise, np.float64)
    if here.shape != (2,) or not np.isfinite(here).all():
        raise ValueError(f"start={start!r} is not a point of the plane; write start=(1.0, -1.0), say.")
    if sigma.shape not in ((), (2,)) or not np.isfinite(sigma).all() or (sigma < 0).any():
        raise ValueError(f"noise={noise!r} is not a standard deviation; write noise=0.5 or noise=(0.5, 0.0).")

    step = _stepper(rule, here)
    path, gradients = np.full((steps + 1, 2), np.nan), np.full((steps, 2), np.nan)
    path[0] = here
    with np.errstate(all="ignore"):
        for t in range(steps):
            gradients[t] = problem.gradient(*path[t])
            if sigma.any():
                gradients[t] += sigma * _noise(seed, t)
            path[t + 1] = step(path[t].copy(), gradients[t].copy())
            if not np.isfinite(path[t + 1]).all():
                break
        return Descent(path, problem(*path.T), gradients)


_noise = noise  # descend has an argument of that name


def _stepper(rule, start):
    from .parameter import Parameter
    from .rules import RULES

    rule = RULES[rule] if isinstance(rule, str) else rule
    rule = getattr(rule, "optimizer", rule)
    if not hasattr(rule, "setup"):
        if not callable(rule):
            raise TypeError(
                f"{rule!r} is no rule; write eo.SGD(lr=0.01), or a function of x and g that returns the new x.")
        return copy.copy(rule)  # a walk of check.follow begins anew each time
    optimizer = rule() if isinstance(rule, type) else copy.deepcopy(rule)
    parameter = Parameter(start)
    optimizer.setup([parameter])

    def step(x, g):
        parameter.grad = g
        optimizer.step()
        return parameter.data

    return step
