"""Whether two ways to the same rates agree: recursion and closed form, one order and the other."""

from dataclasses import dataclass

import numpy as np

from .composite import Composite
from .running import StandIn, name_of, needs_metric, run, started

TOLERANCE, FLOOR = 1e-11, 0.01  # relative; under a hundredth of the base rate, of that hundredth


@dataclass(frozen=True)
class Comparison:
    """Two sequences of rates, side by side; true where they agree.

    Attributes
    ----------
    gap : float
        The largest difference, relative to the rate, or to a hundredth of the base rate where the rate is lower.
    epoch : int or None
        The first epoch at which they part.
    why : str
        What happens there.
    """

    gap: float
    epoch: int | None
    why: str

    def __bool__(self):
        return self.epoch is None


def prove_equal(schedule, epochs=100, lr=1.0):
    """Run the recursion, compute the closed form, and compare.

    Parameters
    ----------
    schedule : schedule without optimizer, or function of an optimizer
        Of a product the closed form is the product of its members', of a sequence one after another.
    epochs : int, optional
    lr : float, optional

    Returns
    -------
    Comparison
        Equal are differences up to 1e-11 of the rate, or up to 1e-13 of the base rate.

    Raises
    ------
    ValueError
        If there is no closed form.

    Examples
    --------
    >>> from edu_optim import schedules
    >>> cosine = schedules.CosineAnnealingLR(T_max=10)
    >>> bool(schedules.prove_equal(cosine, 1000))
    True
    >>> schedules.prove_equal(schedules.ExponentialLR(gamma=0.9) * cosine, 1000).epoch
    11
    """
    closed = closed_curve(schedule, epochs, lr)
    if closed is None:
        raise ValueError(f"{name_of(schedule)} has no closed form to compare its recursion with")
    found = run(schedule, epochs, lr)
    return _compared(found, closed, lr, "the recursion gives", "the closed form")


def closed_curve(schedule, epochs, lr):
    """The closed form at each epoch, whether or not it holds; None if there is none."""
    if isinstance(schedule, Composite):
        return schedule.joined(epochs, lr, closed_curve)
    live = started(schedule, StandIn(lr))
    if getattr(live, "closed_form", None) is not None:
        known = live._look()[0]
        return np.array([float(live.closed_form(e, known.base, *known.own)) for e in range(epochs)])
    if not hasattr(live, "_get_closed_form_lr") or not getattr(live, "_has_closed_form", lambda: True)():
        return None
    rates = []
    for e in range(epochs):
        live.last_epoch = e
        rates.append(float(live._get_closed_form_lr()[0]))
    return np.array(rates)


def commutes(a, b, epochs=100, lr=0.1):
    """Step two schedules in both orders and compare the rates.

    Parameters
    ----------
    a, b : schedules without optimizer, or functions of an optimizer
    epochs : int, optional
    lr : float, optional

    Returns
    -------
    Comparison
        True if the order does not matter; `why` says what the one that is in the way does to the rate it finds.

    Raises
    ------
    ValueError
        If one of them decides by a metric, which only a training has.

    Examples
    --------
    >>> from edu_optim import schedules
    >>> half = schedules.ExponentialLR(gamma=0.5)
    >>> bool(schedules.commutes(half, schedules.StepLR(step_size=3)))
    True
    >>> print(schedules.commutes(half, schedules.LambdaLR(lr_lambda=lambda e: 0.9**e)).why)
    at epoch 1 ExponentialLR before LambdaLR gives 0.09, the other order 0.045: LambdaLR sets the rate anew, whatever
    stands there, and what acted before it is lost
    """
    for schedule in (a, b):
        if needs_metric(schedule):
            raise ValueError(f"{name_of(schedule)} decides by a metric, and nothing is trained here: compare schedules "
                             "that know their rates beforehand")
    one, other = run([a, b], epochs, lr), run([b, a], epochs, lr)
    if other.error is not None and len(other.rates) < len(one.rates):
        one, other = other, one
    names = name_of(a), name_of(b)
    found = _compared(one, other.rates, lr, f"{names[0]} before {names[1]} gives", "the other order")
    if found:
        return found
    deeds = [f"{name} {_DEEDS[deed]}" for name, deed in zip(names, (_deed(s, found.epoch, lr) for s in (a, b)))
             if deed != "multiplies"]
    return Comparison(found.gap, found.epoch, f"{found.why}: {'; '.join(deeds) or 'each acts on what the other left'}")


_DEEDS = {
    "overwrites": "sets the rate anew, whatever stands there, and what acted before it is lost",
    "adds": "does not multiply there: it adds to the rate, and a sum is not scaled as a product is",
}


def _deed(schedule, epoch, lr):
    """What a schedule does to the rate it finds on its way to an epoch: found by doubling that rate."""
    plain, doubled = StandIn(lr), StandIn(lr)
    lives = started(schedule, plain), started(schedule, doubled)
    for e in range(1, max(epoch, 1) + 1):
        if e == max(epoch, 1):
            doubled.group["lr"] = 2 * plain.group["lr"]
        for live in lives:
            live.step()
    rate, twice = plain.group["lr"], doubled.group["lr"]
    if abs(twice - 2 * rate) <= TOLERANCE * abs(rate):
        return "multiplies"
    return "overwrites" if abs(twice - rate) <= TOLERANCE * abs(rate) else "adds"


def _compared(found, expected, lr, label, other):
    shown = found.rates[: len(expected)]
    expected_here = expected[: len(shown)]
    gaps = np.abs(shown - expected_here) / np.maximum(np.abs(expected_here), FLOOR * abs(lr))
    parted = np.flatnonzero(~(gaps <= TOLERANCE))
    gap = float(gaps.max(initial=0.0))
    if parted.size:
        e = int(parted[0])
        return Comparison(gap, e, f"at epoch {e} {label} {shown[e]:.6g}, {other} {expected_here[e]:.6g}")
    if found.error is not None and len(shown) < len(expected):
        return Comparison(np.inf, len(shown), f"at epoch {len(shown)} it ends: {found.error}")
    return Comparison(gap, None, "they agree")
