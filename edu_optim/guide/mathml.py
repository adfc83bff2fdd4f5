"""Expressions of a formula as MathML, which browsers draw and print without a font or a program from elsewhere."""

import ast
import re
from html import unescape

from .symbols import declared, is_word, named

CHOICE, LOGIC, COMPARISON, SUM, PRODUCT, FRACTION, ATOM = range(7)  # how tightly each holds its operands together
TIMES, DOT, APPLY = "<mo>&#x2062;</mo>", "<mo>&sdot;</mo>", "<mo>&#x2061;</mo>"
GAP = '<mspace width="0.17em"></mspace>'
DRAWN = ("sqrt", "abs", "float")  # functions that are signs, not words
_SIGNS = {ast.Add: "+", ast.Sub: "&minus;"}
_RELATIONS = {ast.Gt: "&gt;", ast.Lt: "&lt;", ast.GtE: "&ge;", ast.LtE: "&le;", ast.Eq: "=", ast.NotEq: "&ne;"}
_CALLED = {"maximum": "max", "minimum": "min", "sign": "sgn"}  # Rprop keeps a sign beside
_AXES = {-1: "row mean", -2: "column mean"}


def of_line(line, symbols, width=0):
    """A line of a formula.

    Parameters
    ----------
    line : Line
    symbols : dict of str to str
        Hyperparameters to the symbols they declare, in LaTeX.
    width : int, optional
        How many letters fit on one line: fractions are written with a slash where that is enough.

    Returns
    -------
    str
        A ``<math>`` element, or words where the line opens a block.
    """
    if line.opens == "else":
        return "else"
    value = _Printer(symbols, flat=True).text(line.value)
    if _letters(value) + len(line.name) > width:
        value = _Printer(symbols).text(line.value)
    if line.opens:
        before, after = {"if": ("if ", ""), "repeat": ("", " times")}[line.opens]
        return f"{before}{_math(value)}{after}"
    return _math(f"{_name(line.name, symbols)}<mo>&larr;</mo>{value}")


def of_name(name, symbols):
    """A name alone."""
    return _math(_name(name, symbols))


def _letters(markup):
    return len(re.sub("<[^>]*>|&#x206.;", "", unescape(markup)))


def _name(name, symbols):
    return declared(symbols[name]) if name in symbols else named(name)


def _math(inside):
    return f'<math displaystyle="true">{inside}</math>'


class _Printer:
    """Each method returns the markup of a node and how tightly it holds together."""

    def __init__(self, symbols, flat=False):
        self.symbols, self.flat = symbols, flat

    def text(self, node, level=CHOICE):
        """The markup, in parentheses if it does not hold together as `level` wants."""
        markup, own = getattr(self, f"_{type(node).__name__}")(node)
        return markup if own >= level else self._bracketed(markup)

    def _bracketed(self, markup):
        """In parentheses, which in a flat line do not grow with a root or an index."""
        fixed = ' stretchy="false"' if self.flat else ""
        return f"<mo{fixed}>(</mo>{markup}<mo{fixed}>)</mo>"

    def _Name(self, node):
        return _name(node.id, self.symbols), ATOM

    def _Constant(self, node):
        if node.value is None:
            return "<mtext>missing</mtext>", ATOM
        return f"<mn>{node.value:g}</mn>", ATOM

    def _UnaryOp(self, node):
        return f"<mo>&minus;</mo>{self.text(node.operand, PRODUCT)}", SUM

    def _BinOp(self, node):
        left, op, right = node.left, type(node.op), node.right
        if op in _SIGNS:
            return f"{self.text(left, SUM)}<mo>{_SIGNS[op]}</mo>{self.text(right, PRODUCT)}", SUM
        if op in (ast.Mult, ast.MatMult):
            quotient = isinstance(left, ast.BinOp) and isinstance(left.op, ast.Div)
            level = FRACTION if quotient else PRODUCT  # a / b c would be read as a / (b c)
            return f"{self.text(left, level)}{self._sign(left, right)}{self.text(right, PRODUCT)}", PRODUCT
        if op is ast.BitAnd:
            return f"{self.text(left, COMPARISON)}<mo>&and;</mo>{self.text(right, COMPARISON)}", LOGIC
        if op is ast.Div:
            left, right = _one_fraction(left, right)
            if self.flat:
                return f"{self.text(left, PRODUCT)}<mo>/</mo>{self.text(right, ATOM)}", PRODUCT
            return f"<mfrac><mrow>{self.text(left)}</mrow><mrow>{self.text(right)}</mrow></mfrac>", FRACTION
        if isinstance(right, ast.Constant) and right.value == 0.5:
            return f"<msqrt>{self.text(left)}</msqrt>", ATOM
        base, exponent = self.text(left, ATOM), f"<mrow>{_Printer(self.symbols, flat=True).text(right)}</mrow>"
        if isinstance(left, ast.Name) and base.startswith("<msub>"):
            return f"<msubsup>{base[6:-7]}{exponent}</msubsup>", ATOM
        return f"<msup><mrow>{base}</mrow>{exponent}</msup>", ATOM

    def _sign(self, left, right):
        """What stands between two factors: a dot beside a word or before a number, a gap before a function."""
        first, last = _factor(right, "left"), _factor(left, "right")
        if self._is_word(first) or self._is_word(last) or isinstance(first, ast.Constant):
            return DOT
        return TIMES + GAP if isinstance(first, ast.Call) and _called(first) not in DRAWN else TIMES

    def _is_word(self, node):
        return isinstance(node, ast.Name) and node.id not in self.symbols and is_word(node.id)

    def _Compare(self, node):
        if isinstance(node.ops[0], ast.Is):
            return f"<mtext>no&nbsp;</mtext>{self.text(node.left)}", COMPARISON
        left, right = self.text(node.left, SUM), self.text(node.comparators[0], SUM)
        return f"{left}<mo>{_RELATIONS[type(node.ops[0])]}</mo>{right}", COMPARISON

    def _IfExp(self, node):
        return self._choice(node.test, node.body, node.orelse), CHOICE

    def _choice(self, test, then, other):
        cases = [self._case(test, then)]
        while isinstance(other, ast.Call) and _called(other) == "where":
            test, then, other = other.args
            cases.append(self._case(test, then))
        cases.append(f"<mtext>else&nbsp;</mtext>{self.text(other, SUM)}")
        if self.flat or len(cases) < 3:
            return "".join(cases)
        return f"<mtable>{''.join(f'<mtr><mtd>{case}</mtd></mtr>' for case in cases)}</mtable>"

    def _case(self, test, then):
        return f"{self.text(then, SUM)}<mtext>&nbsp;if&nbsp;</mtext>{self.text(test, LOGIC)}<mtext>,&nbsp;</mtext>"

    def _Attribute(self, node):
        if node.attr == "T":
            return f"<msup>{self.text(node.value, ATOM)}<mo>&#x22a4;</mo></msup>", ATOM
        return "<mtext>spacing at 1</mtext>", ATOM  # np.finfo(x.dtype).eps

    def _Call(self, node):
        name, args = _called(node), node.args
        if name == "where":
            return self._choice(*args), CHOICE
        if name == "float":
            return self.text(args[0], ATOM), ATOM
        if name == "sqrt" and isinstance(args[0], ast.Call) and _called(args[0]) == "sum":
            return f"<mo>&Vert;</mo>{self.text(args[0].args[0].left)}<mo>&Vert;</mo>", ATOM
        if name == "sqrt":
            return f"<msqrt>{self.text(args[0])}</msqrt>", ATOM
        if name == "abs":
            return f"<mo>|</mo>{self.text(args[0])}<mo>|</mo>", ATOM
        if name == "sum":
            return f"<mo>&sum;</mo>{self.text(args[0], PRODUCT)}", PRODUCT
        if name == "len":
            turned = isinstance(args[0], ast.Attribute)
            side, of = ("columns of&nbsp;", args[0].value) if turned else ("rows of&nbsp;", args[0])
            return f"<mtext>{side}</mtext>{self.text(of)}", ATOM
        words = _AXES[ast.literal_eval(node.keywords[0].value)] if node.keywords else _CALLED.get(name, name)
        inside = "<mo>,</mo>".join(map(self.text, args))
        return f"<mi>{words}</mi>{APPLY}{self._bracketed(inside)}", ATOM


def _called(node):
    return node.func.attr if isinstance(node.func, ast.Attribute) else node.func.id


def _one_fraction(above, below):
    """a / b * c / d as one fraction, a c over b d."""
    chain = []
    while isinstance(above, ast.BinOp) and isinstance(above.op, (ast.Mult, ast.Div)):
        chain.append((above.op, above.right))
        above = above.left
    for op, part in reversed(chain):
        if isinstance(op, ast.Mult):
            above = ast.BinOp(above, op, part)
        else:
            below = ast.BinOp(part, ast.Mult(), below)
    return above, below


def _factor(node, side):
    """The outermost factor of a product at this side, as it is printed."""
    while isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Mult, ast.MatMult)):
        node = getattr(node, side)
    return node.left if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Pow) and side == "left" else node
