"""`Members`: which parameters an optimizer moves, what it calls them, and how they come and go."""

import itertools
import sys
import warnings

from .hyperparameters import Hyperparameters
from .link import Link, structure_version
from .no_rule import NO_RULE
from .update_rule import UpdateRule


class Members:
    """The parameters of an optimizer.

    Attributes
    ----------
    update_rules : dict
        Parameter to UpdateRule, in the order in which they came.
    networks : list of Link
        What is watched: the parameters of a network come and go with it.
    of_network : set of Parameter
        Those that do; one that was listed by hand stays.
    """

    def __init__(self):
        self.update_rules, self.networks, self.of_network = {}, [], set()
        self._version = structure_version()

    def new(self, named):
        """Those of the (name, parameter) that are no members yet."""
        return [(name, p) for name, p in named if p not in self.update_rules]

    def add(self, named, tree, parent):
        """Take in new parameters, each under a name of its own, below a node of the tree."""
        taken = {update_rule.name for update_rule in self.update_rules.values()}
        for name, p in named:
            name = unique(name, taken)
            self.update_rules[p] = UpdateRule(p, Hyperparameters(tree, name, parent, key=f"parameter {name}"))

    def watch(self, target, params, new):
        """Remember whether these parameters belong to a network or were listed by hand."""
        if not isinstance(target, Link):
            self.of_network.difference_update(params)
            return
        if not any(network is target for network in self.networks):
            self.networks.append(target)
        self.of_network.update(p for _, p in new)

    def changed(self):
        """Whether any network, anywhere, has changed since `up_to_date`: one comparison of integers."""
        return self._version != structure_version()

    def up_to_date(self, yes=True):
        """Remember that the networks were looked at, or that they must be."""
        self._version = structure_version() if yes else None

    def now(self):
        """(name, parameter) for all that is in the networks now, each parameter once."""
        there = {}
        for network in self.networks:
            for name, p in network.named_params():
                there.setdefault(p, name)
        return [(name, p) for p, name in there.items()]

    def let_go(self, now):
        """Forget what has left the networks; return what it was called."""
        there = {p for _, p in now}
        gone = {p: u for p, u in self.update_rules.items() if p in self.of_network and p not in there}
        for p, update_rule in gone.items():
            del self.update_rules[p]
            update_rule.hyperparam._leave()
            if p.update_rule is update_rule:
                p.update_rule = NO_RULE
        self.of_network -= gone.keys()
        return [update_rule.name for update_rule in gone.values()]

    def rename(self, now):
        """Call what is in the networks by its path of now."""
        paths = [(name, self.update_rules[p]) for name, p in now if p in self.of_network]
        taken = {u.name for u in self.update_rules.values()} - {u.name for _, u in paths}
        for name, update_rule in paths:
            name = unique(name, taken)
            vars(update_rule.hyperparam).update(_name=name, _key=f"parameter {name}")


def unique(name, taken):
    """The name, or the name with a number that nobody has; it is taken then."""
    numbered = (f"{name}_{k}" for k in itertools.count(2))
    found = next(n for n in itertools.chain([name], numbered) if n not in taken)
    taken.add(found)
    return found


def warn(message):
    """Warn at the line, outside this package, from which it was called."""
    frame, depth = sys._getframe(), 1
    while frame.f_back and frame.f_globals["__name__"].startswith(f"{__package__}."):
        frame, depth = frame.f_back, depth + 1
    warnings.warn(message, RuntimeWarning, stacklevel=depth)
