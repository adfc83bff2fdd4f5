import math
import numbers

from .arguments import required
from .scheduler import LRScheduler


class CosineAnnealingWarmRestarts(LRScheduler):
    """Half a cosine again and again, each time from the top, each `T_mult` times as long as the one before.

    Formula
    -------
    eta(e) = eta_min + (eta(0) - eta_min) * (1 + cos(pi * T_cur / T_i)) / 2

    Symbols
    -------
    T_cur : epochs since the last restart.
    T_i : the length of the present round: T_0, T_0 T_mult, T_0 T_mult^2, ...

    Parameters
    ----------
    optimizer : object with `param_groups`, or list of dict, optional
    T_0 : int
        The epochs of the first round.
    T_mult : int, optional
    eta_min : float, optional
        Never reached at whole epochs: the restart comes first.
    last_epoch, compat
        See `LRScheduler`.

    When not to use it
    ------------------
    Together with other schedules: it computes from the base rate and overwrites them. If training ends in the
    middle of a round, it ends at a high rate.

    References
    ----------
    I. Loshchilov and F. Hutter (2017), SGDR: stochastic gradient descent with warm restarts, equation 5.

    Examples
    --------
    >>> from edu_optim import schedules
    >>> schedules.rates(schedules.CosineAnnealingWarmRestarts(T_0=2, T_mult=2), 7, lr=1.0).round(3)
    array([1.   , 0.5  , 1.   , 0.854, 0.5  , 0.146, 1.   ])

    Fractions of an epoch, for a rate that changes with every batch:

    >>> schedule = schedules.CosineAnnealingWarmRestarts([{"lr": 1.0}], T_0=2)
    >>> schedule.step(0.5)
    >>> schedule.get_last_lr()
    [0.8535533905932737]
    """

    memory = ("T_cur", "T_i")

    def __init__(self, optimizer=None, T_0=None, T_mult=1, eta_min=0.0, last_epoch=-1, *, compat=None):
        required("T_0", T_0, 10)
        for name, value in (("T_0", T_0), ("T_mult", T_mult)):
            if isinstance(value, bool) or not isinstance(value, int) or value < 1:
                raise ValueError(f"{name}={value!r} must be a positive integer")
        if not isinstance(eta_min, numbers.Real):
            raise ValueError(f"eta_min={eta_min!r} must be a number, the lowest rate")
        self.T_0, self.T_mult, self.eta_min = T_0, T_mult, eta_min
        self.T_cur, self.T_i = last_epoch, T_0
        super().__init__(optimizer, last_epoch, compat)

    def closed_form(self, e, base):
        since, length = self._place(e)
        return self._cosine(base, since, length)

    def recursion(self, e, lr, base):
        return self._cosine(base, self.T_cur, self.T_i)

    def _get_closed_form_lr(self):
        return [self._cosine(k.base, self.T_cur, self.T_i) for k in self._look()]

    def _cosine(self, base, since, length):
        return self.eta_min + (base - self.eta_min) * (1 + math.cos(math.pi * since / length)) / 2

    def _move(self, epoch):
        if epoch is None and self.last_epoch >= 0:
            epoch = self.last_epoch + 1
            self.T_cur += 1
            if self.T_cur >= self.T_i:
                self.T_cur, self.T_i = self.T_cur % self.T_i, self.T_i * self.T_mult
        else:
            epoch = 0 if epoch is None else epoch
            if not epoch >= 0:
                raise ValueError(f"step({epoch!r}): an epoch is 0 or more")
            self.T_cur, self.T_i = self._place(epoch)
        self.last_epoch = math.floor(epoch)

    def _place(self, e):
        """(epochs since the last restart, length of the round) at an epoch or a fraction of one."""
        if self.T_mult == 1:
            return e % self.T_0, self.T_0
        length = self.T_0
        while e >= length:
            e, length = e - length, length * self.T_mult
        return e, length
