"""Layers and networks: objects that own parameters and know them by name.

A `Link` needs no registry: its parameters and sub-links are the attributes that hold one, in the order in
which they were assigned. Assigning is all it takes, inside ``init_scope()`` (as Chainer writes it) or out of it.
"""

import contextlib
import itertools
import warnings

import numpy as np

from . import functions
from .parameter import Parameter
from .rng import generator

__all__ = ["MLP", "Chain", "Linear", "Link", "structure_version"]

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
                f'would not find them in there: assign each one, for example setattr(self, f"{name}{{i}}", link)'
            )
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


class Linear(Link):
    """The layer ``x @ W.T + b``.

    Weights are drawn uniformly from plus or minus ``sqrt(6 / (in_size + out_size))`` (Glorot), which keeps the
    size of values and of gradients about the same from layer to layer; b starts at 0. The weights are a function
    of the arguments: the same arguments give the same weights.

    Parameters
    ----------
    in_size, out_size : int
    bias : bool, optional
        Whether there is a ``b``.
    seed : int, optional
        Names the run.
    layer : int, optional
        Keeps layers of one seed and one shape apart; layers of different shapes are independent anyway.
    dtype : optional
        float32 or float64.

    Attributes
    ----------
    W : Parameter, shape (out_size, in_size)
    b : Parameter, shape (out_size,), or None
    drawn : tuple
        What the first weights are a function of; two layers of a network that agree in it are warned of.

    Raises
    ------
    ValueError, TypeError
        If a size is not a whole number of at least 1.

    References
    ----------
    Glorot, Bengio (2010). Understanding the difficulty of training deep feedforward neural networks. AISTATS.

    Examples
    --------
    >>> Linear(784, 100)
    Linear
      W: (100, 784), float32
      b: (100,), float32
    """

    def __init__(self, in_size, out_size, bias=True, *, seed=0, layer=0, dtype=np.float32):
        for name, size in (("in_size", in_size), ("out_size", out_size)):
            if not isinstance(size, (int, np.integer)) or isinstance(size, bool):
                raise TypeError(f"Linear's {name} must be a whole number, such as 100; got {size!r}")
            if size < 1:
                raise ValueError(f"Linear's {name} must be at least 1; got {size}")
        limit = np.sqrt(6 / (in_size + out_size))
        self.drawn = in_size, out_size, seed, layer  # what the weights are a function of
        draw = generator(seed, f"Linear {in_size} {out_size}", layer)
        self.W = Parameter(draw.uniform(-limit, limit, (out_size, in_size)).astype(dtype))
        self.b = Parameter(np.zeros(out_size, dtype)) if bias else None

    def forward(self, x):
        """Map x of shape (n, in_size) to (n, out_size)."""
        return functions.linear(x, self.W, self.b)


class MLP(Chain):
    """A multi-layer perceptron: linear layers ``l1``, ``l2``, ... with an activation between them.

    Parameters
    ----------
    *sizes : int
        Size of the input, of each hidden layer, of the output.
    activation : callable, optional
        Applied after every layer but the last.
    seed : int, optional
        Of the first weights.
    dtype : optional
        float32 or float64.

    Raises
    ------
    ValueError
        If there are fewer than two sizes.

    Examples
    --------
    >>> net = MLP(784, 100, 10, seed=1)
    >>> net(np.zeros((5, 784), np.float32)).shape
    (5, 10)
    """

    def __init__(self, *sizes, activation=functions.relu, seed=0, dtype=np.float32):
        if len(sizes) < 2:
            raise ValueError(f"MLP needs the sizes of input and output at least, as in MLP(784, 100, 10); got {sizes}")
        self.activation = activation
        self.depth = len(sizes) - 1
        for i, (in_size, out_size) in enumerate(itertools.pairwise(sizes), 1):
            setattr(self, f"l{i}", Linear(in_size, out_size, seed=seed, layer=i, dtype=dtype))

    def forward(self, x):
        """Map x of shape (n, first size) to (n, last size)."""
        for i in range(1, self.depth):
            x = self.activation(getattr(self, f"l{i}")(x))
        return getattr(self, f"l{self.depth}")(x)


def _warn_of_twins(link):
    """Warn where two layers were drawn from the same numbers: they would start as copies of each other."""
    seen = {}
    for name, layer in link.named_links():
        if isinstance(layer, Linear):
            other = seen.setdefault(layer.drawn, name)
            if other != name:
                warnings.warn(
                    f"{other} and {name} start with the same weights, since they have the same sizes, seed and layer: "
                    "write Linear(..., layer=1) for one of them", RuntimeWarning, stacklevel=3)  # fmt: skip


def _count_change(*values):
    global _version
    _version += any(isinstance(value, (Parameter, Link)) for value in values)
