"""A rule's formula as lines to be printed: at its defaults, without what changes nothing there.

The lines come from the author's text and from nowhere else. A hyperparameter that is 0 or 1 by default and drops out,
such as Adam's `gamma`, is put in and what it does not change is left out; `x + 0` becomes `x`.
"""

import ast
from dataclasses import dataclass

from ..formula.source import Source

KEPT = ("lr", "momentum")  # shown even where the default is 0 or 1: a reader looks for them


@dataclass(frozen=True)
class Line:
    """One line: a name and what it becomes, or words that open a block; `depth` says how far it is set in."""

    name: str
    value: ast.expr
    depth: int = 0
    opens: str = ""  # "if", "else" or "repeat"

    @property
    def key(self):
        """Lines that say the same have the same key."""
        return self.name, self.opens, self.depth, ast.dump(self.value) if self.value else ""


def off(rule):
    """The hyperparameters that are left out of the lines, since their defaults change nothing."""
    return [name for name, hyper in rule.hyperparameters.items() if hyper.default in (0, 1) and name not in KEPT]


def lines(rule):
    """The lines of a rule at its defaults.

    Parameters
    ----------
    rule : Rule or MatrixRule

    Returns
    -------
    list of Line
        In the order in which they are computed; x and states that get a new value in ``return`` come last.

    Examples
    --------
    >>> import edu_optim as eo
    >>> for line in lines(eo.RULES["Adam"]):
    ...     print(line.name, "<-", ast.unparse(line.value))
    m <- beta1 * m + (1 - beta1) * g
    v <- beta2 * v + (1 - beta2) * g ** 2
    m_hat <- m / (1 - beta1 ** t)
    v_hat <- v / (1 - beta2 ** t)
    x <- x - lr * m_hat / (np.sqrt(v_hat) + eps)
    """
    node = Source(rule.formula).node
    known = {name: ast.Constant(int(rule.hyperparameters[name].default)) for name in off(rule)}
    reader = _Reader(rule, known)
    body = node.body[ast.get_docstring(node) is not None:]
    reader.block(body[:-1], 0)
    returned = body[-1].value
    values = returned.elts if isinstance(returned, ast.Tuple) else [returned]
    names = ["x", *_states(rule)]
    for name, value in zip(names, values, strict=True):
        reader.line(name, value, 0)
    return [line for line in reader.lines if line.opens or not _same(line)]


def _states(rule):
    return [*rule.element_states, *rule.shaped_states, *rule.scalar_states]


def _same(line):
    return isinstance(line.value, ast.Name) and line.value.id == line.name


class _Reader:
    """Collects lines; `known` are names that stand for something else, as defaults and other names of one thing do."""

    def __init__(self, rule, known):
        self.rule, self.known, self.lines, self.whole = rule, known, [], {}

    def block(self, nodes, depth):
        for node in nodes:
            if isinstance(node, ast.For):
                self.lines.append(Line("", node.iter.args[0], depth, "repeat"))
                self.block(node.body, depth + 1)
            elif isinstance(node, ast.If):
                self.lines.append(Line("", node.test, depth, "if"))
                self.block(node.body, depth + 1)
                self.lines.append(Line("", None, depth, "else"))
                self.block(node.orelse, depth + 1)
            elif isinstance(node.targets[0], ast.Tuple):
                for name, value in zip(node.targets[0].elts, node.value.elts, strict=True):
                    self.line(name.id, value, depth)
            else:
                first, *others = (target.id for target in node.targets)
                self.line(first, node.value, depth)
                for name in others:
                    self.line(name, ast.Name(first, ast.Load()), depth)

    def line(self, name, value, depth):
        value = self.reduced(simple(_put(value, self.known)))
        self.known.pop(name, None)
        if isinstance(value, ast.Name) and not depth and name not in ("x", *_states(self.rule)):
            self.known[name] = value
            return
        self.whole[name] = _put(value, self.whole)
        self.lines.append(Line(name, value, depth))

    def reduced(self, value):
        """With reductions written out; a length of what a line has computed is the length of that name."""
        texts = {name: ast.parse(reduction.text, mode="eval").body for name, reduction in self.rule.reductions.items()}
        texts = {name: simple(_put(node, self.known)) for name, node in texts.items()}
        names = {ast.dump(node): ast.Name(name, ast.Load()) for name, node in self.whole.items()}
        return _put(value, {name: _Named(names).visit(node) for name, node in texts.items()})


class _Named(ast.NodeTransformer):
    """Puts a name in place of what the name stands for."""

    def __init__(self, names):
        self.names = names

    def visit(self, node):
        return self.names.get(ast.dump(node)) or super().generic_visit(node)


class _Put(ast.NodeTransformer):
    def __init__(self, known):
        self.known = known

    def visit_Name(self, node):
        return self.known.get(node.id, node)


def _put(node, known):
    """A copy in which names are replaced."""
    return _Put(known).visit(ast.parse(ast.unparse(node), mode="eval").body)


def simple(node):
    """The expression without additions of 0, factors of 1 and their like."""
    return _Simple().visit(node)


class _Simple(ast.NodeTransformer):
    def visit_BinOp(self, node):
        self.generic_visit(node)
        left, op, right = _number(node.left), type(node.op), _number(node.right)
        if (op, right) in ((ast.Add, 0), (ast.Sub, 0), (ast.Mult, 1), (ast.Div, 1), (ast.Pow, 1)):
            return node.left
        if (op, left) in ((ast.Add, 0), (ast.Mult, 1)):
            return node.right
        if (op, left) in ((ast.Mult, 0), (ast.Div, 0), (ast.Pow, 1)) or (op, right) == (ast.Mult, 0):
            return ast.Constant(1 if op is ast.Pow else 0)
        return node

    def visit_BoolOp(self, node):
        self.generic_visit(node)
        return node.values[1] if isinstance(node.op, ast.Or) and _number(node.values[0]) == 0 else node


def _number(node):
    return node.value if isinstance(node, ast.Constant) else None
