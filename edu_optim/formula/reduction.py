"""`Reduction`: one number about a whole parameter, computed before the formula sees its elements."""

import ast

import numpy as np

from .expression import Expression, arraywise
from .grammar import FOLDS, FormulaError
from .read import Names
from .single import Single
from .terms import read_expression

BLOCK = 32_768  # numbers that are folded at a time


class Reduction:
    """A named reduction, such as ``np.sqrt(np.sum(g ** 2))``. A sum of squares is a product of the array with itself.

    Parameters
    ----------
    owner, name : str
        The rule and the name its formula knows the number by.
    text : str
        An expression in the grammar of formulas that folds arrays by np.sum, np.mean, np.max or np.min.
    arrays, scalars : sequence of str
        The names it may use: x, g and element states; t and hyperparameters.

    Examples
    --------
    >>> norm = Reduction("Clipped", "norm", "np.sqrt(np.sum(g ** 2))", ["x", "g"], ["t"])
    >>> float(norm({"g": np.array([3.0, 4.0])}))
    5.0
    """

    def __init__(self, owner, name, text, arrays, scalars):
        self.name, self.text = name, text
        where = f"{owner}, reduction {name}"
        self._arrays = arrays
        self._codes = []  # (name of a result, name of a fold, code of what is folded), inner folds first
        bound = {n: Expression("name", (n,), n in scalars) for n in (*arrays, *scalars)}
        names = Names(set(bound))

        def error(reason):
            folds = ", ".join(f"np.{fold}" for fold in FOLDS)
            return FormulaError(f"{where}: {text!r} {reason}. Instead: fold an array by one of {folds}")

        class Fold(ast.NodeTransformer):
            def visit_Call(self, node):
                self.generic_visit(node)
                folds = ast.unparse(node.func) in [f"np.{fold}" for fold in FOLDS]
                if not (folds and len(node.args) == 1 and not node.keywords):
                    return node
                inner = read_expression(ast.unparse(node.args[0]), bound, where)
                if inner.scalar:
                    raise error(f"folds `{ast.unparse(node.args[0])}`, which is one number already")
                key = names.fresh("fold")
                bound[key] = Expression("name", (key,))
                fold = node.func.attr
                if fold in ("sum", "mean") and inner.op == "**" and inner.args[1].value == 2:
                    fold, inner = f"{fold} of squares", inner.args[0]
                codes.append((key, fold, compile(arraywise(inner), f"<{where}>", "eval")))
                return ast.copy_location(ast.Name(key, ast.Load()), node)

        codes = self._codes
        try:
            tree = Fold().visit(ast.parse(text.strip(), mode="eval")).body
        except SyntaxError as problem:
            raise error(f"is not an expression ({problem.msg})") from None
        outer = read_expression(ast.unparse(tree), bound, where)
        if not outer.scalar or not codes:
            raise error("is no single number about the arrays")
        self._outer = compile(arraywise(outer), f"<{where}>", "eval")

    def __call__(self, values):
        """The number, a float64, given the arrays and scalars by name."""
        values = {"np": np, **values}
        for key, fold, code in self._codes:
            values[key] = np.float64(self._folded(fold, code, values))
        return np.float64(eval(self._outer, values))

    def _folded(self, fold, code, values):
        """A fold of an expression; of a large parameter block by block, so that what is in between stays in cache."""
        flat = {name: values[name].reshape(-1) for name in self._arrays if name in values}
        first = next(iter(flat.values()))
        if first.dtype == np.float32:
            flat = {name: array.view(Single) for name, array in flat.items()}
        size = first.size
        blocks = (slice(k, k + BLOCK) for k in range(0, size, BLOCK))
        parts = [_fold(fold, eval(code, values | {n: a[block] for n, a in flat.items()})) for block in blocks]
        number = np.float64(parts[0]) if len(parts) == 1 else _fold(fold.removesuffix(" of squares"), np.float64(parts))
        return number / size if fold.startswith("mean") else number


def _fold(fold, array):
    """The fold of one block, of which a mean is the sum so far."""
    array = np.asarray(array)
    if fold.endswith("of squares"):
        return np.dot(array, array)
    return getattr(np, "sum" if fold == "mean" else fold)(array)
