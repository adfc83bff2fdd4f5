"""`Link`: an object that owns parameters and knows them by name.

A `Link` needs no registry: its parameters and sub-links are the attributes that hold one, in the order in
which they were assigned. Assigning is all it takes, inside ``init_scope()`` (as Chainer writes it) or out of it.
"""

import contextlib
import warnings

from .no_rule import NotSetUp
from .parameter import Parameter

__all__ = ["Chain", "Link", "structure_version"]

_version = 0


def structure_version():
    """Count how often any link, anywhere, gained, lost or exchanged a parameter or a sub-link.

    Whoever keeps a list of a network's parameters remembers this number with it, and lists them again when it
    differs: one comparison of integers a step.

    Returns
    -------
    int

    Examples
    --------
    >>> from edu_optim.links import Linear
    >>> before = structure_version()
    >>> net = Linear(2, 1)
    >>> structure_version() > before
    True
    """
    return _version


class Link:
    """Something that owns parameters. A subclass assigns them as attributes and defines ``forward``.

    Attributes
    ----------
    name : str or None
        The attribute under which the link was first assigned to another.

    Raises
    ------
    TypeError
        When a list, tuple or dict of links or parameters is assigned: those inside would never be found.

    Examples
    --------
    >>> import numpy as np
    >>> class Scale(Link):
    ...     def __init__(self):
    ...         self.factor = Parameter(np.ones(3, np.float32))
    ...
    ...     def forward(self, x):
    ...         return x * self.factor
    >>> [name for name, param in Scale().named_params()]
    ['factor']
    """

    name = None

    def __setattr__(self, name, value):
        members = value.values() if isinstance(value, dict) else value if isinstance(value, (list, tuple)) else ()
        if any(isinstance(member, (Parameter, Link)) for member in members):
            raise TypeError(
                f"{type(self).__name__}.{name} is a {type(value).__name__} of links or parameters, and an optimizer "
                f'would not find them in there: assign each one, for example setattr(self, f"{name}{{i}}", link)')
        _count_change(value, vars(self).get(name))
        if isinstance(value, Link) and value.name is None:
            value.name = name
        super().__setattr__(name, value)
        if isinstance(value, Link):
            _warn_of_twins(self)

    def __delattr__(self, name):
        _count_change(vars(self).get(name))
        super().__delattr__(name)

    @contextlib.contextmanager
    def init_scope(self):
        """Mark the lines that assign parameters and links, as in Chainer; they are found without it too."""
        yield

    def named_links(self):
        """Yield ``(name, link)`` for this link, named "", and each link below it, named like "block.l1"."""
        return ((name, value) for name, value in self._walk() if isinstance(value, Link))

    def links(self):
        """Yield this link and each one below it."""
        return (link for _, link in self.named_links())

    def named_params(self):
        """Yield ``(name, parameter)``, named like "l1.W", in order of assignment.

        A parameter or link that can be reached by two paths comes once, under the first of them.

        Examples
        --------
        >>> from edu_optim.links import MLP
        >>> [name for name, param in MLP(4, 3, 2).named_params()]
        ['l1.W', 'l1.b', 'l2.W', 'l2.b']
        """
        return ((name, value) for name, value in self._walk() if isinstance(value, Parameter))

    def params(self):
        """Yield the parameters, in the order of `named_params`."""
        return (param for _, param in self.named_params())

    def _walk(self, path="", seen=None):
        seen = {id(self)} if seen is None else seen
        yield path, self
        for name, value in vars(self).items():
            if isinstance(value, (Parameter, Link)) and id(value) not in seen:
                seen.add(id(value))
                name = f"{path}.{name}" if path else name
                if isinstance(value, Link):
                    yield from value._walk(name, seen)
                else:
                    yield name, value

    def zero_grad(self):
        """Forget the gradients of all parameters; `cleargrads` is Chainer's word for it."""
        for param in self.params():
            param.zero_grad()

    cleargrads = zero_grad

    # how an optimizer moves what is in here

    @property
    def hyperparam(self):
        """Hyperparameters: what the newest optimizer was told for everything in here."""
        return self._of_optimizer("hyperparam")

    def set_rule(self, optimizer):
        """Have everything in here moved by the rule of another optimizer, with its values; states begin anew.

        Parameters
        ----------
        optimizer : Optimizer
            One that has no parameters, such as ``eo.Adam(lr=1e-3)``. Its values, defaults included, are set here; a
            warning names what was set by hand and is not so any more.

        Raises
        ------
        TypeError, ValueError
            If it is none, or something in here is switched off.

        Examples
        --------
        >>> import edu_optim as eo
        >>> net = eo.links.MLP(2, 2, 1)
        >>> optimizer = eo.SGD(net, lr=0.1)
        >>> net.l2.set_rule(eo.Adam(lr=1e-3))
        >>> net.l2.W.update_rule
        <update rule Adam of l2.W, t=0>
        """
        node = self._of_optimizer("set_rule")
        node._tree.set_rule(node, optimizer)

    def enable_update(self):
        """Switch on every parameter in here."""
        self._switch("enable_update", True)

    def disable_update(self):
        """Switch off every parameter in here: nothing moves it, its state or its t."""
        self._switch("disable_update", False)

    @property
    def update_enabled(self):
        """bool: whether at least one parameter in here is switched on."""
        return any(p.update_rule and p.update_rule.enabled for p in self.params())

    def _switch(self, word, enabled):
        params = list(self.params())
        if params and not any(p.update_rule for p in params):
            raise NotSetUp(f"{word}: no optimizer moves anything in here yet: call optimizer.setup(network) first")
        for p in params:
            if p.update_rule:
                p.update_rule.enabled = enabled

    def _of_optimizer(self, word):
        if "_node" not in vars(self):
            raise NotSetUp(
                f"{word}: no optimizer knows this {type(self).__name__} yet: call optimizer.setup(network) first, "
                "with the network it is in, not a list of parameters")
        return vars(self)["_node"]

    def _forget(self, node):
        if vars(self).get("_node") is node:
            del vars(self)["_node"]

    def __getstate__(self):
        # A copy is free: it has no optimizer.
        return {name: value for name, value in vars(self).items() if name != "_node"}

    def forward(self, *args, **kwargs):
        """Compute the output; what calling the link does."""
        raise NotImplementedError(f"{type(self).__name__} does not say what it computes: define forward(self, x)")

    def __call__(self, *args, **kwargs):
        return self.forward(*args, **kwargs)

    def __repr__(self):
        lines = [type(self).__name__]
        for name, value in self._walk():
            if name:
                kind = f"{value.shape}, {value.dtype}" if isinstance(value, Parameter) else type(value).__name__
                lines.append(f"{'  ' * (name.count('.') + 1)}{name.rpartition('.')[2]}: {kind}")
        return "\n".join(lines)


class Chain(Link):
    """A link made of links: a network.

    Examples
    --------
    >>> import numpy as np
    >>> from edu_optim import functions
    >>> from edu_optim.links import Linear
    >>> class Net(Chain):
    ...     def __init__(self):
    ...         super().__init__()
    ...         with self.init_scope():
    ...             self.l1 = Linear(2, 3)
    ...             self.l2 = Linear(3, 1)
    ...
    ...     def forward(self, x):
    ...         return self.l2(functions.tanh(self.l1(x)))
    >>> Net()(np.zeros((5, 2), np.float32)).shape
    (5, 1)
    """


def _warn_of_twins(link):
    """Warn where two layers were drawn from the same numbers: they would start as copies of each other."""
    seen = {}
    for name, layer in link.named_links():
        if "drawn" in vars(layer):
            other = seen.setdefault(layer.drawn, name)
            if other != name:
                warnings.warn(
                    f"{other} and {name} start with the same weights, since they have the same sizes, seed and layer: "
                    "write Linear(..., layer=1) for one of them", RuntimeWarning, stacklevel=3)


def _count_change(*values):
    global _version
    _version += any(isinstance(value, (Parameter, Link)) for value in values)
