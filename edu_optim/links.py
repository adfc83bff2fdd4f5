"""Layers, and networks of them."""

import itertools

import numpy as np

from . import functions
from .link import Chain, Link, structure_version
from .parameter import Parameter
from .rng import generator

__all__ = ["MLP", "Chain", "Linear", "Link", "structure_version"]


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
        self.drawn = in_size, out_size, seed, layer
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
