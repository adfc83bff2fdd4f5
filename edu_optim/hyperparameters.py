"""`Hyperparameters`: one node of the tree of values by which an optimizer moves its parameters.

Optimizer, chain, link and parameter, or optimizer, group and parameter: each node holds the values that were set
there, and a value that a node does not hold is looked up above it at the moment it is read.
"""

from .formula.hyper import Hyper

# Values of the tree that are no rule's: how much of the rate a node takes, and the decay that is added to gradients.
LR_MULT, WEIGHT_DECAY = "lr_mult", "weight_decay"
EXTRAS = {LR_MULT: Hyper(1.0, r"c", "[0, inf)"), WEIGHT_DECAY: Hyper(0.0, r"\lambda", "[0, inf)")}


class Hyperparameters:
    """The hyperparameters of an optimizer, a link or a parameter, as attributes.

    Reading gives the value that is set nearest: here or, failing that, above. Assigning sets it here, for
    everything below that has none of its own; ``del`` takes it away again, and what is inherited holds. `lr_mult`
    is no such value but a factor: those along the path are multiplied, and scale `lr` wherever that comes from.

    A value that a rule below does not allow raises and changes nothing; a name that no rule below has raises
    AttributeError with those there are.

    Examples
    --------
    >>> import edu_optim as eo
    >>> net = eo.links.MLP(2, 2, 1)
    >>> optimizer = eo.MomentumSGD(net, lr=0.1)
    >>> net.l1.hyperparam.lr = 1e-5
    >>> net.l1.W.update_rule.hyperparam.momentum = 0
    >>> net.l1.W.update_rule.hyperparam
    Hyperparameters(lr=1e-05, momentum=0)
    >>> del net.l1.hyperparam.lr
    >>> net.l1.W.update_rule.hyperparam.lr
    0.1
    >>> optimizer.hyperparam.rate = 0.1
    Traceback (most recent call last):
        ...
    AttributeError: MomentumSGD has no hyperparameter 'rate': it has lr, momentum
    """

    def __init__(self, tree, name, parent=None, rule=None, key=None):
        vars(self).update(_tree=tree, _name=name, _parent=parent, _rule=rule, _own={}, _key=key, _short_cuts={})

    def __getattr__(self, name):
        if name.startswith("_"):  # a copy in the making, which has no tree yet, asks for these
            raise AttributeError(name)
        self._tree.known(self, name)
        if name == LR_MULT:
            return self._own.get(name, EXTRAS[name].default)
        return self._value(name)

    def __setattr__(self, name, value):
        if name in self._own:
            self._tree.set_again(self, name, value)
        else:
            self._tree.set(self, {name: value})

    def __delattr__(self, name):
        self._tree.delete(self, name)

    def get_dict(self):
        """What holds here: every hyperparameter of the rule, and what else is set on the path, as a new dict."""
        values = {name: self._value(name) for name in self._nearest_rule().hyperparameters}
        for name, value in ((LR_MULT, self._multiplier()), (WEIGHT_DECAY, self._value(WEIGHT_DECAY))):
            if name not in values and any(name in node._own for node in self._path()):
                values[name] = value
        return values

    def tree(self):
        """Print what is set where, from here down, and the rate that comes of it for each parameter.

        Examples
        --------
        >>> import edu_optim as eo
        >>> net = eo.links.MLP(2, 2, 1)
        >>> optimizer = eo.SGD(net, lr=0.1)
        >>> net.l1.hyperparam.lr_mult = 0.5
        >>> net.l1.b.update_rule.enabled = False
        >>> net.l2.W.update_rule.hyperparam.lr = 10
        >>> optimizer.hyperparam.tree()
        SGD      lr=0.1
          MLP
            l1   lr_mult=0.5
              W                rate 0.05
              b                rate 0.05, disabled
            l2
              W  lr=10         rate 10
              b                rate 0.1
        """
        from .outline import outline

        print(outline(self._tree, self))

    # the path upwards

    def _path(self):
        node = self
        while node is not None:
            yield node
            node = node._parent

    def _leave(self):
        """What it is of has left the network: nothing set here would move anything."""
        vars(self)["_key"] = None

    def _nearest_rule(self):
        return next(node._rule for node in self._path() if node._rule is not None)

    def _value(self, name):
        """The value that holds here; where nobody set one, the default of a rule that has it."""
        for node in self._path():
            if name in node._own:
                return node._own[name]
        return self._tree.default(self, name)

    def _multiplier(self):
        product = 1.0
        for node in self._path():
            product *= node._own.get(LR_MULT, 1.0)
        return product

    def __dir__(self):
        return [*self._tree.names(self), LR_MULT, "get_dict", "tree"]

    def __repr__(self):
        return f"Hyperparameters({listed(self.get_dict())})"


def listed(values):
    """Hyperparameters as one writes them in a call."""
    return ", ".join(f"{name}={value:g}" for name, value in values.items())


def checked(rule, values, dtypes):
    """The values as floats; TypeError or ValueError if the rule, or parameters of these dtypes, cannot use one."""
    return {name: checked_value(rule, name, value, dtypes) for name, value in values.items()}


def checked_value(rule, name, value, dtypes):
    """One value as a float, as `checked` has it."""
    if name in EXTRAS and name not in rule.hyperparameters:
        return EXTRAS[name].check(rule.name, name, value)
    for dtype in dtypes:
        rule.check(name, value, dtype)
    return rule.check(name, value)
