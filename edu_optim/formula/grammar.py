"""What a formula may say, and for everything else why not and what to write instead."""

import ast

FUNCTIONS = {  # of np, with their arguments
    "sqrt": ["a"], "abs": ["a"], "sign": ["a"], "exp": ["a"], "log": ["a"], "tanh": ["a"], "minimum": ["a", "b"],
    "maximum": ["a", "b"], "where": ["condition", "a", "b"], "clip": ["a", "low", "high"],
}
OPERATORS = {
    ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.Pow: "**", ast.BitAnd: "&", ast.BitOr: "|",
    ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=", ast.Eq: "==", ast.NotEq: "!=",
}
FOLDS = ("sum", "mean", "max", "min")  # which make one number of an array, in reductions only
ALL_FUNCTIONS = ", ".join(f"np.{name}" for name in FUNCTIONS)


class FormulaError(ValueError):
    """A formula that leaves the grammar: says in which line, why, and what to write instead."""


_WHERE = "write np.where(condition, a, b)"
_LOOP = ("a formula is about one element, and the kernel loops over all of them", "write the lines for one element")
_INDEX = ("a formula is about one element and has no index",
          "declare a reduction for a number about the whole parameter")
_GLOBAL = ("a formula knows only its arguments and its own lines", "pass the value in as a hyperparameter")
_JUMP = ("a formula takes all of its lines, one after the other", _WHERE)
_FUNCTION = ("a function inside a formula cannot be read", "write its lines into the formula itself")
_SEVERAL = ("this holds several values, and each name of a formula stands for one", "give each value a name of its own")
_TEXT = ("text is not a number", "write a number such as 2 or 0.5")
_SYMBOL = ("this operator is not part of a formula", "use + - * / and **")
_LATER = ("a formula is computed at once, it cannot pause", "write name = value")
_SAME = ("an element is a number, and numbers are not compared like this", "write == or !=")

_REASONS = {
    "If": ("`if` sends all elements the same way", _WHERE),
    "IfExp": ("a conditional expression chooses for all elements at once", _WHERE),
    "Match": ("`match` sends all elements the same way", _WHERE),
    "For": _LOOP, "AsyncFor": _LOOP, "While": _LOOP, "Break": _LOOP, "Continue": _LOOP,
    "ListComp": _LOOP, "SetComp": _LOOP, "DictComp": _LOOP, "GeneratorExp": _LOOP,
    "BoolOp": ("`and` and `or` cannot join conditions on arrays",
               "write & or |, each side in parentheses: (a > 0) & (b > 0)"),
    "Not": ("`not` cannot turn round a condition on arrays", "write ~(a > 0)"),
    "Lambda": _FUNCTION, "FunctionDef": _FUNCTION, "AsyncFunctionDef": _FUNCTION, "ClassDef": _FUNCTION,
    "Attribute": ("only functions of np are named with a dot", "pass the number in as a hyperparameter"),
    "Subscript": _INDEX, "Slice": _INDEX,
    "UAdd": ("a plus sign in front changes nothing", "leave it out"),
    "Pass": ("`pass` says nothing", "leave it out"),
    "Expr": ("this line gives its value to no name, so it changes nothing",
             "write name = value, or leave the line out"),
    "AnnAssign": ("annotations are not read", "write name = value"),
    "NamedExpr": ("`:=` hides an assignment inside an expression", "give it a line of its own: name = value"),
    "Starred": ("`*` hides how many values there are", "name each value"),
    "Tuple": _SEVERAL, "List": _SEVERAL, "Set": _SEVERAL, "Dict": _SEVERAL,
    "JoinedStr": _TEXT, "FormattedValue": _TEXT, "TemplateStr": _TEXT, "Interpolation": _TEXT,
    "Global": _GLOBAL, "Nonlocal": _GLOBAL, "Import": _GLOBAL, "ImportFrom": _GLOBAL,
    "Delete": ("a name is forgotten by itself when the formula ends", "leave the line out"),
    "Try": _JUMP, "TryStar": _JUMP, "Raise": _JUMP, "With": _JUMP, "AsyncWith": _JUMP,
    "Assert": ("a formula checks nothing, it runs millions of times",
               "give the hyperparameter a range in its Hyper(...)"),
    "TypeAlias": ("types are not read", "leave the line out"),
    "Await": _LATER, "Yield": _LATER, "YieldFrom": _LATER,
    "FloorDiv": _SYMBOL, "Mod": _SYMBOL, "MatMult": _SYMBOL, "LShift": _SYMBOL, "RShift": _SYMBOL,
    "BitXor": ("`^` is not a power in Python", "write a ** 2"),
    "Is": _SAME, "IsNot": _SAME, "In": _SAME, "NotIn": _SAME,
}


def reason_and_repair(node):
    """Why a piece of syntax is refused, and what to write instead."""
    name = type(node).__name__
    unknown = (f"`{name}` is not part of a formula", f"use + - * /, powers, comparisons and {ALL_FUNCTIONS}")
    return _REASONS.get(name, unknown)


def instead_of_call(node):
    """What to write instead of calling something a formula cannot call."""
    called, name = ast.unparse(node.func), getattr(node.func, "attr", getattr(node.func, "id", ""))
    if called.startswith("np.") and name in FOLDS:
        return f"declare reductions={{'name': {ast.unparse(node)!r}}} beside the formula and name it in the signature"
    known = {"max": "maximum", "min": "minimum", "fabs": "abs"}.get(name, name)
    if known in FUNCTIONS and not isinstance(node.func, ast.Subscript):
        return f"write np.{known}({', '.join(map(ast.unparse, node.args))})"
    return f"use one of {ALL_FUNCTIONS}"
