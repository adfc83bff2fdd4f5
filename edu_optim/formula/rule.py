"""`Rule`: a formula, what is declared beside it, and every reading made from it."""

import functools
import numbers
import types
import unicodedata
from dataclasses import dataclass, field, replace

import numpy as np

from . import cache, run, write
from .declared import Declared
from .grammar import FormulaError
from .hoist import hoist
from .read import read
from .reduction import Reduction
from .terms import read_expression


def rule(*, paper, degree, element_states=None, scalar_states=None, reductions=None, **hyperparameters):
    """Declare an update rule beside its formula.

    The decorated function is the formula. Its signature is the declaration, in this order: `x, g`, the element
    states, `t`, the scalar states, the reductions, the hyperparameters; it returns the new x and the new states.

    Parameters
    ----------
    paper : str
        Where the formula is printed: authors, title, equation or algorithm.
    degree : {0, 1, None}
        Degree of homogeneity: gradients times c give a step times c ** degree. None where there is no such degree.
    element_states, scalar_states : dict, optional
        Name to start value: a number, or text with an expression in hyperparameters. An element state is an
        array like x, a scalar state one float64 per parameter.
    reductions : dict, optional
        Name to text with one number about a whole parameter, such as ``"np.sqrt(np.sum(g ** 2))"``, computed
        before the elements are.
    **hyperparameters : Hyper
        Default, symbol and range of each hyperparameter.

    Returns
    -------
    callable
        A decorator that turns the function into a `Rule`.

    Raises
    ------
    FormulaError
        If the formula leaves the grammar, or says something else than the declaration.

    Examples
    --------
    >>> import numpy as np
    >>> from edu_optim.formula import Hyper, rule
    >>> @rule(paper="folklore", degree=0, lr=Hyper(0.1, "eta", "[0, inf)"))
    ... def SignDescent(x, g, t, lr):
    ...     return x - lr * np.sign(g)
    >>> SignDescent.run([1.0, -1.0], [[3.0, -7.0]], lr=0.5)[-1]
    array([ 0.5, -0.5])
    """
    return lambda formula: Rule(
        formula, paper, degree, element_states or {}, scalar_states or {}, reductions or {}, hyperparameters)


@dataclass(eq=False, repr=False)
class Rule(Declared):
    """An update rule, made by the decorator `rule`; it holds no state.

    Attributes
    ----------
    formula : callable
        The author's function, of numbers or arrays.
    paper : str
    degree : {0, 1, None}
    element_states, scalar_states : dict
        Name to start value.
    reductions : dict
        Name to `Reduction`.
    hyperparameters : dict
        Name to `Hyper`, in the order of the signature.
    """

    formula: object
    paper: str
    degree: int | None
    element_states: dict
    scalar_states: dict
    reductions: dict
    hyperparameters: dict
    layout: write.Layout = field(init=False)

    elementwise = True
    dimensions = None
    shaped_states = types.MappingProxyType({})

    def __post_init__(self):
        self._name()
        self._check_declaration()
        self._check_states()
        arrays = ["x", "g", *self.element_states]
        scalars = ["t", *self.scalar_states, *self.reductions, *self.hyperparameters]
        reading = read(self.formula, arrays, signature=[*arrays, *scalars],
                       results=["x", *self.element_states, *self.scalar_states])
        values = dict(zip([*arrays, *scalars], reading.arguments, strict=True))
        self.reductions = {n: Reduction(self.name, n, text, arrays, ["t", *self.hyperparameters])
                           for n, text in self.reductions.items()}
        knowable = {n: values[n] for n in self.hyperparameters}
        starts = [(values[n], read_expression(text, knowable, f"{self.name}, start of {n}"))
                  for n, text in (self.element_states | self.scalar_states).items() if isinstance(text, str)]
        parts = hoist(reading, len(arrays) - 1, starts, values["t"])
        self.layout = write.Layout(
            self.name, [values[n].name for n in arrays], len(self.scalar_states), len(self.reductions),
            [*(values[n].name for n in scalars), *parts.constants], parts, reading.names.used)
        self._kernels = {}

    @functools.cached_property
    def single_scalars(self):
        """The same rule with scalar states rounded to float32, as where a library keeps them in tensors."""
        new = object.__new__(Rule)
        vars(new).update({n: v for n, v in vars(self).items() if n != "numpy"}, _kernels={})
        new.layout = replace(self.layout, single=True)
        return new

    @property
    def label(self):
        return f"{self.name}, scalars in float32" if self.layout.single else self.name

    @property
    def parts(self):
        """The formula, parted into scalars and elements."""
        return self.layout.parts

    @property
    def constants(self):
        """Numbers of the formula that are passed in beside the hyperparameters: name to value."""
        return self.parts.constants

    def array_states(self, shape):
        """{name: shape} of the states that are arrays, for a parameter of this shape."""
        return dict.fromkeys(self.element_states, shape)

    def refuse_shape(self, name, shape):
        """Any shape will do."""

    def _check_states(self):
        for kind in ("element_states", "scalar_states", "reductions"):
            # Python spells names in one way only: a micro sign in a formula is the letter mu
            declared = {unicodedata.normalize("NFKC", n): value for n, value in getattr(self, kind).items()}
            setattr(self, kind, declared)
            for name, value in declared.items():
                number = isinstance(value, numbers.Real) and not isinstance(value, (bool, np.bool_)) and value == value
                if not isinstance(value, str) and not (number and kind != "reductions"):
                    text = "'np.max(np.abs(g))'" if kind == "reductions" else "'lr / 2', or a number"
                    raise FormulaError(f"{self.name}: {kind} has {name!r}: {value!r}. Instead: text such as {text}")

    # the readings

    @functools.cached_property
    def numpy(self):
        """The module with `coefficients` and `body`, which needs no Numba."""
        return cache.in_memory(f"edu_optim_numpy_{self.name}", write.numpy_source(self.layout))

    @property
    def kernel_source(self):
        """str: the text of the generated file, from which the kernel is compiled."""
        return write.kernel_source(self.layout, cache=True)

    def kernel(self, dtype):
        """The compiled kernel for parameters of `dtype`, from the disk where it is kept there."""
        dtype = np.dtype(dtype)
        if dtype not in self._kernels:
            self._kernels[dtype] = cache.kernel(
                self.name, functools.partial(write.kernel_source, self.layout), self._signature(dtype))
        return self._kernels[dtype]

    def _signature(self, dtype):
        from numba import boolean, float64, from_dtype, int64
        from numba.types import Array

        arrays = [Array(from_dtype(dtype), 1, "C")] * len(self.layout.arrays)
        table = Array(float64, 2, "C")
        return (*arrays, Array(int64, 2, "C"), Array(boolean, 1, "C"), Array(float64, 1, "C"), table, table, table)

    def stepper(self, dtype, backend):
        """The function that updates all parameters of one dtype: the kernel, or the same loop in NumPy."""
        return self.kernel(dtype) if run.resolve(backend) == "numba" else functools.partial(run.step, self)

    def run(self, x, gradients, *, backend="numpy", **hyperparameters):
        """The trajectory of this rule for given gradients.

        Parameters
        ----------
        x : array_like
            The start; float32 stays float32, all else becomes float64.
        gradients : array_like, shape (steps, *x.shape)
        backend : {"numpy", "numba", "auto", "formula"}
            Which reading runs; "formula" calls the author's function itself.
        **hyperparameters : float

        Returns
        -------
        ndarray, shape (steps + 1, *x.shape)
            x before the first step and after each.

        Raises
        ------
        TypeError, ValueError
            For a hyperparameter or a value that is not allowed, or gradients of another shape.

        Examples
        --------
        >>> import edu_optim as eo
        >>> eo.RULES["MomentumSGD"].run(1.0, [1.0, -0.5, 0.25, 2.0], lr=0.1).round(6)
        array([1.    , 0.9   , 0.86  , 0.799 , 0.5441])
        """
        return run.trajectory(self, x, gradients, backend, hyperparameters)
