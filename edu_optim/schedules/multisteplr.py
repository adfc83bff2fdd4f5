import numpy as np

from .arguments import epochs, positive
from .chainable import Chainable


class MultiStepLR(Chainable):
    """A staircase with falls where one wants them: at each of the `milestones` the rate is multiplied by `gamma`.

    For recipes that were found by looking at a loss curve: fall when it has gone flat.

    Formula
    -------
    eta(e) = eta(0) * gamma ** (number of milestones up to e)

    Parameters
    ----------
    optimizer : object with `param_groups`, or list of dict, optional
    milestones : iterable of int
        Epochs from 0 on, in any order; one that is listed twice counts twice.
    gamma : float, optional
    last_epoch, compat
        See `LRScheduler`.

    When not to use it
    ------------------
    With ``last_epoch=`` to go on from a checkpoint made at a milestone: the fall happens a second time.

    Examples
    --------
    >>> from edu_optim import schedules
    >>> schedules.rates(schedules.MultiStepLR(milestones=[2, 2, 5], gamma=0.5), 7, lr=1.0)
    array([1.   , 1.   , 0.25 , 0.25 , 0.25 , 0.125, 0.125])
    """

    def __init__(self, optimizer=None, milestones=None, gamma=0.1, last_epoch=-1, *, compat=None):
        self.milestones = epochs(milestones, [30, 60])
        self.gamma = positive("gamma", gamma)
        super().__init__(optimizer, last_epoch, compat)

    def recursion(self, e, lr, base):
        falls = self.milestones.count(e)
        return lr * self.gamma**falls if falls else lr

    first = recursion

    def factor_at(self, e):
        return self.gamma ** np.searchsorted(self.milestones, e, side="right")
