"""Surfaces over the plane, on which a rule can be watched.

Values and gradients are plain functions in the grammar of formulas, so a compiled loop over a million
starting points can be generated from the very text that is read here.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np

from .descent import Descent, descend, noise

__all__ = [
    "Descent", "Problem", "beale", "bowl", "descend", "himmelblau", "noise", "problem", "rosenbrock", "saddle",
    "turned", "valley",
]

Point = tuple[float, float]


@dataclass(frozen=True)
class Problem:
    """A surface f(x, y) with its gradient, and what is known about it.

    Parameters
    ----------
    name : str
    value_formula, gradient_formula : callable
        Plain functions of x, y and the named constants: the value, and the pair (df/dx, df/dy).
    constants : dict of str to float
    domain : ((float, float), (float, float))
        The part of the plane worth drawing: ends in x, ends in y.
    source : str
        Where the surface was published.
    where : callable
        From the constants to the pair (start, minima): they may move when a constant changes.

    Examples
    --------
    >>> from edu_optim import problems
    >>> float(problems.rosenbrock(0.0, 0.0))
    1.0
    >>> problems.rosenbrock.gradient(0.0, 0.0)
    array([-2.,  0.])
    >>> problems.valley.at(kappa=10)
    Problem valley(kappa=10, cos=1, sin=0)
    """

    name: str
    value_formula: Callable
    gradient_formula: Callable
    constants: dict[str, float]
    domain: tuple[Point, Point]
    source: str
    where: Callable = field(repr=False)

    def __call__(self, x, y):
        """Return f(x, y), float64; x and y broadcast."""
        return self.value_formula(*_floats(x, y), **self.constants)

    def gradient(self, x, y):
        """Return the gradient, float64 of shape (2, ...): df/dx first; x and y broadcast."""
        return np.stack(np.broadcast_arrays(*self.gradient_formula(*_floats(x, y), **self.constants)))

    @property
    def start(self):
        """Where every picture of this problem begins."""
        return self.where(**self.constants)[0]

    @property
    def minima(self):
        """The points where the value is smallest."""
        return self.where(**self.constants)[1]

    @property
    def lowest(self):
        """The value at the minima."""
        return min(float(self(*point)) for point in self.minima)

    def at(self, **constants):
        """Return the same problem with other constants.

        Raises
        ------
        ValueError
            For a name the problem does not have, or a value that is not a finite number.
        """
        for name, value in constants.items():
            if name not in self.constants:
                known = ", ".join(self.constants) or "none"
                raise ValueError(f"{self.name} has no constant {name!r}; it has: {known}.")
            if isinstance(value, str) or not np.isscalar(value) or not math.isfinite(value):
                raise ValueError(f"{self.name}: {name}={value!r} is not a finite number; write {name}=2.0, say.")
        return replace(self, constants={**self.constants, **{k: float(v) for k, v in constants.items()}})

    def __repr__(self):
        return f"Problem {self.name}({', '.join(f'{k}={v:g}' for k, v in self.constants.items())})"


def _floats(x, y):
    return np.asarray(x, np.float64), np.asarray(y, np.float64)


def problem(gradient, domain, source, where, **constants):
    """Make a `Problem` of the decorated value function, which lends it its name and docstring."""

    def make(value):
        made = Problem(value.__name__, value, gradient, constants, domain, source, where)
        object.__setattr__(made, "__doc__", value.__doc__)
        return made

    return make


# The bowl and the valley share one window, so that their pictures can be laid side by side.
_WINDOW = ((-1.6, 1.6), (-1.6, 1.6))


def _bowl_gradient(x, y, curvature):
    return curvature * x, curvature * y


@problem(
    _bowl_gradient,
    domain=_WINDOW,
    source="the noisy quadratic; variance of the last ball as in Mandt, Hoffman and Blei, JMLR 18 (2017)",
    where=lambda curvature: ((1.0, 1.0), ((0.0, 0.0),)),
    curvature=1.0,
)
def bowl(x, y, curvature):
    """A round bowl; with noisy gradients every coordinate ends in a ball of variance lr s^2 / (c (2 - lr c))."""
    return 0.5 * curvature * (x**2 + y**2)


def _valley_gradient(x, y, kappa, cos, sin):
    along = cos * x + sin * y
    across = kappa * (cos * y - sin * x)
    return cos * along - sin * across, sin * along + cos * across


@problem(
    _valley_gradient,
    domain=_WINDOW,
    source="the model of Polyak, USSR Computational Mathematics and Mathematical Physics 4 (1964)",
    where=lambda kappa, cos, sin: ((cos - sin, sin + cos), ((0.0, 0.0),)),
    kappa=100.0,
    cos=1.0,
    sin=0.0,
)
def valley(x, y, kappa, cos, sin):
    """A straight valley of condition kappa: curvature 1 along it and L = kappa across it.

    With kappa = 100 rates are stable below 2/L = .02. From its start, one unit up both axes, plain descent reaches a
    loss of 1e-6 after 653 steps at lr .01 and 440 at .0198, which is 2/(L + 1), best for a walk without end; the
    fewest from here are 331, near .0196, where the steep direction has died down in time. `turned` turns the
    page, start included.
    """
    along = cos * x + sin * y
    across = cos * y - sin * x
    return 0.5 * along**2 + 0.5 * kappa * across**2


def turned(degrees, kappa=100.0):
    """Return the valley with its page, start included, turned counter-clockwise.

    Plain descent and momentum do not notice; a rule with a rate per coordinate does.

    Examples
    --------
    >>> from edu_optim import problems
    >>> [round(c, 3) for c in problems.turned(45).start]
    [0.0, 1.414]
    """
    angle = math.radians(degrees)
    return valley.at(kappa=kappa, cos=math.cos(angle), sin=math.sin(angle))


def _rosenbrock_gradient(x, y, a, b):
    bend = y - x**2
    return -2.0 * (a - x) - 4.0 * b * x * bend, 2.0 * b * bend


@problem(
    _rosenbrock_gradient,
    domain=((-2.0, 2.0), (-1.0, 3.0)),
    source="Rosenbrock, The Computer Journal 3 (1960)",
    where=lambda a, b: ((-1.2, 1.0), ((a, a * a),)),
    a=1.0,
    b=100.0,
)
def rosenbrock(x, y, a, b):
    """A bent valley: reaching its floor is quick, following it to the minimum is not."""
    return (a - x) ** 2 + b * (y - x**2) ** 2


def _beale_gradient(x, y):
    one = 1.5 - x + x * y
    two = 2.25 - x + x * y**2
    three = 2.625 - x + x * y * y**2
    dx = 2.0 * one * (y - 1.0) + 2.0 * two * (y**2 - 1.0) + 2.0 * three * (y * y**2 - 1.0)
    dy = 2.0 * one * x + 4.0 * two * x * y + 6.0 * three * x * y**2
    return dx, dy


@problem(
    _beale_gradient,
    domain=((-4.5, 4.5), (-4.5, 4.5)),
    source="Beale, Technical Report 25, Statistical Techniques Research Group, Princeton (1958)",
    where=lambda: ((1.0, 1.0), ((3.0, 0.5),)),
)
def beale(x, y):
    """A flat plain between steep walls: gradients differ by a factor of a million within the window."""
    return (1.5 - x + x * y) ** 2 + (2.25 - x + x * y**2) ** 2 + (2.625 - x + x * y * y**2) ** 2


def _himmelblau_gradient(x, y):
    one = x**2 + y - 11.0
    two = x + y**2 - 7.0
    return 4.0 * x * one + 2.0 * two, 2.0 * one + 4.0 * y * two


@problem(
    _himmelblau_gradient,
    domain=((-5.0, 5.0), (-5.0, 5.0)),
    source="Himmelblau, Applied Nonlinear Programming, McGraw-Hill (1972)",
    where=lambda: (
        (0.0, 0.0),
        (
            (3.0, 2.0),
            (-2.805118086952745, 3.131312518250573),
            (-3.779310253377747, -3.2831859912861696),
            (3.5844283403304917, -1.8481265269644036),
        ),
    ),
)
def himmelblau(x, y):
    """Four minima, all of value 0: which one is found depends on the start, the rule and the rate."""
    return (x**2 + y - 11.0) ** 2 + (x + y**2 - 7.0) ** 2


def _saddle_gradient(x, y):
    return x, y * y**2 - y


@problem(
    _saddle_gradient,
    domain=_WINDOW,
    source="Nesterov, Introductory Lectures on Convex Optimization (2004), example 1.2.2",
    where=lambda: ((1.0, 0.01), ((0.0, 1.0), (0.0, -1.0))),
)
def saddle(x, y):
    """A saddle at the origin between two minima; the start lies almost on the ridge that leads into it."""
    return 0.5 * x**2 + 0.25 * (y**2) ** 2 - 0.5 * y**2
