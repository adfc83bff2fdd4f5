from .arguments import functions
from .scheduler import LRScheduler


class MultiplicativeLR(LRScheduler):
    """The present rate times a function of the epoch, at every epoch from 1 on.

    Formula
    -------
    eta(e) = eta(e - 1) * lr_lambda(e)

    Parameters
    ----------
    optimizer : object with `param_groups`, or list of dict, optional
    lr_lambda : callable or list of callable
        One for all groups, or one for each.
    last_epoch
        See `LRScheduler`. There is no closed form, and so no ``compat="1.3"``.

    When not to use it
    ------------------
    Where the rate of an epoch must be known without all epochs before it. At a milestone of a sequence it is the one
    schedule that goes on from the present rate, and it calls ``lr_lambda(0)`` there.

    Examples
    --------
    >>> from edu_optim import schedules
    >>> schedules.rates(schedules.MultiplicativeLR(lr_lambda=lambda e: 0.5), 4, lr=1.0)
    array([1.   , 0.5  , 0.25 , 0.125])
    """

    per_group = ("lr_lambda",)

    def __init__(self, optimizer=None, lr_lambda=None, last_epoch=-1):
        self.lr_lambda = functions("lr_lambda", lr_lambda)
        super().__init__(optimizer, last_epoch)

    def recursion(self, e, lr, base, lr_lambda):
        return lr * float(lr_lambda(e))

    def first(self, e, lr, base, lr_lambda):
        return lr
