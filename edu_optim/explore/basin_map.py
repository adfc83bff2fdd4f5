"""Which minimum is found from where, and after how many updates: one walk from each of a grid of starts."""

from dataclasses import dataclass

import numpy as np

from ..formula import run
from . import loop

LOST, NOWHERE = -2, -1  # what stands in `Basins.minimum` where no minimum does


@dataclass(frozen=True)
class Basins:
    """Where the walks from a grid of starts have gone; row 0 is the lowest y, column 0 the lowest x.

    Attributes
    ----------
    minimum : ndarray, int8, (size, size)
        Which of ``problem.minima`` is nearest in the end; -1 where the value is not below the ceiling then, -2
        where it has overflowed.
    steps : ndarray, int32, (size, size)
        The updates after which the value stays below the ceiling; the number of all updates and more where it does not.
    """

    minimum: np.ndarray
    steps: np.ndarray


def basins(problem, rule, steps=200, size=512, above=0.001, backend="auto", **hyperparameters):
    """Walk a problem from a grid of starts by a rule, in float32 and without noise.

    Parameters
    ----------
    problem : edu_optim.problems.Problem
    rule : str or Rule
        Elementwise and without reductions, as nearly all are.
    steps : int
        Updates from each start.
    size : int
        Starts along each side of the problem's domain, a multiple of 8.
    above : float
        A start has arrived when its value stays below the lowest one plus this.
    backend : {"auto", "numba", "numpy"}
    **hyperparameters : float
        Of the rule; defaults for the rest.

    Returns
    -------
    Basins

    Raises
    ------
    KeyError, TypeError, ValueError
        For a rule or a hyperparameter that does not exist, a value that is not allowed, or a rule whose update of
        one coordinate depends on the other.

    Examples
    --------
    >>> from edu_optim import problems
    >>> found = basins(problems.saddle, "SGD", steps=50, size=8, backend="numpy", lr=0.5)
    >>> found.minimum[[0, -1]].tolist()
    [[1, 1, 1, 1, 1, 1, 1, 1], [0, 0, 0, 0, 0, 0, 0, 0]]
    """
    rule = checked_rule(rule)
    for name, number, least in (("steps", steps, 1), ("size", size, 8)):
        if isinstance(number, bool) or not isinstance(number, (int, np.integer)) or number < least or number % least:
            raise ValueError(f"{name}={number!r} is not a whole number, a multiple of {least}; write {name}=200, say.")
    values = rule.values(hyperparameters, np.float32)
    axes = (np.linspace(*ends, size, dtype=np.float32) for ends in problem.domain)
    X, Y = (axis.reshape(-1) for axis in np.meshgrid(*axes))
    C, starts = _coefficients(rule, values, steps)
    ceiling = np.float32(problem.lowest + above)
    walk = _compiled if run.resolve(backend) == "numba" else _on_arrays
    height, noted = walk(problem, rule, X, Y, C, starts, ceiling)
    minimum = _nearest(problem.minima, X, Y)
    minimum[noted == steps] = NOWHERE
    minimum[~np.isfinite(height)] = LOST
    return Basins(minimum.reshape(size, size), (noted + 1).reshape(size, size))


def checked_rule(rule):
    """The rule of this name, if its coordinates go their own ways."""
    from ..rules import RULES

    rule = RULES[rule] if isinstance(rule, str) else rule
    if not getattr(rule, "elementwise", False) or rule.reductions:
        raise ValueError(
            f"{rule.name} moves each number by what all of them are, and a map of starts is made for rules that treat "
            f"each number by itself, such as Adam. For its paths: explore.trajectories(rules={rule.name!r})")
    return rule


def _coefficients(rule, values, steps):
    """What every start shares: a row of numbers for each update, and what each state starts with; both float32."""
    known, scalars = len(rule.parts.coefficients), [run.start(rule, name, values) for name in rule.scalar_states]
    table = [np.float64(v) for v in (*values.values(), *rule.layout.parts.constants.values())]
    C = np.empty((steps, known), np.float32)
    with np.errstate(all="ignore"):
        for t in range(steps):
            numbers = rule.numpy.coefficients(np.float64(t + 1), *scalars, *table)
            C[t], scalars = numbers[:known], numbers[known : known + len(scalars)]
    return C, np.array([run.start(rule, name, values) for name in rule.element_states], np.float32)


def _compiled(problem, rule, X, Y, C, starts, ceiling):
    """Move X and Y to where they end; returns their values there, and after how many updates each was last above."""
    surface = loop.surface(problem)
    numbers = np.array([n for part in surface.numbers(problem.constants) for n in part], np.float32)
    height, noted = np.empty(X.size, np.float32), np.empty(X.size, np.int32)
    loop.kernel(surface, rule)(X, Y, height, noted, C, numbers, starts, ceiling)
    return height, noted


def _on_arrays(problem, rule, X, Y, C, starts, ceiling):
    """The same by the formulas' readings on arrays: some fifty times as slow, and needs no Numba."""
    value, gradient = loop.surface(problem).arrays(problem.constants)
    truths = [e.truth for e in rule.parts.coefficients.values()]
    states = [[np.full(X.size, start, np.float32) for start in starts] for _ in "xy"]
    noted = np.full(X.size, -1, np.int32)
    with np.errstate(all="ignore"):
        for t, row in enumerate(C):
            noted[~(value(X, Y) < ceiling)] = t
            numbers = [bool(n) if truth else n for n, truth in zip(row, truths, strict=True)]
            for axis, g, state in zip((X, Y), gradient(X, Y), states, strict=True):
                new = rule.numpy.body(axis, g, *state, *numbers)
                axis[:], state[:] = new[0], new[1:]
        height = value(X, Y)
        noted[~(height < ceiling)] = len(C)
    return height, noted


def _nearest(minima, X, Y):
    """Which of the minima is nearest to each point, int8."""
    nearest, least = np.zeros(X.size, np.int8), np.full(X.size, np.inf, np.float32)
    with np.errstate(all="ignore"):
        for k, (x, y) in enumerate(minima):
            distance = (X - np.float32(x)) ** 2 + (Y - np.float32(y)) ** 2
            np.copyto(nearest, k, where=distance < least)
            np.fmin(least, distance, out=least)
    return nearest
