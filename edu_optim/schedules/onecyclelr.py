import math

from .arguments import required
from .momentum import MomentumCycle


class OneCycleLR(MomentumCycle):
    """One cycle for a whole training: up to `max_lr`, down to almost nothing, momentum the other way round.

    A step of this schedule is meant to be a batch, not an epoch.

    Formula
    -------
    eta(e) = end + (start - end) * (1 + cos(pi * p)) / 2, p from 0 to 1 in each phase

    Symbols
    -------
    start, end : initial = max_lr / div_factor to max_lr, then to min = initial / final_div_factor; with three phases
        to initial between them.

    Parameters
    ----------
    optimizer : object with `param_groups`, or list of dict, optional
    max_lr : float or list of float
        The peak, for all groups or for each.
    total_steps : int, optional
        All steps of the training; or else `epochs` and `steps_per_epoch`.
    epochs, steps_per_epoch : int, optional
    pct_start : float, optional
        The share of the steps on the way up.
    anneal_strategy : {"cos", "linear"}, optional
    cycle_momentum : bool, optional
        Whether momentum goes from max_momentum to base_momentum and back.
    base_momentum, max_momentum : float or list of float, optional
    div_factor, final_div_factor : float, optional
    three_phase : bool, optional
    last_epoch, compat
        See `LRScheduler`.

    Raises
    ------
    ValueError
        From `step`, one step later than it should: after `total_steps` steps, of which the last jumps up again.

    When not to use it
    ------------------
    Together with other schedules: it overwrites them, and it overwrites every group's `initial_lr`, which is the base
    of schedules made later. The peak lies between two steps where pct_start * total_steps is no whole number.

    References
    ----------
    L. N. Smith and N. Topin (2018), Super-convergence, section 3.

    Examples
    --------
    >>> from edu_optim import schedules
    >>> schedules.rates(schedules.OneCycleLR(max_lr=1.0, total_steps=5, pct_start=0.4), 5).round(3)
    array([0.04, 1.  , 0.75, 0.25, 0.  ])
    """

    per_group = ("max_lr", "base_momentum", "max_momentum")

    def __init__(
        self, optimizer=None, max_lr=None, total_steps=None, epochs=None, steps_per_epoch=None, pct_start=0.3,
        anneal_strategy="cos", cycle_momentum=True, base_momentum=0.85, max_momentum=0.95, div_factor=25.0,
        final_div_factor=1e4, three_phase=False, last_epoch=-1, *, compat=None,
    ):
        required("max_lr", max_lr, 0.1)
        self.epochs, self.steps_per_epoch = epochs, steps_per_epoch
        self.total_steps = _total(total_steps, epochs, steps_per_epoch)
        if not isinstance(pct_start, float) or not 0 <= pct_start <= 1:
            raise ValueError(f"pct_start={pct_start!r} must be a float from 0.0 to 1.0: the share of the way up")
        if anneal_strategy not in ("cos", "linear"):
            raise ValueError(f'anneal_strategy={anneal_strategy!r} must be "cos" or "linear"')
        self.max_lr, self.pct_start, self.anneal_strategy = max_lr, pct_start, anneal_strategy
        self.cycle_momentum, self.base_momentum, self.max_momentum = cycle_momentum, base_momentum, max_momentum
        self.div_factor, self.final_div_factor, self.three_phase = div_factor, final_div_factor, three_phase
        if self._phases()[0][0] == 0:
            raise ValueError(
                f"pct_start={pct_start!r} of total_steps={self.total_steps} is one step, in which nothing can rise: "
                "take a larger pct_start, or 0.0 to begin at the top")
        self._check_momentum(optimizer)
        super().__init__(optimizer, last_epoch, compat)

    def _phases(self):
        """(last step, start, end) of each phase; rates and momenta by the names they have in a group."""
        up, steps = self.pct_start * self.total_steps, self.total_steps
        if self.three_phase:
            return (up - 1, "initial", "max"), (2 * up - 2, "max", "initial"), (steps - 1, "initial", "min")
        return (up - 1, "initial", "max"), (steps - 1, "max", "min")

    def _greet(self, known, first_time):
        group, (max_lr, low, high) = known.group, known.own
        if first_time and self._start == -1:
            group["initial_lr"] = max_lr / self.div_factor
        base = super()._greet(known, first_time)
        if self._start == -1 or not first_time:
            group["max_lr"], group["min_lr"] = max_lr, base / self.final_div_factor
            if self.cycle_momentum:
                group["max_momentum"], group["base_momentum"] = high, low
        return base

    # As torch does, both read from the group, where a second OneCycleLR may have written.
    def get_lr(self):
        return [self._at(self.last_epoch, k.group["initial_lr"], k.group["max_lr"], k.group["min_lr"])
                for k in self._look()]

    _get_closed_form_lr = get_lr

    def closed_form(self, e, base, max_lr, base_momentum, max_momentum):
        return self._at(e, base, max_lr, base / self.final_div_factor)

    def _momentum(self, known):
        low, high = known.group["base_momentum"], known.group["max_momentum"]
        return self._at(self.last_epoch, high, low, high)

    def _at(self, e, initial, peak, lowest):
        if e > self.total_steps:
            raise ValueError(
                f"step {e} of a cycle of total_steps={self.total_steps}: all rates are used up. Give total_steps the "
                "number of batches times epochs, and step once per batch")
        values, begin, phases = {"initial": initial, "max": peak, "min": lowest}, 0.0, self._phases()
        present = 0
        while e > phases[present][0] and present < len(phases) - 1:
            begin, present = phases[present][0], present + 1
        last, start, end = phases[present]
        share, start, end = (e - begin) / (last - begin), values[start], values[end]
        if self.anneal_strategy == "linear":
            return start + (end - start) * share
        return end + (start - end) / 2 * (1 + math.cos(math.pi * share))


def _total(total_steps, epochs, steps_per_epoch):
    given = {"total_steps": total_steps}
    if total_steps is None:
        given = {"epochs": epochs, "steps_per_epoch": steps_per_epoch}
    for name, value in given.items():
        if isinstance(value, bool) or not isinstance(value, int) or value < 1:
            raise ValueError(
                f"{name}={value!r} must be a positive integer: give total_steps, or epochs and steps_per_epoch")
    return math.prod(given.values())
