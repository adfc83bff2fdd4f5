"""A dry run of the coming step: what it does to one element, after which everything is as it was."""

import contextlib
import random
from typing import NamedTuple

import numpy as np

from .. import step
from ..hook_list import HookError, HookList
from ..hyperparameters import LR_MULT, WEIGHT_DECAY
from ..state import nodes_by_key
from .copies import copied
from .hook import Said, about
from .words import number


class Moment(NamedTuple):
    """One element after something has happened, and what a hook said of that before."""

    stage: step.Stage
    element: dict
    said: Said | None = None


class Rehearsal:
    """What a dry run saw.

    Attributes
    ----------
    moments : list of Moment
        The first is the element before everything.
    moved : bool
        Whether the rule moved the parameter.
    table, reductions : ndarray
        What the rule was told of the parameter.
    origins : dict
        Where each hyperparameter came from.
    enabled, decay : bool, float
        Whether the parameter was switched on when the rule's turn came, and what weight decay held for it.
    """

    def __init__(self, optimizer, update_rule, index):
        self.u, self.index, self.said = update_rule, index, None
        self.moments = [Moment(step.Stage("gradient", ""), self.element())]
        update_rules = list(optimizer._members.update_rules.values())
        with _as_it_was(optimizer, update_rules), _hooks_copied(optimizer, update_rules, self._listen):
            t = update_rule.t
            try:
                step.step(optimizer, update_rules, watch=self._watch)
            except HookError as error:
                raise HookError(f"this was a dry run, and nothing has moved, but the coming step will say: {error}"
                                ) from error
            self.moved = update_rule.t > t

    def element(self):
        """x, g and the states of the element; g is None where there is no gradient."""
        u, p = self.u, self.u.param
        arrays = {"x": p.data, "g": p.grad, **u.state}
        return {name: self._of(value) for name, value in arrays.items()}

    def _of(self, value):
        if not isinstance(value, np.ndarray):
            return value
        if value.shape == self.u.shape:
            return float(value[self.index])
        try:  # one number for each row, or for each column
            return float(np.broadcast_to(value, self.u.shape)[self.index])
        except ValueError:
            return None

    def _listen(self, *told):
        self.said = about(*told, self.u)

    def _watch(self, stage):
        if stage.kind == "rule":
            u = self.u
            self.table, self.reductions = (a[u._index].copy() for a in (u._segments.table, u._segments.reductions))
            self.origins = {name: origin(u, name) for name in [*u.rule.hyperparameters, WEIGHT_DECAY]}
            self.enabled, self.decay = u.enabled, u.decay
        said = self.said if stage.kind in ("hook", "post hook") else None
        self.moments.append(Moment(stage, self.element(), said))


def origin(u, name):
    """(numbers, note) that say where in the tree the value of a hyperparameter comes from."""
    path = list(u.hyperparam._path())

    def place(node):
        return "the optimizer" if node is u.hyperparam._tree.root else node._name

    owner = next((place(node) for node in path if name in node._own), None)
    factors = [(node._own[LR_MULT], place(node)) for node in path if LR_MULT in node._own] if name == "lr" else []
    if not factors:
        return "", f"of {owner}" if owner else f"the default of {u.rule.name}"
    base = f"{number(u.hyperparam._value(name))} ({owner or u.rule.name})"
    return " x ".join([base, *(f"{number(value)} (lr_mult of {node})" for value, node in factors)]), ""


@contextlib.contextmanager
def _hooks_copied(optimizer, update_rules, listen):
    """Copies are called in the place of all hooks, which remember nothing of it."""
    tree, holders = optimizer._tree, [optimizer, *update_rules]
    nodes = nodes_by_key(optimizer).values()
    shared = [optimizer, tree, optimizer._members, *nodes, *tree.links, *update_rules]
    for segments in optimizer._segments:
        shared += [segments, segments.storage]
    for p in optimizer._members.update_rules:
        shared += [p, p._data, p._grad]
    memo = {id(thing): thing for thing in shared}
    lists = []
    for holder in holders:
        new = HookList()
        for ours, theirs in ((new.pre, holder._hooks.pre), (new.post, holder._hooks.post)):
            place = "the optimizer" if holder is optimizer else holder.name
            for name, hook in theirs.items():
                ours[name] = _Heard(copied(hook, name, memo), getattr(hook, "whole", False), name, place, listen)
        lists.append(new)
    before = [holder._hooks for holder in holders]
    try:
        for holder, hooks in zip(holders, lists, strict=True):
            holder._hooks = hooks
        yield
    finally:
        for holder, hooks in zip(holders, before, strict=True):
            holder._hooks = hooks


class _Heard:
    """A hook that tells of itself before it acts."""

    def __init__(self, call, whole, name, place, listen):
        self.call, self.whole, self.listen = call, whole, listen
        self.told = getattr(call, "__self__", call), whole, name, place

    def __call__(self, *given):
        self.listen(*self.told, given)
        self.call(*given)


@contextlib.contextmanager
def _as_it_was(optimizer, update_rules):
    """Put back, in the end, all that a step or a hook may write, the world's random numbers included."""
    tree = optimizer._tree
    own = {node: dict(node._own) for node in nodes_by_key(optimizer).values()}
    groups, added = dict(tree.groups), {group: dict(group._added) for group in tree.groups.values()}
    steps, python_state = optimizer.steps, random.getstate()
    numpy_state = np.random.get_state()  # noqa: NPY002  a hook of the reader's may draw from it
    arrays = step.Snapshot(optimizer._segments, deep=True)
    try:
        yield
    finally:
        arrays.restore()
        np.random.set_state(numpy_state)  # noqa: NPY002
        random.setstate(python_state)
        if any(node._own != values for node, values in own.items()):
            for node, values in own.items():
                node._own.clear()
                node._own.update(values)
            tree._forget(reached_only=True)
            tree.refill(update_rules)
        tree.groups.clear()
        tree.groups.update(groups)
        for group, values in added.items():
            group._added.clear()
            group._added.update(values)
        optimizer.steps = steps
