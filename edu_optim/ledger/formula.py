"""A rule's formula for one element, line by line, with numbers put in."""

import functools
import re
from typing import NamedTuple

import numpy as np

from ..card import formula_lines
from ..formula import read
from ..formula.expression import arraywise, elementwise
from .show import Row
from .words import computed, filled, plain, symbols


class Given(NamedTuple):
    """What a rule is given for one element, and what it makes of it.

    Attributes
    ----------
    rule : Rule or MatrixRule
    name, size : str, int
        Of the parameter.
    dtype : dtype
    t : int
        The count, this update included.
    before, after : dict
        "x", "g" and the states by name: of this element, or of the whole parameter where a state is one number.
    reductions, table : ndarray of float64
        The rule's reductions; its hyperparameters and constants.
    """

    rule: object
    name: str
    size: int
    dtype: object
    t: int
    before: dict
    after: dict
    reductions: np.ndarray
    table: np.ndarray


def rows(given):
    """The rows of what a rule computes."""
    return _of_element(given) if given.rule.elementwise else _of_whole(given)


def _of_whole(given):
    """A rule of whole parameters has no lines for one element: what it has is shown, without numbers."""
    note = f"all {given.size} elements of {given.name} together: no numbers can be put in for one alone"
    return [Row("formula", "", line, note=note if k == 0 else "")
            for k, line in enumerate(formula_lines(given.rule))]


def _of_element(given):
    rule, values = given.rule, _values(given)
    reading, spelled = _reading(rule)
    rows = [Row("start", n, symbols(e), filled(e, values), None, computed(e, values),
                f"what {n} is before the first update") for n, e in _starts(rule) if given.t == 1]
    rows += [Row("reduction", n, r.text.replace("np.", ""), note=f"over all {given.size} elements of {given.name}",
                 after=float(value)) for (n, r), value in zip(rule.reductions.items(), given.reductions, strict=True)]
    coefficients, lines = {}, []
    for name, e, value in _lines(given, reading, spelled, values):
        text = symbols(e, spelled)
        if e.scalar:
            coefficients[name, text] = Row("coefficient", name, text, filled(e, values), None, value)
            continue
        for part in _scalar_parts(e):
            about = symbols(part, spelled), filled(part, values)
            coefficients.setdefault(about, Row("coefficient", about[0], "", about[1], None, computed(part, values)))
        lines.append(Row("formula", name, text, filled(e, values, scalars_whole=True), None, value))
    return [*rows, *coefficients.values(), *lines]


@functools.cache
def _reading(rule):
    """The formula as its author wrote it, and the author's spelling of each name in it."""
    own = set(rule.formula.__code__.co_varnames)

    def spelled(name):  # a name that is used again has a number behind it
        return name if name in own else re.sub(r"_\d+$", "", name)

    return read(rule.formula, ["x", "g", *rule.element_states]), spelled


def _wanted(rule):
    return ["x", *rule.element_states, *rule.scalar_states]


def _starts(rule):
    """(state, expression) where a state starts with one."""
    scalars = {n: e.args[1] for n, e in rule.parts.scalars if n in rule.scalar_states and e.op == "where"}
    texts = rule.element_states | rule.scalar_states
    return [(n, e) for n, e in (scalars | rule.parts.starts).items() if isinstance(texts.get(n), str)]


def _lines(given, reading, spelled, values):
    """(the author's name, expression, value) of each line, and of each result that has no line of its own."""
    for name, e in reading.statements:
        yield spelled(name.name), e, plain(values[name.name])
    for want, e in zip(_wanted(given.rule), reading.results, strict=True):
        if e.op != "name" or spelled(e.name) != want:
            yield want, e, given.after[want]


def _values(given):
    """What every name of the formula stands for: one number in float64, or an element in the parameter's dtype."""
    rule, layout, parts = given.rule, given.rule.layout, given.rule.parts
    scalar_states = [given.before[n] for n in rule.scalar_states]
    inputs = [np.float64(v) for v in (given.t, *scalar_states, *given.reductions, *given.table)]
    with np.errstate(all="ignore"):
        numbers = dict(zip(layout.scalars, inputs, strict=True))
        for name, e in parts.scalars:
            numbers[name] = eval(elementwise(e), {"np": np}, numbers)
        # what the rule itself computes, with whatever rounding it does
        known = dict(zip(parts.coefficients, rule.numpy.coefficients(*inputs), strict=False))
        element = {n: v if parts.coefficients[n].truth else given.dtype.type(v) for n, v in known.items()}
        for name, state in zip(layout.arrays, ["x", "g", *rule.element_states], strict=True):
            element[name] = np.array([given.before[state]], given.dtype)
        if given.t == 1:
            element |= {n: np.array([computed(e, numbers)], given.dtype) for n, e in parts.starts.items()}
        for name, e in parts.elements:
            element[name] = eval(arraywise(e), {"np": np}, element)
    values = element | numbers | known
    reading, _ = _reading(rule)
    for want, result in zip(_wanted(rule), reading.results, strict=True):
        if result.op == "name" and result not in reading.arguments:
            values[result.name] = given.after[want]  # the kernel's, whose exp and log end in other bits
    return values


def _scalar_parts(e):
    """The largest parts of an element's expression that are the same for every element, names and numbers aside."""
    if e.scalar:
        return [] if e.atomic else [e]
    return [part for a in e.args for part in ([] if isinstance(a, (str, int, float)) else _scalar_parts(a))]
