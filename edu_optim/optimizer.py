"""`Optimizer`: moves parameters by a rule.

It is a table of segments of the parameters' storage, its own state, and a tree of hyperparameters. A step is one
kernel call per rule and storage, whatever the number of parameters.
"""

import functools

from . import copies, ledger, state
from .add import Adding
from .arguments import all_values, checked_options, scalar_rule, signature, spelled
from .card import card
from .compute_apply import ComputeApply
from .hook_list import HookList
from .hyperparameters import listed
from .members import Members
from .parameter import lay_out
from .segments import Segments
from .step import step
from .targets import is_groups
from .tree import Tree, WorkedOut
from .update_rule import UpdateRule  # eo.UpdateRule

__all__ = ["Optimizer", "UpdateRule", "optimizer_class"]


class Optimizer(Adding, ComputeApply):
    """Moves parameters by a rule. Use one of its classes, such as `eo.Adam`.

    Parameters
    ----------
    params : Link, Parameter, iterable of Parameter, or iterable of dict, optional
        What to optimize; may come later by `setup`. Dicts are groups, as torch has them: ``{"params": [p, q],
        "lr": 0.1}``. A plain number here is `lr`.
    lr : float, optional
        The rate; by default the rule's.
    backend : {"auto", "numba", "numpy"}, optional
        What runs the rule; "auto" takes Numba where it is installed.
    missing_grad : {"skip", "zero"}, optional
        What becomes of a parameter without a gradient: "skip" leaves it, its state and its t alone, as torch
        does; "zero" gives it zeros, so that momentum goes on, as Chainer does.
    maximize : bool, optional
        Go up instead of down. Hooks see the gradients turned round.
    **hyperparameters : float
        The rule's own; also `learning_rate` for `lr`, `betas` for `(beta1, beta2)` and, where the rule has none,
        `weight_decay`: that much of the parameter is added to its gradient after all hooks. A rule that keeps
        numbers takes ``scalar_dtype="float32"``, to round them as torch does.

    Attributes
    ----------
    hyperparam : Hyperparameters
        What holds for all parameters that have no value of their own.
    target : Link or None
        The network of the last `setup` that was given one.
    steps : int
        How often a step was taken, whether or not there were gradients.

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
    hyperparam = property(lambda self: self._tree.root)

    def __init__(self, params=None, lr=None, *, backend="auto", missing_grad="skip", maximize=False, **hyperparameters):
        if self.rule is None:
            raise TypeError("Optimizer moves nothing by itself: choose a rule, such as eo.SGD or eo.Adam")
        rule, hyperparameters = scalar_rule(self.rule, hyperparameters)
        params, given = spelled(rule, params, lr, hyperparameters)
        values = all_values(self.rule, given)
        options = checked_options(backend, missing_grad, maximize) | {"single_scalars": rule is not self.rule}
        groups, params = is_groups(params)
        self._begin(options, values, rooted=not groups)
        if groups:
            self._add_groups(params)
        elif params is not None:
            self.setup(params)

    def _begin(self, options, values, rooted=True):
        self._options = options
        if options["single_scalars"]:
            self.rule = self.rule.single_scalars
        self._defaults = dict(values)
        self._worked_out = WorkedOut()
        self._tree = Tree(self, values, rooted)
        self._members = Members()
        self._hooks = HookList()
        self._segments = []
        self._calls = None
        self.steps = 0
        self._stepping = False

    def __getattr__(self, name):
        if self.rule is not None and name in self.rule.hyperparameters:
            raise AttributeError(f"{name} belongs to the hyperparameters: optimizer.hyperparam.{name}")
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")

    def __setattr__(self, name, value):
        if name in self.rule.hyperparameters:
            raise AttributeError(f"{name} belongs to the hyperparameters: optimizer.hyperparam.{name} = {value!r}")
        super().__setattr__(name, value)

    def _gather(self, *new):
        """Take in new parameters: a node and the (name, parameter) below it, for each node."""
        lay_out([*self._members.update_rules, *(p for _, named in new for _, p in named)])
        for node, named in new:
            self._members.add(named, self._tree, node)
        self._tree.arrange(self._members)
        self._seat()

    def _seat(self):
        """Make one table of segments for each storage and rule; each parameter keeps what it was."""
        members, tree = self._members, self._tree
        alike = {}
        for p, u in members.update_rules.items():
            alike.setdefault((p._storage, u.hyperparam._nearest_rule()), []).append(p)
        self._segments = [Segments(rule, params) for (_, rule), params in alike.items()]
        for segments, params in zip(self._segments, alike.values(), strict=True):
            for index, p in enumerate(params):
                members.update_rules[p]._sit(segments, index)
        self._calls = None
        tree.remember(members.update_rules, tree.links)
        tree.refill(members.update_rules.values())

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

    @property
    def param_groups(self):
        """list of Group: the root, every group, and every node with a value of its own, in order of creation."""
        self._look()
        return list(self._tree.groups.values())

    @property
    def groups_version(self):
        """int: another whenever a group came or went, or a value was set that was not, or taken away."""
        if self._members.changed():
            self._look()
        return self._tree.version

    # hooks

    def add_hook(self, hook, name=None, timing="auto"):
        """Have a function called at each step, for each parameter that has a gradient, frozen ones included.

        Its parameters and errors are those of `UpdateRule.add_hook`. RuntimeError before `setup`.
        """
        self._refuse_no_setup("add_hook")
        self._hooks.add(hook, name, timing)
        self._tree.look_busy()

    def remove_hook(self, name):
        """Forget a hook; KeyError if there is none of this name."""
        self._refuse_no_setup("remove_hook")
        self._hooks.remove(name)
        self._tree.look_busy()

    def _refuse_no_setup(self, word):
        if not self._members.update_rules and not self._members.networks:
            raise RuntimeError(f"{word}: {self.rule.name} has no parameters yet: call optimizer.setup(network) first")

    # moving

    def step(self):
        """Move every parameter that has a gradient once.

        Raises
        ------
        RuntimeError
            If there is nothing to move because `setup` was not called, or a hook raised an error.
        """
        if self._calls is None or self._members.changed():
            self._prepare()
        if self._plain and not self._tree.busy:
            for update, arguments in self._calls:
                update(*arguments)
            self.steps += 1
        else:
            step(self, list(self._members.update_rules.values()))

    def _prepare(self):
        self._look()
        if not self._members.update_rules:
            raise RuntimeError(
                f"{self.rule.name} has nothing to move: call optimizer.setup(network), or make it with a list of "
                f"parameters, {self.rule.name}([p, q])")
        if self._calls is None:
            self._plain = (self.missing_grad == "skip" and not self.maximize
                           and not any(s.rule.reductions for s in self._segments))
            self._calls = [(s.rule.stepper(s.storage.dtype, self.backend), s.arguments) for s in self._segments]

    def _refuse_in_step(self, word):
        if self._stepping:
            raise RuntimeError(f"{word} in the midst of a step, by a hook: a hook writes into gradients or data; call "
                               f"{word} before or after optimizer.step()")

    def _step_of(self, update_rules, of_optimizer=True):
        """A step of these parameters alone."""
        self._prepare()
        step(self, update_rules, of_optimizer)

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

    def explain(self, name, index=None):
        """Work out what the coming step would do to one element, line by line; nothing moves.

        Parameters
        ----------
        name : str or Parameter
        index : int or tuple of int, optional
            Which element; may be left out where there is only one.

        Returns
        -------
        Ledger
            Prints as a table; see `edu_optim.ledger.Ledger`.

        Raises
        ------
        KeyError, IndexError, TypeError, ValueError
            If there is no such parameter or element, or a hook holds something that cannot be copied.
        HookError
            If a hook raises an error, as it would at the coming step.

        Notes
        -----
        The step is run, and all of it is put back. Hooks are called as copies: objects by `copy.deepcopy`, functions
        with their closure and the global names they use, and the streams of `np.random` and `random` are put back.
        What a hook reaches in another way, such as a file it opens, it reaches in earnest.
        """
        return ledger.explain(self, name, index)

    # keeping

    def state_dict(self):
        """All that `load_state_dict` needs to go on as if there had been no stop, but the parameters' own values.

        Returns
        -------
        dict
            ``rule``; ``hyperparam`` (the root's values); ``groups`` (every other node that has values or a rule of
            its own, and what callers added to `param_groups`); ``hooks`` (their names); and ``params``: for each
            parameter by name ``rule``, ``shape``, ``t``, ``enabled``, ``hooks`` and ``state`` (copies of the element
            states, the scalar states as numbers).
        """
        return state.state_of(self)

    def load_state_dict(self, state_dict):
        """Take over what `state_dict` gave; everything in it is copied.

        Raises
        ------
        ValueError
            If it belongs to another rule or network, or lacks or adds something, a hook for instance: the message
            names it. Nothing has changed then.
        """
        self._refuse_in_step("load_state_dict")
        state.load(self, state.checked_state(self, state_dict))

    def __getstate__(self):
        return copies.kept(self)

    def __setstate__(self, kept):
        copies.restore(self, kept)

    def __repr__(self):
        return f"{self.rule.name}({listed(self.hyperparam.get_dict())}) of {len(self._members.update_rules)} parameters"


@functools.cache
def optimizer_class(rule):
    """The optimizer class of a rule."""
    # A pickle finds the class by module and qualified name: eo.Adam, or what stands beside a rule of the user's own.
    ours = rule.__module__.startswith(f"{__package__}.rules.")
    module, name = (__package__, rule.name) if ours else (rule.__module__, f"{rule.formula.__qualname__}.optimizer")
    if rule.elementwise and rule.layout.single:
        name += ".rule.single_scalars.optimizer"
    about = {"__module__": module, "__qualname__": name, "__doc__": card(rule), "__signature__": signature(rule)}
    return type(rule.name, (Optimizer,), {"rule": rule, **about})
