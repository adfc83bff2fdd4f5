"""The order of a step that is more than its kernels: what happens to gradients before, and to parameters after.

Gradients that are missing become zeros where that was asked for, and are turned round where the way is up; then
come the optimizer's hooks; each parameter's hooks and its decay; one kernel call per rule and storage; each
parameter's hooks for after the rule; the optimizer's.
"""

import contextlib
from typing import NamedTuple

import numpy as np

from .hook_list import HookError
from .hooks import Hook
from .segments import ENABLED


class Stage(NamedTuple):
    """Something that has just happened: of what kind, what it is called, and to which parameter, if to one alone."""

    kind: str  # "missing gradient", "maximize", "hook", "decay", "rule", "post hook"
    name: str
    update_rule: object = None


class Alone:
    """An optimizer of one parameter, for a hook that wants to see all parameters at once."""

    def __init__(self, update_rule, param):
        self.update_rules, self.params = [update_rule], [param]


class Snapshot:
    """Every byte that hooks may write, to be put back. `deep`: also what rules write."""

    def __init__(self, tables, deep=False):
        arrays = [a for s in tables for a in (s.storage.data, s.storage.grad, s.storage.has_grad, s.t, s.rows)]
        if deep:
            arrays += [a for s in tables for a in (*s.elements.values(), s.scalars, s.reductions)]
            arrays += [a for s in tables for states in s.shaped for a in states.values()]
        self._kept = [(a, a.copy()) for a in {id(a): a for a in arrays}.values()]

    def restore(self):
        for array, kept in self._kept:
            array[...] = kept


def step(optimizer, update_rules, of_optimizer=True, watch=lambda stage: None):
    """Update these parameters once, in the order above.

    Parameters
    ----------
    optimizer : Optimizer
    update_rules : list of UpdateRule
    of_optimizer : bool
        Whether the optimizer's own hooks are called.
    watch : callable
        Called with a `Stage` after each.

    Raises
    ------
    HookError
        From the error of a hook. Before the rules nothing has moved then, and every gradient is what it was;
        after them the update stands.
    RuntimeError
        If a hook calls this.
    """
    optimizer._refuse_in_step("step")
    optimizer._stepping = True
    try:
        _step(optimizer, update_rules, of_optimizer, watch)
    finally:
        optimizer._stepping = False


def _step(optimizer, update_rules, of_optimizer, watch):
    hooks = [hook for kept in (optimizer._hooks, *(u._hooks for u in update_rules)) for hook in kept.pre.values()]
    # Ours write gradients and data; another may write whatever it reaches.
    before = Snapshot(optimizer._segments, deep=not all(isinstance(h, Hook) for h in hooks)) if hooks else None
    try:
        _prepare(optimizer, update_rules, watch)
        if of_optimizer:
            _call_all(optimizer, optimizer._hooks.pre, "hook", update_rules, watch)
        for u in update_rules:
            if u.enabled and u.param.grad is not None:
                _before_rule(optimizer, u, watch)
    except BaseException:
        if before:
            before.restore()
        raise
    moved = [u for u in update_rules if u.enabled and u.param.grad is not None]
    try:
        with _these_alone(optimizer._segments, update_rules):
            for segments in optimizer._segments:
                if segments.rule.reductions:
                    segments.reduce()
            for update, arguments in optimizer._calls:
                update(*arguments)
        optimizer.steps += of_optimizer
        watch(Stage("rule", optimizer.rule.name))
        for u in moved:
            for name, hook in list(u._hooks.post.items()):  # one may take itself away
                _call(hook, name, u, "post hook", watch)
        if of_optimizer:
            _call_all(optimizer, optimizer._hooks.post, "post hook", update_rules, watch)
    finally:
        if optimizer.maximize:
            _turn_round(update_rules)


def _prepare(optimizer, update_rules, watch):
    if optimizer.missing_grad == "zero":
        _fill(update_rules, watch)
    if optimizer.maximize:
        _turn_round(update_rules)
        watch(Stage("maximize", "maximize=True"))


def _fill(update_rules, watch):
    for u in update_rules:
        if u.param.grad is None:
            u.param.grad = np.zeros(u.param.shape, u.dtype)
            watch(Stage("missing gradient", "missing_grad='zero'", u))


def _turn_round(update_rules):
    for u in update_rules:
        g = u.param.grad
        if g is not None:
            np.negative(g, out=g)


def _call_all(optimizer, hooks, kind, update_rules, watch):
    """The optimizer's hooks see every gradient, frozen or not."""
    for name, hook in list(hooks.items()):
        if getattr(hook, "whole", False):
            with _explained(name, kind, None):
                hook(optimizer)
                for u in update_rules:
                    _refuse_new_shape(u)
            watch(Stage(kind, name))
        else:
            for u in update_rules:
                if u.param.grad is not None:
                    _call(hook, name, u, kind, watch)
        if optimizer.missing_grad == "zero":
            _fill(update_rules, watch)


def _before_rule(optimizer, u, watch):
    """One parameter's own hooks, which see the t of the update that comes; then its decay, nearest to the rule."""
    with _coming(u):
        for name, hook in list(u._hooks.pre.items()):
            _call(hook, name, u, "hook", watch)
            if optimizer.missing_grad == "zero":
                _fill([u], watch)
            if u.param.grad is None:
                return
    if u.decay:
        g = u.param.grad
        g += u.decay * u.param.data
        watch(Stage("decay", "weight_decay", u))


def _call(hook, name, u, kind, watch):
    with _explained(name, kind, u):
        if getattr(hook, "whole", False):
            hook(Alone(u, u.param))
        else:
            hook(u, u.param)
        _refuse_new_shape(u)
    watch(Stage(kind, name, u))


def _refuse_new_shape(u):
    """A hook has the arrays themselves in its hands, and may give one another shape in place."""
    p, shape = u.param, u.shape
    if p._data.shape != shape or p._grad.shape != shape:
        p._data, p._grad = p._data.reshape(shape), p._grad.reshape(shape)
        raise ValueError(f"it changed the shape of data or gradient of {u.name}, which is {shape} for good: write "
                         "numbers into it, as in param.grad[...] = 0")


@contextlib.contextmanager
def _explained(name, kind, u):
    try:
        yield
    except Exception as error:
        where = f" for {u.name}" if u else ""
        stands = ("nothing has moved, and every gradient is what it was" if kind == "hook" else
                  "it comes after the rule, so the update stands: do not step again for the same gradient")
        raise HookError(f"the hook {name!r} raised {type(error).__name__}{where}: {error}. {stands}") from error


@contextlib.contextmanager
def _coming(u):
    t, index = u._segments.t, u._index
    t[index] += 1
    try:
        yield
    finally:
        t[index] -= 1


@contextlib.contextmanager
def _these_alone(tables, update_rules):
    """All others are switched off for the moment."""
    switches = [s.rows[:, ENABLED].copy() for s in tables]
    chosen = {(id(u._segments), u._index) for u in update_rules}
    for s in tables:
        s.rows[[k for k in range(len(s.rows)) if (id(s), k) not in chosen], ENABLED] = 0
    try:
        yield
    finally:
        for s, enabled in zip(tables, switches, strict=True):
            s.rows[:, ENABLED] = enabled
