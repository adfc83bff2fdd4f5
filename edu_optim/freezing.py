"""Six ways to freeze a parameter, and what moves all the same.

A frozen parameter is one that nobody moves. Only the switch says that to the rule; the other five say something about
gradients, rates or values, and what a rule remembers, or a decay that needs no gradient, goes on.
"""

import copy
import html
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from .autodiff import stop_gradient
from .hooks import DecoupledWeightDecay, WeightDecay
from .parameter import Parameter
from .rules import RULES

__all__ = ["CLASSIC", "DECAYS", "WAYS", "Cell", "FreezeMatrix", "Way", "freeze_matrix"]

CLASSIC = ("SGD", "MomentumSGD", "CorrectedMomentumSGD", "NesterovAG", "NesterovSGD", "AdaGrad", "RMSprop", "AdaDelta",
           "Adam")
DECAYS = {"none": None, "coupled": WeightDecay, "decoupled": DecoupledWeightDecay}

_ONES = np.ones((2, 2))  # a matrix, for rules that take nothing else
_G = -0.5 * _ONES  # while frozen; another gradient than before, so that whatever remembers it is seen to change


class Way(NamedTuple):
    """A way to freeze a parameter: what is said at the beginning, what the loss is, and what is done after a step."""

    begin: Callable = lambda p: None
    loss: Callable = lambda p: (p * _G).sum()
    after: Callable = lambda p: None


def _switch_off(p):
    p.update_rule.enabled = False


def _no_rate(p):
    p.update_rule.hyperparam.lr = 0


def _put_back(p):
    p.data = _ONES


WAYS = {  # first those in which the rule is not asked
    "enabled = False": Way(begin=_switch_off),
    "no gradient": Way(loss=lambda p: 0.0),
    "stop_gradient": Way(loss=lambda p: (stop_gradient(p) * _G).sum()),
    "zero gradient": Way(loss=lambda p: (p * 0).sum()),
    "lr = 0": Way(begin=_no_rate),
    "put back": Way(after=_put_back),
}


class Cell(NamedTuple):
    """What became of a parameter that was frozen.

    Attributes
    ----------
    rule, way, decay : str
    warm : int
        How many updates there were before it was frozen.
    distance : float
        How far it moved.
    steps : float
        The same in full steps: those that the rule takes, without decay, once its gradient has been 1 for as many
        updates as the longest warm-up has.
    state_moved, t_moved : bool
        Whether what the rule remembers of it changed, and its count of updates.
    """

    rule: str
    way: str
    warm: int
    decay: str
    distance: float
    steps: float
    state_moved: bool
    t_moved: bool

    @property
    def moved(self):
        """bool: whether the parameter moved."""
        return self.distance != 0

    @property
    def text(self):
        """str: the distance in steps; where there is none, what moved instead."""
        if self.moved:
            return f"{self.steps:.3g}"
        return "state" if self.state_moved else "t" if self.t_moved else "-"


class FreezeMatrix:
    """A table of cells: rules down, ways across, one table for each situation.

    Attributes
    ----------
    cells : list of Cell
    rules, ways : tuple of str
    situations : list of (int, str)
        How many updates before it was frozen, and the kind of decay.
    updates : int
        How long each parameter was frozen.
    """

    def __init__(self, cells, updates):
        self.cells, self.updates = list(cells), updates
        self._at = {(c.rule, c.way, c.warm, c.decay): c for c in self.cells}
        self.rules, self.ways = (tuple(dict.fromkeys(getattr(c, n) for c in self.cells)) for n in ("rule", "way"))
        self.situations = list(dict.fromkeys((c.warm, c.decay) for c in self.cells))

    def at(self, rule, way, warm=None, decay=None):
        """The cell of a rule and a way, by default in the last situation; KeyError if there is none."""
        last_warm, last_decay = self.situations[-1]
        return self._at[rule, way, last_warm if warm is None else warm, last_decay if decay is None else decay]

    @staticmethod
    def title(warm, decay):
        """What a situation is called."""
        return f"{f'after {warm} updates' if warm else 'cold'}, {'no' if decay == 'none' else decay} decay"

    @property
    def legend(self):
        """str: how the table is read."""
        return (f"How far a frozen parameter went in {self.updates} updates, in full steps; state: it stayed, what the "
                "rule remembers did not; t: only the count of updates went on; -: nothing moved.")

    def _tables(self):
        for warm, decay in self.situations:
            rows = [[rule, *(self.at(rule, way, warm, decay).text for way in self.ways)] for rule in self.rules]
            yield self.title(warm, decay), rows

    def __repr__(self):
        parts = []
        for title, rows in self._tables():
            rows = [[title, *self.ways], *rows]
            widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
            parts.append("\n".join(
                "  ".join([row[0].ljust(widths[0]), *map(str.rjust, row[1:], widths[1:])]) for row in rows))
        return "\n\n".join([*parts, self.legend])

    def _repr_html_(self):
        parts = []
        for title, rows in self._tables():
            head = "".join(f"<th>{html.escape(text)}</th>" for text in (title, *self.ways))
            body = "".join(
                f"<tr><th>{html.escape(row[0])}</th>{''.join(f'<td>{html.escape(text)}</td>' for text in row[1:])}</tr>"
                for row in rows)
            parts.append(f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>")
        return "".join([*parts, f"<p>{html.escape(self.legend)}</p>"])


def freeze_matrix(rules=CLASSIC, *, warm=(0, 100), decay=("none", "coupled", "decoupled"), decay_rate=0.01,
                  updates=100, missing_grad="skip"):
    """Freeze a parameter in every way under every rule, and see what moves.

    The parameter is 1. Before it is frozen its gradient is 1 at every update, so that the rule remembers a long way in
    one direction, and it is put back to 1 after each, so that decay adds the same to each gradient; while it is frozen
    its gradient, if it has one, is -1/2. All hyperparameters are the defaults; decay that belongs to a rule is switched
    off in favour of the one asked for.

    Parameters
    ----------
    rules : sequence of str, Rule or Optimizer class
    warm : sequence of int
        How many updates are taken before; 0 is a rule that remembers nothing yet.
    decay : sequence of {"none", "coupled", "decoupled"}
        `hooks.WeightDecay` or `hooks.DecoupledWeightDecay` on the parameter.
    decay_rate : float
    updates : int
        How many are taken while it is frozen.
    missing_grad : {"skip", "zero"}
        What the optimizer does with a parameter without a gradient; "zero" is Chainer's way.

    Returns
    -------
    FreezeMatrix

    Raises
    ------
    KeyError, ValueError
        If there is no such rule, or no such decay.

    Examples
    --------
    A buffer that is warm takes a parameter 9 more steps, although its gradient is 0, or its rate:

    >>> import edu_optim as eo
    >>> eo.freezing.freeze_matrix(["SGD", "MomentumSGD", "CorrectedMomentumSGD", "Adam"], warm=[1000], decay=["none"])
    after 1000 updates, no decay  enabled = False  no gradient  stop_gradient  zero gradient  lr = 0  put back
    SGD                                         -            -              -              t       t         t
    MomentumSGD                                 -            -              -              9       9     state
    CorrectedMomentumSGD                        -            -              -              9   state     state
    Adam                                        -            -              -           9.07   state     state
    <BLANKLINE>
    How far a frozen parameter went in 100 updates, in full steps; state: it stayed, what the rule remembers did not; t:
    only the count of updates went on; -: nothing moved.
    """
    for name, count, least in (("updates", updates, 1), *(("warm", count, 0) for count in warm)):
        if isinstance(count, bool) or not isinstance(count, (int, np.integer)) or count < least:
            raise ValueError(f"{name} has {count!r}, which is no number of updates: freeze_matrix(warm=[0, 100], "
                             "updates=100), say")
    for kind in decay:
        if kind not in DECAYS:
            raise ValueError(f"decay = {kind!r} is not known: there are {', '.join(DECAYS)}")
    rules = [RULES[rule] if isinstance(rule, str) else getattr(rule, "rule", rule) for rule in rules]
    full = {rule.name: _full_step(rule, max(warm, default=0)) for rule in rules}
    cells = []
    for before in warm:
        for kind in decay:
            for rule in rules:
                hook = DECAYS[kind] and DECAYS[kind](decay_rate)
                found = _freeze(rule, before, hook, updates, missing_grad, full[rule.name])
                cells += [Cell(rule.name, way, int(before), kind, *seen) for way, seen in zip(WAYS, found, strict=True)]
    return FreezeMatrix(cells, updates)


def _optimizer(rule, params, **settings):
    """Of a rule at its defaults, but for a decay of its own."""
    own_decay = {n: 0.0 for n in rule.hyperparameters if n.startswith("weight_decay")}
    return rule.optimizer(params, backend="numpy", **settings, **own_decay)


def _warm_up(optimizer, updates):
    for _ in range(updates):
        for p in optimizer.params:
            p.grad = _ONES
        optimizer.step()
        for p in optimizer.params:
            p.data = _ONES


def _full_step(rule, warm):
    p = Parameter(_ONES)
    optimizer = _optimizer(rule, [p])
    _warm_up(optimizer, warm)
    p.grad = _ONES
    optimizer.step()
    return np.abs(p.data - _ONES).max()


def _freeze(rule, warm, hook, updates, missing_grad, full_step):
    """(distance, steps, state_moved, t_moved) for each way: of as many parameters, in one optimizer."""
    params = [Parameter(_ONES) for _ in WAYS]
    optimizer = _optimizer(rule, params, missing_grad=missing_grad)
    for p in params if hook else ():
        p.update_rule.add_hook(hook)
    _warm_up(optimizer, warm)
    ways = list(zip(params, WAYS.values(), strict=True))
    for p, way in ways:
        way.begin(p)
    before = [(copy.deepcopy(dict(p.update_rule.state)), p.update_rule.t) for p in params]
    for _ in range(updates):
        loss = sum(way.loss(p) for p, way in ways)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        for p, way in ways:
            way.after(p)
    return [_seen(p, *was, full_step) for p, was in zip(params, before, strict=True)]


def _seen(p, state, t, step):
    distance = float(np.abs(p.data - _ONES).max())
    state_moved = any(not np.array_equal(value, state[name]) for name, value in p.update_rule.state.items())
    return distance, float(distance / step) if step else float("nan"), state_moved, p.update_rule.t != t
