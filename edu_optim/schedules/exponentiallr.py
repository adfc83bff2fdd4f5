from .arguments import positive
from .chainable import Chainable, power


class ExponentialLR(Chainable):
    """The rate is multiplied by `gamma` at every epoch.

    Formula
    -------
    eta(e) = eta(0) * gamma ** e

    Parameters
    ----------
    optimizer : object with `param_groups`, or list of dict, optional
    gamma : float
    last_epoch, compat
        See `LRScheduler`.

    When not to use it
    ------------------
    With a small gamma over many epochs: 0.9 leaves 3e-5 of the rate after 100, and most of all the way is walked in
    the first ten. The half-life in epochs is log(1/2) / log(gamma); a linear axis does not show the end.

    Examples
    --------
    >>> from edu_optim import schedules
    >>> schedules.rates(schedules.ExponentialLR(gamma=0.9), 4, lr=1.0)
    array([1.   , 0.9  , 0.81 , 0.729])
    """

    def __init__(self, optimizer=None, gamma=None, last_epoch=-1, *, compat=None):
        self.gamma = positive("gamma", gamma, 0.9)
        super().__init__(optimizer, last_epoch, compat)

    def recursion(self, e, lr, base):
        return lr * self.gamma

    def first(self, e, lr, base):
        return lr

    def factor_at(self, e):
        return power(self.gamma, e)
