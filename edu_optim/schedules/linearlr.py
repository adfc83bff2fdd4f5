from .arguments import at_least_one, between
from .chainable import Chainable, least


class LinearLR(Chainable):
    """A straight line from one factor to another: the usual warm-up, or a straight decay.

    Early gradients are large and point anywhere, and Adam's second moment knows little of them yet; a rate that
    starts low keeps the first steps from throwing the parameters far away.

    Formula
    -------
    eta(e) = eta(0) * (start_factor + (end_factor - start_factor) * min(e, total_iters) / total_iters)

    Parameters
    ----------
    optimizer : object with `param_groups`, or list of dict, optional
    start_factor : float, optional
        In (0, 1]; 1/3 by default.
    end_factor : float, optional
        In [0, 1].
    total_iters : int, optional
        The epochs of the line; afterwards its end holds.
    last_epoch, compat
        See `LRScheduler`.

    When not to use it
    ------------------
    Multiplied with a decay that begins at once: by the time the warm-up is over the decay has eaten the peak. Follow
    instead of multiplying: ``LinearLR(...).until(5) >> CosineAnnealingLR(...)``.

    Examples
    --------
    >>> from edu_optim import schedules
    >>> schedules.rates(schedules.LinearLR(start_factor=0.1, total_iters=5), 7, lr=1.0)
    array([0.1 , 0.28, 0.46, 0.64, 0.82, 1.  , 1.  ])
    """

    def __init__(
        self, optimizer=None, start_factor=1 / 3, end_factor=1.0, total_iters=5, last_epoch=-1, *, compat=None
    ):
        self.start_factor = between("start_factor", start_factor, 0, 1, open_low=True)
        self.end_factor = between("end_factor", end_factor, 0, 1)
        self.total_iters = at_least_one("total_iters", total_iters)
        super().__init__(optimizer, last_epoch, compat)

    def recursion(self, e, lr, base):
        if e == 0:
            return lr * self.start_factor
        if e > self.total_iters:
            return lr
        rise = self.end_factor - self.start_factor
        return lr * (1 + rise / (self.total_iters * self.start_factor + (e - 1) * rise))

    def factor_at(self, e):
        return self.start_factor + (self.end_factor - self.start_factor) * least(self.total_iters, e) / self.total_iters
