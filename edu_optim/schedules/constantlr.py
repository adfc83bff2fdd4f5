from .arguments import at_least_one, between
from .chainable import Chainable


class ConstantLR(Chainable):
    """A low rate for some epochs, then the full one at once: the crudest warm-up.

    Formula
    -------
    eta(e) = eta(0) * (factor if e < total_iters else 1)

    Parameters
    ----------
    optimizer : object with `param_groups`, or list of dict, optional
    factor : float, optional
        In [0, 1]; 1/3 by default. 0 works by closed form only: the recursion cannot divide it away again.
    total_iters : int, optional
        The epoch from which on the full rate holds.
    last_epoch, compat
        See `LRScheduler`.

    When not to use it
    ------------------
    Twice at once: both act at epoch 0, and the factors multiply. With ``last_epoch=`` at `total_iters`, where the
    division happens a second time.

    Examples
    --------
    >>> from edu_optim import schedules
    >>> schedules.rates(schedules.ConstantLR(factor=0.5, total_iters=4), 6, lr=1.0)
    array([0.5, 0.5, 0.5, 0.5, 1. , 1. ])
    """

    def __init__(self, optimizer=None, factor=1 / 3, total_iters=5, last_epoch=-1, *, compat=None):
        self.factor = between("factor", factor, 0, 1)
        self.total_iters = at_least_one("total_iters", total_iters)
        super().__init__(optimizer, last_epoch, compat)

    def recursion(self, e, lr, base):
        if e == 0:
            return lr * self.factor
        if e != self.total_iters:
            return lr
        if self.factor == 0:
            raise ZeroDivisionError(
                f"the rate was multiplied by factor=0 at epoch 0 and cannot be divided by it at epoch {e}: take a "
                'small factor, such as 1e-3, or the closed form, compat="1.3"')
        return lr * (1 / self.factor)

    first = recursion

    def factor_at(self, e):
        return self.factor + (e >= self.total_iters) * (1 - self.factor)
