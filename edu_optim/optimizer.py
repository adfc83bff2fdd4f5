"""`Optimizer`: moves parameters by a rule.

It is a table of segments of the parameters' storage plus its own state. A step is one kernel call per storage,
whatever the number of parameters.
"""

import functools

import numpy as np

from .arguments import checked_options, signature, spelled
from .card import card
from .hyperparameters import Hyperparameters, checked, listed
from .links import Link
from .members import Members, warn
from .parameter import lay_out
from .segments import Segments
from .state import checked_state, copy_of
from .targets import named_params, refuse_read_only
from .update_rule import UpdateRule  # eo.UpdateRule

__all__ = ["Optimizer", "UpdateRule", "optimizer_class"]


class Optimizer:
    """Moves parameters by a rule. Use one of its classes, such as `eo.Adam`.

    Parameters
    ----------
    params : Link, Parameter or iterable of Parameter, optional
        What to optimize; may come later by `setup`. A plain number here is `lr`.
    lr : float, optional
        The rate; by default the rule's.
    backend : {"auto", "numba", "numpy"}, optional
        What runs the rule; "auto" takes Numba where it is installed.
    missing_grad : {"skip", "zero"}, optional
        What becomes of a parameter without a gradient: "skip" leaves it, its state and its t alone, as torch
        does; "zero" gives it zeros, so that momentum goes on, as Chainer does.
    maximize : bool, optional
        Go up instead of down.
    **hyperparameters : float
        The rule's own; also `learning_rate` for `lr` and `betas` for `(beta1, beta2)`.

    Attributes
    ----------
    hyperparam : Hyperparameters
    target : Link or None
        The network of the last `setup` that was given one.

    Raises
    ------
    TypeError
        For a name the rule does not have, or a value that is no real number.
    ValueError
        For a value outside its range.
    """

    rule = None
    target = None
    backend = property(lambda self: self._options["backend"])
    missing_grad = property(lambda self: self._options["missing_grad"])
    maximize = property(lambda self: self._options["maximize"])

    def __init__(self, params=None, lr=None, *, backend="auto", missing_grad="skip", maximize=False, **hyperparameters):
        if self.rule is None:
            raise TypeError("Optimizer moves nothing by itself: choose a rule, such as eo.SGD or eo.Adam")
        params, given = spelled(self.rule, params, lr, hyperparameters)
        values = self.rule.values(given)
        self._options = checked_options(backend, missing_grad, maximize)
        self._table = np.array([[*values.values(), *self.rule.parts.constants.values()]], np.float64)
        self._dtypes = set()
        self.hyperparam = Hyperparameters(self.rule, self._table[0], self._dtypes)
        self._members = Members()
        self._segments = []
        self._calls = None
        if params is not None:
            self.setup(params)

    def __setattr__(self, name, value):
        if name in self.rule.hyperparameters and not hasattr(self, name):
            raise AttributeError(f"{name} belongs to the hyperparameters: optimizer.hyperparam.{name} = {value!r}")
        super().__setattr__(name, value)

    def setup(self, target, keep=False):
        """Take charge of a network's parameters, or of a list of them.

        Called again it keeps everything it has, state and counts included, and adds what is new. A network is
        watched: a parameter that it gets later is noticed at the next step, one that leaves it is let go.

        Parameters
        ----------
        target : Link, Parameter or iterable of Parameter
        keep : bool, optional
            Leave switched off what the newest other optimizer of a parameter has switched off. Otherwise a
            warning lists these parameters.

        Returns
        -------
        Optimizer
            Itself.

        Raises
        ------
        TypeError
            If target is none of these.
        ValueError
            If a parameter is listed twice or read-only, or a hyperparameter does not suit its dtype.

        Examples
        --------
        >>> import numpy as np, edu_optim as eo
        >>> p = eo.Parameter(np.array([1.0, 2.0]))
        >>> optimizer = eo.SGD(lr=0.1).setup([p])
        >>> p.grad = np.array([1.0, -1.0])
        >>> optimizer.step()
        >>> p.data
        array([0.9, 2.1])
        """
        named = named_params(target)
        self._check(named)
        self._look(keep)
        if isinstance(target, Link):
            self.target = target
        new = self._members.new(named)
        if new:
            self._gather(new)
        self._members.watch(target, [p for _, p in named], new)
        self._members.become_newest(named, keep)
        return self

    def _check(self, named):
        """Refuse what cannot be optimized before anything is touched."""
        checked(self.rule, self.hyperparam.get_dict(), {p.dtype for _, p in named})
        refuse_read_only(named)

    def _look(self, keep=False):
        """Where any network has changed: take in what is new in ours, let go what has left them."""
        if not self._members.changed():
            return
        members, now = self._members, self._members.now()
        new = members.new(now)
        self._check(new)
        left = members.let_go(now)
        if new or left:
            self._gather(new)
        members.of_network.update(p for _, p in new)
        members.rename(now)
        members.up_to_date()
        members.become_newest(new, keep)
        if left:
            warn(f"{', '.join(left)} left the network, and with it the state {self.rule.name} had for it; a parameter "
                 "in its place starts anew")

    def _gather(self, new=()):
        """Add new parameters, and make one table of segments for each storage; the others keep what they were."""
        params = [*self._members.update_rules, *(p for _, p in new)]
        lay_out(params)
        by_storage = {}
        for p in params:
            by_storage.setdefault(p._storage, []).append(p)
        tables = [Segments(self.rule, params, self._table) for params in by_storage.values()]
        self._members.add(new)
        for segments, params in zip(tables, by_storage.values(), strict=True):
            for index, p in enumerate(params):
                self._members.update_rules[p]._sit(segments, index)
        self._segments, self._calls = tables, None
        self._dtypes.clear()
        self._dtypes.update(s.storage.dtype for s in tables)

    @property
    def update_rules(self):
        """list of UpdateRule: one for each parameter, in the order of `setup`."""
        self._look()
        return list(self._members.update_rules.values())

    @property
    def params(self):
        """list of Parameter: what this optimizer moves."""
        self._look()
        return list(self._members.update_rules)

    def step(self):
        """Move every parameter that has a gradient once.

        Raises
        ------
        RuntimeError
            If there is nothing to move because `setup` was not called.
        """
        if self._calls is None or self._members.changed():
            self._prepare()
        if self._plain:
            for update, arguments in self._calls:
                update(*arguments)
        else:
            self._step_with_extras()

    def _prepare(self):
        self._look()
        if not self._members.update_rules:
            raise RuntimeError(
                f"{self.rule.name} has nothing to move: call optimizer.setup(network), or make it with a list of "
                f"parameters, {self.rule.name}([p, q])")
        if self._calls is None:
            self._plain = self.missing_grad == "skip" and not self.maximize and not self.rule.reductions
            self._calls = [(self.rule.stepper(s.storage.dtype, self.backend), s.arguments) for s in self._segments]

    def _step_with_extras(self):
        for segments in self._segments:
            if self.missing_grad == "zero":
                segments.fill_grad()
            if self.maximize:
                segments.negate_grad()
        try:
            for segments in self._segments:
                segments.reduce()
            for update, arguments in self._calls:
                update(*arguments)
        finally:
            if self.maximize:
                for segments in self._segments:
                    segments.negate_grad()

    def update(self, lossfun=None, *args, **kwargs):
        """Chainer's word for a step: with a loss function, compute it, go backward and step."""
        self._prepare()
        if lossfun is not None:
            loss = lossfun(*args, **kwargs)
            self.zero_grad()
            loss.backward()
        self.step()

    def zero_grad(self):
        """Say of every parameter that it has no gradient; nothing is written, the next gradient replaces the old."""
        self._look()
        for segments in self._segments:
            segments.zero_grad()

    cleargrads = zero_grad

    def state_dict(self):
        """All that `load_state_dict` needs to go on as if there had been no stop, but the parameters' own values.

        Returns
        -------
        dict
            ``rule``, ``hyperparam`` (name to value) and ``params``: for each parameter by name ``t``, ``enabled``
            and ``state`` (copies of the element states, the scalar states as numbers).
        """
        params = {u.name: {"t": u.t, "enabled": u.enabled, "state": copy_of(u.state)} for u in self.update_rules}
        return {"rule": self.rule.name, "hyperparam": self.hyperparam.get_dict(), "params": params}

    def load_state_dict(self, state_dict):
        """Take over what `state_dict` gave; everything in it is copied.

        Raises
        ------
        ValueError
            If it belongs to another rule or network, or lacks or adds something: the message names it. Nothing
            has changed then.
        """
        state = checked_state(self, state_dict)
        for name, value in state["hyperparam"].items():
            setattr(self.hyperparam, name, value)
        for u in self.update_rules:
            u._restore(state["params"][u.name])

    def __getstate__(self):
        state, members = self.state_dict(), self._members
        return {
            "options": self._options, "state": state, "target": self.target, "networks": members.networks,
            # of each parameter: itself, whether it comes and goes with a network, whether this is its newest optimizer
            "params": [(p, p in members.of_network, p.update_rule is u) for p, u in members.update_rules.items()]}

    def __setstate__(self, kept):
        Optimizer.__init__(self, **kept["options"], **kept["state"]["hyperparam"])
        members, params = self._members, kept["params"]
        self._gather([(name, p) for name, (p, _, _) in zip(kept["state"]["params"], params, strict=True)])
        self.load_state_dict(kept["state"])
        for p, _, newest in params:
            if newest or p.update_rule is None:
                p.update_rule = members.update_rules[p]
        # The networks may still be in the making, and are looked at when they are needed.
        self.target, members.networks = kept["target"], kept["networks"]
        members.of_network.update(p for p, of_network, _ in params if of_network)
        members.up_to_date(False)

    def __repr__(self):
        return f"{self.rule.name}({listed(self.hyperparam.get_dict())}) of {len(self._members.update_rules)} parameters"


@functools.cache
def optimizer_class(rule):
    """The optimizer class of a rule."""
    # A pickle finds the class by module and qualified name: eo.Adam, or what stands beside a rule of the user's own.
    ours = rule.__module__.startswith(f"{__package__}.rules.")
    module, name = (__package__, rule.name) if ours else (rule.__module__, f"{rule.formula.__qualname__}.optimizer")
    about = {"__module__": module, "__qualname__": name, "__doc__": card(rule), "__signature__": signature(rule)}
    return type(rule.name, (Optimizer,), {"rule": rule, **about})
