"""What a network is trained to make small, and the share of right answers; `edu_optim.functions` lists them too.

A cross entropy takes scores and is one node of the tape: only where sigmoid or softmax and logarithm are one
expression can it be computed without overflow, and its gradient is simply probability minus target.
"""

import numpy as np

from .autodiff import as_tensor, record

__all__ = ["accuracy", "mean_squared_error", "sigmoid_cross_entropy", "softmax_cross_entropy"]


def softmax_cross_entropy(x, t):
    """Compute the mean of ``-log(softmax(x)[t])`` over a batch.

    Parameters
    ----------
    x : Tensor or ndarray, shape (n, k)
        Scores of k classes before the softmax, of any size: ``-log(softmax)`` is computed as one expression, which
        neither overflows nor takes the logarithm of 0.
    t : array of int, shape (n,)
        The right class of each example, 0 to k - 1.

    Returns
    -------
    Tensor, shape ()

    Raises
    ------
    ValueError, TypeError
        If the shapes do not fit, or a label is not a whole number from 0 to k - 1.

    Examples
    --------
    >>> softmax_cross_entropy(np.array([[0.0, 0.0], [1000.0, 0.0]]), np.array([0, 0])).item()
    0.34657359027997264
    """
    x = as_tensor(x)
    t = _labels(x, t)
    n = np.arange(len(t))
    # One row per class from here on: NumPy reduces over the first axis several times faster than over a short last.
    z = x.data.T.copy()
    # Subtracting an example's greatest score changes no probability and keeps exp from overflowing.
    z -= z.max(axis=0)
    right = z[t, n]
    np.exp(z, out=z)
    total = z.sum(axis=0)
    value = (np.log(total) - right).sum() / len(t)

    def backward(g):
        slope = z / total
        slope[t, n] -= 1
        slope *= g / len(t)
        x._accumulate(slope.T)

    return record(value, (x,), backward)


def sigmoid_cross_entropy(x, t):
    """Compute the mean of ``-t log(sigmoid(x)) - (1 - t) log(1 - sigmoid(x))`` over all numbers.

    As in Chainer the mean is over every element of x, not over the rows alone. A label of -1, which Chainer
    leaves out of the mean, is an error here.

    Parameters
    ----------
    x : Tensor or ndarray
        Scores before the sigmoid.
    t : array, of the shape of x
        0 or 1, or a probability in between, of any dtype.

    Returns
    -------
    Tensor, shape ()

    Raises
    ------
    ValueError
        If the shapes differ or a target is outside of 0 to 1.

    Examples
    --------
    >>> sigmoid_cross_entropy(np.array([[0.0], [1000.0]]), np.array([[0], [1]])).item()
    0.34657359027997264
    """
    x, t = as_tensor(x), np.asarray(t)
    if t.shape != x.shape or t.size == 0:
        raise ValueError(
            f"sigmoid_cross_entropy needs targets of the shape of x and at least one; got x {x.shape} and t {t.shape}")
    if not (t.min() >= 0 and t.max() <= 1):
        raise ValueError(f"targets must be 0 or 1, or in between; they go from {t.min()} to {t.max()}")
    t = t.astype(x.dtype)
    # log(1 + exp(x)) - t x, with the greater of x and 0 taken out of the logarithm so that exp cannot overflow.
    small = np.exp(-np.abs(x.data))
    value = np.mean(np.maximum(x.data, 0) - x.data * t + np.log1p(small))

    def backward(g):
        probability = np.where(x.data >= 0, 1, small) / (1 + small)
        x._accumulate((probability - t) * (g / t.size))

    return record(value, (x,), backward)


def mean_squared_error(x, t):
    """Compute the mean of ``(x - t) ** 2`` over all numbers.

    Parameters
    ----------
    x, t : Tensor or ndarray
        Of one shape; nothing is broadcast.

    Returns
    -------
    Tensor, shape ()

    Raises
    ------
    ValueError
        If the shapes differ.

    Examples
    --------
    >>> mean_squared_error(np.array([1.0, 2.0]), np.array([1.0, 4.0])).item()
    2.0
    """
    x, t = as_tensor(x), as_tensor(t)
    if x.shape != t.shape:
        raise ValueError(
            f"mean_squared_error needs two arrays of one shape; got {x.shape} and {t.shape}, and broadcasting them "
            "would compare every number with every other: use reshape")
    return ((x - t) ** 2).mean()


def accuracy(x, t):
    """Count how often the greatest score is the one of the right class.

    Parameters
    ----------
    x : Tensor or ndarray, shape (n, k)
        Scores of k classes; a tie goes to the first of them.
    t : array of int, shape (n,)
        The right class of each example, 0 to k - 1.

    Returns
    -------
    float
        A share, from 0 to 1; it has no gradient.

    Raises
    ------
    ValueError, TypeError
        If the shapes do not fit, or a label is not a whole number from 0 to k - 1.

    Examples
    --------
    >>> accuracy(np.array([[0.1, 0.9], [0.8, 0.2]]), np.array([1, 1]))
    0.5
    """
    x = as_tensor(x)
    t = _labels(x, t)
    return float(np.mean(x.data.argmax(axis=1) == t))


def _labels(x, t):
    """Check integer labels against the scores they belong to."""
    t = np.asarray(t)
    if x.ndim != 2 or 0 in x.shape:
        raise ValueError(f"scores must have shape (n, k), one row per example and one column per class; got {x.shape}")
    if t.shape != x.shape[:1]:
        hint = "; from one-hot rows take t.argmax(axis=1)" if t.shape == x.shape else ""
        raise ValueError(f"labels must have shape {x.shape[:1]}, one per row of the scores; got {t.shape}{hint}")
    if t.dtype.kind not in "iu":
        raise TypeError(f"labels must be whole numbers; got {t.dtype}: convert with t.astype(np.int64)")
    if t.min() < 0 or t.max() >= x.shape[1]:
        raise ValueError(
            f"labels must be from 0 to {x.shape[1] - 1}, since there are {x.shape[1]} columns of scores; "
            f"they go from {t.min()} to {t.max()}")
    return t
