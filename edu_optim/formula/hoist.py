"""Part a formula into what is the same for every element and what is not.

Scalars are computed once per step and parameter, in float64; in the rest each maximal scalar subtree and
every literal becomes a coefficient. The order of operations is the author's: nothing is regrouped.
"""

from dataclasses import dataclass, field, replace

from .expression import CHOICES, Expression, elementwise


@dataclass
class Parts:
    """A formula in two parts.

    `scalars` are statements (name, expression) in float64; `coefficients` maps the name by which the
    elements know a number to its expression; `elements` are statements (name, expression) on arrays;
    `constants` are numbers passed in at run time.
    """

    scalars: list = field(default_factory=list)
    coefficients: dict = field(default_factory=dict)
    elements: list = field(default_factory=list)
    results: list = field(default_factory=list)  # new x and new element states
    scalar_results: list = field(default_factory=list)  # new scalar states
    starts: dict = field(default_factory=dict)  # element states that start with an expression
    constants: dict = field(default_factory=dict)


def hoist(reading, element_results, starts, t):
    """Part `reading`, of whose results the first `element_results` are arrays, the others scalar states.

    `starts` are pairs (state, expression) for the states that start with an expression in hyperparameters.
    """
    return _Hoister(reading).parts(element_results, starts, t)


class _Hoister:
    def __init__(self, reading):
        self.reading, self.names = reading, reading.names
        self.out = Parts()
        self.seen = {}  # text of a scalar subtree -> its coefficient

    def parts(self, element_results, starts, t):
        first = Expression("==", (t, Expression("number", (1.0,))), truth=True)
        for state, start in starts:
            if state.scalar:  # the first update takes the start instead of what is stored
                choice = Expression("where", (first, start, state))
                self.out.scalars.append((state.name, self.scalar(choice)))
            else:
                self.out.starts[state.name] = self.scalar(start)
        for name, value in self.reading.statements:
            if value.scalar:
                self.out.scalars.append((name.name, self.scalar(value)))
            else:
                self.out.elements.append((name.name, self.element(value)))
        results = self.reading.results
        self.out.results = [self.element(e) for e in results[:element_results]]
        self.out.scalar_results = [self.scalar(e) for e in results[element_results:]]
        return self.out

    def element(self, e):
        """The expression with every maximal scalar subtree replaced by a coefficient."""
        return self.coefficient(e) if e.scalar else self.rebuilt(e, self.element, self.out.elements)

    def scalar(self, e):
        if e.atomic:
            return e
        if e.op == "**" and not e.args[0].boxed:
            return replace(e, args=tuple(map(self.opaque, e.args)))
        return self.rebuilt(e, self.scalar, self.out.scalars)

    def rebuilt(self, e, visit, statements):
        """`e` with its operands visited; operands that are read twice get a name first."""
        if e.atomic:
            return e
        if e.op == "**" and e.args[1].value == 0.5:  # of an array, for which NumPy computes powers 2 and 0.5 so
            return replace(e, op="sqrt", args=(visit(e.args[0]),))
        if e.op == "**" and e.args[1].value == 2:
            base = self.atom(visit(e.args[0]), statements)
            return replace(e, op="*", args=(base, base))
        if e.op == "**":
            return replace(e, args=tuple(map(self.opaque, e.args)))
        if e.op not in CHOICES:
            return replace(e, args=tuple(map(visit, e.args)))
        args = [visit(a) if a.truth else self.chosen(visit(a), statements) for a in e.args]
        if e.op == "clip":
            x, low, high = args
            larger = self.atom(replace(e, op="maximum", args=(x, low)), statements)
            return replace(e, op="minimum", args=(larger, high))
        return replace(e, args=tuple(args))

    def chosen(self, e, statements):
        """An operand of a choice: named, so that it is computed once and on every path."""
        return self.opaque(e) if e.op == "number" else self.atom(e, statements)

    def atom(self, e, statements):
        """A name (or number) for `e`."""
        if e.atomic:
            return e
        name = replace(e, op="name", args=(self.names.fresh("a"),))
        statements.append((name.name, e))
        return name

    def coefficient(self, e):
        key = elementwise(e)
        if key not in self.seen:
            self.seen[key] = e if e.op == "name" else replace(e, op="name", args=(self.names.fresh("c"),))
            self.out.coefficients[self.seen[key].name] = self.scalar(e)
        return self.seen[key]

    def opaque(self, e):
        """An operand that the compiler must not see through.

        It would turn b ** 2 into b * b, with other bits than the power function gives, and Python's own
        numbers, which a choice may hand on, raise where NumPy's give infinity. Passed in at run time, a number
        is neither.
        """
        if e.op != "number":
            return self.scalar(e)
        name = next((n for n, value in self.out.constants.items() if repr(value) == repr(float(e.value))), None)
        if name is None:
            name = self.names.fresh("p")
            self.out.constants[name] = float(e.value)
        return Expression("name", (name,))
