"""Read a formula: from the author's function to assignments in which no name is used twice.

Whatever stands outside the grammar is refused when the rule is defined, with the line, the reason and what to
write instead, so that no line of a formula is ever dropped in silence.
"""

import ast
import keyword
from dataclasses import dataclass, field

from .expression import Expression
from .source import Source
from .terms import Terms

# Names the generated file needs for itself; an author's name of that spelling gets a number behind it.
RESERVED = {"np", "njit", "coefficients", "body", "scalars", "kernel", "range"}


@dataclass
class Names:
    """Hands out names that nobody has used."""

    used: set = field(default_factory=set)

    def fresh(self, wish):
        name, n = wish, 0
        while name in self.used or keyword.iskeyword(name):
            n += 1
            name = f"{wish}_{n}"
        self.used.add(name)
        return name


@dataclass
class Reading:
    """A formula after reading. Every name in it stands for one value only.

    `arguments` are names in the order of the signature, `statements` pairs of a name and its expression,
    `results` what is returned; all are `Expression`.
    """

    arguments: list
    statements: list
    results: list
    names: Names


def read(function, arrays=None, *, signature=None, results=None):
    """Read `function` in the grammar of formulas.

    Parameters
    ----------
    function : callable
        A plain Python function defined by `def` in a file or a notebook cell.
    arrays : sequence of str, optional
        The arguments that are arrays; the others are plain numbers. By default all are arrays.
    signature : sequence of str, optional
        The arguments it must have, in this order.
    results : sequence of str, optional
        The names whose new values it must return, in this order.

    Returns
    -------
    Reading

    Raises
    ------
    FormulaError
        If the source cannot be read, leaves the grammar, or is not what `signature` and `results` announce.

    Examples
    --------
    >>> import edu_optim as eo
    >>> reading = read(eo.RULES["SGD"].formula, arrays=["x", "g"])
    >>> [(value.name, value.scalar) for value in reading.arguments]
    [('x', False), ('g', False), ('t', True), ('lr', True)]
    """
    source = Source(function)
    arguments = source.arguments()
    if signature is not None and arguments != list(signature):
        raise source.error(
            source.node, "the arguments are not those declared beside the formula, in the order x, g, the element "
            "states, t, the scalar states, the reductions, the hyperparameters",
            f"write def {source.title}({', '.join(signature)})")
    arrays = set(arguments if arrays is None else arrays)
    names = Names(RESERVED | set(arguments) | {n.id for n in ast.walk(source.node) if isinstance(n, ast.Name)})
    bound = {a: Expression("name", (names.fresh(a) if a in RESERVED else a,), a not in arrays) for a in arguments}
    inputs = list(bound.values())
    lines = _Lines(source, names, bound, function.__globals__)
    values = lines.body(source.node)
    _check_results(source, values, results, arrays)
    return Reading(inputs, lines.statements, [value for _, value in values], names)


def _check_results(source, values, wanted, arrays):
    """`values` are pairs of the author's name (or None) and the expression."""
    if wanted is None:
        return
    last = source.node.body[-1]
    repair = f"return {', '.join(wanted)}"
    if len(values) != len(wanted):
        due = f"{len(wanted)} are due, the new {', '.join(wanted)}" if len(wanted) > 1 else "only the new x is due"
        raise source.error(last, f"{len(values)} value{'s' * (len(values) != 1)} returned where {due}", repair)
    for want, (name, value) in zip(wanted, values, strict=True):
        if name in wanted and name != want:
            raise source.error(last, f"`{name}` stands where the new `{want}` is due", repair)
        if want not in arrays and not value.scalar:
            raise source.error(last, f"`{want}` is one number for the whole parameter, and an array is returned for it",
                               "declare it among the element states, or compute it from a reduction")


class _Lines(Terms):
    """Walks the author's lines and gives each assignment a name of its own."""

    def __init__(self, source, names, bound, known_globals):
        super().__init__(source, bound, known_globals)
        self.names, self.taken, self.statements = names, {value.name for value in bound.values()}, []

    def body(self, node):
        """Read all lines; returns what the formula does, as pairs of the author's name (or None) and an expression."""
        lines = node.body[ast.get_docstring(node) is not None:]
        for k, line in enumerate(lines):
            if isinstance(line, ast.Return) and line.value is not None:
                if k + 1 < len(lines):
                    raise self.error(lines[k + 1], "nothing is computed after `return`", "let return be the last line")
                parts = line.value.elts if isinstance(line.value, ast.Tuple) else [line.value]
                return [(part.id if isinstance(part, ast.Name) else None, self.number(part)) for part in parts]
            if isinstance(line, ast.Return):
                raise self.error(line, "nothing is returned", "return the new x and the new states")
            self.statement(line)
        raise self.error((lines or [node])[-1], "a formula ends with `return`", "return the new x and the new states")

    def statement(self, node):
        if isinstance(node, ast.Assign):
            if len(node.targets) > 1:
                raise self.error(node, "two names for one array change together", "give each name a line of its own")
            self.assign(node.targets[0], node.value)
        elif isinstance(node, ast.AugAssign):
            self.augment(node)
        else:
            if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
                self.expression(node.value)  # has more to say about print(x)
            raise self.refuse(node)

    def assign(self, target, value):
        if isinstance(target, ast.Name):
            self.bind(target, self.expression(value))
        elif isinstance(target, (ast.Tuple, ast.List)):
            if not isinstance(value, (ast.Tuple, ast.List)) or len(value.elts) != len(target.elts):
                raise self.error(target, "each name on the left needs its own value on the right",
                                 "write a, b = value_a, value_b")
            values = [self.expression(v) for v in value.elts]  # all of them before any name changes, as Python does
            for name, expression in zip(target.elts, values, strict=True):
                if not isinstance(name, ast.Name):
                    raise self.refuse(name)
                self.bind(name, expression)
        else:
            raise self.refuse(target)

    def augment(self, node):
        """`a += b` is `a = a + b`, unless the array in `a` has another name that would change with it."""
        if not isinstance(node.target, ast.Name):
            raise self.refuse(node.target)
        name, old = node.target.id, self.lookup(node.target)
        right = ast.copy_location(ast.Name(name, ast.Load()), node.target)
        whole = ast.copy_location(ast.BinOp(right, node.op, node.value), node)
        new, repair = self.expression(whole), f"write {name} = {ast.unparse(whole)}"
        if old.boxed or not old.scalar:
            other = next((n for n, v in self.bound.items() if v == old and n != name), None)
            if other:
                raise self.error(node, f"this changes `{other}` too, which is the same array as `{name}`", repair)
            if old.whole:
                raise self.error(node, f"`{name}` holds whole numbers and can take no others in their place", repair)
            if old.scalar and not new.scalar:
                raise self.error(node, f"`{name}` has room for one number only", repair)
        self.bind(node.target, new, boxed=old.boxed)

    def bind(self, target, value, boxed=False):
        """Let the author's name stand for a value from here on."""
        if self.is_numpy(target.id):
            raise self.error(target, f"`{target.id}` is NumPy", "choose another name")
        if not value.atomic:
            wish = target.id
            unique = wish if wish not in RESERVED and wish not in self.taken else self.names.fresh(wish)
            self.taken.add(unique)
            name = Expression("name", (unique,), value.scalar, value.truth, value.whole, value.boxed or boxed)
            self.statements.append((name, value))
            value = name
        self.bound[target.id] = value
