"""Write down, row by row, what the coming step does to one element."""

import operator

import numpy as np

from ..formula.expression import Expression
from ..formula.terms import read_expression
from ..hyperparameters import WEIGHT_DECAY
from ..parameter import Parameter
from . import formula
from .rehearsal import Rehearsal
from .show import Ledger, Row
from .words import exact, filled, number, operand, symbols


def explain(optimizer, name, index=None):
    """See `Optimizer.explain`."""
    optimizer._refuse_in_step("explain")
    optimizer._prepare()
    u = _found(optimizer, name)
    index = _whole_index(u, index)
    seen = Rehearsal(optimizer, u, index)
    rows = [*_before(seen), *_of_rule(u, seen), *_after(seen)]
    return Ledger(u.name, index, u.rule.name, u.t + 1, seen.moved, rows)


def _found(optimizer, name):
    """The update rule of a parameter, or of its name."""
    update_rules = optimizer._members.update_rules
    there = ", ".join(u.name for u in update_rules.values())
    if isinstance(name, Parameter):
        if name in update_rules:
            return update_rules[name]
        raise KeyError(f"the parameter {name.name or 'given'} is none of this optimizer's: it has {there}")
    if not isinstance(name, str):
        raise TypeError(f"explain takes the name of a parameter, or the parameter, not {name!r}: it has {there}")
    found = next((u for u in update_rules.values() if u.name == name), None)
    if found is None:
        raise KeyError(f"no parameter is named {name!r} here: there are {there}")
    return found


def _whole_index(u, index):
    """The index of one element as a tuple, counted from the front."""
    shape, said = u.shape, f"{u.name} has the shape {u.shape}"
    if index is None and u.param.size > 1:
        g = u.param.grad
        largest = (0,) * len(shape) if g is None else np.unravel_index(np.argmax(np.abs(g)), shape)
        which = "the one of the largest gradient" if g is not None else "the first"
        raise ValueError(f"{said}: say which element, for example {which}: "
                         f"explain({u.name!r}, index={_spelled(map(int, largest))})")
    given = (0,) * len(shape) if index is None else index if isinstance(index, tuple) else (index,)
    example = f"such as {_spelled((0,) * len(shape))}"
    try:
        if any(isinstance(k, (bool, np.bool_)) for k in given):
            raise TypeError
        given = tuple(operator.index(k) for k in given)
    except TypeError:
        raise TypeError(f"index = {index!r} is no index of one element: give a whole number for each axis, "
                        f"{example}") from None
    if len(given) != len(shape):
        raise IndexError(f"{said}, and index = {index!r} has not a number for each axis: give one {example}")
    for axis, (k, size) in enumerate(zip(given, shape, strict=True)):
        if not -size <= k < size:
            raise IndexError(f"index = {index!r} lies outside: {said}, so number {axis} of it goes from 0 to "
                             f"{size - 1}, or back from -1 to {-size}")
    return tuple(k % size for k, size in zip(given, shape, strict=True))


def _spelled(index):
    """An index as one writes it."""
    index = tuple(index)
    return str(index[0]) if len(index) == 1 else str(index)


def _before(seen):
    """What happens to the gradient before the rule's turn."""
    first = seen.moments[0].element["g"]
    left = "as it is before the step" if first is not None else "there is none: backward() did not reach it"
    rows = [Row("gradient", "g", after=first, note=left)]
    for before, now in _pairs(seen):
        if now.stage.kind == "rule":
            break
        rows += _stage(seen, before, now)
    return rows


def _after(seen):
    """What happens after the rule's turn, and what the step leaves."""
    rows, turn = [], False
    for before, now in _pairs(seen):
        rows += _stage(seen, before, now) if turn else []
        turn = turn or now.stage.kind == "rule"
    first, last = seen.moments[0].element, seen.moments[-1].element
    for name in (n for n in first if n not in ("x", "g")):
        note = "" if last[name] is not None else "has no number for each element"
        rows.append(Row("new value", name, "", "", first[name], last[name], note))
    t = seen.u.t
    rows.append(Row("new value", "t", "", "", t, t + seen.moved, "counts updates"))
    return [*rows, Row("new value", "x", "", "", first["x"], last["x"])]


def _pairs(seen):
    return zip(seen.moments, seen.moments[1:], strict=False)


def _stage(seen, before, now):
    """The rows of one stage: what it changes, and a word where it concerns the parameter and changes nothing."""
    kind, old, new = now.stage.kind, before.element, now.element
    changed = [name for name in new if not _same(old[name], new[name])]
    if not changed and (now.stage.update_rule not in (None, seen.u) or old["g"] is None):
        return []
    if kind == "missing gradient":
        return [Row(kind, "g", "0", "", old["g"], new["g"], "missing_grad='zero'")]
    if kind == "maximize":
        return [Row(kind, "g", "-g", f"-{operand(old['g'])}", old["g"], new["g"], "maximize=True: the way is up")]
    if kind == "decay":
        note = f"weight_decay {seen.origins[WEIGHT_DECAY][1]}"
        return [_acted(kind, "g", "g + weight_decay * x", {"weight_decay": seen.decay}, old, new, note)]
    return _hook(kind, now.said, changed, old, new)


def _hook(kind, said, changed, old, new):
    what = said.what or ("g" if kind == "hook" else "x")
    rows = []
    if what in changed or not changed:
        note = "" if changed else "changes nothing here"
        values = {**(said.values or {}), "noise": (new["g"] or 0.0) - (old["g"] or 0.0)}
        notes = "; ".join(filter(None, (said.title, said.note or note)))
        rows.append(_acted(kind, what, said.formula, values, old, new, notes))
    rows += [Row(kind, name, "", "", old[name], new[name], said.title) for name in changed if name != what]
    return rows


def _acted(kind, what, text, values, old, new, note):
    """A row whose formula is given as text."""
    if not text:
        return Row(kind, what, "", "", old[what], new[what], note)
    values = {**values, "x": old["x"], "g": old["g"]}
    e = read_expression(text, {name: Expression("name", (name,), scalar=False) for name in values}, kind)
    return Row(kind, what, symbols(e), filled(e, values), old[what], new[what], note)


def _same(a, b):
    """Whether two numbers, or None, have the same bits."""
    return a is b or (a is not None and b is not None and np.float64(a).tobytes() == np.float64(b).tobytes())


def _of_rule(u, seen):
    """What the rule is told, what it computes, and how far that goes."""
    if not seen.moved:
        return [Row("rule", "", note=f"{u.rule.name} leaves {u.name} alone: {_why(seen)}")]
    turn = next(k for k, moment in enumerate(seen.moments) if moment.stage.kind == "rule")
    before, after = seen.moments[turn - 1].element, seen.moments[turn].element
    rows = []
    for name, value in zip(u.rule.hyperparameters, seen.table, strict=False):
        text, note = seen.origins[name]
        rows.append(Row("hyperparameter", name, "", text, None, float(value), note))
    rows.append(Row("count", "t", "", "", u.t, u.t + 1, "counts this update too"))
    rows += formula.rows(formula.Given(u.rule, u.name, u.param.size, u.dtype, u.t + 1, before, after,
                                       seen.reductions, seen.table))
    step, g = after["x"] - before["x"], before["g"]
    new, old = exact(after["x"], u.dtype), exact(before["x"], u.dtype)
    rows.append(Row("step", "step", "new x - old x", f"{new.strip('()')} - {old}", None, step))
    if g == 0:
        return [*rows, Row("effective rate", "rate", note="there is none, since g is 0")]
    return [*rows, Row("effective rate", "rate", "|step| / |g|", f"{number(abs(step))} / {number(abs(g))}", None,
                       abs(step) / abs(g), "g as the rule got it")]


def _why(seen):
    if not seen.enabled:
        return "it is switched off; update_rule.enabled = True, or enable_update() of its link, switches it on"
    if seen.moments[0].element["g"] is None:
        return ("it has no gradient, and missing_grad='skip'; call backward() of a loss that depends on it, or make "
                "the optimizer with missing_grad='zero'")
    return "a hook took its gradient away, and missing_grad='skip'"
