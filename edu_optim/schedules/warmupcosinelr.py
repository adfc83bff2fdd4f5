import numpy as np

from .arguments import between, whole
from .chainable import Chainable, choose, cos, least


class WarmupCosineLR(Chainable):
    """Up along a straight line, then down along half a cosine, and there it stays.

    What most networks are trained with today; a custom, not a theorem. Unlike the product of LinearLR and
    CosineAnnealingLR it reaches the full rate, and unlike CosineAnnealingLR it does not climb again.

    Formula
    -------
    eta(e) = eta(0) * (start_factor + (1 - start_factor) * e / warmup) up to e = warmup, afterwards
    eta(0) * (end_factor + (1 - end_factor) * (1 + cos(pi * min(1, (e - warmup) / (epochs - warmup)))) / 2)

    Parameters
    ----------
    optimizer : object with `param_groups`, or list of dict, optional
    epochs : int
        The epoch at which the lowest rate is reached.
    warmup : int, optional
        The epoch at which the full rate is reached.
    start_factor, end_factor : float, optional
        The first and the last rate, as shares of the full one.
    last_epoch, compat
        See `LRScheduler`.

    When not to use it
    ------------------
    Where the length of the training is not known: the cosine must know its end. See `WarmupStableDecayLR`.

    Examples
    --------
    >>> from edu_optim import schedules
    >>> schedules.rates(schedules.WarmupCosineLR(epochs=6, warmup=2, start_factor=0.5), 8, lr=1.0).round(3)
    array([0.5  , 0.75 , 1.   , 0.854, 0.5  , 0.146, 0.   , 0.   ])
    """

    def __init__(
        self, optimizer=None, epochs=None, warmup=5, start_factor=0.1, end_factor=0.0, last_epoch=-1, *, compat=None
    ):
        self.epochs, self.warmup = whole("epochs", epochs, 100), whole("warmup", warmup, 5)
        if self.epochs <= self.warmup:
            raise ValueError(f"epochs={epochs} must be more than warmup={warmup}, or nothing is left for the cosine")
        self.start_factor = between("start_factor", start_factor, 0, 1, open_low=True)
        self.end_factor = between("end_factor", end_factor, 0, 1)
        super().__init__(optimizer, last_epoch, compat)

    def factor_at(self, e):
        up = self.start_factor + (1 - self.start_factor) * e / self.warmup
        share = least(1.0, (e - self.warmup) / (self.epochs - self.warmup))
        down = self.end_factor + (1 - self.end_factor) * (1 + cos(np.pi * share)) / 2
        return choose(e < self.warmup, up, down)
