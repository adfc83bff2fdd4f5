"""The loop that walks a quarter of a million starts at once, generated from the formulas of rule and surface.

Blocks of 64 starts stand in the inner loop, where the compiler computes several at a time, and the steps in the loop
around it, so that positions and states of a block stay in the fastest cache; blocks go to the cores there are.
"""

import functools

import numpy as np

from ..formula import cache, read, write
from ..formula.expression import Expression, elementwise
from ..formula.hoist import hoist

BLOCK = 64  # starts; positions and states of most rules then fit into the fastest cache

_HEADER = '''"""Starts on {surface}, walked by {rule}: written by edu_optim from the formulas of both.

`value`, `gradient` and `update` are those formulas for one point or one coordinate; what is the same for all starts
is passed in. `kernel` walks all starts, and notes after how many updates each was last above the ceiling.
"""

import numpy as np
from numba import njit, prange
'''


class Surface:
    """The formulas of a problem, parted into numbers and elements; made by `surface`."""

    def __init__(self, name, formulas, constants):
        self.name = name
        self.value, self.gradient = (_layout(formula, constants) for formula in formulas)
        self._value, self._gradient = (
            cache.in_memory(f"edu_optim_{which}_{name}", write.numpy_source(layout))
            for which, layout in (("value", self.value), ("gradient", self.gradient)))

    def numbers(self, constants):
        """What the value needs to know beside x and y, and what the gradient does, in float64."""
        return [module.coefficients(*map(np.float64, [*constants.values(), *layout.parts.constants.values()]))
                for module, layout in ((self._value, self.value), (self._gradient, self.gradient))]

    def arrays(self, constants):
        """The value and the gradient as functions of arrays, in the arrays' dtype float32."""
        value, gradient = ([n if isinstance(n, (bool, np.bool_)) else np.float32(n) for n in numbers]
                           for numbers in self.numbers(constants))
        return lambda x, y: self._value.body(x, y, *value)[0], lambda x, y: self._gradient.body(x, y, *gradient)


@functools.lru_cache(32)
def _surface(name, formulas, constants):
    return Surface(name, formulas, constants)


def surface(problem):
    """The `Surface` of a problem, whatever its constants are."""
    return _surface(problem.name, (problem.value_formula, problem.gradient_formula), tuple(problem.constants))


def _layout(formula, constants):
    reading = read(formula, ["x", "y"], signature=["x", "y", *constants])
    parts = hoist(reading, len(reading.results), [], Expression("number", (1.0,)))
    scalars = [*(argument.name for argument in reading.arguments[2:]), *parts.constants]
    return write.Layout(formula.__name__, ["x", "y"], 0, 0, scalars, parts, reading.names.used)


def text(surface, rule, keep=True):
    """The generated file; `keep` says whether Numba may keep the compiled kernel beside it."""
    layouts = {"value": surface.value, "gradient": surface.gradient, "update": rule.layout}
    numbers = {name: [f"{name}_{k}" for k in range(len(layout.parts.coefficients))] for name, layout in layouts.items()}
    states = {axis: [f"{axis}_state_{k}" for k in range(len(rule.element_states))] for axis in "xy"}
    rows = ["x", "y", "noted", *states["x"], *states["y"]]

    def call(name, *arguments):
        return f"{name}({', '.join([*arguments, *numbers[name]])})"

    def step(axis):
        moved = [f"{row}[i]" for row in (axis, *states[axis])]
        return f"{', '.join(moved)} = " + call("update", moved[0], "d" + axis, *moved[1:])

    height = call("value", "x[i]", "y[i]")
    of_surface = _unpacked("N[{}]", [*numbers["value"], *numbers["gradient"]], surface.value, surface.gradient)
    lines = [
        "", "", f'@njit(cache={keep}, parallel=True, error_model="numpy")',
        "def kernel(X, Y, height, noted_at, C, N, starts, ceiling):",
        *_indented(1, of_surface),
        f"    for block in prange(X.size // {BLOCK}):",
        f"        lo, hi = block * {BLOCK}, (block + 1) * {BLOCK}",
        # one array, for of several the compiler would have to prove that they do not overlap
        f"        rows = np.empty(({len(rows)}, {BLOCK}), np.float32)",
        *_indented(2, [f"{row} = rows[{k}]" for k, row in enumerate(rows)]),
        "        x[:], y[:], noted[:] = X[lo:hi], Y[lo:hi], np.float32(-1)",
        *_indented(2, [f"{state}[:] = starts[{k}]" for axis in "xy" for k, state in enumerate(states[axis])]),
        "        for t in range(C.shape[0]):",
        *_indented(3, _unpacked("C[t, {}]", numbers["update"], rule.layout)),
        "            now = np.float32(t)",
        f"            for i in range({BLOCK}):",
        f"                noted[i] = noted[i] if {height} < ceiling else now",
        f"                dx, dy = {call('gradient', 'x[i]', 'y[i]')}",
        f"                {step('x')}",
        f"                {step('y')}",
        f"        for i in range({BLOCK}):",
        f"            last = {height}",
        "            X[lo + i], Y[lo + i], height[lo + i] = x[i], y[i], last",
        "            noted_at[lo + i] = np.int32(noted[i]) if last < ceiling else np.int32(C.shape[0])",
    ]
    functions = [line for name, layout in layouts.items() for line in _function(name, layout)]
    return "\n".join([_HEADER.format(surface=surface.name, rule=rule.name), *functions, *lines, ""])


def _function(name, layout):
    results = ", ".join(map(elementwise, layout.parts.results))
    return [
        "", '@njit(error_model="numpy")',
        f"def {name}({', '.join([*layout.arrays, *layout.parts.coefficients])}):",
        *_indented(1, [f"{n} = {elementwise(e)}" for n, e in layout.parts.elements]),
        f"    return {results}", ""]


def _unpacked(place, names, *layouts):
    """Lines that take numbers from where they are passed in; those that are true or false come as 1 or 0."""
    truths = [e.truth for layout in layouts for e in layout.parts.coefficients.values()]
    return [f"{name} = {place.format(k)}{' != 0' * truth}"
            for k, (name, truth) in enumerate(zip(names, truths, strict=True))]


def _indented(levels, lines):
    return [" " * 4 * levels + line for line in lines]


@functools.lru_cache(32)
def kernel(surface, rule):
    """The compiled loop for a `Surface` and a `Rule`, from the disk where it is kept there."""
    from numba import float32, int32
    from numba.types import Array

    line, table = Array(float32, 1, "C"), Array(float32, 2, "C")
    signature = (line, line, line, Array(int32, 1, "C"), table, line, line, float32)
    return cache.kernel(f"starts_{surface.name}_{rule.name}", functools.partial(text, surface, rule), signature)
