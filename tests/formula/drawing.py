"""Formulas drawn from the whole grammar, as the text of a file that declares one rule."""

import importlib.util
from dataclasses import dataclass, field, replace

from hypothesis import strategies as st

NAMES = [
    "c", "c_1", "c0", "i", "j", "xs", "gs", "lo", "C", "X", "G", "S", "T", "R", "a", "a_1", "p", "p_1", "s",
    "m", "v", "number", "segments", "table", "start", "size", "at", "row", "flag", "enabled", "has_gradient",
    "range", "kernel", "body", "scalars", "coefficients", "njit", "clas", "out", "f",
]
LITERALS = ["0", "1", "2", "3", "7", "10", "0.5", "0.1", "1.5", "2.0", "0.999", "1e-8", "1e3"]
VALUES = [0.0, 0.1, 0.5, 0.9, 0.999, 1.0, 2.0, -0.5, 1e-3, 1e-8, 1e3]
ROUGH = ["exp", "log", "tanh"]  # whose last bits NumPy and Numba compute differently
STARTS = ["{hyper}", "1 - {hyper}", "np.maximum({hyper}, 0.25) / 2", "np.abs({hyper}) ** 0.3"]
REDUCTIONS = [
    "np.sqrt(np.sum(g ** 2))",
    "np.max(np.abs(g - x))",
    "np.mean(g) * 2 - np.min(x) / t",
    "np.sum(np.abs({array})) + {hyper}",
]
# Refusals that depend on a number which the drawing does not compute.
OF_VALUE = ("cannot be computed", "no finite number", "beyond 2 ** 53", "not a real number")


@dataclass(frozen=True)
class Piece:
    """The text of a value, and what the drawing must know of it; all names of one array share its `key`."""

    text: str
    scalar: bool = True
    truth: bool = False
    constant: bool = False
    whole: bool = False
    boxed: bool = False
    key: object = field(default_factory=object, compare=False)


@dataclass
class Drawn:
    """A rule's file, the values of its hyperparameters, and what to run it on."""

    name: str
    text: str
    values: dict
    shape: tuple
    seed: int
    exact: bool

    def rule(self, folder):
        """Write the file, import it, and give the rule it declares."""
        path = folder / f"{self.name.lower()}.py"
        path.write_text(self.text)
        spec = importlib.util.spec_from_file_location(path.stem, path)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return getattr(module, self.name)


@st.composite
def formulas(draw):
    """A `Drawn` rule."""
    return _Drawing(draw).drawn()


class _Drawing:
    def __init__(self, draw):
        self.draw = draw
        self.rough = draw(st.integers(0, 3)) == 3  # may this formula use exp, log and tanh?
        self.exact = True
        self.known = {}

    def pick(self, options):
        return self.draw(st.sampled_from(list(options)))

    def chance(self, one_in):
        return self.draw(st.integers(1, one_in)) == one_in

    # the declaration

    def drawn(self):
        counts = [
            self.draw(st.integers(0, 5)),
            self.draw(st.integers(0, 3)),
            self.draw(st.integers(0, 1)),
            self.draw(st.integers(1, 3)),
        ]
        free = iter(
            self.draw(st.lists(st.sampled_from(NAMES), min_size=sum(counts), max_size=sum(counts), unique=True))
        )
        states, scalar_states, reductions, hypers = ([next(free) for _ in range(n)] for n in counts)
        arrays = ["x", "g", *states]
        arguments = [*arrays, "t", *scalar_states, *reductions, *hypers]
        self.known = {a: Piece(a, scalar=a not in arrays) for a in arguments}
        lines = [self.statement() for _ in range(self.draw(st.integers(1, 8)))]
        wanted = ["x", *states, *scalar_states]
        results = [self.result(want, wanted, want not in scalar_states) for want in wanted]

        def starts(names):
            text = [repr(self.pick(STARTS).format(hyper=self.pick(hypers))), self.pick(["0", "1", "0.5", "-2"])]
            return "{" + ", ".join(f"{n!r}: {self.pick(text)}" for n in names) + "}"

        reductions = {
            r: self.pick(REDUCTIONS).format(array=self.pick(arrays), hyper=self.pick(hypers)) for r in reductions
        }
        name = f"F{self.draw(st.integers(0, 10**12)):x}"
        text = "\n".join(
            [
                "import numpy as np",
                "from edu_optim.formula import Hyper, rule",
                "",
                "@rule(paper='drawn', degree=None,",
                f"    element_states={starts(states)},",
                f"    scalar_states={starts(scalar_states)},",
                f"    reductions={reductions!r},",
                *(f"    {h}=Hyper(0.5, 'h', '(-inf, inf)')," for h in hypers),
                ")",
                f"def {name}({', '.join(arguments)}):",
                *(f"    {line}" for line in lines),
                f"    return {', '.join(results)}",
                "",
            ]
        )
        return Drawn(
            name,
            text,
            {h: self.pick(VALUES) for h in hypers},
            self.pick([(12,), (12,), (3, 4), (1,), ()]),
            self.draw(st.integers(0, 1000)),
            self.exact,
        )

    def result(self, want, wanted, array):
        same = self.known[want]
        if not same.truth and same.scalar != array and self.chance(2):
            return want
        text = self.number(1, array and not self.chance(6)).text
        return f"0.5 * {text}" if text in wanted else text

    # statements

    def statement(self):
        return getattr(
            self, self.pick(["assign", "assign", "augment", "together", "condition_named", "alias", "swap"])
        )()

    def target(self):
        return self.pick([*self.known, *NAMES])

    def bind(self, name, piece):
        self.known[name] = replace(piece, text=name, key=piece.key)

    def assign(self):
        name, piece = self.target(), self.number(3, self.chance(2))
        self.bind(name, piece)
        return f"{name} = {piece.text}"

    def condition_named(self):
        name, piece = self.target(), self.condition(2, self.chance(2))
        self.bind(name, piece)
        return f"{name} = {piece.text}"

    def alias(self):
        name, old = self.target(), self.pick(self.known.values())
        self.bind(name, old)
        return f"{name} = {old.text}"

    def together(self):
        names = self.draw(st.lists(st.sampled_from([*self.known, *NAMES]), min_size=2, max_size=3, unique=True))
        pieces = [self.number(2, self.chance(2)) for _ in names]
        for name, piece in zip(names, pieces, strict=True):
            self.bind(name, piece)
        return f"{', '.join(names)} = {', '.join(p.text for p in pieces)}"

    def swap(self):
        a, b = self.pick(self.known), self.pick(self.known)
        first, second = self.known[a], self.known[b]
        self.bind(a, second)
        self.bind(b, first)
        return f"{a}, {b} = {b}, {a}"

    def augment(self):
        name = self.pick(self.known)
        old = self.known[name]
        held = old.boxed or not old.scalar  # an array, which changes in place
        if held and (old.whole or sum(other.key is old.key for other in self.known.values()) > 1):
            return self.assign()
        if old.truth:
            piece = self.condition(1, not old.scalar and self.chance(2))
            self.bind(name, Piece("", old.scalar and piece.scalar, truth=True))
            return f"{name} {self.pick('&|')}= {piece.text}"
        if not old.scalar and self.chance(4):
            self.bind(name, Piece("", scalar=False))
            return f"{name} **= {self.pick(['2', '0.5'])}"
        piece = self.number(2, not old.boxed and self.chance(2))
        if old.whole and piece.whole and not old.constant:
            return self.assign()
        op = self.pick("+-*/")
        self.bind(name, self.joined("", op, old, piece, boxed=old.boxed))
        return f"{name} {op}= {piece.text}"

    # expressions

    def joined(self, text, op, *pieces, boxed=False):
        scalar = all(p.scalar for p in pieces)
        whole = op not in ("/", "sqrt", *ROUGH) and all(p.whole for p in pieces if not p.truth)
        return Piece(text, scalar, constant=all(p.constant for p in pieces), whole=whole, boxed=boxed)

    def leaf(self, array):
        fitting = [p for p in self.known.values() if not p.truth and p.scalar != array]
        if fitting and (array or not self.chance(3)):
            return self.pick(fitting)
        text = self.pick(LITERALS)
        return Piece(text, constant=True, whole=text.isdigit())

    def number(self, depth, array):
        """A number, if possible an array where one is wished for."""
        if depth == 0 or self.chance(6):
            return self.leaf(array)
        return getattr(
            self, self.pick(["binary", "binary", "binary", "function", "choice", "where", "power", "minus"])
        )(depth - 1, array)

    def operands(self, depth, array, n=2):
        which = self.draw(st.integers(0, n - 1))
        return [self.number(depth, array and (k == which or self.chance(2))) for k in range(n)]

    def binary(self, depth, array):
        a, b = self.operands(depth, array)
        op = self.pick("+-*/")
        if op == "*" and a.whole and b.whole and not (a.constant and b.constant):
            op = "+"
        plain = all(p.text.isidentifier() or p.constant for p in (a, b)) and self.chance(3)
        return self.joined(f"{a.text} {op} {b.text}" if plain and depth == 2 else f"({a.text} {op} {b.text})", op, a, b)

    def minus(self, depth, array):
        a = self.number(depth, array)
        return a if a.whole and not a.constant else self.joined(f"(-{a.text})", "neg", a)

    def function(self, depth, array):
        name = self.pick(["sqrt", "abs", "sign", *ROUGH] if self.rough else ["sqrt", "abs", "sign"])
        self.exact = self.exact and name not in ROUGH
        a = self.number(depth, array)
        return self.joined(f"np.{name}({a.text})", name, a)

    def choice(self, depth, array):
        name = self.pick(["minimum", "maximum", "clip"])
        pieces = self.operands(depth, array, 3 if name == "clip" else 2)
        return self.joined(f"np.{name}({', '.join(p.text for p in pieces)})", name, *pieces)

    def where(self, depth, array):
        condition = self.condition(depth, array and self.chance(2))
        a, b = self.operands(depth, array)
        scalar = all(p.scalar for p in (condition, a, b))
        return self.joined(f"np.where({condition.text}, {a.text}, {b.text})", "where", condition, a, b, boxed=scalar)

    def power(self, depth, array):
        base = self.number(depth, array)
        if base.whole and not base.constant:
            return base
        if not base.scalar:
            return self.joined(f"({base.text}) ** {self.pick(['2', '2.0', '0.5'])}", "**", base)
        exponent = self.number(depth, False)
        simple = exponent.text in ("2", "2.0", "0.5")
        if (base.boxed and not simple) or exponent.boxed:  # NumPy's power of an array, not that of a number
            self.exact = False
        return self.joined(f"({base.text}) ** ({exponent.text})", "**", base, exponent)

    def condition(self, depth, array):
        """A comparison, or several of them joined."""
        known = [p for p in self.known.values() if p.truth and p.scalar != array]
        if known and self.chance(4):
            return self.pick(known)
        if depth and self.chance(3):
            op, a = self.pick(["&", "|", "~"]), self.condition(depth - 1, array)
            if op == "~":
                return replace(a, text=f"~({a.text})", key=object())
            b = self.condition(depth - 1, array and self.chance(2))
            return Piece(f"({a.text}) {op} ({b.text})", a.scalar and b.scalar, truth=True)
        a, b = self.operands(max(depth - 1, 0), array)
        if a.constant and b.constant:
            a = self.leaf_that_varies()
        sign = self.pick(["<", "<=", ">", ">=", "==", "!="])
        return Piece(f"{a.text} {sign} {b.text}", a.scalar and b.scalar, truth=True)

    def leaf_that_varies(self):
        varying = [p for p in self.known.values() if not p.truth and not p.constant]
        return self.pick(varying)
