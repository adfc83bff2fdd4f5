"""How hard it is to guess what a check shows: points for a lucky or copied value are points for nothing."""

import math

ENOUGH = 20  # bits: one guess in a million
MOST_DIGITS = 15


def bits(values, check, others=None):
    """About how many bits somebody must know to show these values within the tolerance.

    Parameters
    ----------
    values : dict of str to JSON
    check : Check
    others : dict of str to JSON, optional
        What the same check shows with another seed. What is the same in both, within the tolerance, counts nothing:
        one would have been told it.

    Returns
    -------
    float
        For a number the digits that matter, for True or False one bit, for a text one bit per character. What stands
        there twice counts once, and what may as well be 0 counts nothing.
    """
    total = 0.0
    for name, value in values.items():
        numbers = flat(value)
        tolerance = check.allowed(name).of(numbers)
        others_numbers = flat(others[name]) if others and name in others else []
        same = [len(others_numbers) == len(numbers) and _alike(x, y, tolerance)
                for x, y in zip(numbers, others_numbers or numbers)]
        total += sum(_bits(x, tolerance) for _, x in {(type(x), x) for x, known in zip(numbers, same) if not known})
    return total


def flat(value):
    """The numbers, or the text, of an encoded value as a list; "nan" and the infinities are texts.

    Examples
    --------
    >>> flat({"shape": [2], "values": [1.0, "nan"]}), flat({"text": "Adam"}), flat(3)
    ([1.0, 'nan'], ['Adam'], [3])
    """
    if not isinstance(value, dict):
        return [value]
    return [value["text"]] if "text" in value else value["values"]


def slack(numbers, tolerance):
    """How much of the largest of some numbers a tolerance allows for; 0 if there is none.

    Examples
    --------
    >>> from .values import Tolerance
    >>> slack([0.0, -2.0], Tolerance(0.01, 0.08))
    0.05
    """
    largest = max((abs(x) for x in numbers if isinstance(x, float)), default=0.0)
    rtol, atol = tolerance.of(numbers)
    return rtol + atol / largest if largest else 0.0


def _alike(x, y, tolerance):
    if isinstance(x, float) and isinstance(y, float):
        return abs(x - y) <= tolerance.atol + tolerance.rtol * abs(x)
    return type(x) is type(y) and x == y


def _bits(x, tolerance):
    if isinstance(x, bool) or x in ("nan", "inf", "-inf"):
        return 1.0
    if isinstance(x, str):
        return float(len(x))
    if isinstance(x, int):
        return 1.0 + x.bit_length()
    allowed = tolerance.rtol + tolerance.atol / abs(x) if x else 1.0
    if allowed >= 1:
        return 0.0
    mantissa = f"{abs(x):.{MOST_DIGITS - 1}e}".split("e")[0].replace(".", "").rstrip("0")
    meant = min(len(mantissa), -math.log10(allowed) if allowed > 0 else MOST_DIGITS)
    return 1.0 + max(meant, 0.0) * math.log2(10)
