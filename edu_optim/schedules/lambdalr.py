from .arguments import functions
from .scheduler import LRScheduler


class LambdaLR(LRScheduler):
    """The base rate times a function of the epoch: whatever one can write down.

    Formula
    -------
    eta(e) = eta(0) * lr_lambda(e)

    Parameters
    ----------
    optimizer : object with `param_groups`, or list of dict, optional
    lr_lambda : callable or list of callable
        One for all groups, or one for each.
    last_epoch, compat
        See `LRScheduler`.

    When not to use it
    ------------------
    Behind another schedule: it computes from the base rate, so what acted before it in the same epoch is lost. Put it
    first, or use `MultiplicativeLR`. Its functions are not in `state_dict`; the attributes of callable objects are.

    Examples
    --------
    >>> from edu_optim import schedules
    >>> schedules.rates(schedules.LambdaLR(lr_lambda=lambda e: 0.5**e), 4, lr=1.0)
    array([1.   , 0.5  , 0.25 , 0.125])
    """

    per_group = ("lr_lambda",)

    def __init__(self, optimizer=None, lr_lambda=None, last_epoch=-1, *, compat=None):
        self.lr_lambda = functions("lr_lambda", lr_lambda)
        super().__init__(optimizer, last_epoch, compat)

    def closed_form(self, e, base, lr_lambda):
        return base * float(lr_lambda(e))
