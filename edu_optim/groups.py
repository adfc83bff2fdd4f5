"""`Group`: an entry of `optimizer.param_groups`, the face that code written for torch reads and writes."""

from collections.abc import MutableMapping

from .hyperparameters import EXTRAS, LR_MULT, WEIGHT_DECAY

BETAS = ("beta1", "beta2")


class Group(MutableMapping):
    """What one node of the tree of hyperparameters says, as a dict: `params`, each hyperparameter, and whatever a
    caller adds, such as a schedule's `initial_lr`.

    Reading what the node inherits reads the tree; writing sets it at the node. `lr` is the base rate, without
    `lr_mult`. `params` lists each parameter in one group only, that of its nearest node. Two groups are equal
    only if they are the same.

    Examples
    --------
    >>> import edu_optim as eo
    >>> optimizer = eo.Adam(eo.links.MLP(2, 2, 1), lr=0.1)
    >>> group = optimizer.param_groups[0]
    >>> group["lr"] *= 0.5
    >>> group["initial_lr"] = 0.1
    >>> optimizer.hyperparam.lr, group["betas"], len(group["params"])
    (0.05, (0.9, 0.999), 4)
    """

    __eq__, __hash__ = object.__eq__, object.__hash__

    def __init__(self, node):
        self._node = node
        self._added = {}

    def owns(self, name):
        """Whether the value is set at this node, not inherited."""
        if name in self._node._own:
            return True
        names = BETAS if name == "betas" else (self._spelled(name),)
        return all(n in self._node._own for n in names)

    def _names(self):
        """The keys that are values of the tree, `betas` included."""
        names = list(self._node._nearest_rule().hyperparameters)
        names += [n for n in (LR_MULT, WEIGHT_DECAY) if n not in names and (n != LR_MULT or "lr" in names)]
        return [*names, "betas"] if set(BETAS) <= set(names) else names

    def _spelled(self, name):
        """The tree's word for another library's."""
        return "lr" if name == "learning_rate" and name not in self._names() else name

    def __getitem__(self, name):
        own = self._node._own
        if name in own:  # which is what schedules ask for
            return own[name]
        name = self._spelled(name)
        if name == "params":
            return self._node._tree.params_of(self._node)
        if name not in self._names():
            return self._added[name]
        if name == "betas":
            return tuple(self._node._value(n) for n in BETAS)
        return EXTRAS[name].default if name == LR_MULT else self._node._value(name)

    def __setitem__(self, name, value):
        node = self._node
        if name in node._own:
            return node._tree.set_again(node, name, value)
        name = self._spelled(name)
        if name == "params":
            raise TypeError(
                "a group's parameters are those of its node, and cannot be written: "
                "optimizer.add_param_group({'params': [p]}) adds some")
        if name == "betas" and "betas" in self._names():
            self._node._tree.set(self._node, two_betas(value))
        elif name in self._names():
            self._node._tree.set(self._node, {name: value})
        else:
            self._added[name] = value

    def __contains__(self, name):
        held = name in self._node._own or name in self._added
        return held or name == "params" or self._spelled(name) in self._names()

    def __delitem__(self, name):
        name = self._spelled(name)
        if name == "betas" and self.owns(name):
            for n in BETAS:
                self._node._tree.delete(self._node, n)
        elif name in self._node._own:
            self._node._tree.delete(self._node, name)
        elif name in self._names() or name == "params":
            raise KeyError(f"{name} is not set in this group, so there is nothing to delete")
        else:
            del self._added[name]
            self._node._tree.version += 1  # a schedule's mark may have been it

    def __iter__(self):
        return iter(["params", *self._names(), *self._added])

    def __len__(self):
        return 1 + len(self._names()) + len(self._added)

    def __repr__(self):
        names = ", ".join(p.name or "?" for p in self["params"])
        said = [f"{name!r}: {value!r}" for name, value in self.items() if name != "params"]
        return "{" + ", ".join([f"'params': [{names}]", *said]) + "}"


def two_betas(value):
    """{'beta1': ..., 'beta2': ...} of what torch writes as one pair."""
    if not (isinstance(value, (tuple, list)) and len(value) == 2):
        raise TypeError(f"betas = {value!r} must be two numbers: betas=(0.9, 0.999)")
    return dict(zip(BETAS, value, strict=True))
