"""The range test: how large a rate may be, asked of the training itself."""

from typing import NamedTuple

import numpy as np

from .groups import checked_groups, restore

WINDOW = 5  # losses that are averaged: mini-batches are noisy


class RangeTest(NamedTuple):
    """What a range test saw.

    Attributes
    ----------
    largest : float
        The rate at which the loss, averaged over five neighbours, was lowest: beyond it training got worse.
    rates, losses : ndarray of float64
        Each step's rate and the loss the step found.
    """

    largest: float
    rates: np.ndarray
    losses: np.ndarray


def range_test(optimizer, train_step, low=1e-6, high=10.0, steps=100, explode=4.0):
    """Train with a rate that grows from step to step until the loss explodes.

    Groups keep their ratios to the first. Afterwards their rates are what they were; an optimizer of this package
    gets its parameters and its state back too, any other goes on from where the test left it.

    Parameters
    ----------
    optimizer : object with `param_groups`, or list of dict
    train_step : callable
        Takes one step of training, schedule excepted, and returns its loss.
    low, high : float, optional
        The first and the last rate; between them the rate grows by the same factor at every step.
    steps : int, optional
    explode : float, optional
        The test ends where the loss is not finite, or the mean of five above this many times the lowest so far; of
        losses below 0, so far above it.

    Returns
    -------
    RangeTest
        `largest` is the largest useful rate; half of it is a safe one to train with.

    Raises
    ------
    ValueError
        If the rates do not grow, or the first loss is not finite.

    References
    ----------
    L. N. Smith (2017), Cyclical learning rates for training neural networks, section 3.3.

    Examples
    --------
    A noisy valley whose steepest side has curvature 10, where descent explodes above a rate of 2 / 10:

    >>> import numpy as np, edu_optim as eo
    >>> curvature, p = np.array([0.1, 10.0]), eo.Parameter(np.ones(2))
    >>> optimizer, rng = eo.SGD([p]), np.random.default_rng(0)
    >>> def train_step():
    ...     p.grad = curvature * p.data + rng.normal(scale=0.1, size=2)
    ...     optimizer.step()
    ...     return float(curvature @ p.data**2 / 2)
    >>> found = eo.schedules.range_test(optimizer, train_step, low=0.001)
    >>> round(found.largest, 1), p.data
    (0.2, array([1., 1.]))
    """
    groups = checked_groups(optimizer)
    if not 0 < low < high or steps < 2:
        raise ValueError(f"low={low!r}, high={high!r}, steps={steps!r}: the rate must grow, 0 < low < high, in steps")
    ratios = [float(group["lr"]) / (float(groups[0]["lr"]) or 1.0) for group in groups]
    rates, losses, means = np.geomspace(low, high, steps), [], []
    give_back = _kept(optimizer, groups)
    try:
        for rate in rates:
            for group, ratio in zip(groups, ratios):
                group["lr"] = float(rate) * ratio
            losses.append(float(train_step()))
            means.append(sum(losses[-WINDOW:]) / len(losses[-WINDOW:]))
            if not means[-1] - min(means) <= (explode - 1) * abs(min(means)):
                break
    finally:
        give_back()
    if not np.isfinite(losses[0]):
        raise ValueError(f"the first loss, at a rate of {low:g}, is {losses[0]}: begin lower, or look at the loss")
    middle = max(0, int(np.nanargmin(means)) - WINDOW // 2)  # a mean stands for the middle of what it averages
    return RangeTest(float(rates[middle]), rates[: len(losses)], np.array(losses))


def _kept(optimizer, groups):
    """A function that puts everything back."""
    rates = [(group, "lr", group["lr"]) for group in groups]
    state = data = None
    if hasattr(optimizer, "update_rules"):
        state, data = optimizer.state_dict(), [p.data.copy() for p in optimizer.params]

    def give_back():
        if state is not None:
            optimizer.load_state_dict(state)
            for p, values in zip(optimizer.params, data, strict=True):
                p.data = values
        restore(rates)

    return give_back
