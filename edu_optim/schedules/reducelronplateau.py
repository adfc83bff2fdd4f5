import math

from .groups import groups_of, write
from .scheduler import LRScheduler


class ReduceLROnPlateau(LRScheduler):
    """The rate falls when a metric has not become better for `patience` epochs.

    The one schedule that looks at the training: its `step` is given the validation loss, say.

    Formula
    -------
    eta(e) = max(eta(e - 1) * factor, min_lr) after more than patience bad epochs, else eta(e - 1)

    Parameters
    ----------
    optimizer : object with `param_groups`, or list of dict, optional
    mode : {"min", "max"}, optional
        Whether lower or higher metrics are better.
    factor : float, optional
        Below 1.
    patience : int, optional
        Bad epochs that are forgiven: 2 reduces at the third in a row.
    threshold : float, optional
        By how much a metric must be better to count.
    threshold_mode : {"rel", "abs"}, optional
        Whether threshold is a share of the best metric or a difference.
    cooldown : int, optional
        Epochs after a reduction in which nothing counts as bad.
    min_lr : float or list of float, optional
    eps : float, optional
        A reduction smaller than this is left out.

    When not to use it
    ------------------
    With ``threshold_mode="rel"`` and a negative metric: there a slightly worse value passes for a better one. Inside
    ChainedScheduler or SequentialLR, which have no metric to give it; `WarmupPlateauLR` warms up first.

    Examples
    --------
    >>> from edu_optim.schedules import ReduceLROnPlateau
    >>> groups = [{"lr": 1.0}]
    >>> schedule = ReduceLROnPlateau(groups, factor=0.5, patience=1)
    >>> for loss in (3.0, 2.0, 2.0, 2.0):
    ...     schedule.step(loss)
    >>> groups[0]["lr"]
    0.5
    """

    per_group = ("min_lr",)
    mark = "lr"  # the base rate is of no use here, and is left for other schedules to mark
    memory = ("best", "num_bad_epochs", "cooldown_counter")

    def __init__(
        self, optimizer=None, mode="min", factor=0.1, patience=10, threshold=1e-4, threshold_mode="rel", cooldown=0,
        min_lr=0, eps=1e-8,
    ):
        if not factor < 1:
            raise ValueError(f"factor={factor!r} must be below 1: the rate is to fall")
        if mode not in ("min", "max"):
            raise ValueError(f'mode={mode!r} must be "min", lower is better, or "max"')
        if threshold_mode not in ("rel", "abs"):
            raise ValueError(f'threshold_mode={threshold_mode!r} must be "rel" or "abs"')
        self.mode, self.factor, self.patience = mode, factor, patience
        self.threshold, self.threshold_mode, self.cooldown = threshold, threshold_mode, cooldown
        self.min_lr, self.eps = min_lr, eps
        self.best = math.inf if mode == "min" else -math.inf
        self.num_bad_epochs = self.cooldown_counter = 0
        super().__init__(optimizer)

    @property
    def in_cooldown(self):
        return self.cooldown_counter > 0

    def _initial_step(self):
        self.last_epoch, self._last_lr = 0, [float(k.group["lr"]) for k in self._look()]

    def step(self, metrics=None, epoch=None):
        """Take note of a metric, and reduce the rates if it has been bad for too long.

        Parameters
        ----------
        metrics : float
            The number to become better.
        epoch : int, optional
            What to count this epoch as.

        Raises
        ------
        TypeError, ValueError
            If the metric is missing, or is NaN; nothing has changed then.
        """
        if metrics is None:
            raise TypeError(f"{type(self).__name__} decides by a metric: schedule.step(validation_loss)")
        metric = float(metrics)
        if math.isnan(metric):
            raise ValueError("the metric is NaN, neither better nor worse: find out where it came from before going on")
        self._look_at_order()
        known, epoch = self._look(), self.last_epoch + 1 if epoch is None else epoch
        before = self.last_epoch, self._last_lr, [getattr(self, name) for name in self.memory]
        try:
            rates = self._rates(known, metric, epoch)
            write([(k.group, "lr", rate) for k, rate in zip(known, rates) if rate != float(k.group["lr"])])
        except BaseException:
            self._restore(before)
            raise
        self.last_epoch, self._last_lr = epoch, rates

    def _rates(self, known, metric, epoch):
        rates = [float(k.group["lr"]) for k in known]
        return [self._reduced(rate, *k.own) for k, rate in zip(known, rates)] if self._patience_ends(metric) else rates

    def _reduced(self, rate, min_lr):
        lower = max(rate * self.factor, min_lr)
        return float(lower) if rate - lower > self.eps else rate

    def _patience_ends(self, metric):
        if self._is_better(metric):
            self.best, self.num_bad_epochs = metric, 0
        else:
            self.num_bad_epochs += 1
        if self.in_cooldown:
            self.cooldown_counter -= 1
            self.num_bad_epochs = 0
        if self.num_bad_epochs <= self.patience:
            return False
        self.cooldown_counter, self.num_bad_epochs = self.cooldown, 0
        return True

    def _is_better(self, metric):
        if self.mode == "min":
            bar = self.best * (1 - self.threshold) if self.threshold_mode == "rel" else self.best - self.threshold
            return metric < bar
        bar = self.best * (1 + self.threshold) if self.threshold_mode == "rel" else self.best + self.threshold
        return metric > bar

    def _look(self):
        return self._meet(groups_of(self.optimizer))

    def _greet(self, known, first_time):
        return float(known.group["lr"])
