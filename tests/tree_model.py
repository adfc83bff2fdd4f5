"""What the hyperparameters of an optimizer should be, said with one dict for each place where values can stand.

There are no proxies, no tables and no views here: a place knows what was set there, what is above it and which rule
was put there, and what holds for a parameter is found by going through the places above it, one by one.
`tests/test_tree.py` compares.
"""

import copy
import fnmatch
from types import SimpleNamespace

import numpy as np
import plain

EXTRAS = {"lr_mult": 1.0, "weight_decay": 0.0}


class Refused(Exception):
    """Whatever the real thing refuses."""


class Tree:
    """All of one optimizer over parameters that are named like "l1.W".

    `places` is by name: "root", "group 0", "", "l1", "l1.W". `listed` are the entries of param_groups, in order.
    """

    def __init__(self, rules, rule, values, rooted):
        self.rules, self.rule, self.given = rules, rule, values
        self.places = {"root": SimpleNamespace(above=None, own=self.all_values(rule, values), rule=rule)}
        self.explicit, self.listed, self.added, self.params = [], ["root"] if rooted else [], {"root": {}}, {}

    def __deepcopy__(self, memo):
        new = object.__new__(Tree)
        vars(new).update({n: v if n == "rules" else copy.deepcopy(v, memo) for n, v in vars(self).items()})
        return new

    def all_values(self, rule, values):
        return {name: hyper.default for name, hyper in self.rules[rule].hyperparameters.items()} | self.beside(values)

    def beside(self, values):
        """Naming eps_hat alone is another form of Adam, in which eps is 0."""
        return {"eps": 0.0} | values if "eps_hat" in values else values

    # who is where

    def add(self, params, above):
        """Parameters {path: (name, data)} below a place."""
        for path, (name, data) in params.items():
            self.places[path] = SimpleNamespace(above=above, own={}, rule=None)
            self.params[path] = plain.Entry(self.rules[self.rule_of(path)], SimpleNamespace(data=data), name)
            self.params[path].data = data.copy()

    def add_group(self, params, values, added):
        place = f"group {len(self.explicit)}"
        self.places[place] = SimpleNamespace(
            above="root", own=self.all_values(self.rule, self.given) | self.beside(values), rule=None)
        self.explicit.append(place)
        self.listed.append(place)
        self.added[place] = dict(added)
        self.add(params, place)

    def add_network(self, params):
        """Those that are in no group yet, each below its layer; a root that nobody needed so far is listed then."""
        for layer in ["", *dict.fromkeys(path.partition(".")[0] for path in params)]:
            self.places[layer] = SimpleNamespace(above="" if layer else "root", own={}, rule=None)
        for path, what in params.items():
            if path not in self.params:
                self.add({path: what}, path.partition(".")[0])
                if "root" not in self.listed:
                    self.listed.append("root")
                    self.added["root"] = {}

    def path(self, place):
        """The place, and all above it."""
        while place is not None:
            yield place
            place = self.places[place].above

    def below(self, place):
        return [path for path in self.params if place in self.path(path)]

    def rule_of(self, place):
        return next(self.places[p].rule for p in self.path(place) if self.places[p].rule)

    # values

    def value(self, place, name, rule=None):
        for p in self.path(place):
            if name in self.places[p].own:
                return self.places[p].own[name]
        if name in EXTRAS:
            return EXTRAS[name]
        return self.rules[rule or self.rule_of(place)].hyperparameters[name].default

    def multiplier(self, place):
        product = 1.0
        for p in self.path(place):
            product *= self.places[p].own.get("lr_mult", 1.0)
        return product

    def get_dict(self, place):
        said = {name: self.value(place, name) for name in self.rules[self.rule_of(place)].hyperparameters}
        set_above = {name for p in self.path(place) for name in self.places[p].own}
        if "lr_mult" in set_above:
            said["lr_mult"] = self.multiplier(place)
        if "weight_decay" in set_above:
            said["weight_decay"] = self.value(place, "weight_decay")
        return said

    def moved_by(self, path):
        """(the values in the formula, the decay added to the gradient) of a parameter."""
        values = {name: self.value(path, name) for name in self.rules[self.rule_of(path)].hyperparameters}
        values["lr"] *= self.multiplier(path)
        return values, self.value(path, "weight_decay")

    def known(self, place, name):
        rules = {self.rule_of(place), *(self.rule_of(path) for path in self.below(place))}
        return name in EXTRAS or any(name in self.rules[rule].hyperparameters for rule in rules)

    def set(self, place, values):
        if not all(self.known(place, name) for name in values):
            raise Refused
        self.places[place].own.update(values)
        self._list(place)

    def delete(self, place, name):
        own = self.places[place].own
        if name not in own or (place == "root" and name in self.rules[self.rule].hyperparameters):
            raise Refused
        del own[name]
        if name == "lr" and place in self.listed:
            self.added[place].pop("initial_lr", None)
        self._list(place)

    def _list(self, place):
        """An entry is there while anything is set at its place."""
        there = place in ("root", *self.explicit) or self.places[place].own or self.places[place].rule
        if there and place not in self.listed and place != "root":
            self.listed.append(place)
            self.added[place] = {}
        elif not there and place in self.listed:
            self.listed.remove(place)

    def override(self, table):
        wanted = {}
        for pattern, values in table.items():
            matched = [path for path, entry in self.params.items() if fnmatch.fnmatchcase(entry.name, pattern)]
            if not matched:
                raise Refused
            for path in matched:
                if not all(self.known(path, name) for name in values):
                    raise Refused
                if wanted.setdefault(path, {}).keys() & values.keys():
                    raise Refused
                wanted[path].update(values)
        for path, values in wanted.items():
            self.set(path, values)

    def set_rule(self, place, rule, values):
        below = self.below(place)
        if not all(self.params[path].enabled for path in below):
            raise Refused
        before = {path: self.rule_of(path) for path in below}
        self.places[place].rule = rule
        self.places[place].own.update({"weight_decay": 0.0} | self.all_values(rule, values))
        self._list(place)
        for p in {p for path in below for p in self.path(path) if place in self.path(p)}:
            names = {*self.rules[self.rule_of(p)].hyperparameters, *EXTRAS}
            self.places[p].own = {name: value for name, value in self.places[p].own.items() if name in names}
            self._list(p)
        for path in below:
            if self.rule_of(path) != before[path]:
                old = self.params[path]
                entry = self.params[path] = plain.Entry(self.rules[self.rule_of(path)], old, old.name)
                entry.data = old.data

    # groups and steps

    def group_of(self, path):
        return next(p for p in self.path(path) if p in self.listed)

    def params_of(self, place):
        return [path for path in self.params if self.group_of(path) == place]

    def step(self, gradients):
        for path, g in gradients.items():
            entry = self.params[path]
            if entry.enabled and g is not None:
                values, decay = self.moved_by(path)
                g = g + decay * entry.data if decay else g
                entry.t += 1
                update = plain.by_formula if entry.data.dtype == np.float64 else plain.by_stepper
                entry.data = update(self.rules[self.rule_of(path)], values, entry.data, g, entry)

    def load(self, old, with_data):
        """Be what `old` was, over the same places."""
        if set(old.explicit) != set(self.explicit) or set(old.params) != set(self.params):
            raise Refused
        if {p: e.name for p, e in old.params.items()} != {p: e.name for p, e in self.params.items()}:
            raise Refused
        data = {path: entry.data for path, entry in self.params.items()}
        for place, there in self.places.items():
            before = old.places.get(place)
            there.own, there.rule = (dict(before.own), before.rule) if before else ({}, None)
        self.listed, self.added = list(old.listed), copy.deepcopy(old.added)
        self.params = copy.deepcopy({path: old.params[path] for path in self.params})
        if not with_data:
            for path, entry in self.params.items():
                entry.data = data[path]
