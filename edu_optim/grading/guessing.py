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
        What the same check shows with another seed. What is the same in both counts nothing: one would have
        been told it.

    Returns
    -------
    float
        For a number the digits that matter, for True or False one bit, for a text one bit per character. What stands
        there twice counts once.
    """
    total = 0.0
    for name, value in values.items():
        if others is not None and others.get(name) == value:
            continue
        rtol = check.allowed(name).rtol
        different = {(type(x), x) for x in flat(value)}
        total += sum(_bits(x, rtol) for _, x in different)
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


def _bits(x, rtol):
    if isinstance(x, bool) or x in ("nan", "inf", "-inf"):
        return 1.0
    if isinstance(x, str):
        return float(len(x))
    if isinstance(x, int):
        return 1.0 + x.bit_length()
    mantissa = f"{abs(x):.{MOST_DIGITS - 1}e}".split("e")[0].replace(".", "").rstrip("0")
    meant = min(len(mantissa), -math.log10(rtol) if rtol > 0 else MOST_DIGITS)
    return 1.0 + max(meant, 0.0) * math.log2(10)
