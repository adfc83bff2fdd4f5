"""Print the file of a rule: `coefficients`, `body` and `kernel`, three pieces made from one tree."""

import textwrap
from dataclasses import dataclass, replace

from .expression import Expression, arraywise, elementwise
from .hoist import Parts
from .read import Names

HEADER = '''"""{name}, written by edu_optim from the formula of the rule, which is the place to change it.

`coefficients`: the numbers that are the same for every element, in float64. `body`: one update on whole
arrays. `kernel`: the same update in one loop, for all parameters in one call.
"""
'''
SEGMENT = ("start", "size", "at", "row", "flag", "enabled")  # the columns of a table of segments
WIDTH = 100


@dataclass
class Layout:
    """Which name stands at which place in the generated pieces."""

    name: str  # of the rule
    arrays: list  # x, g and the element states
    scalar_states: int
    reductions: int
    scalars: list  # t, the scalar states, the reductions, the hyperparameters, the constants
    parts: Parts
    used: set  # names that are taken
    single: bool = False  # whether scalar states are rounded to float32, as libraries that keep them in tensors do


def numpy_source(layout):
    """The two pieces that need no Numba."""
    lines = [HEADER.format(name=layout.name), "import numpy as np", *_coefficients(layout), *_body(layout), ""]
    return "\n".join(lines)


def kernel_source(layout, cache):
    """The whole file. `cache` says whether Numba may keep the compiled kernel beside it."""
    lines = [HEADER.format(name=layout.name), "import numpy as np", "from numba import njit",
             *_coefficients(layout), *_body(layout), *_kernel(layout, cache), ""]
    return "\n".join(lines)


def _coefficients(layout):
    parts = layout.parts
    named = [(n, e) for n, e in parts.coefficients.items() if n != e.name]
    states = layout.scalars[1 : 1 + layout.scalar_states]
    rounded = {*states, *map(elementwise, parts.scalar_results)} if layout.single else ()
    returned = [*parts.coefficients, *map(elementwise, [*parts.scalar_results, *parts.starts.values()])]
    lines = ["", "", *_call("def coefficients", layout.scalars, ":")]
    if parts.constants:
        known = ", ".join(f"{n} = {value!r}" for n, value in parts.constants.items())
        lines += _wrapped(f"    # {known}: passed in, for the compiler would rewrite powers of known numbers", "    # ")
    for n, e in [*parts.scalars, *named]:
        lines.append(f"    {n} = {_single(e, states) if n in rounded else elementwise(e)}")
    return [*lines, *_call("    return ", _listed(returned))]


def _single(e, states):
    """The expression rounded to float32; so is what it combines with the state itself, as float32 tensors do."""
    if e.op in ("+", "-", "*", "/") and any(a in states for a in map(elementwise, e.args)):
        e = replace(e, args=tuple(Expression("name", (_single(a, ()),)) for a in e.args))
    return f"np.float64(np.float32({elementwise(e)}))"


def _body(layout):
    parts = layout.parts
    lines = ["", "", *_call("def body", [*layout.arrays, *parts.coefficients], ":")]
    lines += [f"    {n} = {arraywise(e)}" for n, e in parts.elements]
    return [*lines, *_call("    return ", _listed(map(arraywise, parts.results)))]


def _listed(items):
    """The items of a tuple; of one alone a comma must follow."""
    items = list(items)
    return [items[0] + ","] if len(items) == 1 else items


def _kernel(layout, cache):
    parts, fresh = layout.parts, Names(set(layout.used)).fresh
    arrays = [fresh(_upper(a)) for a in layout.arrays]
    slices = dict(zip(layout.arrays, [fresh(a + "s") for a in layout.arrays], strict=True))
    segments, has_gradient, T, S, R, table = map(fresh, ("segments", "has_gradient", "T", "S", "R", "table"))
    s, C, i, number = map(fresh, ("s", "C", "i", "number"))
    start, size, at, row, flag, enabled = columns = [fresh(c) for c in SEGMENT]
    first = 1 + layout.scalar_states + layout.reductions  # of the numbers that come from the table
    inputs = [f"{T}[{s}]", *(f"{S}[{s}, {k}]" for k in range(layout.scalar_states)),
              *(f"{R}[{s}, {k}]" for k in range(layout.reductions)),
              *(f"{table}[{row}, {k}]" for k in range(len(layout.scalars) - first))]
    known = len(parts.coefficients)
    step = [f"{column} = {segments}[{s}, {k}]" for k, column in enumerate(columns)]
    step += [f"if not ({enabled} and {has_gradient}[{flag}]):", "    continue", f"{T}[{s}] += 1.0"]
    step += _call(f"{C} = scalars", inputs)
    for k, (c, e) in enumerate(parts.coefficients.items()):
        step.append(f"{c} = {C}[{k}]" if e.truth else f"{c} = {number}({C}[{k}])")
    step += [f"{S}[{s}, {k}] = {C}[{known + k}]" for k in range(layout.scalar_states)]
    for k, (array, part) in enumerate(zip(arrays, slices.values(), strict=True)):
        begin = start if k < 2 else at  # x and g lie in the parameters' storage, states in the optimizer's
        step.append(f"{part} = {array}[{begin}:{begin} + {size}]")
    for k, state in enumerate(parts.starts, known + layout.scalar_states):
        step += [f"if {T}[{s}] == 1.0:", f"    {slices[state]}[:] = {number}({C}[{k}])"]
    element = [f"{a} = {part}[{i}]" for a, part in slices.items()]
    element += [f"{n} = {elementwise(e)}" for n, e in parts.elements]
    moved = [part for k, part in enumerate(slices.values()) if k != 1]
    element += [f"{part}[{i}] = {elementwise(e)}" for part, e in zip(moved, parts.results, strict=True)]
    return [
        "", "", 'scalars = njit(error_model="numpy")(coefficients)',
        "", "", f'@njit(cache={cache}, error_model="numpy")',
        *_call("def kernel", [*arrays, segments, has_gradient, T, S, R, table], ":"),
        f"    {number} = {arrays[0]}.dtype.type",
        f"    for {s} in range({segments}.shape[0]):",
        *_indented(2, step),
        f"        for {i} in range({next(iter(slices.values()))}.size):",
        *_indented(3, element),
    ]


def _upper(name):
    return name.upper() if name.upper().isidentifier() else name  # not every letter has a capital


def _indented(levels, lines):
    return [" " * 4 * levels + line for line in lines]


def _call(start, arguments, end=""):
    """A call or a def, on several lines where one would be too long."""
    line = f"{start}({', '.join(arguments)}){end}"
    if len(line) <= WIDTH:
        return [line]
    indent = " " * (len(start) - len(start.lstrip()))
    kept_together = ", ".join(argument.replace(" ", "\0") for argument in arguments)
    lines = _wrapped(f"{indent}    {kept_together.removesuffix(',')},", indent + "    ")
    return [f"{start}(", *(line.replace("\0", " ") for line in lines), f"{indent}){end}"]


def _wrapped(text, indent):
    return textwrap.wrap(text, WIDTH, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)
