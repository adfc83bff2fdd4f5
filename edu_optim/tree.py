"""`Tree`: what is set at which node, carried to the tables that the kernels read, and who is in which group."""

import functools
import math
import weakref

import numpy as np

from .arguments import OPTIONS
from .groups import Group
from .hyperparameters import EXTRAS, LR_MULT, WEIGHT_DECAY, Hyperparameters, checked, checked_value, listed
from .link import Link
from .members import warn
from .no_rule import NotSetUp

NO_SHORT_CUT = math.inf, -math.inf, None  # no value lies between


class WorkedOut:
    """Which update rules lie below a node, and which rows of which tables a value of it reaches."""

    def __init__(self):
        self.below, self.reached, self.short_cuts = {}, {}, []


class Tree:
    """The hyperparameters of one optimizer.

    A step must not look anything up: each value stands in the tables of `Segments`, and is written there at the
    moment it is set. Which rows a node reaches is worked out once and remembered until something else than a
    value changes.

    Attributes
    ----------
    root : Hyperparameters
    links : mapping of Link to Hyperparameters
    groups : dict
        Node to `Group`, for all that `optimizer.param_groups` lists, in its order.
    explicit : list of Hyperparameters
        The nodes of the groups that were listed as such.
    busy : bool
        Whether a step is more than its kernels, because of a hook or of decay.
    version : int
        Counts up whenever a group may have come or gone, or what it sets of its own.
    """

    def __init__(self, optimizer, values, rooted=True):
        self.owner = weakref.ref(optimizer)
        self.root = Hyperparameters(self, optimizer.rule.name, rule=optimizer.rule, key="root")
        self.root._own.update(values)
        self.groups = {self.root: Group(self.root)} if rooted else {}
        self.explicit = []
        self.busy = False
        self.version = 0
        # Nodes know their tree, which knows them: what is large is held weakly, or by the optimizer alone, so that
        # nothing of it waits for the garbage collector.
        self.links, self._members = weakref.WeakKeyDictionary(), []
        self._worked_out = weakref.ref(optimizer._worked_out)

    # who is where

    def arrange(self, members):
        """Find every parameter's place: in its group, in the network's tree, or right below the root."""
        links, placed = weakref.WeakKeyDictionary(), set()
        for k, network in enumerate(members.networks):
            nodes = {"": None}
            for path, thing in network._walk():
                parent = nodes[path.rpartition(".")[0]] or self.root
                if isinstance(thing, Link):
                    if thing not in links:
                        node = links[thing] = self.links.get(thing) or Hyperparameters(self, path)
                        about = {"_parent": parent, "_name": path or type(thing).__name__}
                        vars(node).update(about, _key=f"network {k} {path}")
                    elif links[thing]._parent is self.root and links[thing] not in parent._path():
                        vars(links[thing])["_parent"] = parent  # a network of its own, now also a part of this one
                    nodes[path] = links[thing]
                elif thing in members.update_rules and thing not in placed:
                    placed.add(thing)
                    node = members.update_rules[thing].hyperparam
                    if node._parent not in self.explicit:
                        vars(node).update(_parent=parent)
        for p, u in members.update_rules.items():
            if p not in placed and u.hyperparam._parent not in self.explicit:
                vars(u.hyperparam).update(_parent=self.root)
        self.remember(members.update_rules, links)

    def remember(self, update_rules, links):
        """Know these update rules and links, each at its place, and no others."""
        self.links, self._members = links, [weakref.ref(u) for u in update_rules.values()]
        kept = {self.root, *self.explicit, *links.values(), *(u.hyperparam for u in update_rules.values())}
        for node in [node for node in self.groups if node not in kept]:
            del self.groups[node]
        self._forget()
        if self.root not in self.groups and any(self._group_of(u.hyperparam) is None for u in update_rules.values()):
            self.groups[self.root] = Group(self.root)  # for those that came later than an optimizer made of groups

    def add_group(self, values):
        """A node right below the root that has every value of its own."""
        name = f"group {len(self.explicit)}"
        node = Hyperparameters(self, name, self.root, key=name)
        node._own.update(values)
        self.explicit.append(node)
        self.groups[node] = Group(node)
        return node

    def below(self, node):
        """The update rules of the parameters below a node, in the order of `setup`."""
        below = (self._worked_out() or WorkedOut()).below
        if not below:
            for u in filter(None, (ref() for ref in self._members)):
                for above in u.hyperparam._path():
                    below.setdefault(above, []).append(u)
        return below.get(node, [])

    def params_of(self, node):
        """The parameters whose nearest listed node is this one."""
        return [u.param for u in self.below(node) if self._group_of(u.hyperparam) is node]

    def _group_of(self, node):
        return next((above for above in node._path() if above in self.groups), None)

    # names and values

    def rules(self, node):
        """The rules that work below a node, its own first."""
        return list(dict.fromkeys([node._nearest_rule(), *(u.rule for u in self.below(node))]))

    def names(self, node):
        """The names a node can hold, but for `lr_mult` and decay, which any can."""
        return list(dict.fromkeys(name for rule in self.rules(node) for name in rule.hyperparameters))

    def known(self, node, name):
        """Raise AttributeError if nothing below the node has a hyperparameter of this name."""
        if node._key is None:
            raise NotSetUp(f"{node._name} has left its network, so nothing moves it by {name}: put it back, or call "
                           "optimizer.setup with it")
        sought = "lr" if name == LR_MULT else name
        if sought != WEIGHT_DECAY and not any(sought in rule.hyperparameters for rule in self.rules(node)):
            owner = "/".join(rule.name for rule in self.rules(node))
            raise AttributeError(f"{owner} has no hyperparameter {name!r}: it has {', '.join(self.names(node))}")

    def default(self, node, name):
        """What holds where nobody set a value."""
        rules = [rule for rule in self.rules(node) if name in rule.hyperparameters]
        return rules[0].hyperparameters[name].default if rules else EXTRAS[name].default

    # setting

    def set(self, node, values):
        """Set values at a node, all of them or none; they hold below it, where nothing nearer is set."""
        self.write(node, {name: self.check(node, name, value) for name, value in values.items()})

    def set_again(self, node, name, value):
        """Set another value for what a node has already, in a hurry, as schedules do it."""
        least, most, carry = node._short_cuts.get(name, NO_SHORT_CUT)
        if type(value) is float and least <= value <= most:
            node._own[name] = value
            carry(value)
        else:
            self.set(node, {name: value})

    def check(self, node, name, value):
        """The value as a float, if every rule it would reach can use it."""
        self.known(node, name)
        pairs, _ = self._reach(node, name)
        number = None
        for rule, dtypes in pairs.items():
            if name in rule.hyperparameters or name in EXTRAS:
                number = checked_value(rule, name, value, dtypes)
        if number is None:
            rule = next(rule for rule in self.rules(node) if name in rule.hyperparameters)
            number = checked_value(rule, name, value, ())
        return number

    def write(self, node, values):
        """Set values that were checked."""
        for name, value in values.items():
            was_set = name in node._own
            node._own[name] = value
            if not was_set or (name in EXTRAS and name not in node._nearest_rule().hyperparameters):
                self._changed(node, name)
                continue
            for segments, rows, column in self._reach(node, name)[1]:  # another value, which reaches the same rows
                segments.table[rows, column] = value * segments.multiplier[rows] if name == "lr" else value
        if node not in self.groups and node._own and node is not self.root:
            self.groups[node] = Group(node)

    def delete(self, node, name):
        """Take a value away from a node."""
        if name not in node._own:
            self.known(node, name)
            raise AttributeError(f"{name} is not set at {node._name}, which inherits it: there is nothing to delete")
        if node is self.root and name in node._rule.hyperparameters:
            raise AttributeError(f"{name} = {node._own[name]:g} holds for all of {node._name} and cannot be deleted: "
                                 f"set another value, optimizer.hyperparam.{name} = ...")
        value = node._own.pop(name)
        try:
            if any(name in rule.hyperparameters for rule in self.rules(node)):  # not so if set_rule took it away
                self.check(node, name, node._value(name))
        except ValueError:
            node._own[name] = value
            raise
        self._changed(node, name)
        if name == "lr" and node in self.groups:
            self.groups[node]._added.pop("initial_lr", None)  # a rate set later is another rate
        if not node._own and node._rule is None and node not in self.explicit:
            self.groups.pop(node, None)

    def set_rule(self, node, given):
        """Have all below a node moved by another optimizer's rule; its values, defaults included, are set there."""
        owner, rule = self.owner(), getattr(given, "rule", None)
        if owner is None:
            raise RuntimeError(f"the optimizer of {node._name} is gone: keep it in a variable, and make it again")
        owner._refuse_in_step("set_rule")
        if rule is None or not hasattr(given, "_tree"):
            raise TypeError(f"set_rule takes an optimizer without parameters, such as eo.Adam(lr=1e-3), not {given!r}")
        if given._members.update_rules:
            raise ValueError(f"this {rule.name} has parameters of its own: give one without, eo.{rule.name}(lr=...)")
        below, dtypes = self.below(node), {u.dtype for u in self.below(node)}
        frozen = [u.name for u in below if not u.enabled]
        if frozen:
            raise ValueError(f"{', '.join(frozen)} is switched off, which protects the state that another rule would "
                             "throw away: switch it on first, enable_update() or update_rule.enabled = True")
        for u in below:
            rule.refuse_shape(u.name, u.param.shape)
        for option, default in OPTIONS.items():
            value = given._options[option]
            if value not in (default, owner._options[option]):
                raise ValueError(f"set_rule takes a rule and its values, and {option}={value!r} is for all of an "
                                 f"optimizer: {owner.rule.name}(network, {option}={value!r})")
        own = dict(given.hyperparam._own)
        own.setdefault(WEIGHT_DECAY, EXTRAS[WEIGHT_DECAY].default)  # what another rule decays by is not this one's
        values = checked(rule, own, dtypes)
        told = node._rule is None  # else its values came with a rule, and go with it
        usual = {n: h.default for n, h in {**EXTRAS, **rule.hyperparameters}.items()}
        replaced = {n: v for n, v in node._own.items() if told and n in values and v != values[n] == usual[n]}
        lost = []
        vars(node)["_rule"] = rule
        for other in dict.fromkeys(above for u in below for above in u.hyperparam._path() if node in above._path()):
            known = {*other._nearest_rule().hyperparameters, *EXTRAS}
            if other is not node or told:
                lost += [f"{name} of {other._name}" for name in other._own if name not in known]
            vars(other)["_own"] = {name: value for name, value in other._own.items() if name in known}
            if not other._own and other._rule is None:
                self.groups.pop(other, None)
        node._own.update(values)
        self.groups.setdefault(node, Group(node))
        owner._seat()
        if lost:
            warn(f"{', '.join(lost)} was set there, and {rule.name} has no such value: it is gone")
        if replaced:
            said = ", ".join(f"{n} of {node._name} was {v:g} and is {values[n]:g} now" for n, v in replaced.items())
            warn(f"{said}: {rule.name} brings its defaults along. Give it what shall stay, "
                 f"eo.{rule.name}({listed(replaced)})")

    # carrying values to the tables

    def _reach(self, node, name):
        """What a value of a node reaches: ({rule: dtypes}, [(segments, rows, column)])."""
        worked_out = self._worked_out() or WorkedOut()
        reached = worked_out.reached
        if (node, name) not in reached:
            pairs, targets = {node._nearest_rule(): set()}, {}
            for u in self.below(node):
                if name == LR_MULT or self._source_below(u, node, name):
                    pairs.setdefault(u.rule, set()).add(u.dtype)
                    if name in u.rule.hyperparameters:
                        targets.setdefault((u._segments, u._segments.columns[name]), []).append(u._index)
            targets = [(segments, _compact(rows), column) for (segments, column), rows in targets.items()]
            reached[node, name] = pairs, targets
            # One piece of one table, and one rule that may say no; an eps may round to 0 in a dtype besides.
            if len(pairs) == len(targets) == 1 and isinstance(targets[0][1], slice) and not name.startswith("eps"):
                (rule,), (segments, rows, column) = pairs, targets[0]
                multiplier = segments.multiplier[rows] if name == "lr" else np.ones(1)
                cells = segments.table[rows, column]
                same = np.all(multiplier == 1)
                carry = cells.fill if same else functools.partial(np.multiply, multiplier, out=cells)
                node._short_cuts[name] = *rule.hyperparameters[name].floats, carry
                worked_out.short_cuts.append(node._short_cuts)
        return reached[node, name]

    def _source_below(self, u, node, name):
        """Whether a parameter below the node finds no nearer value than the node's."""
        return next(above for above in u.hyperparam._path() if above is node or name in above._own) is node

    def _changed(self, node, name):
        """Something is set that was not, or the other way round, or it is one of the extras."""
        self._forget(reached_only=True)
        self.refill(self.below(node), [name])

    def refill(self, update_rules, names=None):
        """Write what holds into the tables, for all names or for these."""
        for u in update_rules:
            for name in names or [*u.rule.hyperparameters, LR_MULT, WEIGHT_DECAY]:
                u._take(name)
        self.look_busy()

    def look_busy(self):
        """Find out anew whether a step is more than its kernels."""
        owner = self.owner()
        members = filter(None, (ref() for ref in self._members))
        self.busy = bool(owner and owner._hooks) or any(u._hooks or u.decay for u in members)

    def _forget(self, reached_only=False):
        self.version += 1
        worked_out = self._worked_out() or WorkedOut()
        worked_out.reached.clear()
        for short_cuts in worked_out.short_cuts:
            short_cuts.clear()
        worked_out.short_cuts.clear()
        if not reached_only:
            worked_out.below.clear()


def _compact(rows):
    """The rows as an index, a slice where they follow one another."""
    together = rows == list(range(rows[0], rows[0] + len(rows)))
    return slice(rows[0], rows[0] + len(rows)) if together else np.array(rows)
