"""Several schedules on one rate: the factor of each, the product of the factors, and the rate that comes of it."""

import itertools
from dataclasses import dataclass

import numpy as np

from ..schedules.composite import Composite
from ..schedules.lint import lint
from ..schedules.running import run
from .chosen import chosen_schedules

VERSIONS = ("1.4", "1.3")
_SAME = {"rtol": 1e-9, "atol": 1e-12}  # of a factor; that of 1 may be off by some rounding errors


@dataclass(frozen=True)
class Composition:
    """Schedules together, epoch by epoch; after an epoch to which one of them cannot step, NaN.

    Attributes
    ----------
    factors : dict of str to ndarray, float64, (epochs,)
        What each alone would make of a rate of 1; in a sequence from its own milestone on, and NaN where it is not its
        turn.
    product : ndarray, float64, (epochs,)
        Of those factors; in a sequence the factor of the one whose turn it is.
    rates : ndarray, float64, (epochs,)
        What stands in the group.
    lr : float
        The given rate.
    remarks : list of edu_optim.schedules.lint.Remark
    """

    factors: dict
    product: np.ndarray
    rates: np.ndarray
    lr: float
    remarks: list

    @property
    def parted(self):
        """The first epoch whose rate is not the given rate times the product, or None."""
        apart = np.flatnonzero(~np.isclose(self.rates / self.lr, self.product, **_SAME, equal_nan=True))
        return int(apart[0]) if apart.size else None


def compose(parts, milestones=None, version="1.4", epochs=100, lr=0.1):
    """Let schedules act on one rate, as a chain or as a sequence.

    Parameters
    ----------
    parts : dict of str to schedule
        By label, in the order in which they step: values, or live ones, of which it counts how they were made.
    milestones : sequence of int, optional
        The epochs at which the second, the third, ... begins, which makes a sequence; without them it is a chain.
    version : {"1.4", "1.3"}
        Of PyTorch; under "1.3" schedules write their closed forms, so that the last one of a chain wins.
    epochs : int
    lr : float
        The given rate, above 0.

    Returns
    -------
    Composition

    Raises
    ------
    TypeError, ValueError
        For parts that are no schedules of this package, are made of others or wait for a loss, milestones that do not
        fit them, and an unknown version.

    Examples
    --------
    >>> from edu_optim import schedules
    >>> pair = {"stairs": schedules.StepLR(step_size=3, gamma=0.5), "fall": schedules.ExponentialLR(gamma=0.9)}
    >>> compose(pair, epochs=4).rates
    array([0.1    , 0.09   , 0.081  , 0.03645])
    >>> compose(pair, version="1.3", epochs=4).rates
    array([0.1   , 0.09  , 0.081 , 0.0729])
    """
    if version not in VERSIONS:
        raise ValueError(f"version={version!r} is none that schedules differ in; write version='1.4' or '1.3'.")
    if not (isinstance(epochs, int) and epochs > 0 and lr > 0):
        raise ValueError(f"epochs={epochs!r} and lr={lr!r} must be above 0; write epochs=100, lr=0.1.")
    for label, part in chosen_schedules(parts).items():
        if isinstance(part, Composite):
            raise ValueError(f"{label} is made of {len(part.schedulers)} schedules already; give them one by one.")
    compat = "1.3" if version == "1.3" else None
    parts = {label: changed(part, compat=compat) for label, part in parts.items()}
    if milestones is None:
        acting, spans = list(parts.values()), {label: (0, epochs) for label in parts}
    else:
        acting = [_sequence(list(parts.values()), list(milestones))]
        starts = [min(epoch, epochs) for epoch in (0, *milestones, epochs)]
        spans = dict(zip(parts, itertools.pairwise(starts), strict=True))
    factors, product = {}, np.ones(epochs)
    for label, (start, end) in spans.items():
        factor = factors[label] = np.full(epochs, np.nan)
        if start < end:
            factor[start:end] = _padded(run(parts[label], end - start, lr).rates, end - start) / lr
            product[start:end] *= factor[start:end]
    rates = _padded(run(acting, epochs, lr).rates, epochs)
    return Composition(factors, product, rates, lr, lint(*acting, epochs=epochs, lr=lr))


def changed(schedule, **arguments):
    """The same schedule as a value, with other arguments where it has them.

    Examples
    --------
    >>> from edu_optim.schedules import StepLR
    >>> changed(StepLR(step_size=3), gamma=0.5, warmup=4).arguments()
    {'step_size': 3, 'gamma': 0.5, 'last_epoch': -1, 'compat': None}
    """
    known = schedule.arguments()
    return type(schedule)(**known | {name: value for name, value in arguments.items() if name in known})


def _sequence(parts, milestones):
    if len(milestones) != len(parts) - 1:
        raise ValueError(f"{len(parts)} schedules need {len(parts) - 1} milestones between them, not {milestones}.")
    whole = parts[0]
    for milestone, part in zip(milestones, parts[1:], strict=True):
        whole = whole.until(milestone) >> part
    return whole


def _padded(rates, epochs):
    return np.append(rates, np.full(epochs - len(rates), np.nan))
