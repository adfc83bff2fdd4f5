"""What is put to the test: shapes, steppers, and rules made up for measuring."""

import numpy as np

import edu_optim as eo

from ..formula import Hyper, rule

SHAPES = {
    "four tiny tensors": [(4, 4), (4,), (2, 4), (2,)],
    "784-100-10": [(100, 784), (100,), (10, 100), (10,)],
    "100 tensors, 208,000 numbers": [(64, 64), (64,)] * 50,
}


# Loops that only move what a rule with so many states moves: read all, write all but the gradient.
@rule(paper="none", degree=1, lr=Hyper(1, "", "[0, inf)"))
def Move0(x, g, t, lr):
    return x + g


@rule(paper="none", degree=1, element_states={"a": 0}, lr=Hyper(1, "", "[0, inf)"))
def Move1(x, g, a, t, lr):
    return x + g, a + g


@rule(paper="none", degree=1, element_states={"a": 0, "b": 0}, lr=Hyper(1, "", "[0, inf)"))
def Move2(x, g, a, b, t, lr):
    return x + g, a + g, b + g


@rule(paper="none", degree=1, element_states={"a": 0, "b": 0, "c": 0}, lr=Hyper(1, "", "[0, inf)"))
def Move3(x, g, a, b, c, t, lr):
    return x + g, a + g, b + g, c + g


@rule(paper="none", degree=1, element_states={"a": 0, "b": 0, "c": 0, "d": 0}, lr=Hyper(1, "", "[0, inf)"))
def Move4(x, g, a, b, c, d, t, lr):
    return x + g, a + g, b + g, c + g, d + g


MOVERS = (Move0, Move1, Move2, Move3, Move4)


def function_rules():
    """One made-up rule for every function and operator a formula may use."""

    def made(formula):
        return rule(paper="none", degree=None, lr=Hyper(0.5, "", "[0, inf)"))(formula)

    @made
    def plus(x, g, t, lr):
        return x + g

    @made
    def times(x, g, t, lr):
        return x * g

    @made
    def over(x, g, t, lr):
        return x / g

    @made
    def minus(x, g, t, lr):
        return -g

    @made
    def square(x, g, t, lr):
        return g**2

    @made
    def root(x, g, t, lr):
        return np.abs(g) ** 0.5

    @made
    def power(x, g, t, lr):
        return x + lr**t * g

    @made
    def sqrt(x, g, t, lr):
        return np.sqrt(np.abs(g))

    @made
    def absolute(x, g, t, lr):
        return np.abs(g)

    @made
    def sign(x, g, t, lr):
        return np.sign(g)

    @made
    def where(x, g, t, lr):
        return np.where(g > x, g, lr)

    @made
    def both(x, g, t, lr):
        return np.where((g > x) & ~(g < lr) | (x == 0), g, lr)

    @made
    def where_t(x, g, t, lr):
        return np.where(t == 1, g, x)

    @made
    def minimum(x, g, t, lr):
        return np.minimum(g, lr)

    @made
    def maximum(x, g, t, lr):
        return np.maximum(g, lr)

    @made
    def clip(x, g, t, lr):
        return np.clip(g, -lr, lr)

    @made
    def exp(x, g, t, lr):
        return np.exp(g)

    @made
    def log(x, g, t, lr):
        return np.log(np.abs(g))

    @made
    def tanh(x, g, t, lr):
        return np.tanh(g)

    return [r for r in locals().values() if isinstance(r, type(Move0))]


def stepper(update_rule, shapes, seed=0):
    """The step function of an optimizer over float32 parameters of the given shapes, gradients in place."""
    rng = np.random.default_rng(seed)
    params = [eo.Parameter(rng.normal(size=shape).astype(np.float32)) for shape in shapes]
    optimizer = update_rule.optimizer(params)
    for p in params:
        p.grad = rng.normal(size=p.shape).astype(np.float32)
    optimizer.step()
    return optimizer.step


def two_schedules(optimizer):
    """The step function of two schedules that act one after the other."""
    stairs, fall = eo.schedules.StepLR(optimizer, step_size=3, gamma=0.5), eo.schedules.ExponentialLR(optimizer, 0.9)
    stairs._watch = fall._watch = None  # the optimizer is not to step

    def step():
        stairs.step()
        fall.step()

    return step
