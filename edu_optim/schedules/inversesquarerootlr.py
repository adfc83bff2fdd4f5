from .arguments import whole
from .chainable import Chainable, choose


class InverseSquareRootLR(Chainable):
    """Up along a straight line, then down like one over the root of the count: the rate of the first transformers.

    It never ends, and no end must be known. AdaGrad's rate falls like this by itself.

    Formula
    -------
    eta(e) = eta(0) * min((e + 1) / warmup, sqrt(warmup / (e + 1)))

    Parameters
    ----------
    optimizer : object with `param_groups`, or list of dict, optional
    warmup : int
        How many steps, usually batches, the way up takes; 1 for none.
    last_epoch, compat
        See `LRScheduler`.

    When not to use it
    ------------------
    Once per epoch instead of per batch: the fall is so slow that a hundred epochs leave a tenth of the rate.

    References
    ----------
    A. Vaswani and others (2017), Attention is all you need, equation 3.

    Examples
    --------
    >>> from edu_optim import schedules
    >>> schedules.rates(schedules.InverseSquareRootLR(warmup=4), 9, lr=1.0).round(3)
    array([0.25 , 0.5  , 0.75 , 1.   , 0.894, 0.816, 0.756, 0.707, 0.667])
    """

    def __init__(self, optimizer=None, warmup=None, last_epoch=-1, *, compat=None):
        self.warmup = whole("warmup", warmup, 4000)
        super().__init__(optimizer, last_epoch, compat)

    def factor_at(self, e):
        return choose(e < self.warmup, (e + 1) / self.warmup, (self.warmup / (e + 1)) ** 0.5)
