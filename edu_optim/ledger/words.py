"""Numbers and expressions as a reader with a pocket calculator wants them."""

import re
from dataclasses import replace

import numpy as np

from ..formula.expression import Expression, arraywise, elementwise

DIGITS = 7  # all that float32 has


def number(value):
    """A number as text; nothing for None."""
    if value is None or isinstance(value, bool):
        return "" if value is None else str(value)
    return str(value) if isinstance(value, int) else f"{value:.{DIGITS}g}"


def exact(value, dtype):
    """A number as the shortest text that has all of it."""
    return _parted(str(np.dtype(dtype).type(value)))


def symbols(e, spelled=lambda name: name):
    """An expression with names and literals as its author wrote them."""
    return _text(e, lambda e: spelled(e.name) if e.op == "name" else literal(e.value) if e.atomic else None)


def filled(e, values, scalars_whole=False):
    """An expression with numbers put in for its names or, where asked for, for each part that is the same for
    every element."""
    def put(e):
        if e.op == "name":
            return operand(plain(values[e.name]))
        if e.op == "number":
            return _parted(literal(e.value))
        return operand(computed(e, values)) if scalars_whole and e.scalar else None

    # where nothing stands before it, a minus sign needs no parentheses, unless a power binds tighter
    return re.sub(r"(^|(?<=\()|(?<=, ))\((-[^()]+)\)(?! \*\*)", r"\2", _text(e, put))


def computed(e, values):
    """The value of a scalar expression, given those of its names."""
    with np.errstate(all="ignore"):
        return plain(eval(elementwise(e), {"np": np}, values))


def literal(value):
    """A number that stands in a formula."""
    short = f"{value:g}"
    return short if float(short) == value else repr(value)


def plain(value):
    """One number, or True or False, from an array or NumPy's scalar."""
    value = np.asarray(value).reshape(-1)[0]
    return bool(value) if isinstance(value, np.bool_) else float(value)


def operand(value):
    """A number as it stands beside an operator."""
    return _parted(number(value))


def _parted(text):
    return f"({text})" if text.startswith("-") else text


def _text(e, put):
    return arraywise(_with(e, put)).replace("np.", "")


def _with(e, put):
    text = put(e)
    if text is None:
        return replace(e, args=tuple(_with(a, put) for a in e.args))
    return Expression("name", (text,))
