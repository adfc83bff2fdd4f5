"""`Hyper`: the default, symbol and range of one hyperparameter, and the one place where a value is checked."""

import math
import numbers
import re
from dataclasses import dataclass
from decimal import Decimal

import numpy as np

RANGE = re.compile(r"([\[(])\s*(\S+)\s*,\s*(\S+?)\s*([\])])")


@dataclass(frozen=True)
class Hyper:
    """A hyperparameter's declaration.

    Parameters
    ----------
    default : float
    symbol : str
        Its letter in the mathematics, in LaTeX.
    range : str
        The interval of allowed values, such as ``"[0, 1)"`` or ``"(0, inf)"``; infinity itself is never allowed.
    instead_of : str, optional
        Naming this hyperparameter without that one sets that one to 0.

    Examples
    --------
    >>> Hyper(0.9, r"\\beta", "[0, 1)").check("Adam", "beta1", 1)
    Traceback (most recent call last):
        ...
    ValueError: Adam: beta1 = 1 is not allowed: 0 <= beta1 < 1. For example beta1=0.9
    """

    default: float
    symbol: str
    range: str
    instead_of: str | None = None

    def __post_init__(self):
        match = RANGE.fullmatch(self.range) if isinstance(self.range, str) else None
        try:
            low, high = float(match[2]), float(match[3])
        except (TypeError, ValueError):
            low = high = math.nan
        if not low < high:
            raise ValueError(f"a range is written like '[0, 1)' or '(0, inf)', not {self.range!r}")
        object.__setattr__(self, "_bounds", (match[1] == "[", low, high, match[4] == "]"))
        number = _number(self.default)
        if number is None or not self.allows(number):
            raise ValueError(f"the default {self.default!r} is not in the range {self.range!r}: change one of them")
        object.__setattr__(self, "default", number)

    @property
    def floats(self):
        """The least and the greatest float in the range."""
        closed_below, low, high, closed_above = self._bounds
        return (low if closed_below and math.isfinite(low) else math.nextafter(low, math.inf),
                high if closed_above and math.isfinite(high) else math.nextafter(high, -math.inf))

    def allows(self, number):
        """Whether a float lies in the range."""
        closed_below, low, high, closed_above = self._bounds
        above = low <= number if closed_below else low < number
        return math.isfinite(number) and above and (number <= high if closed_above else number < high)

    def words(self, name):
        """The range as a comparison: ``0 <= beta1 < 1``."""
        closed_below, low, high, closed_above = self._bounds
        if math.isinf(high) and math.isinf(low):
            return f"{name} is any finite number"
        below = "" if math.isinf(low) else f"{low:g} {'<=' if closed_below else '<'} "
        above = "" if math.isinf(high) else f" {'<=' if closed_above else '<'} {high:g}"
        return f"{below}{name}{above}" + (" and finite" if math.isinf(high) or math.isinf(low) else "")

    def check(self, owner, name, value, dtype=None):
        """The value as a float; TypeError or ValueError if it is none that is allowed.

        Real numbers of every kind are taken, NumPy's and arrays of no dimensions too, but not True and False.
        With a `dtype`, an eps above 0 that rounds to 0 there is refused, since it would not do its work.
        """
        number = value if type(value) is float else _number(value)
        if number is None or not self.allows(number):
            advice = f"{self.words(name)}. For example {name}={self.default:g}"
            if number is None:
                raise TypeError(f"{owner}: {name} = {value!r} is {_kind(value)}, not a real number: {advice}")
            raise ValueError(f"{owner}: {name} = {value} is not allowed: {advice}")
        if dtype is not None and name.startswith("eps") and number > 0 and np.dtype(dtype).type(number) == 0:
            raise ValueError(
                f"{owner}: {name} = {value} rounds to 0 in {np.dtype(dtype)}, so it would do nothing: "
                f"0 is allowed, or at least {np.finfo(dtype).tiny:.2g}. For example {name}=1e-08")
        return number


def _number(value):
    """The value as a float, or None if it is no real number; what is too large for a float is infinite."""
    if isinstance(value, np.ndarray) and value.ndim == 0:
        value = value[()]
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, (numbers.Real, Decimal)):
        return None
    try:
        return float(value)
    except OverflowError:
        return math.inf
    except ValueError:  # a signalling NaN
        return math.nan


def _kind(value):
    if isinstance(value, (bool, np.bool_)):
        return "a truth value"
    kind = type(value).__name__
    return {"str": "text", "NoneType": "nothing", "complex": "complex"}.get(kind, f"of type {kind}")
