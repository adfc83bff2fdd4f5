"""`Reduction`: one number about a whole parameter, computed before the formula sees its elements."""

import ast

import numpy as np

from .expression import Expression, arraywise
from .grammar import FOLDS, FormulaError
from .read import Names
from .terms import read_expression


class Reduction:
    """A named reduction, such as ``np.sqrt(np.sum(g ** 2))``.

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
        self._codes = []  # pairs (name of a fold, its code), inner folds first
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
                codes.append((key, compile(f"{ast.unparse(node.func)}({arraywise(inner)})", f"<{where}>", "eval")))
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
        for key, code in self._codes:
            values[key] = np.float64(eval(code, values))
        return np.float64(eval(self._outer, values))
