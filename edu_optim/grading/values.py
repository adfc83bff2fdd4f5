"""`show` states a value inside the kernel, as plain JSON; `difference` compares two of them outside it.

Nothing else passes from a student's process to the grader: no object, no code, no verdict. Whoever replaces `show`
can only state other numbers.
"""

import math
import sys
from typing import NamedTuple

MIME = "application/vnd.edu-optim.values+json"
LIMIT = 10_000  # numbers of an array, or characters of a text

# What `difference` may say. It never repeats a value, since a hidden check's may be among them.
MISSING = "no value was shown"
UNREADABLE = "what was shown is no value"
KIND = "another kind of value than expected (number, whole number, True or False, text)"
SHAPE = "another shape than expected"
VALUE = "another value than expected"
DIFFERENCES = (MISSING, UNREADABLE, KIND, SHAPE, VALUE)

_NOT_FINITE = {"nan": math.nan, "inf": math.inf, "-inf": -math.inf}


class Tolerance(NamedTuple):
    """How far a shown number may lie from the expected one: ``atol + rtol * abs(expected)``.

    Parameters
    ----------
    rtol : float
    atol : float, optional
        By default 1e-9 of the smallest number other than 0 that is expected under the same name. So every number of an
        array is compared on its own scale, however large its neighbours are, and only zeros among others need not be
        met to the last bit; a lone 0 then must be. What is 0 up to rounding needs an atol of the author's.
    """

    rtol: float = 1e-6
    atol: float | None = None

    def of(self, numbers):
        """The same with an atol, for these expected numbers.

        Examples
        --------
        >>> Tolerance().of([0.0, -2.0, 1e9, "nan", math.inf])
        Tolerance(rtol=1e-06, atol=2e-09)
        """
        if self.atol is not None:
            return self
        finite = (abs(x) for x in numbers if isinstance(x, float) and math.isfinite(x) and x)
        return self._replace(atol=1e-9 * min(finite, default=0.0))


def show(name, value, digits=6):
    """State a value for a check: readable in the notebook, exact for the comparison.

    Parameters
    ----------
    name : str
        What the value is; different within a check.
    value : bool, int, float, str, array or nested list of numbers
        At most 10,000 numbers or characters. An array of shape () is a number.
    digits : int
        Significant digits of the readable text, 1 to 17. The comparison uses all there are.

    Raises
    ------
    TypeError, ValueError
        If it is no such value.

    Examples
    --------
    >>> show("loss", 2 / 3)
    loss = 0.666667
    >>> show("w", [[1, 2.5], [0.1, float("nan")]], digits=3)
    w = [[1, 2.5], [0.1, nan]]
    """
    if not isinstance(name, str) or not name:
        raise TypeError(f'show: the name comes first and is a text, not {name!r}: show("loss", loss)')
    if isinstance(digits, bool) or not isinstance(digits, int) or not 1 <= digits <= 17:
        raise ValueError(f"show({name!r}, ...): digits={digits!r} is not a whole number from 1 to 17")
    stated = encoded(name, value)
    text = f"{name} = {readable(stated, digits)}"
    if "IPython" in sys.modules and sys.modules["IPython"].get_ipython() is not None:
        from IPython.display import display

        display({"text/plain": text, MIME: {"name": name, "value": stated}}, raw=True)
    else:
        print(text)


def encoded(name, value):
    """A value as JSON: what `difference` compares.

    A number, True and False stand for themselves; nan and the infinities are the texts ``"nan"``, ``"inf"``,
    ``"-inf"``; a text is ``{"text": ...}``; an array ``{"shape": [...], "values": [...]}``, in C order.

    Examples
    --------
    >>> encoded("x", [1.0, float("inf")]), encoded("rule", "Adam")
    ({'shape': [2], 'values': [1.0, 'inf']}, {'text': 'Adam'})
    """
    import numpy as np

    if isinstance(value, str):
        if len(value) > LIMIT:
            raise ValueError(f"show({name!r}, ...): a text of {len(value)} characters, and {LIMIT} are allowed")
        return {"text": str(value)}
    if isinstance(value, int) and not isinstance(value, bool):  # of any size
        return int(value)
    try:
        array = np.asarray(value)
    except ValueError:
        raise ValueError(
            f"show({name!r}, ...): no array can be made of parts of different shapes{_odd_part(value)}; a number that "
            "came as an array of shape (1,) is its [0], lists of different lengths are shown one by one") from None
    if array.dtype.kind not in "biuf":
        of = type(value).__name__ if array.dtype == object else f"{type(value).__name__} of {array.dtype}"
        hint = "does your function return its result?" if value is None else \
            "show a number, a text or an array of numbers, such as show('w', net.W.data)"
        raise TypeError(f"show({name!r}, ...): the value is {value!r:.40}, a {of}; {hint}")
    if array.size > LIMIT:
        raise ValueError(f"show({name!r}, ...): {array.size} numbers, and {LIMIT} are allowed: show fewer of them, "
                         "or what matters about them")
    numbers = array.ravel()
    if array.dtype.kind == "f":
        numbers = [x if math.isfinite(x) else repr(x) for x in numbers.astype(np.float64).tolist()]
    else:
        numbers = numbers.tolist()
    return {"shape": list(array.shape), "values": numbers} if array.ndim else numbers[0]


def _odd_part(value):
    """Which part of a list is of another shape than the first, in words."""
    import numpy as np

    try:
        shapes = [np.shape(part) for part in value]
    except (TypeError, ValueError):  # no list, or deeper lists of different lengths
        return ""
    odd = next((number for number, shape in enumerate(shapes) if shape != shapes[0]), None)
    return "" if odd is None else (f" (part 1 is of shape {shapes[0]}, part {odd + 1} of shape {shapes[odd]}; () is a "
                                   "number)")


def readable(stated, digits=6):
    """An encoded value for people, each number to so many digits.

    Examples
    --------
    >>> readable({"shape": [2], "values": [1 / 3, "nan"]})
    '[0.333333, nan]'
    """
    if isinstance(stated, dict):
        if "text" in stated:
            return repr(stated["text"])
        return _nested([readable(x, digits) for x in stated["values"]], stated["shape"])
    return f"{stated:.{digits}g}" if isinstance(stated, float) else str(stated)


def _nested(texts, shape):
    if not shape:
        return texts[0]
    size = math.prod(shape[1:])
    return "[" + ", ".join(_nested(texts[i * size:(i + 1) * size], shape[1:]) for i in range(shape[0])) + "]"


def received(bundle):
    """What may be kept of a bundle from a stranger's kernel.

    Parameters
    ----------
    bundle : JSON

    Returns
    -------
    dict or None
        The bundle; with None for its value if that is nothing that `show` could have stated, however deep or long it
        is; None if it is no bundle.

    Examples
    --------
    >>> received({"name": "x", "value": [[[]]]}), received([[[]]])
    ({'name': 'x', 'value': None}, None)
    """
    if not isinstance(bundle, dict) or bundle.keys() != {"name", "value"} or not isinstance(bundle["name"], str) \
            or len(bundle["name"]) > LIMIT:
        return None
    return bundle if _read(bundle["value"]) else {"name": bundle["name"], "value": None}


def shown(outputs):
    """The values among the outputs of a cell, by name; of one name the last.

    Parameters
    ----------
    outputs : list of dict
        As nbformat has them, from a stranger's kernel; whatever is no value is passed over.

    Returns
    -------
    dict of str to JSON
    """
    found = {}
    for output in outputs:
        data = output.get("data") if isinstance(output, dict) else None
        bundle = data.get(MIME) if isinstance(data, dict) else None
        if isinstance(bundle, dict) and bundle.keys() == {"name", "value"} and isinstance(bundle["name"], str):
            found[bundle["name"]] = bundle["value"]
    return found


def difference(expected, got, tolerance=None):
    """Why one encoded value is not the other, or None if it is.

    Kinds are kept apart: True is not 1, ``"1.5"`` is not 1.5, and 17.0 is no whole number; but a whole number may
    stand where any number is expected. Whole numbers, texts, True and False must be the same; nan equals nan only.

    Parameters
    ----------
    expected, got : JSON
        As `encoded` writes them; `got` may be anything that JSON can hold.
    tolerance : Tolerance, optional
        By default ``Tolerance()``.

    Returns
    -------
    str or None
        One of `DIFFERENCES`.

    Examples
    --------
    >>> difference(0.5, 0.5000000001)
    >>> difference(1, True)
    'another kind of value than expected (number, whole number, True or False, text)'
    >>> difference(0.0, 1e-12), difference(0.0, 1e-12, Tolerance(atol=1e-9))
    ('another value than expected', None)
    """
    due, came = _read(expected), _read(got)
    if due is None or came is None:
        return UNREADABLE
    if came[0] != due[0] and (due[0], came[0]) != (float, int):
        return KIND
    if came[1] != due[1]:
        return SHAPE
    if due[0] is not float:
        return None if came[2] == due[2] else VALUE
    rtol, atol = (tolerance or Tolerance()).of(due[2])
    return None if all(_close(x, y, rtol, atol) for x, y in zip(due[2], came[2])) else VALUE


def _close(expected, got, rtol, atol):
    try:
        got = float(got)
    except OverflowError:  # of a whole number
        return False
    if not math.isfinite(expected):
        return got == expected or (math.isnan(got) and math.isnan(expected))
    return abs(got - expected) <= atol + rtol * abs(expected)


def _read(stated):
    """(kind, shape, values) of an encoded value, or None if it is none; an array of no numbers is one of floats."""
    if not isinstance(stated, dict):
        values = _numbers([stated])
        return values and (values[0], [], values[1])
    if stated.keys() == {"text"} and isinstance(stated["text"], str) and len(stated["text"]) <= LIMIT:
        return str, [], stated["text"]
    if stated.keys() != {"shape", "values"}:
        return None
    shape, values = stated["shape"], stated["values"]
    if not isinstance(shape, list) or not isinstance(values, list) or not len(values) <= LIMIT or len(shape) > 32:
        return None
    if not shape or not all(type(n) is int and 0 <= n <= LIMIT for n in shape) or math.prod(shape) != len(values):
        return None
    values = _numbers(values)
    return values and (values[0], shape, values[1])


def _numbers(values):
    values = [_NOT_FINITE.get(x) if isinstance(x, str) else x for x in values]
    kinds = {type(x) for x in values} or {float}
    if kinds == {int, float}:
        kinds = {float}
    if len(kinds) > 1 or not kinds <= {bool, int, float}:
        return None
    return kinds.pop(), values
