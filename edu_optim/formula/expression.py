"""`Expression`: what a formula's value is made of, what kind of value it is, and its text in Python."""

from dataclasses import dataclass

CHOICES = ("where", "minimum", "maximum", "clip")
_LEVELS = {"not": 1, "<": 2, "<=": 2, ">": 2, ">=": 2, "==": 2, "!=": 2, "|": 3, "&": 4, "+": 5, "-": 5, "*": 6, "/": 6,
           "neg": 7, "~": 7, "**": 8}
_CONDITIONAL, _COMPARISON, _UNARY, _ATOM = 0, 2, 7, 9  # how tightly each holds its operands together


@dataclass(frozen=True)
class Expression:
    """A value of a formula.

    Attributes
    ----------
    op : str
        An operator, "neg", a function of NumPy, "name" or "number".
    args : tuple
        Its operands; of a name or number just that.
    scalar : bool
        Whether it is the same for every element.
    truth : bool
        Whether it is the outcome of a comparison.
    whole : bool
        Whether NumPy holds it in integers, as in np.where(g > 0, 1, -1).
    boxed : bool
        Whether it is a scalar from np.where: an array without dimensions, which `+=` changes in place.
    """

    op: str
    args: tuple
    scalar: bool = True
    truth: bool = False
    whole: bool = False
    boxed: bool = False

    @property
    def name(self):
        return self.args[0] if self.op == "name" else None

    @property
    def value(self):
        return self.args[0] if self.op == "number" else None

    @property
    def atomic(self):
        return self.op in ("name", "number")


def arraywise(e):
    """Python text of an expression for whole arrays."""
    return _text(e, _array_call, "~")[0]


def elementwise(e):
    """Python text of an expression for one element.

    Choices become conditional expressions, which compile to a select; np.where on plain numbers costs a
    thousand times as much.
    """
    return _text(e, _element_call, "not")[0]


def _text(e, call, invert):
    """(text, how tightly it holds together)."""
    if e.op == "name":
        return e.name, _ATOM
    if e.op == "number":
        text = repr(float(e.value))
        return text, _UNARY if text[0] == "-" else _ATOM
    if e.op not in _LEVELS:
        return call(e, lambda a, level: _held(a, level, call, invert))
    if e.op == "~" and invert == "not":
        return "not " + _held(e.args[0], _ATOM, call, invert), _LEVELS["not"]
    level = _LEVELS[e.op]
    if len(e.args) == 1:
        return {"neg": "-", "~": "~"}[e.op] + _held(e.args[0], _UNARY, call, invert), level
    left, right = level, level + 1
    if e.op == "**":
        left, right = _ATOM, _ATOM
    elif level == _COMPARISON:
        left = level + 1
    return f"{_held(e.args[0], left, call, invert)} {e.op} {_held(e.args[1], right, call, invert)}", level


def _held(e, level, call, invert):
    text, own = _text(e, call, invert)
    return text if own >= level else f"({text})"


def _array_call(e, text):
    return f"np.{e.op}({', '.join(text(a, _CONDITIONAL) for a in e.args)})", _ATOM


def _element_call(e, text):
    if e.op == "where":
        condition, a, b = (text(operand, _CONDITIONAL + 1) for operand in e.args)
        return f"{a} if {condition} else {b}", _CONDITIONAL
    if e.op in ("minimum", "maximum"):  # NaN wins, and of two equal numbers the second is taken, as in NumPy
        a, b = (text(operand, _COMPARISON + 1) for operand in e.args)
        sign = "<" if e.op == "minimum" else ">"
        return f"{a} if ({a} {sign} {b}) | ({a} != {a}) else {b}", _CONDITIONAL
    return _array_call(e, text)
