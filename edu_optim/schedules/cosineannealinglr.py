import math

from .arguments import required
from .chainable import Chainable, cos


class CosineAnnealingLR(Chainable):
    """Half a cosine: slowly down from the top, fast through the middle, slowly into `eta_min`.

    Formula
    -------
    eta(e) = eta_min + (eta(0) - eta_min) * (1 + cos(pi * e / T_max)) / 2

    Parameters
    ----------
    optimizer : object with `param_groups`, or list of dict, optional
    T_max : int
        The epoch at which `eta_min` is reached: half of the period.
    eta_min : float, optional
        The lowest rate.
    last_epoch, compat
        See `LRScheduler`.

    When not to use it
    ------------------
    For more than `T_max` epochs: the cosine climbs again and is back at the top at 2 `T_max`. In a product beyond
    `T_max`, or with an `eta_min` above 0: there the recursion adds instead of multiplying, so that a product of
    rates is not what one would expect. Changing T_max in the middle of a run spoils the recursion.

    References
    ----------
    I. Loshchilov and F. Hutter (2017), SGDR: stochastic gradient descent with warm restarts, equation 5.

    Examples
    --------
    >>> from edu_optim import schedules
    >>> schedules.rates(schedules.CosineAnnealingLR(T_max=4), 7, lr=1.0).round(3)
    array([1.   , 0.854, 0.5  , 0.146, 0.   , 0.146, 0.5  ])
    """

    def __init__(self, optimizer=None, T_max=None, eta_min=0.0, last_epoch=-1, *, compat=None):
        required("T_max", T_max, "100, the number of epochs")
        if T_max == 0:
            raise ValueError("T_max=0 leaves no epoch to fall in: write T_max=100, the number of epochs")
        self.T_max, self.eta_min = T_max, eta_min
        super().__init__(optimizer, last_epoch, compat)

    @property
    def multiplies_until(self):
        return self.T_max if self.eta_min == 0 else 0

    def recursion(self, e, lr, base):
        turn = math.pi / self.T_max
        if (e - 1 - self.T_max) % (2 * self.T_max) == 0:  # one after the lowest point, where the quotient is 0 / 0
            return lr + (base - self.eta_min) * (1 - math.cos(turn)) / 2
        return (1 + math.cos(turn * e)) / (1 + math.cos(turn * (e - 1))) * (lr - self.eta_min) + self.eta_min

    def first(self, e, lr, base):
        return lr

    def factor_at(self, e):
        return (1 + cos(math.pi * e / self.T_max)) / 2

    def closed_form(self, e, base):
        return self.eta_min + (base - self.eta_min) * self.factor_at(e)
