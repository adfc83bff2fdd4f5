"""Schedules that multiply the rate they find, so that several of them act together."""

import math

import numpy as np

from .scheduler import LRScheduler

_BLOCK = 1024


class Chainable(LRScheduler):
    """A schedule whose closed form is the base rate times a factor of the epoch alone.

    ``factor_at(e)`` takes an epoch or an array of epochs. The recursion multiplies the present rate by what takes the
    factor of the epoch before to the present one, so whatever else has changed the rate goes on to count.

    Examples
    --------
    >>> from edu_optim.schedules import Chainable
    >>> class Harmonic(Chainable):
    ...     def factor_at(self, e):
    ...         return 1 / (1 + e)
    >>> schedule = Harmonic([{"lr": 0.5}])
    >>> schedule.step()
    >>> schedule.get_last_lr()
    [0.25]
    """

    multiplies_until = math.inf  # the last epoch up to which the recursion is a multiplication

    def factor_at(self, e):
        raise NotImplementedError(f"{type(self).__name__} needs a method factor_at(e)")

    def closed_form(self, e, base):
        return base * self.factor_at(e)

    def recursion(self, e, lr, base):
        if e <= 0:
            return lr * float(self.factor_at(0))
        before = float(self.factor_at(e - 1))
        return lr * (float(self.factor_at(e)) / before) if before else 0.0

    def first(self, e, lr, base):
        return self.recursion(e, lr, base) if e == 0 else lr

    def curve(self, epochs, lr):
        return None if self._start != -1 else np.broadcast_to(self.closed_form(np.arange(epochs), lr), epochs).copy()


def power(gamma, count):
    """gamma ** count, for a count or an array of ascending counts."""
    if not isinstance(count, np.ndarray) or count.size == 0:
        return gamma**count
    # A power per element costs more than the rest of a curve: multiply each of a few high ones by each of a few low.
    high = np.float64(gamma) ** np.arange(0, int(count[-1]) + 1, _BLOCK)
    return np.multiply.outer(high, np.float64(gamma) ** np.arange(_BLOCK)).ravel()[count]


def cos(x):
    """The cosine of an epoch's number, or of an array of them; a plain number stays one, which is quicker."""
    return np.cos(x) if isinstance(x, np.ndarray) else math.cos(x)


def least(a, b):
    """The smaller of a number and an epoch's number, or an array of them."""
    return np.minimum(a, b) if isinstance(b, np.ndarray) else min(a, b)


def choose(condition, yes, no):
    """One of two values, for a condition on an epoch's number or on an array of them."""
    return np.where(condition, yes, no) if isinstance(condition, np.ndarray) else yes if condition else no
