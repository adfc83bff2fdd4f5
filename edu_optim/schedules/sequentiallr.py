from bisect import bisect_right

import numpy as np

from .arguments import epochs as _epochs
from .composite import Composite
from .groups import groups_of, write


class SequentialLR(Composite):
    """One schedule after another: each begins at its milestone, at its own epoch 0.

    ``a.until(5) >> b`` makes one of values.

    Formula
    -------
    eta(e) = eta_k(e - m_k), m_k the last milestone up to e

    Parameters
    ----------
    optimizer : object with `param_groups`, or list of dict, optional
    schedulers : list of schedules
        Of this optimizer, or values.
    milestones : list of int
        The epochs at which the second, the third, ... begins; one fewer than schedules.
    last_epoch : int, optional

    When not to use it
    ------------------
    To go on from where the rate is: at a milestone the next schedule starts from the base rate, and the rate jumps.
    Only MultiplicativeLR goes on from the present one. As a member of another sequence: its first epoch goes wrong
    there, in torch and here. As a later member, like a chain: it has no rate of its own to begin with.

    Examples
    --------
    >>> from edu_optim import schedules
    >>> both = schedules.ConstantLR(factor=0.5).until(3) >> schedules.ExponentialLR(gamma=0.9)
    >>> schedules.rates(both, 6, lr=1.0)
    array([0.5 , 0.5 , 0.5 , 1.  , 0.9 , 0.81])
    """

    memory = ("last_epoch", "milestones")

    def __init__(self, optimizer=None, schedulers=None, milestones=None, last_epoch=-1):
        self.milestones = _epochs(milestones, [5])
        self._start, self.last_epoch = last_epoch, last_epoch + 1
        self._check_places(list(schedulers or ()))
        self._gather(schedulers, optimizer)

    def _check_places(self, schedulers):
        if schedulers and len(self.milestones) != len(schedulers) - 1:
            raise ValueError(
                f"{len(schedulers)} schedules need {len(schedulers) - 1} milestones between them, not "
                f"{len(self.milestones)}: {self.milestones}")
        for place, (schedule, milestone) in enumerate(zip(schedulers[1:], self.milestones), 1):
            if isinstance(schedule, Composite) and milestone > 0:
                raise NotImplementedError(
                    f"schedulers[{place}] is {type(schedule).__name__}, which cannot begin at a milestone: write a "
                    "longer sequence, a.until(3) >> b.until(8) >> c, or multiply all of it, (a.until(3) >> b) * c")

    def _begin(self):
        write([(g, "lr", float(g["initial_lr"])) for g in groups_of(self.optimizer)])
        for schedule in self.schedulers:
            schedule._undo_initial_step()
        first = self.schedulers[bisect_right(self.milestones, 0)]
        first._initial_step()
        self._last_lr = first.get_last_lr()

    def _update_lr(self, epoch=None):
        e = self.last_epoch + 1
        place = bisect_right(self.milestones, e)
        schedule = self.schedulers[place]
        schedule._update_lr(0 if place and self.milestones[place - 1] == e else None)
        self._before = schedule, self.last_epoch, self._last_lr
        self.last_epoch, self._last_lr = e, schedule.get_last_lr()

    def _take_back(self):
        schedule, self.last_epoch, self._last_lr = self._before
        schedule._take_back()

    def curve(self, epochs, lr):
        if self._start != -1 or any(isinstance(schedule, Composite) for schedule in self.schedulers):
            return None
        return self.joined(epochs, lr, lambda schedule, epochs, lr: schedule.curve(epochs, lr))

    def joined(self, epochs, lr, curve):
        """The members' rates from their own epoch 0 on, one after another; None where a member has no curve."""
        starts = [0, *(min(m, epochs) for m in self.milestones), epochs]
        curves = [curve(s, end - start, lr) for s, start, end in zip(self.schedulers, starts, starts[1:])]
        return None if any(c is None for c in curves) else np.concatenate(curves)
