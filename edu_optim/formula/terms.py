"""Read the expressions of a formula: names, numbers and the operations between them."""

import ast
import builtins
import operator
from dataclasses import dataclass

import numpy as np

from .expression import Expression
from .grammar import FUNCTIONS, OPERATORS, FormulaError, instead_of_call, reason_and_repair

COMPARISONS = ("<", "<=", ">", ">=", "==", "!=")
DEEPEST = 100  # operations inside one another: they are walked through by functions that call themselves
EXACT = 2**53  # whole numbers up to here are exact in float64
_ON_NUMBERS = {"+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv, "**": operator.pow,
               "neg": operator.neg}


def read_expression(text, bound, where):
    """Read one expression given as text, such as the start of a state; `bound` are the names it may use."""
    try:
        node = ast.parse(text.strip(), mode="eval").body
    except SyntaxError as error:
        reason = f"{text!r} is not an expression ({error.msg})"
        raise FormulaError(f"{where}: {reason}. Instead: write one, such as 'lr / 2'") from None
    return Terms(_Text(where, text), dict(bound), {"np": np}).number(node)


@dataclass
class _Text:
    """Stands for a `Source` where there is one line of text."""

    title: str
    text: str

    def error(self, node, reason, repair):
        return FormulaError(f"{self.title}: {self.text!r}: {reason}. Instead: {repair}")


class Terms:
    """Reads expressions; `bound` says which value each of the author's names stands for at this line."""

    def __init__(self, source, bound, known_globals):
        self.error, self.bound, self.globals = source.error, bound, known_globals
        self.depth = 0

    def refuse(self, node, at=None):
        return self.error(at or node, *reason_and_repair(node))

    def lookup(self, node):
        if node.id in self.bound:
            return self.bound[node.id]
        if self.is_numpy(node.id):
            raise self.error(node, "NumPy itself is no number", "call one of its functions")
        if node.id in self.globals:
            raise self.error(
                node, f"`{node.id}` is a global name, and a kernel kept on disk would not notice when it changes",
                "pass it in as a hyperparameter, or write the number")
        reason = "is a function of Python, not a number" if hasattr(builtins, node.id) else "has no value yet"
        raise self.error(node, f"`{node.id}` {reason}", "assign it in a line before, or name it in the signature")

    def is_numpy(self, name):
        return name not in self.bound and self.globals.get(name) is np

    def of_numpy(self, node):
        return isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and self.is_numpy(node.value.id)

    def number(self, node):
        value = self.expression(node)
        if value.truth:
            text = ast.unparse(node)
            raise self.error(node, f"`{text}` is true or false, not a number", f"write np.where({text}, 1.0, 0.0)")
        return value

    def condition(self, node):
        value = self.expression(node)
        if not value.truth:
            text = ast.unparse(node)
            raise self.error(node, f"`{text}` is a number where a comparison is needed", f"write {text} != 0")
        return value

    def expression(self, node):
        self.depth += 1
        if self.depth > DEEPEST:
            raise self.error(node, f"more than {DEEPEST} operations stand inside one another",
                             "give a part of it a name and a line of its own")
        method = getattr(self, f"_{type(node).__name__}", None)
        if method is None:
            raise self.refuse(node)
        value = method(node)
        self.depth -= 1
        return value

    def _Constant(self, node):
        return self.literal(node, node.value)

    def _Name(self, node):
        return self.lookup(node)

    def _Attribute(self, node):
        constant = getattr(np, node.attr, None) if self.of_numpy(node) else None
        if isinstance(constant, float):
            raise self.error(node, f"`{ast.unparse(node)}` is no function", f"write the number, {constant}")
        raise self.refuse(node)

    def _UnaryOp(self, node):
        if isinstance(node.op, ast.Invert):
            return self.operation(node, "~", self.condition(node.operand))
        if isinstance(node.op, ast.USub):
            return self.operation(node, "neg", self.number(node.operand))
        raise self.refuse(node.op, node)

    def _BinOp(self, node):
        if type(node.op) not in OPERATORS:
            raise self.refuse(node.op, node)
        op = OPERATORS[type(node.op)]
        visit = self.condition if op in "&|" else self.number
        left, right = visit(node.left), visit(node.right)
        if op == "**":
            if not left.scalar and (type(right.value) not in (int, float) or right.value not in (2, 0.5)):
                raise self.error(node, "an array may be raised to the powers 2 and 0.5 only",
                                 "write products, 1 / x, or np.exp(p * np.log(x))")
            if not right.scalar:
                raise self.error(node, "the exponent is an array", "write np.exp(exponent * np.log(base))")
        return self.operation(node, op, left, right)

    def _Compare(self, node):
        if len(node.ops) > 1:
            raise self.error(node, "a chain of comparisons cannot be read element by element",
                             "write (a < b) & (b < c)")
        if type(node.ops[0]) not in OPERATORS:
            raise self.refuse(node.ops[0], node)
        left, right = self.number(node.left), self.number(node.comparators[0])
        if left.op == right.op == "number":
            raise self.error(node, "both sides are numbers written here, so the outcome never changes",
                             "compare with t, a hyperparameter or an array")
        return self.operation(node, OPERATORS[type(node.ops[0])], left, right)

    def _Call(self, node):
        if not self.of_numpy(node.func) or node.func.attr not in FUNCTIONS:
            known = "np" in self.globals or "np" in self.bound
            raise self.error(node, f"`{ast.unparse(node.func)}` cannot be called in a formula",
                             instead_of_call(node) if known else "import numpy as np above the formula")
        name, wanted = node.func.attr, FUNCTIONS[node.func.attr]
        if node.keywords or len(node.args) != len(wanted) or any(isinstance(a, ast.Starred) for a in node.args):
            many = "one argument" if len(wanted) == 1 else f"{len(wanted)} arguments"
            raise self.error(node, f"np.{name} takes {many} here, without keywords",
                             f"write np.{name}({', '.join(wanted)})")
        visits = [self.condition if argument == "condition" else self.number for argument in wanted]
        return self.operation(node, name, *(visit(a) for visit, a in zip(visits, node.args, strict=True)))

    # values

    def literal(self, node, value):
        """A number that stands in the formula, or is made of such numbers alone."""
        if isinstance(value, (bool, np.bool_)) or not isinstance(value, (int, float, np.integer)):
            raise self.error(node, f"{value!r} is not a real number", "write a number such as 2 or 0.5")
        if isinstance(value, (int, np.integer)) and abs(int(value)) > EXACT:
            raise self.error(node, "a whole number beyond 2 ** 53 is not exact in float64",
                             "write it with a point, such as 1e20")
        if not np.isfinite(value):
            raise self.error(node, f"this gives {value}, which is no finite number",
                             "write a number that float64 can hold")
        return Expression("number", (value,), whole=isinstance(value, (int, np.integer)))

    def operation(self, node, op, *args):
        if all(a.op == "number" for a in args):
            return self.computed(node, op, args)
        whole = op not in ("/", "sqrt", "exp", "log", "tanh") and all(a.whole for a in args if not a.truth)
        truth = op in COMPARISONS or op in ("&", "|", "~")
        whole = whole and not truth
        if (whole and op in ("neg", "*", "**")) or (op == "**" and args[0].whole and args[0].op != "number"):
            raise self.error(
                node, "np.where of two whole numbers holds whole numbers, which NumPy multiplies in another way: "
                "there is no -0.0, and an end at 2 ** 63", "write one of them with a point, such as 1.0")
        scalar = all(a.scalar for a in args)
        return Expression(op, args, scalar, truth, whole, boxed=scalar and op == "where")

    def computed(self, node, op, args):
        """What Python and NumPy make of numbers alone: their whole numbers have no -0.0, and 2 ** -1 is a fraction."""
        compute, values = _ON_NUMBERS.get(op) or getattr(np, op), [a.value for a in args]
        if op == "**" and all(a.whole for a in args) and abs(int(values[0])) > 1 and values[1] > 64:
            values[0] = float(values[0])  # is too large in any case; Python would compute every digit
        try:
            with np.errstate(all="ignore"):
                value = compute(*values)
        except (ArithmeticError, ValueError, TypeError) as error:
            why = "it is too large" if isinstance(error, OverflowError) else error
            raise self.error(node, f"this cannot be computed ({why})", "write the number it should be") from None
        return self.literal(node, value)
