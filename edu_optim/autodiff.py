"""Arithmetic on arrays that remembers how it was done, so that `backward` can compute gradients.

Each operation states its value and, for each of its inputs, the input's share of a gradient g of the result: a
line of the table of derivatives. The walk itself is in `edu_optim.tape`.

float32 stays float32: a plain number takes the dtype of the tensor it meets, and two arrays of different dtype
are an error, since NumPy would quietly go on in float64.
"""

import functools
import numbers

import numpy as np

from .tape import Node, gradients, no_grad

__all__ = ["Tensor", "custom_gradient", "gradients", "no_grad", "stop_gradient"]

FLOATS = (np.dtype(np.float32), np.dtype(np.float64))


class Tensor(Node):
    """An array that remembers where it came from.

    Parameters
    ----------
    data : array_like
        float32 or float64; Python numbers and lists of them become float64. An array is kept, not copied.
    requires_grad : bool, optional
        Whether `backward` shall leave the gradient with respect to this tensor in ``.grad``.

    Attributes
    ----------
    data : numpy.ndarray
    grad : numpy.ndarray or None
        Of the shape and dtype of ``data``; gradients of several `backward` calls add up. Only tensors that were
        made by hand have one, results of operations do not.
    requires_grad : bool
        True for a result if it is true for anything that went into it.

    Raises
    ------
    TypeError
        If data is an array of another dtype.

    Examples
    --------
    >>> x = Tensor([1.0, 2.0, 3.0], requires_grad=True)
    >>> loss = (x ** 2).sum()
    >>> loss.backward()
    >>> loss.item(), x.grad
    (14.0, array([2., 4., 6.]))
    """

    __array_ufunc__ = None  # so that array + tensor is left to the tensor

    def __init__(self, data, requires_grad=False):
        super().__init__(_float_array(data), requires_grad)

    # arithmetic

    def __add__(self, other):
        other = _operand(other, self)
        return _operation(self.data + other.data, (self, lambda g: g), (other, lambda g: g.copy()))

    def __mul__(self, other):
        other = _operand(other, self)
        return _operation(self.data * other.data, (self, lambda g: g * other.data), (other, lambda g: g * self.data))

    def __truediv__(self, other):
        other = _operand(other, self)
        quotient = self.data / other.data
        return _operation(quotient, (self, lambda g: g / other.data), (other, lambda g: -g / other.data * quotient))

    def __pow__(self, exponent):
        if not isinstance(exponent, numbers.Real):
            raise TypeError(f"an exponent must be a plain number, as in x ** 2; got {type(exponent).__name__}")
        n = float(exponent)
        # The slope of x ** 0 is 0 everywhere; 0 * x ** -1 would be NaN at 0.
        return _operation(self.data**n, (self, lambda g: g * (n * self.data ** (n - 1) if n else 0)))

    def __matmul__(self, other):
        other = _operand(other, self)
        if not {self.ndim, other.ndim} <= {1, 2}:
            raise ValueError(f"@ takes vectors and matrices; got {self.shape} and {other.shape}: use reshape first")
        # As in NumPy, a vector is a row on the left of @ and a column on its right.
        a = self.data if self.ndim == 2 else self.data[None, :]
        b = other.data if other.ndim == 2 else other.data[:, None]
        outer = a.shape[0], b.shape[1]
        return _operation(
            self.data @ other.data,
            (self, lambda g: (g.reshape(outer) @ b.T).reshape(self.shape)),
            (other, lambda g: (a.T @ g.reshape(outer)).reshape(other.shape)),
        )

    def __neg__(self):
        return _operation(-self.data, (self, lambda g: -g))

    def __sub__(self, other):
        return self + -_operand(other, self)

    def __rsub__(self, other):
        return _operand(other, self) + -self

    def __rtruediv__(self, other):
        return _operand(other, self) / self

    def __rmatmul__(self, other):
        return _operand(other, self) @ self

    __radd__, __rmul__ = __add__, __mul__

    # shapes

    def sum(self, axis=None, keepdims=False):
        """Sum over all axes, or over the given one or several."""

        def share(g):
            g = g if keepdims or axis is None else np.expand_dims(g, axis)
            return np.broadcast_to(g, self.shape).copy()

        return _operation(self.data.sum(axis=axis, keepdims=keepdims), (self, share))

    def mean(self, axis=None, keepdims=False):
        """Mean over all axes, or over the given one or several."""
        total = self.sum(axis, keepdims)
        return total / (self.size // max(total.size, 1))

    def reshape(self, *shape):
        """The same numbers in another shape, given as in NumPy."""
        return _operation(self.data.reshape(*shape), (self, lambda g: g.reshape(self.shape)))

    @property
    def T(self):
        """The axes in reverse order."""
        return _operation(self.data.T, (self, lambda g: g.T))

    def __getitem__(self, index):
        def share(g):
            gradient = np.zeros_like(self.data)
            np.add.at(gradient, index, g)  # += would count an index that comes twice only once
            return gradient

        return _operation(self.data[index], (self, share))

    # as a value

    shape = property(lambda self: self.data.shape)
    dtype = property(lambda self: self.data.dtype)
    ndim = property(lambda self: self.data.ndim)
    size = property(lambda self: self.data.size)

    def item(self):
        """The single number in here, as a Python float."""
        return self.data.item()

    def __float__(self):
        return float(self.data.item())

    def __array__(self, dtype=None, copy=None):
        return np.array(self.data, dtype, copy=copy)

    def __repr__(self):
        values = np.array2string(self.data, separator=", ", threshold=20, edgeitems=2, prefix="Tensor(")
        return f"Tensor({values}, {self.dtype}{', requires_grad=True' if self.requires_grad else ''})"


def record(value, parents, backward):
    """Make the tensor of one operation; ``backward(g)`` hands each parent that requires it its share of g."""
    return Tensor(value)._result_of(parents, backward)


def _operation(value, *shares):
    """`record` from pairs of a parent and the function from g to its share; undoes broadcasting."""

    def backward(g):
        for parent, share in shares:
            if parent.requires_grad:
                parent._accumulate(_unbroadcast(share(g), parent.shape))

    return record(value, tuple(parent for parent, _ in shares), backward)


def stop_gradient(x):
    """Give the value of a tensor (the same array, not a copy) without its history.

    Examples
    --------
    >>> x = Tensor(3.0, requires_grad=True)
    >>> (x * stop_gradient(x)).backward()
    >>> x.grad
    array(3.)
    """
    return Tensor(as_tensor(x).data)


def custom_gradient(f):
    """Make a differentiable function from one that states its own gradient, right or not.

    Parameters
    ----------
    f : callable
        ``f(*arrays)`` returns ``value, backward``. ``backward(g)`` takes the gradient with respect to the value and
        returns the gradient with respect to the argument; for several arguments a tuple with one for each, None
        for one that gets nothing.

    Returns
    -------
    callable
        The same function of tensors.

    Raises
    ------
    TypeError
        When called, if f returns something else.
    ValueError
        In `backward`, if number or shape of the gradients is wrong.

    Examples
    --------
    The identity, with a hundredth of its gradient:

    >>> slowed = custom_gradient(lambda x: (x, lambda g: 0.01 * g))
    >>> x = Tensor(5.0, requires_grad=True)
    >>> slowed(x).backward()
    >>> x.grad
    array(0.01)
    """

    @functools.wraps(f)
    def operation(*inputs):
        inputs = tuple(map(as_tensor, inputs))
        made = f(*(x.data for x in inputs))
        if not (isinstance(made, tuple) and len(made) == 2 and callable(made[1])):
            raise TypeError(f"{operation.__name__} must return a pair (value, backward function); it returned {made!r}")

        def backward(g):
            gradients = made[1](g)
            gradients = gradients if isinstance(gradients, (tuple, list)) else (gradients,)
            needed = [x.shape for x in inputs]
            found = [None if gradient is None else np.shape(gradient) for gradient in gradients]
            if len(found) != len(needed) or any(a not in (None, b) for a, b in zip(found, needed, strict=True)):
                raise ValueError(
                    f"{operation.__name__}: its backward function must return a gradient, or None, for each argument, "
                    f"of shapes {needed}; it returned {found}")
            for x, gradient in zip(inputs, gradients, strict=True):
                if x.requires_grad and gradient is not None:
                    x._accumulate(np.array(gradient, x.dtype))

        return record(np.asarray(made[0]), inputs, backward)

    return operation


def as_tensor(x):
    """Let a tensor through, and wrap anything else."""
    return x if isinstance(x, Tensor) else Tensor(x)


def same_dtype(a, b):
    """Refuse to mix float32 with float64."""
    if a.dtype != b.dtype:
        raise TypeError(
            f"{a.dtype} meets {b.dtype}, and NumPy would go on in float64 without a word: "
            "convert one of them first, for example x.astype(np.float32), or make the network with dtype=np.float64")


def _operand(value, tensor):
    """The other side of an operator. Numbers, and arrays of integers or bools, take the tensor's dtype."""
    if not isinstance(value, Tensor):
        array = np.asarray(value)
        if array.dtype.kind not in "biuf":
            raise TypeError(f"a tensor meets numbers, arrays and tensors; got {value!r}")
        if array is not value or array.ndim == 0 or array.dtype.kind in "biu":
            array = array.astype(tensor.dtype)
        value = Tensor(array)
    same_dtype(tensor, value)
    return value


def _float_array(data):
    if not isinstance(data, np.ndarray):
        data = np.asarray(data)
        if data.dtype.kind in "biu":
            data = data.astype(np.float64)
    if data.dtype not in FLOATS:
        raise TypeError(f"a tensor holds float32 or float64, got {data.dtype}: convert with .astype(np.float32)")
    return data


def _unbroadcast(g, shape):
    """Sum a gradient over the axes that broadcasting had repeated."""
    if g.shape == shape:
        return g
    extra = g.ndim - len(shape)
    axes = tuple(i for i in range(g.ndim) if i < extra or shape[i - extra] == 1)
    return g.sum(axis=axes).reshape(shape)
