"""`UpdateRule`: how one parameter is moved by one optimizer."""

import types
import weakref

from .hook_list import HookList
from .hyperparameters import LR_MULT, WEIGHT_DECAY
from .segments import ENABLED


class UpdateRule:
    """How one parameter is moved by one optimizer: switch, hyperparameters, hooks, state and count of updates.

    Attributes
    ----------
    name : str
        What the optimizer calls the parameter: its path in the network, or the name it was given, or "p0",
        "p1", ... by its place in the list.
    rule : Rule
        The formula.
    hyperparam : Hyperparameters
        The values for this parameter; what is not set here is inherited.
    rate : float
        The rate it is moved by: lr times every `lr_mult` on the path.
    decay : float
        The `weight_decay` that holds for it, where the rule has none of its own.
    enabled : bool
        Off: nothing moves the parameter, its state or `t`, and its hooks are not called.
    t : int
        How often this parameter was updated.
    state : mapping
        The element states as views of the parameter's shape, the scalar states as numbers.

    Examples
    --------
    >>> import numpy as np, edu_optim as eo
    >>> p = eo.Parameter(np.array([1.0, 2.0]))
    >>> optimizer = eo.MomentumSGD([p], lr=0.5)
    >>> p.grad = np.array([1.0, 0.0])
    >>> optimizer.step()
    >>> p.update_rule.state["m"]
    array([-0.5,  0. ])
    >>> p.update_rule.enabled = False
    >>> optimizer.step()
    >>> p.update_rule
    <update rule MomentumSGD of p0, t=1, disabled>
    """

    # An optimizer nobody holds must be gone at once: this knows its parameter, which knows it, weakly.
    __slots__ = ("__weakref__", "_hooks", "_index", "_node", "_param", "_segments")

    def __init__(self, param, node):
        self._param, self._node, self._hooks, self._segments = weakref.ref(param), node, HookList(), None

    name = property(lambda self: self._node._name)
    rule = property(lambda self: self._segments.rule)
    hyperparam = property(lambda self: self._node)
    decay = property(lambda self: float(self._segments.decay[self._index]))
    dtype = property(lambda self: self._segments.storage.dtype)
    shape = property(lambda self: self._segments.shapes[self._index])
    t = property(lambda self: int(self._segments.t[self._index]))

    @property
    def param(self):
        """The parameter."""
        return self._param()

    @property
    def rate(self):
        """float: lr times every `lr_mult` on the path."""
        column = self._segments.columns.get("lr")
        if column is None:
            raise AttributeError(f"{self.rule.name} has no lr, so {self.name} has no rate")
        return float(self._segments.table[self._index, column])

    @property
    def enabled(self):
        return bool(self._segments.rows[self._index, ENABLED])

    @enabled.setter
    def enabled(self, value):
        if value not in (True, False):
            raise TypeError(f"{self.name}: enabled = {value!r} must be True or False")
        self._segments.rows[self._index, ENABLED] = value

    @property
    def state(self):
        return types.MappingProxyType(self._segments.state(self._index))

    def add_hook(self, hook, name=None, timing="auto"):
        """Have a function called at each update of this parameter.

        Parameters
        ----------
        hook : callable
            ``hook(update_rule, param)``; writes into `param.grad`, or after the rule into `param.data`. One that
            has ``whole = True`` is called ``hook(optimizer)`` with an optimizer of this parameter alone.
        name : str, optional
            By default the hook's `name`.
        timing : {"auto", "pre", "post"}, optional
            Before or after the rule; by default the hook's own `timing`, or else before.

        Raises
        ------
        TypeError
            If the hook cannot be called.
        ValueError
            If it has no name, or a timing that does not exist.
        KeyError
            If the name is taken here.

        Examples
        --------
        >>> import numpy as np, edu_optim as eo
        >>> p = eo.Parameter(np.array([1.0, 2.0]))
        >>> optimizer = eo.SGD([p], lr=0.5)
        >>> p.update_rule.add_hook(eo.hooks.WeightDecay(0.1))
        >>> p.grad = np.array([0.0, 1.0])
        >>> optimizer.step()
        >>> p.data
        array([0.95, 1.4 ])
        """
        self._hooks.add(hook, name, timing)
        self._node._tree.look_busy()

    def remove_hook(self, name):
        """Forget a hook; KeyError if there is none of this name."""
        self._hooks.remove(name)
        self._node._tree.look_busy()

    def update(self, param):
        """Update this parameter alone, with its own hooks and none of the optimizer's.

        Raises
        ------
        ValueError
            If `param` is another parameter.
        RuntimeError
            If the optimizer is gone, or the parameter has left the network.
        """
        if param is not self.param:
            raise ValueError(f"this is the update rule of {self.name}, and cannot update another parameter: "
                             "param.update_rule.update(param)")
        optimizer = self._node._tree.owner()
        if optimizer is None:
            raise RuntimeError(f"the optimizer of {self.name} is gone: keep it in a variable, and make it again")
        optimizer._look()
        if optimizer._members.update_rules.get(param) is not self:
            raise RuntimeError(f"{self.name} has left its network, so nothing moves it: put it back, or call "
                               "optimizer.setup with it")
        optimizer._step_of([self], of_optimizer=False)

    # what stands behind it

    def _sit(self, segments, index):
        """Take a seat in new segments, with all that it was in the old ones; a state of another rule is gone."""
        if self._segments is not None:
            if segments.rule is self._segments.rule:
                segments.put(index, self.state, self.t, self.enabled)
            segments.rows[index, ENABLED] = self.enabled
        self._segments, self._index = segments, index

    def _take(self, name):
        """Write what holds for this parameter into the kernel's table."""
        segments, index, node = self._segments, self._index, self._node
        if name == LR_MULT:
            segments.multiplier[index] = node._multiplier()
            name = "lr"
        if name in segments.columns:
            factor = segments.multiplier[index] if name == "lr" else 1.0
            segments.table[index, segments.columns[name]] = node._value(name) * factor
        elif name == WEIGHT_DECAY:
            segments.decay[index] = node._value(name)

    def _restore(self, entry):
        self._segments.put(self._index, entry["state"], entry["t"], entry["enabled"])

    def __repr__(self):
        switch = "" if self.enabled else ", disabled"
        return f"<update rule {self.rule.name} of {self.name}, t={self.t}{switch}>"
