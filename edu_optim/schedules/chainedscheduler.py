import math

import numpy as np

from .composite import Composite
from .groups import groups_of


class ChainedScheduler(Composite):
    """Several schedules that all act at every epoch, in order: for those that multiply, the product of their factors.

    ``a * b`` makes one of values.

    Formula
    -------
    eta(e) = eta(0) * factor_1(e) * factor_2(e) * ...

    Parameters
    ----------
    schedulers : list of schedules
        Of one optimizer, or values.
    optimizer : object with `param_groups`, or list of dict, optional
        By default theirs; values are bound to it.

    When not to use it
    ------------------
    With schedules that compute from the base rate (LambdaLR, CyclicLR, OneCycleLR, CosineAnnealingWarmRestarts): they
    overwrite what acted before them, so that the order decides; `commutes` tells. The factors multiply, not the rates.

    Examples
    --------
    >>> from edu_optim import schedules
    >>> both = schedules.StepLR(step_size=3, gamma=0.5) * schedules.ExponentialLR(gamma=0.9)
    >>> schedules.rates(both, 5, lr=0.1)
    array([0.1     , 0.09    , 0.081   , 0.03645 , 0.032805])
    """

    def __init__(self, schedulers=None, optimizer=None):
        self._gather(schedulers, optimizer)

    def _begin(self):
        self._last_lr = [float(group["lr"]) for group in groups_of(self.optimizer)]

    last_epoch = property(lambda self: self.schedulers[0].last_epoch)

    def _update_lr(self, epoch=None):
        done, last = 0, self._last_lr
        try:
            for schedule in self.schedulers:
                schedule._update_lr()
                done += 1
        except BaseException:
            for schedule in reversed(self.schedulers[:done]):
                schedule._take_back()
            raise
        self._last_lr, self._before = schedule._last_lr, last

    def _take_back(self):
        for schedule in reversed(self.schedulers):
            schedule._take_back()
        self._last_lr = self._before

    @property
    def multiplies_until(self):
        """The last epoch up to which all members multiply."""
        return min(getattr(schedule, "multiplies_until", -1) for schedule in self.schedulers)

    def curve(self, epochs, lr):
        return self.joined(epochs, lr, _curve) if self.multiplies_until >= epochs - 1 else None

    def joined(self, epochs, lr, curve):
        """The base rate times all factors; None where a member has no curve."""
        curves = [curve(schedule, epochs, lr) for schedule in self.schedulers]
        if any(c is None for c in curves):
            return None
        return math.prod(c / lr for c in curves[1:]) * curves[0] if lr else np.zeros(epochs)


def _curve(schedule, epochs, lr):
    return schedule.curve(epochs, lr)
