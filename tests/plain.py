"""What optimizers over shared parameters should do, said with plain arrays that own their memory.

There is no storage here, no kernel and no view: a `Twin` has its arrays, an optimizer has arrays for its state,
and one update is the author's formula called on them. `tests/test_sharing.py` compares.
"""

import numpy as np


class Twin:
    """A parameter."""

    def __init__(self, data, name=None):
        self.data, self.grad, self.name = data.copy(), None, name
        self.laid, self.newest = False, None

    def accumulate(self, gradient):
        self.grad = gradient.copy() if self.grad is None else self.grad + gradient

    def free_copy(self):
        twin = Twin(self.data, self.name)
        twin.grad = None if self.grad is None else self.grad.copy()
        return twin


class Net:
    """A network: attributes that are twins or nets, in order of assignment."""

    def __init__(self):
        self.attributes = {}

    def named(self, path="", seen=None):
        seen = set() if seen is None else seen
        for name, value in self.attributes.items():
            if value not in seen:
                seen.add(value)
                if isinstance(value, Net):
                    yield from value.named(f"{path}{name}.", seen)
                else:
                    yield f"{path}{name}", value


class Entry:
    """What an optimizer knows of one parameter."""

    def __init__(self, rule, twin, name):
        self.name, self.t, self.enabled = name, 0, True
        self.state = {n: np.full(twin.data.shape, 0 if isinstance(s, str) else s, twin.data.dtype)
                      for n, s in rule.element_states.items()}
        self.state |= {n: 0.0 if isinstance(s, str) else float(s) for n, s in rule.scalar_states.items()}

    def copy(self):
        new = object.__new__(Entry)
        new.name, new.t, new.enabled = self.name, self.t, self.enabled
        new.state = {n: v.copy() if isinstance(v, np.ndarray) else v for n, v in self.state.items()}
        return new


class Optimizer:
    def __init__(self, rule, values, missing_grad, maximize):
        self.rule, self.values = rule, values
        self.missing_grad, self.maximize = missing_grad, maximize
        self.entries = {}  # by twin
        self.nets, self.of_net = [], set()

    # membership

    def setup(self, target, keep):
        self.look(keep)
        named = list(target.named()) if isinstance(target, Net) else [
            (twin.name or f"p{k}", twin) for k, twin in enumerate(target)]
        new = [twin for _, twin in named if twin not in self.entries]
        self._add(named)
        if isinstance(target, Net):
            self.nets += [] if target in self.nets else [target]
            self.of_net |= set(new)
        else:
            self.of_net -= {twin for _, twin in named}
        self._become_newest([twin for _, twin in named], keep)

    def look(self, keep=False):
        there = {}
        for net in self.nets:
            for name, twin in net.named():
                there.setdefault(twin, name)
        for twin in [t for t in self.entries if t in self.of_net and t not in there]:
            del self.entries[twin]
            self.of_net.discard(twin)
            twin.newest = None if twin.newest is self else twin.newest
        new = [twin for twin in there if twin not in self.entries]
        self._add([(there[twin], twin) for twin in new])
        self.of_net |= set(new)
        for twin in self.of_net:
            self.entries[twin].name = None
        for twin, name in there.items():
            if twin in self.of_net:
                self.entries[twin].name = self._unique(name)
        self._become_newest(new, keep)

    def _add(self, named):
        for name, twin in named:
            if twin not in self.entries:
                self.entries[twin] = Entry(self.rule, twin, self._unique(name))
                twin.laid = True

    def _become_newest(self, twins, keep):
        for twin in twins:
            before, twin.newest = twin.newest, self
            if keep and before is not None and twin in before.entries and not before.entries[twin].enabled:
                self.entries[twin].enabled = False

    def _unique(self, name):
        taken = {entry.name for entry in self.entries.values()}
        k, unique = 1, name
        while unique in taken:
            k += 1
            unique = f"{name}_{k}"
        return unique

    # moving

    def step(self):
        self.look()
        for twin, entry in self.entries.items():
            if twin.grad is None and self.missing_grad == "zero":
                twin.grad = np.zeros_like(twin.data)
            if twin.grad is not None and entry.enabled:
                self._update(twin, entry)

    def _update(self, twin, entry):
        g = -twin.grad if self.maximize else twin.grad
        entry.t += 1
        update = by_formula if twin.data.dtype == np.float64 else by_stepper
        twin.data = update(self.rule, self.values, twin.data, g, entry)

    def copy(self, twins, nets):
        """The same over other twins and nets."""
        new = Optimizer(self.rule, dict(self.values), self.missing_grad, self.maximize)
        new.entries = {twins[twin]: entry.copy() for twin, entry in self.entries.items()}
        new.nets, new.of_net = [nets[net] for net in self.nets], {twins[twin] for twin in self.of_net}
        return new


def by_formula(rule, values, x, g, entry):
    """The new x after the author's formula; the entry gets its new states. float64."""
    values = {n: np.float64(v) for n, v in values.items()}
    if entry.t == 1:
        for n, start in (rule.element_states | rule.scalar_states).items():
            if isinstance(start, str):
                value = eval(start, {"np": np}, dict(values))
                entry.state[n] = np.full(x.shape, value) if n in rule.element_states else value
    flat = [a.reshape(-1).copy() for a in (x, g, *(entry.state[n] for n in rule.element_states))]
    with np.errstate(all="ignore"):
        reductions = [np.float64(reduce(x, g, entry.t)) for reduce in REDUCTIONS.get(rule.name, ())]
        scalars = [np.float64(entry.state[n]) for n in rule.scalar_states]
        new = rule.formula(*flat, np.float64(entry.t), *scalars, *reductions, *values.values())
    x, *states = new if isinstance(new, tuple) else (new,)
    for n, value in zip([*rule.element_states, *rule.scalar_states], states, strict=True):
        entry.state[n] = value.reshape(g.shape) if n in rule.element_states else float(value)
    return x.reshape(g.shape)


def by_stepper(rule, values, x, g, entry):
    """The same by the rule's reading in NumPy, for one parameter alone. float32."""
    X, G = x.reshape(-1).copy(), g.reshape(-1).copy()
    elements = [entry.state[n].reshape(-1).copy() for n in rule.element_states]
    scalars = np.array([[entry.state[n] for n in rule.scalar_states]]).reshape(1, -1)
    with np.errstate(all="ignore"):
        reductions = [reduce(x, g, entry.t) for reduce in REDUCTIONS.get(rule.name, ())]
    table = np.array([[*values.values(), *rule.parts.constants.values()]])
    segments, has_grad = np.array([[0, X.size, 0, 0, 0, 1]]), np.ones(1, bool)
    rule.stepper(x.dtype, "numpy")(
        X, G, *elements, segments, has_grad, np.array([entry.t - 1.0]), scalars,
        np.array(reductions, float).reshape(1, -1), table)
    entry.state = {n: a.reshape(x.shape) for n, a in zip(rule.element_states, elements, strict=True)}
    entry.state |= dict(zip(rule.scalar_states, map(float, scalars[0]), strict=True))
    return X.reshape(x.shape)


REDUCTIONS = {  # by the name of the rule
    "Everything": [lambda x, g, t: np.sqrt(np.float64(np.vdot(g, g))) / t, lambda x, g, t: np.max(np.abs(x))],
}
