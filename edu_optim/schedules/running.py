"""Run any schedule on groups made up for it: what a schedule is, its rates tell."""

import inspect
from typing import NamedTuple

import numpy as np

from .value import Value


class StandIn:
    """An optimizer that moves nothing, for schedules to drive."""

    def __init__(self, lr=1.0, **group):
        self.defaults = {"lr": lr, "momentum": 0.9, **group}
        self.param_groups = [{"params": [], **self.defaults}]

    def step(self):
        """Nothing."""

    @property
    def group(self):
        return self.param_groups[0]


class Run(NamedTuple):
    """The rates of the epochs before anything was raised, and what was."""

    rates: np.ndarray
    error: Exception | None


def started(schedule, optimizer):
    """The live schedule: of a value, of a live one's value, or of a function that is given the optimizer."""
    if isinstance(schedule, Value):
        return schedule.bind(optimizer)
    if callable(schedule):
        return schedule(optimizer)
    raise TypeError(
        f"{schedule!r} cannot be run: give a schedule without optimizer, such as StepLR(step_size=3), or a function "
        "that is given an optimizer and returns a schedule, such as lambda optimizer: MySchedule(optimizer, 0.9)")


def run(schedule, epochs, lr=1.0):
    """Step a schedule, or several after one another, over a group whose rate is lr."""
    optimizer = StandIn(lr)
    rates = []
    try:
        lives = [started(s, optimizer) for s in (schedule if isinstance(schedule, list) else [schedule])]
        while len(rates) < epochs:
            rates.append(float(optimizer.group["lr"]))
            if len(rates) < epochs:
                for live in lives:
                    live.step()
    except Exception as error:
        return Run(np.array(rates), error)
    return Run(np.array(rates), None)


def rates(schedule, epochs, lr=1.0):
    """The rate of each epoch, by closed form where there is one that holds, else by running.

    Parameters
    ----------
    schedule : schedule
        A value such as ``StepLR(step_size=3)``; or a function that is given an optimizer and returns a live schedule.
        Of a live one what counts is how it was made, not where it stands.
    epochs : int
    lr : float, optional
        The rate to begin with; 1 gives the factors.

    Returns
    -------
    ndarray of float64, shape (epochs,)
        Epoch e's rate at place e; the first is what stands before any step.

    Raises
    ------
    Exception
        What the schedule raises where it ends before so many epochs.

    Examples
    --------
    >>> from edu_optim import schedules
    >>> schedules.rates(schedules.LinearLR(start_factor=0.5, total_iters=2), 4, lr=0.1)
    array([0.05 , 0.075, 0.1  , 0.1  ])
    """
    curve = schedule.curve(epochs, lr) if isinstance(schedule, Value) else None
    if curve is not None:
        return curve
    found = run(schedule, epochs, lr)
    if found.error is not None:
        raise found.error
    return found.rates


def needs_metric(schedule):
    """Whether only a training tells what it does."""
    return "metrics" in inspect.signature(getattr(schedule, "step", lambda: None)).parameters


def name_of(schedule):
    """What to call a schedule in a sentence."""
    return getattr(schedule, "__name__", type(schedule).__name__)
