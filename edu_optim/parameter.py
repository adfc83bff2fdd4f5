"""`Parameter`, and the storage in which parameters of one dtype lie side by side.

Storage belongs to the parameters, state to the optimizers: whoever first sets up an optimizer lays data and
gradients out in one piece, so that a kernel walks through all of them in one call; later optimizers, over the
same parameters or some of them, find them there.
"""

import itertools

import numpy as np

from .autodiff import FLOATS, Tensor
from .no_rule import NO_RULE

LINE = 64  # bytes of a cache line; each parameter starts on one


class Storage:
    """Data and gradients of several parameters, and whether each gradient is there."""

    def __init__(self, dtype, sizes):
        self.dtype = np.dtype(dtype)
        self.starts, end = line_up(sizes, self.dtype)
        self.data, self.grad = aligned(end, self.dtype), aligned(end, self.dtype)
        self.has_grad = np.zeros(len(sizes), bool)


def line_up(sizes, dtype):
    """(starts, end) of arrays laid one after another, each at the beginning of a cache line."""
    step = LINE // dtype.itemsize
    *starts, end = itertools.accumulate((-(-size // step) * step for size in sizes), initial=0)
    return starts, end


def aligned(size, dtype):
    """Zeros that start on a cache line."""
    raw = np.zeros(size * dtype.itemsize + LINE, np.uint8)
    start = -raw.ctypes.data % LINE
    return raw[start : start + size * dtype.itemsize].view(dtype)


def lay_out(params):
    """Give each parameter a place in a storage shared with the others of its dtype; those that have one keep it."""
    for dtype in FLOATS:
        free = [p for p in params if p.dtype == dtype and not p.laid]
        if free:
            storage = Storage(dtype, [p.size for p in free])
            for index, p in enumerate(free):
                p._settle(p.data, p.grad, storage, index)


class Parameter(Tensor):
    """An array that an optimizer changes.

    Parameters
    ----------
    array : array_like of float32 or float64
        Copied. A list of Python floats becomes float64.
    name : str, optional

    Attributes
    ----------
    data : ndarray
        A view into the storage, the same object until the first `setup` lays the parameter out with others, and
        the same object ever after. Assigning copies into it; before that `setup` the new values may have the
        other dtype, and the gradient of the old dtype is gone then.
    grad : ndarray or None
        Likewise. Assigning None says that there is no gradient and clears no memory; the first gradient after
        that is written, later ones are added.
    name : str or None
        The name it was given, or else the one its newest optimizer knows it by.
    update_rule : UpdateRule
        How the newest optimizer moves this parameter; before the first `setup` something false, that raises when
        it is used.
    laid : bool
        Whether an optimizer has laid this parameter out, which fixes its place and dtype for good.

    Raises
    ------
    TypeError
        If the array holds anything but float32 or float64.
    ValueError
        If the array is read-only or holds no number at all.

    Notes
    -----
    Copies and pickles of a parameter, or of a network, are free: they share nothing with the original and have
    no optimizer. Copied together with its optimizer, a network has the copy of that.

    Examples
    --------
    >>> p = Parameter(np.array([1.0, 2.0]))
    >>> p.grad = np.array([0.5, 0.0])
    >>> p.data -= 0.1 * p.grad
    >>> p
    Parameter([0.95, 2.  ], float64)
    """

    _birth = -1  # on the tape it stands before every result
    _own = ("_storage", "_index", "_laid", "_data", "_grad", "update_rule")  # what no copy takes over

    def __init__(self, array, name=None):
        if isinstance(array, Tensor):
            array = array.data
        if isinstance(array, np.ndarray) and not array.flags.writeable:
            raise ValueError(
                "Parameter: the array is read-only, so training could not change it: pass a copy, array.copy()")
        array = np.asarray(array)
        if array.dtype not in FLOATS:
            raise TypeError(
                f"Parameter: the array holds {array.dtype}; allowed are float32 and float64: pass {_repair(array)}")
        if not array.size:
            raise ValueError(
                f"Parameter: an array of shape {array.shape} holds no number, so there is nothing to train: "
                "every axis must be at least 1 long")
        if not isinstance(name, (str, type(None))):
            raise TypeError(f"Parameter: name = {name!r} is not a text: name='W', say")
        self._name = name
        self.requires_grad = True
        self.update_rule = NO_RULE
        self._settle(array, None)

    name = property(lambda self: self._name or (self.update_rule.name if self.update_rule else None))
    laid = property(lambda self: self._laid)

    def _settle(self, data, grad, storage=None, index=0):
        """Put these numbers into a place of `storage`, or into one of its own, and look there from now on."""
        laid = storage is not None
        storage = storage or Storage(data.dtype, [data.size])
        place = slice(storage.starts[index], storage.starts[index] + data.size)
        new_data, new_grad = storage.data[place].reshape(data.shape), storage.grad[place].reshape(data.shape)
        new_data[...] = data
        if grad is not None:
            new_grad[...] = grad
        storage.has_grad[index] = grad is not None
        self._data, self._grad, self._storage, self._index, self._laid = new_data, new_grad, storage, index, laid

    @property
    def data(self):
        return self._data

    @data.setter
    def data(self, value):
        value = self._fitting("data", value)
        if value.dtype == self.dtype:
            self._data[...] = value
        elif not self._laid and value.dtype in FLOATS:
            self._settle(value, None)
        else:
            raise self._misfit("data", value)

    @property
    def grad(self):
        return self._grad if self._storage.has_grad[self._index] else None

    @grad.setter
    def grad(self, value):
        if value is not None:
            self._grad[...] = self.fitted("grad", value)
        self._storage.has_grad[self._index] = value is not None

    def fitted(self, what, value):
        """The value as an array of this parameter's shape and dtype, or an error that names `what` it is for."""
        value = self._fitting(what, value)
        if value.dtype != self.dtype:
            raise self._misfit(what, value)
        return value

    def _fitting(self, what, value):
        """`value` as an array of this parameter's shape, or an error that says how to get one."""
        if isinstance(value, Tensor):
            value = value.data
        if not isinstance(value, (np.ndarray, np.generic)):
            try:
                value = np.asarray(value)
            except ValueError as error:
                raise ValueError(f"{self._label(what)}: the new values make no array: {error}") from None
            if value.dtype.kind in "fiu":  # plain numbers take the dtype they meet, as in NumPy
                value = value.astype(self.dtype)
        if value.shape != self.shape:
            raise ValueError(
                f"{self._label(what)}: the new values have shape {value.shape}, the parameter {self.shape}: "
                "reshape them first")
        return value

    def _misfit(self, what, value):
        repair = f"{what}.astype(np.{self.dtype})" if value.dtype.kind in "iufb" else "real numbers"
        return TypeError(
            f"{self._label(what)}: the new values are {value.dtype}, the parameter {self.dtype}: assign {repair}")

    def _label(self, what):
        return f"{self.name or 'parameter'}.{what}"

    def set_rule(self, optimizer):
        """Be moved by the rule of another optimizer, `eo.Adam(lr=1e-3)` say; see `Link.set_rule`."""
        self.update_rule.hyperparam._tree.set_rule(self.update_rule.hyperparam, optimizer)

    # what the tape calls

    def zero_grad(self):
        """Say that there is no gradient: the next one is written, not added."""
        self._storage.has_grad[self._index] = False

    cleargrad = zero_grad

    def _accumulate(self, gradient):
        if self._storage.has_grad[self._index]:
            self._grad += gradient
        else:
            self._grad[...] = gradient
            self._storage.has_grad[self._index] = True

    def _accumulate_matmul(self, a, b):
        if self._storage.has_grad[self._index]:
            self._grad += a @ b
        else:
            np.matmul(a, b, out=self._grad)
            self._storage.has_grad[self._index] = True

    def __getstate__(self):
        kept = {name: value for name, value in vars(self).items() if name not in self._own}
        return kept | {"data": self._data, "grad": self.grad}

    def __setstate__(self, kept):
        kept = dict(kept)
        data, grad = kept.pop("data"), kept.pop("grad")
        vars(self).update(kept, update_rule=NO_RULE)
        self._settle(data, grad)

    def __repr__(self):
        values = np.array2string(self._data, separator=", ", threshold=20, edgeitems=2, prefix="Parameter(")
        return f"Parameter({values}, {self.dtype})"


def _repair(array):
    if array.dtype.kind not in "iufb":
        return "real numbers"
    return "array.astype(np.float32)" if array.ndim else f"a float: {float(array)!r}"
