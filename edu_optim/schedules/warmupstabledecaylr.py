from .arguments import between, whole
from .chainable import Chainable, choose, least


class WarmupStableDecayLR(Chainable):
    """Up, then level, then down: a training that may be prolonged, since only its last part knows the end.

    Formula
    -------
    eta(e) = eta(0) * min(start_factor + (1 - start_factor) * e / warmup, 1) up to e = stable_until, afterwards
    eta(0) * (1 - (1 - end_factor) * min(1, (e - stable_until) / decay))

    Parameters
    ----------
    optimizer : object with `param_groups`, or list of dict, optional
    stable_until : int
        The epoch from which on the rate falls.
    decay : int, optional
        The epochs of the fall.
    warmup : int, optional
        The epoch at which the full rate is reached.
    start_factor, end_factor : float, optional
        The first and the last rate, as shares of the full one.
    last_epoch, compat
        See `LRScheduler`.

    When not to use it
    ------------------
    To compare losses before the fall with those of a schedule that has fallen: the level part shows the noise of the
    full rate, and most of the visible gain comes at the end.

    Examples
    --------
    >>> from edu_optim import schedules
    >>> wsd = schedules.WarmupStableDecayLR(stable_until=4, decay=2, warmup=2, start_factor=0.5)
    >>> schedules.rates(wsd, 8, lr=1.0)
    array([0.5 , 0.75, 1.  , 1.  , 1.  , 0.5 , 0.  , 0.  ])
    """

    def __init__(
        self, optimizer=None, stable_until=None, decay=10, warmup=5, start_factor=0.1, end_factor=0.0, last_epoch=-1,
        *, compat=None,
    ):
        self.stable_until, self.decay = whole("stable_until", stable_until, 90), whole("decay", decay, 10)
        self.warmup = whole("warmup", warmup, 5)
        if self.stable_until < self.warmup:
            raise ValueError(f"stable_until={stable_until} must not come before warmup={warmup} is over")
        self.start_factor = between("start_factor", start_factor, 0, 1, open_low=True)
        self.end_factor = between("end_factor", end_factor, 0, 1)
        super().__init__(optimizer, last_epoch, compat)

    def factor_at(self, e):
        up = self.start_factor + (1 - self.start_factor) * least(1.0, e / self.warmup)
        down = 1 - (1 - self.end_factor) * least(1.0, (e - self.stable_until) / self.decay)
        return choose(e <= self.stable_until, up, down)
