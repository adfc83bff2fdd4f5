"""`MatrixRule`: a rule that needs a parameter as a whole, with its rows and columns, and has no kernel.

Its formula is plain NumPy on arrays of the parameter's shape; what is heavy in it are products of matrices, which
BLAS computes. All else is as with a `Rule`: declared beside the formula, run by the same optimizers.
"""

import functools
import inspect
import types
from dataclasses import dataclass

import numpy as np

from . import run
from .declared import Declared
from .grammar import FormulaError


def matrix_rule(*, paper, degree, states, dimensions=None, **hyperparameters):
    """Declare an update rule that treats a parameter as a whole.

    The decorated function takes, in this order, `x, g`, the states, `t` and the hyperparameters, and returns the
    new x and the new states.

    Parameters
    ----------
    paper : str
    degree : {0, 1, None}
        As for `rule`.
    states : dict
        Name to a function from the parameter's shape to the state's shape, or to None where a parameter of that
        shape has no such state: the formula is given None then, and returns it. States start at 0.
    dimensions : int, optional
        How many axes a parameter must have; any number by default.
    **hyperparameters : Hyper

    Returns
    -------
    callable
        A decorator that turns the function into a `MatrixRule`.

    Examples
    --------
    >>> from edu_optim.formula import Hyper, matrix_rule
    >>> @matrix_rule(paper="folklore", degree=0, states={}, lr=Hyper(0.1, "eta", "[0, inf)"))
    ... def NormalizedDescent(x, g, t, lr):
    ...     return x - lr * g / np.sqrt(np.sum(g ** 2))
    >>> NormalizedDescent.run([0.0, 0.0], [[3.0, 4.0]], lr=1.0)[-1]
    array([-0.6, -0.8])
    """
    return lambda formula: MatrixRule(formula, paper, degree, states, dimensions, hyperparameters)


@dataclass(eq=False, repr=False)
class MatrixRule(Declared):
    """An update rule of whole parameters, made by the decorator `matrix_rule`; it holds no state.

    Attributes
    ----------
    formula : callable
    paper : str
    degree : {0, 1, None}
    shaped_states : dict
        Name to the function from the parameter's shape to the state's.
    dimensions : int or None
    hyperparameters : dict
        Name to `Hyper`.
    """

    formula: object
    paper: str
    degree: int | None
    shaped_states: dict
    dimensions: int | None
    hyperparameters: dict

    elementwise = False
    element_states = scalar_states = reductions = constants = types.MappingProxyType({})

    def __post_init__(self):
        self._name()
        self._check_declaration()
        wanted = ["x", "g", *self.shaped_states, "t", *self.hyperparameters]
        if list(inspect.signature(self.formula).parameters) != wanted:
            raise FormulaError(f"{self.name}: its signature says something else than its declaration. "
                               f"Instead: def {self.name}({', '.join(wanted)})")

    def array_states(self, shape):
        """{name: shape} of the states of a parameter of this shape."""
        shapes = {name: state(shape) for name, state in self.shaped_states.items()}
        return {name: tuple(state) for name, state in shapes.items() if state is not None}

    def refuse_shape(self, name, shape):
        """Raise ValueError for a parameter this rule cannot move."""
        if self.dimensions is not None and len(shape) != self.dimensions:
            raise ValueError(
                f"{self.name} moves parameters of {self.dimensions} dimensions, and {name} has the shape {shape}: make "
                f"another optimizer for all, such as eo.Adam(net), and give this rule to the matrices alone: "
                f"net.l1.W.set_rule(eo.{self.name}())")

    @property
    def kernel_source(self):
        """str: says why there is none."""
        return f"# {self.name} has no kernel: it is products of matrices, which BLAS computes.\n"

    def stepper(self, dtype, backend):
        """The function that updates all parameters of one dtype; on either backend it is NumPy."""
        run.resolve(backend)
        return functools.partial(_step, self)

    def run(self, x, gradients, *, backend="numpy", **hyperparameters):
        """The trajectory of this rule for given gradients, as `Rule.run` gives it; every backend is NumPy."""
        x, gradients = run.checked_trajectory(self, x, gradients, backend)
        self.refuse_shape("x", x.shape)
        values = self.values(hyperparameters, x.dtype).values()
        states = {name: np.zeros(shape, x.dtype) for name, shape in self.array_states(x.shape).items()}
        path = [x.copy()]
        for t, g in enumerate(gradients, 1):
            x = update(self, x.copy(), g, states, t, values)
            path.append(x)
        return np.array(path)


def update(rule, x, g, states, t, values):
    """One update in place of an array and its states."""
    with np.errstate(all="ignore"):
        new = rule.formula(x.copy(), g.copy(), *map(states.get, rule.shaped_states), float(t), *map(float, values))
    new = new if isinstance(new, tuple) else (new,)
    got, due = [np.shape(a) for a in new], [np.shape(a) for a in (x, *map(states.get, rule.shaped_states))]
    if got != due:
        names = ", ".join(["x", *rule.shaped_states])
        raise FormulaError(f"{rule.name} returned arrays of the shapes {got}, where {names} have {due}. "
                           f"Instead: return {names}, each of the shape it had")
    for name, value in zip(rule.shaped_states, new[1:], strict=True):
        if name in states:
            states[name][...] = value
    x[...] = new[0]
    return x


def _step(rule, X, G, shapes, states, segments, has_gradient, T, table):
    """Update every segment; the arguments are those of a kernel, but for shapes and shaped states."""
    for s, (start, size, _, row, flag, enabled) in enumerate(segments):
        if enabled and has_gradient[flag]:
            x, g = (flat[start : start + size].reshape(shapes[s]) for flat in (X, G))
            update(rule, x, g, states[s], T[s] + 1.0, table[row])
            T[s] += 1.0
