from .arguments import between, whole
from .groups import write
from .reducelronplateau import ReduceLROnPlateau


class WarmupPlateauLR(ReduceLROnPlateau):
    """Up along a straight line, then down whenever a metric stops becoming better.

    What SequentialLR cannot do, since a plateau schedule needs its metric. While it warms up, metrics are remembered
    if they are the best, and none counts as bad.

    Formula
    -------
    eta(e) = eta(0) * (start_factor + (1 - start_factor) * e / warmup) up to e = warmup, afterwards as
    ReduceLROnPlateau

    Parameters
    ----------
    optimizer : object with `param_groups`, or list of dict, optional
    warmup : int, optional
        The epoch at which the full rate is reached.
    start_factor : float, optional
        The first rate, as a share of the full one.
    mode, factor, patience, threshold, threshold_mode, cooldown, min_lr, eps
        As `ReduceLROnPlateau` has them.

    When not to use it
    ------------------
    With a metric that is better before training than after the first epochs: no epoch would ever be good.

    Examples
    --------
    >>> from edu_optim.schedules import WarmupPlateauLR
    >>> schedule = WarmupPlateauLR([{"lr": 1.0}], warmup=2, start_factor=0.5, factor=0.1, patience=0)
    >>> rates = schedule.get_last_lr()
    >>> for loss in (3.0, 2.0, 2.5):
    ...     schedule.step(loss)
    ...     rates += schedule.get_last_lr()
    >>> rates
    [0.5, 0.75, 1.0, 0.1]
    """

    def __init__(
        self, optimizer=None, warmup=5, start_factor=0.1, mode="min", factor=0.1, patience=10, threshold=1e-4,
        threshold_mode="rel", cooldown=0, min_lr=0, eps=1e-8,
    ):
        self.warmup = whole("warmup", warmup, 5)
        self.start_factor = between("start_factor", start_factor, 0, 1, open_low=True)
        super().__init__(optimizer, mode, factor, patience, threshold, threshold_mode, cooldown, min_lr, eps)

    def _initial_step(self):
        super()._initial_step()
        self._last_lr = [rate * self.start_factor for rate in self._last_lr]
        write([(k.group, "lr", rate) for k, rate in zip(self._look(), self._last_lr)])

    def _rates(self, known, metric, epoch):
        if self.last_epoch >= self.warmup:
            return super()._rates(known, metric, epoch)
        if self._is_better(metric):
            self.best = metric
        rise = self._factor_at(min(epoch, self.warmup)) / self._factor_at(self.last_epoch)
        return [float(k.group["lr"]) * rise for k in known]

    def _factor_at(self, e):
        return self.start_factor + (1 - self.start_factor) * e / self.warmup
