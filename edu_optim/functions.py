"""Differentiable functions, each written as its value and its gradient; the losses are in `edu_optim.losses`.

Tensors and arrays go in, a tensor comes out. A backward function may write into the gradient it is handed,
since nobody else holds it (see `edu_optim.tape`).
"""

import math

import numpy as np

from .autodiff import as_tensor, record, same_dtype
from .losses import accuracy, mean_squared_error, sigmoid_cross_entropy, softmax_cross_entropy

__all__ = [
    "accuracy",
    "dropout",
    "exp",
    "linear",
    "log",
    "mean",
    "mean_squared_error",
    "relu",
    "sigmoid",
    "sigmoid_cross_entropy",
    "softmax_cross_entropy",
    "square",
    "sum",
    "tanh",
]


def linear(x, W, b=None):
    """Compute ``x @ W.T + b``, one row per example.

    Parameters
    ----------
    x : Tensor or ndarray, shape (n, in)
    W : Tensor or ndarray, shape (out, in)
    b : Tensor or ndarray, shape (out,), optional

    Returns
    -------
    Tensor, shape (n, out)

    Raises
    ------
    ValueError
        If the shapes do not fit.
    TypeError
        If the dtypes differ.

    Examples
    --------
    >>> linear(np.array([[1.0, 2.0]]), np.array([[3.0, 4.0], [5.0, 6.0]]), np.array([0.5, 0.0]))
    Tensor([[11.5, 17. ]], float64)
    """
    x, W, b = as_tensor(x), as_tensor(W), None if b is None else as_tensor(b)
    if x.ndim != 2 or W.ndim != 2 or x.shape[1] != W.shape[1]:
        raise ValueError(
            f"linear needs x of shape (n, in) and W of shape (out, in); got x {x.shape} and W {W.shape}. "
            "A single example needs x.reshape(1, -1), images x.reshape(len(x), -1)")
    same_dtype(x, W)
    y = x.data @ W.data.T
    if b is not None:
        if b.shape != W.shape[:1]:
            raise ValueError(f"linear needs b of shape {W.shape[:1]}, one number per row of W; got {b.shape}")
        same_dtype(x, b)
        y += b.data

    def backward(g):
        if x.requires_grad:
            x._accumulate_matmul(g, W.data)
        if W.requires_grad:
            W._accumulate_matmul(g.T, x.data)
        if b is not None and b.requires_grad:
            b._accumulate(g.sum(axis=0))

    return record(y, (x, W) if b is None else (x, W, b), backward)


def relu(x):
    """Compute ``max(x, 0)``; the slope at 0 is taken to be 0.

    Examples
    --------
    >>> relu(np.array([-1.0, 0.0, 2.0]))
    Tensor([0., 0., 2.], float64)
    """
    x = as_tensor(x)
    zeros = np.zeros(x.shape[-1:], x.dtype)  # NumPy compares with a row of zeros several times faster than with 0
    y = np.maximum(x.data, zeros)
    return record(y, (x,), lambda g: x._accumulate(np.multiply(g, y > 0, out=g)))


def tanh(x):
    """Compute the hyperbolic tangent.

    Examples
    --------
    >>> tanh(np.array([0.0, 20.0]))
    Tensor([0., 1.], float64)
    """
    x = as_tensor(x)
    y = np.tanh(x.data)
    return record(y, (x,), lambda g: x._accumulate(g * (1 - y * y)))


def sigmoid(x):
    """Compute ``1 / (1 + exp(-x))`` without overflow.

    Examples
    --------
    >>> sigmoid(np.array([0.0, -1000.0, 1000.0]))
    Tensor([0.5, 0. , 1. ], float64)
    """
    x = as_tensor(x)
    small = np.exp(-np.abs(x.data))
    y = np.where(x.data >= 0, 1, small) / (1 + small)
    return record(y, (x,), lambda g: x._accumulate(g * (y * (1 - y))))


def exp(x):
    """Compute ``e ** x``.

    Examples
    --------
    >>> exp(np.array([0.0]))
    Tensor([1.], float64)
    """
    x = as_tensor(x)
    y = np.exp(x.data)
    return record(y, (x,), lambda g: x._accumulate(g * y))


def log(x):
    """Compute the natural logarithm.

    Examples
    --------
    >>> log(np.array([1.0]))
    Tensor([0.], float64)
    """
    x = as_tensor(x)
    return record(np.log(x.data), (x,), lambda g: x._accumulate(g / x.data))


def square(x):
    """Compute ``x * x``.

    Examples
    --------
    >>> square(np.array([-3.0]))
    Tensor([9.], float64)
    """
    x = as_tensor(x)
    return record(x.data * x.data, (x,), lambda g: x._accumulate(g * (2 * x.data)))


def sum(x, axis=None, keepdims=False):
    """Sum over all axes, or over the given one or several.

    Examples
    --------
    >>> sum(np.ones((2, 3)), axis=1)
    Tensor([3., 3.], float64)
    """
    return as_tensor(x).sum(axis, keepdims)


def mean(x, axis=None, keepdims=False):
    """Mean over all axes, or over the given one or several.

    Examples
    --------
    >>> mean(np.ones((2, 3)), axis=1)
    Tensor([1., 1.], float64)
    """
    return as_tensor(x).mean(axis, keepdims)


def dropout(x, ratio, rng, *, inverted=True):
    """Set each number to 0 with probability `ratio`, and divide the others by ``1 - ratio``.

    The mean stays what it was, so nothing has to be rescaled when the network is used ("inverted" dropout):
    leave dropout out then.

    Parameters
    ----------
    x : Tensor or ndarray
    ratio : float
        Share of the numbers to lose, at least 0 and below 1.
    rng : numpy.random.Generator
        Where the choice comes from, for example ``eo.rng.generator(seed, "dropout", step)``.
    inverted : bool, optional
        False leaves the others as they are, as dropout was first published; whoever uses the network then has to
        multiply by ``1 - ratio`` what dropout stood before.

    Returns
    -------
    Tensor
        Of the shape and dtype of x.

    Raises
    ------
    ValueError, TypeError
        If ratio is outside of [0, 1), or rng is not a generator.

    References
    ----------
    Srivastava, Hinton, Krizhevsky, Sutskever, Salakhutdinov (2014). Dropout. JMLR 15.

    Examples
    --------
    >>> from edu_optim.rng import generator
    >>> dropout(np.ones(4), 0.5, generator(0, "dropout", step=1))
    Tensor([0., 0., 2., 0.], float64)
    """
    x = as_tensor(x)
    if not 0 <= ratio < 1:
        raise ValueError(f"dropout's ratio must be at least 0 and below 1, since it is the share lost; got {ratio!r}")
    if not isinstance(rng, np.random.Generator):
        raise TypeError(f'dropout needs a generator, such as eo.rng.generator(seed, "dropout", step); got {rng!r}')
    kept = _kept(x.shape, ratio, rng)

    def share(values, out):
        np.multiply(values, kept, out=out)
        return np.multiply(out, 1 / (1 - ratio), out=out) if inverted else out

    return record(share(x.data, np.empty_like(x.data)), (x,), lambda g: x._accumulate(share(g, g)))


def _kept(shape, ratio, rng):
    """Bools that are False with probability `ratio`. A byte decides, an eighth of a random number; only where it
    stands on the border, once in 256 times, does a whole number decide, so that the probability is exact."""
    size = math.prod(shape)
    words = rng.integers(2**64 - 1, size=-(-size // 8), dtype=np.uint64, endpoint=True)
    bytes_ = words.astype("<u8", copy=False).view(np.uint8)[:size]
    border = int(256 * ratio)
    kept = bytes_ > border
    undecided = np.flatnonzero(bytes_ == border)
    kept[undecided] = rng.random(len(undecided)) >= 256 * ratio - border
    return kept.reshape(shape)
