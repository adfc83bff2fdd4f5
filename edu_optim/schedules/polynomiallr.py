from .arguments import at_least_one
from .chainable import Chainable, least


class PolynomialLR(Chainable):
    """Down to 0 in a given number of epochs, along a straight line or a power of it.

    Formula
    -------
    eta(e) = eta(0) * (1 - min(e, total_iters) / total_iters) ** power

    Parameters
    ----------
    optimizer : object with `param_groups`, or list of dict, optional
    total_iters : int, optional
        The epoch at which the rate is 0.
    power : float, optional
        1 is the straight line; above 1 falls early, below 1 late.
    last_epoch, compat
        See `LRScheduler`.

    When not to use it
    ------------------
    For longer than `total_iters` epochs: nothing learns at a rate of 0, and no schedule that multiplies brings it
    back.

    Examples
    --------
    >>> from edu_optim import schedules
    >>> schedules.rates(schedules.PolynomialLR(total_iters=5, power=2), 7, lr=1.0).round(12)
    array([1.  , 0.64, 0.36, 0.16, 0.04, 0.  , 0.  ])
    """

    def __init__(self, optimizer=None, total_iters=5, power=1.0, last_epoch=-1, *, compat=None):
        self.total_iters = at_least_one("total_iters", total_iters)
        self.power = power
        super().__init__(optimizer, last_epoch, compat)

    def recursion(self, e, lr, base):
        if e > self.total_iters:
            return lr
        return lr * ((1 - e / self.total_iters) / (1 - (e - 1) / self.total_iters)) ** self.power

    def first(self, e, lr, base):
        return lr

    def factor_at(self, e):
        return (1 - least(self.total_iters, e) / self.total_iters) ** self.power
