"""What a schedule does that its author may not have meant, found by running it, whatever its class."""

import inspect
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from .chainedscheduler import ChainedScheduler
from .inert import remarks_on_rule
from .proofs import commutes
from .running import StandIn, name_of, needs_metric, run, started
from .value import Value

TOO_LOW = 1e-12


@dataclass(frozen=True)
class Remark:
    """One thing to know before training.

    Attributes
    ----------
    kind : str
        "first value", "jump", "rise", "growth", "negative", "vanishing", "end", "order", "resume", "initial_lr",
        "no effect" or "late".
    epoch : int
        Where it happens.
    message : str
        What happens, with its numbers.
    remedy : str
        What to do if it was not meant.
    """

    kind: str
    epoch: int
    message: str
    remedy: str

    def __str__(self):
        return f"{self.kind}, epoch {self.epoch}: {self.message}. {self.remedy}."


def lint(*schedules, epochs=100, lr=0.1, optimizer=None):
    """Run schedules without training anything, and say what stands out.

    Parameters
    ----------
    *schedules
        One, or several that are stepped after one another: values, or functions that are given an optimizer and
        return a live schedule, of any class.
    epochs : int, optional
        How long the training is to be.
    lr : float, optional
        The rate it starts from.
    optimizer : Optimizer, optional
        Whose rule is to follow; a fresh one of its kind is tried on one number.

    Returns
    -------
    list of Remark
        Empty where nothing stands out. A remark is no reproach: a warm-up does not begin at the base.

    Examples
    --------
    >>> from edu_optim import schedules
    >>> both = schedules.StepLR(step_size=3, gamma=0.5) * schedules.ExponentialLR(gamma=0.9)
    >>> for remark in schedules.lint(both):
    ...     print(remark)
    vanishing, epoch 76: the rate is under 1e-12 from here on and ends at 3.44e-16: nothing is learnt any more.
    Stop earlier, or let it fall more slowly.
    resume, epoch 3: StepLR built anew with last_epoch=2 changes the rate of epoch 3 from 0.05 to 0.025: building it is
    one more step. Go on by load_state_dict instead.
    """
    known = [schedule for schedule in schedules if not needs_metric(schedule)]  # the others wait for a loss
    found = run(known or list(schedules), epochs + 1 if known else 1, lr)
    rates = found.rates[:epochs]
    remarks = [*_first(rates, lr), *_jumps(rates), *_rises(rates, lr), *_too_low(rates)] if len(rates) else []
    remarks += _end(found, epochs)
    for a, b in _neighbours(schedules):
        if not (needs_metric(a) or needs_metric(b)):
            remarks += _order(a, b, epochs, lr)
    for part in _parts(schedules):
        remarks += [*_resume(part, epochs, lr), *_initial(part, lr)]
    return remarks + (list(remarks_on_rule(Remark, optimizer)) if optimizer is not None else [])


def _first(rates, lr):
    if not np.isclose(rates[0], lr, rtol=1e-12):
        share = f"{rates[0] / lr:.4g} times" if lr else "not"
        yield Remark("first value", 0, f"the first epoch runs at {rates[0]:.6g}, {share} the {lr:.6g} it was given",
                     "Good for a warm-up; otherwise look which of the schedules acts at epoch 0")


def _is_jump(rates):
    """Where the rate is suddenly higher: by a tenth at least, and by five times what it moves before and after."""
    change = np.diff(rates)
    around = np.pad(np.abs(change), 1)
    jump = (change > 0.1 * np.abs(rates[:-1])) & (change > 5 * np.maximum(around[:-2], around[2:]))
    return np.concatenate([[False], jump])


def _jumps(rates):
    at = np.flatnonzero(_is_jump(rates))
    if at.size:
        e, more = int(at[0]), f", and {at.size - 1} times more" if at.size > 1 else ""
        yield Remark("jump", e, f"the rate jumps from {rates[e - 1]:.6g} to {rates[e]:.6g}{more}",
                     "Good for a restart; otherwise let the first part end where the second begins, or go on from the "
                     "present rate with MultiplicativeLR")


def _rises(rates, lr):
    peak = np.maximum.accumulate(rates)
    smooth = (np.diff(rates) > 1e-12 * peak[1:]) & ~_is_jump(rates)[1:]
    at = np.flatnonzero(smooth & (rates[:-1] < 0.9 * peak[:-1]) & _has_fallen(rates)[:-1])
    if at.size:
        e = int(at[0])
        falls = np.flatnonzero(np.diff(rates[e + 1 :]) < 0)
        top = e + 1 + (int(falls[0]) if falls.size else len(rates) - e - 2)
        yield Remark("rise", e, f"the rate has fallen to {rates[e]:.6g} and climbs again, to {rates[top]:.6g} at epoch "
                     f"{top}", f"Good for a cycle; otherwise end at epoch {e}, or let the fall last as long as the "
                     "training (T_max)")
    elif rates[-1] > rates[0] * (1 + 1e-9) and np.all(np.diff(rates) >= 0) and rates[-1] > lr * (1 + 1e-9):
        yield Remark("growth", int(np.flatnonzero(rates > rates[0])[0]),
                     f"the rate only grows, beyond the {lr:.6g} it was given, to {rates[-1]:.6g}",
                     "Good for a warm-up or a range test; otherwise take a gamma below 1")


def _has_fallen(rates):
    return np.concatenate([[False], np.logical_or.accumulate(np.diff(rates) < 0)])


def _too_low(rates):
    below = np.flatnonzero(rates < 0)
    if below.size:
        e = int(below[0])
        yield Remark("negative", e, f"the rate is {rates[e]:.6g}: a step would go up the loss",
                     "Look for an eta_min in a product: what pulls the rate below it makes the cosine overshoot")
    if abs(rates[-1]) < TOO_LOW:
        e = int(np.flatnonzero(np.abs(rates) >= TOO_LOW).max(initial=-1)) + 1
        yield Remark("vanishing", e, f"the rate is under {TOO_LOW:g} from here on and ends at {rates[-1]:.3g}: nothing "
                     "is learnt any more", "Stop earlier, or let it fall more slowly")


def _end(found, epochs):
    rates, last = found.rates, len(found.rates) - 1
    if found.error is not None:
        yield Remark("end", last + 1, f"the step to this epoch raises {type(found.error).__name__}: {found.error}",
                     "Train for fewer epochs, or make the schedule longer")
    if last > 1 and (found.error is not None or last == epochs) and rates[-1] > 1.5 * rates[-2] < 1.5 * rates[-3]:
        yield Remark("end", last, f"one step too many: after epoch {last - 1} it lifts the rate from {rates[-2]:.6g} "
                     f"to {rates[-1]:.6g}", "Leave the last step out, or what is saved after it goes on at that rate")


def _order(a, b, epochs, lr):
    found = commutes(a, b, epochs, lr)
    if not found:
        yield Remark("order", found.epoch, found.why,
                     "Step first what sets the rate anew, or replace it by one that multiplies")


def _resume(part, epochs, lr):
    build = _builder(part)
    if build is None:
        return
    optimizer = StandIn(lr)
    live = started(part, optimizer)
    try:
        for e in range(1, epochs):
            live.step()
            again = StandIn()
            again.param_groups[0] = dict(optimizer.group)
            build(again, last_epoch=e - 1)
            here, there = optimizer.group["lr"], again.group["lr"]
            if not np.isclose(here, there, rtol=1e-9, atol=1e-13 * abs(lr)):
                yield Remark(
                    "resume", e, f"{name_of(part)} built anew with last_epoch={e - 1} changes the rate of epoch {e} "
                    f"from {here:.6g} to {there:.6g}: building it is one more step",
                    "Go on by load_state_dict instead")
                return
    except Exception:  # whatever ends the schedule is said elsewhere
        return


def _builder(part):
    """A function (optimizer, last_epoch) that builds the schedule anew, or None where it takes no last_epoch."""
    if isinstance(part, Value):
        return part.bind if "last_epoch" in part.arguments() else None
    return part if "last_epoch" in inspect.signature(part).parameters else None


def _initial(part, lr):
    optimizer = StandIn(lr)
    try:
        started(part, optimizer)
    except Exception:
        return
    base = optimizer.group.get("initial_lr", lr)
    if not np.isclose(base, lr, rtol=1e-12):
        yield Remark("initial_lr", 0, f"{name_of(part)} sets the groups' initial_lr to {base:.6g}, where {lr:.6g} was "
                     "given: schedules made after it compute from that",
                     "Make it last, or let nothing else drive the optimizer")


def _neighbours(schedules):
    """Pairs that are stepped one after the other."""
    yield from pairwise(schedules)
    for schedule in schedules:
        inner = getattr(schedule, "schedulers", ())
        if isinstance(schedule, ChainedScheduler):
            yield from pairwise(inner)
        else:
            yield from _neighbours_within(inner)


def _neighbours_within(members):
    for member in members:
        yield from _neighbours([member])


def _parts(schedules):
    """The schedules that are made of no others."""
    for schedule in schedules:
        inner = getattr(schedule, "schedulers", None)
        if inner:
            yield from _parts(inner)
        elif not needs_metric(schedule):
            yield schedule
