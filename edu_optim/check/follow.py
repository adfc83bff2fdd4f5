"""Run a reader's plain function as a rule's formula is run, and notice the first idea it breaks."""

import inspect

import numpy as np

from ..formula import run
from ..rules import RULES


class Hint(Exception):
    """The first broken idea, in words for the reader."""


def rule_named(rule):
    """Return the rule of a name, or the rule itself; KeyError lists the names there are."""
    return RULES[rule] if isinstance(rule, str) else rule


def follow(function, rule, **hyperparameters):
    """Make a plain function walk: it keeps the function's states and counts its steps.

    Parameters
    ----------
    function : callable
        Takes, by name and in any order, some of x, g, the rule's states, t, the rule's reductions and
        hyperparameters; returns the new x, or x and the new states it took, in the rule's order.
    rule : str or Rule
        Whose names the function uses.
    **hyperparameters : float
        By default the rule's.

    Returns
    -------
    callable
        ``walk(x, g)`` gives the new x, as `edu_optim.problems.descend` wants it.

    Raises
    ------
    KeyError, TypeError, ValueError
        For a rule or hyperparameter that does not exist, or a value that is not allowed.
    Hint
        When the function is called or returns what no step can be made of.

    Examples
    --------
    >>> import edu_optim as eo
    >>> def my_momentum(x, g, m, lr, momentum):
    ...     m = momentum * m - lr * g
    ...     return x + m, m
    >>> walk = eo.check.follow(my_momentum, "MomentumSGD", lr=0.01, momentum=0.9)
    >>> eo.problems.descend(eo.problems.valley, walk, steps=100).path.shape
    (101, 2)
    """
    return Follower(function, rule_named(rule), hyperparameters)


class Follower:
    """One walk of a function: its states after the last step, and t.

    `strict` refuses changes in place, which a rule's own formula may make.
    """

    def __init__(self, function, rule, hyperparameters, strict=True):
        self.function, self.rule, self.strict = function, rule, strict
        # NumPy's numbers: of Python's, ~(t == 1) is always true and 1 / 0.0 raises
        self.hyperparameters = {name: np.float64(value) for name, value in rule.values(hyperparameters).items()}
        self.states_known = {**rule.element_states, **rule.scalar_states}
        self.takes = self._matched()
        self.held = [name for name in self.states_known if name in self.takes]
        self.states, self.t = {}, 0

    def _matched(self):
        if not callable(self.function) or isinstance(self.function, type):
            raise Hint("not a function: hand over its name, without brackets")
        known = ["x", "g", *self.states_known, "t", *self.rule.reductions, *self.hyperparameters]
        takes = []
        for name, parameter in inspect.signature(self.function).parameters.items():
            if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
                raise Hint(f"your function takes *{name}, which has no names to go by: write the arguments out")
            if name in known:
                takes.append(name)
            elif parameter.default is parameter.empty:
                raise Hint(f"your function takes {name}, but {self.rule.name} knows only {', '.join(known)}")
        for name in "xg":
            if name not in takes:
                raise Hint(f"your function does not take {name}: the position is called x, the gradient g")
        return takes

    def __call__(self, x, g):
        x, g = np.array(x, np.float64), np.array(g, np.float64)
        if not self.t:
            self.states = {name: self._start(name, x) for name in self.held}
        self.t += 1
        given = {"x": x, "g": g, **self.states, "t": np.float64(self.t), **self.hyperparameters}
        given |= {name: reduction(given) for name, reduction in self.rule.reductions.items()}
        kept = {name: np.copy(given[name]) for name in ("x", "g", *self.held)}
        try:
            with np.errstate(all="ignore"):
                returned = self.function(**{name: given[name] for name in self.takes})
        except Exception as error:
            first = (str(error).splitlines() or [""])[0]
            raise Hint(f"your function stopped with {type(error).__name__}: {first}") from error
        for name, before in kept.items():
            if self.strict and not np.array_equal(given[name], before, equal_nan=True):
                raise Hint(
                    f"{name} was changed in place, also for everyone else who holds it: "
                    f"write {name} = {name} + ... instead of {name} += ...")
        return self._taken_apart(returned, x.shape)

    def _start(self, name, x):
        start = run.start(self.rule, name, self.hyperparameters)
        return np.full(x.shape, start) if name in self.rule.element_states else start

    def _taken_apart(self, returned, shape):
        wanted = ["x", *self.held]
        if returned is None:
            raise Hint("not yet (returned None)")
        parts = list(returned) if isinstance(returned, (tuple, list)) else [returned]
        if len(parts) != len(wanted):
            why = "" if len(parts) > len(wanted) else ": a state that is not handed back is forgotten"
            raise Hint(f"you returned {len(parts)} of {len(wanted)} values{why}. Write return {', '.join(wanted)}")
        arrays = {}
        for name, part in zip(wanted, parts, strict=True):
            try:
                arrays[name] = np.array(part, np.float64)
            except (TypeError, ValueError):
                raise Hint(f"the {name} you returned is a {type(part).__name__}, not an array of numbers") from None
            due = () if name in self.rule.scalar_states else shape
            if arrays[name].shape != due:
                raise Hint(f"the {name} you returned has shape {arrays[name].shape}; it went in with shape {due}")
        self.states = {name: arrays[name] for name in self.held}
        return arrays["x"]
