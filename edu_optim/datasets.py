"""Data to learn from: digits inside the package, all of MNIST, and mini-batches in a keyed order."""

import contextlib
import functools
import operator
import weakref
from importlib import resources
from typing import NamedTuple

import numpy as np

from .mnist import load
from .rng import generator

__all__ = ["Digits", "digits", "minibatches", "mnist", "scaled"]


class Digits(NamedTuple):
    """Images and labels, to train with and to test with. All four arrays are read-only."""

    train_x: np.ndarray
    train_y: np.ndarray
    test_x: np.ndarray
    test_y: np.ndarray

    def __repr__(self):
        parts = ", ".join(f"{name} {array.shape} {array.dtype}" for name, array in self._asdict().items())
        return f"Digits({parts})"


def digits(dtype=np.float32):
    """Load 6,000 handwritten digits to train with and 1,000 to test with.

    A class-balanced subset of MNIST: 600 and 100 of each digit, in random order. Nothing is downloaded.

    Parameters
    ----------
    dtype : optional
        Of the images, float32 or float64.

    Returns
    -------
    Digits
        ``train_x`` (6000, 784) and ``test_x`` (1000, 784) with values from 0 (paper) to 1 (ink), an image of 28 x 28
        row after row; ``train_y`` (6000,) and ``test_y`` (1000,), int64 from 0 to 9. The arrays are read-only,
        because every caller gets the same ones: change a ``.copy()``.

    Raises
    ------
    TypeError
        If dtype is another.

    References
    ----------
    Y. LeCun and C. Cortes, the MNIST database of handwritten digits, CC BY-SA 3.0: see ``data/digits.LICENSE.md``.

    Examples
    --------
    >>> digits()
    Digits(train_x (6000, 784) float32, train_y (6000,) int64, test_x (1000, 784) float32, test_y (1000,) int64)
    """
    return _digits(_checked(dtype, np.float32, np.float64))


@functools.cache
def _digits(dtype):
    path = resources.files("edu_optim") / "data" / "digits.npz"
    with path.open("rb") as file, np.load(file, allow_pickle=False) as stored:
        arrays = {name: stored[name] for name in Digits._fields}
    return _record({n: scaled(a, dtype) if n.endswith("_x") else a.astype(np.int64) for n, a in arrays.items()})


def mnist(dtype=np.float32):
    """Load MNIST: 60,000 handwritten digits to train with and 10,000 to test with.

    The four original files come from the folder that the environment variable EDU_OPTIM_DATA names, or are fetched
    once (12 MB) and kept in the cache folder. Either way they must be the originals, by SHA-256.

    Parameters
    ----------
    dtype : optional
        Of the images: float32 (220 MB), float64 (440 MB), or uint8 (55 MB) for the original values from 0 to 255;
        `scaled` makes a batch of these into numbers from 0 to 1.

    Returns
    -------
    Digits
        As `digits` gives: ``train_x`` (60000, 784) and ``test_x`` (10000, 784), ``train_y`` and ``test_y`` int64.
        The arrays are read-only, and everybody who asks while they are in use gets the same ones.

    Raises
    ------
    TypeError
        If dtype is another.
    FileNotFoundError, ValueError
        If the folder lacks a file, or holds another than the original.
    ConnectionError
        If no mirror gives a file; the message says what each did.
    OSError
        If the cache folder cannot be written.
    ModuleNotFoundError
        If the file must be fetched and pooch or tqdm is not installed.

    References
    ----------
    Y. LeCun and C. Cortes, the MNIST database of handwritten digits, CC BY-SA 3.0.

    Examples
    --------
    >>> data = mnist(np.uint8)  # doctest: +SKIP
    >>> for x, y in minibatches(data.train_x, data.train_y, 100, seed=0, epoch=0):  # doctest: +SKIP
    ...     loss = softmax_cross_entropy(net(scaled(x)), y)
    """
    wanted = _checked(dtype, np.float32, np.float64, np.uint8)
    raw = _raw_mnist()
    if wanted == np.uint8:
        return raw
    return Digits(*(_shared(raw, name, wanted) if name.endswith("_x") else getattr(raw, name) for name in raw._fields))


@functools.cache
def _raw_mnist():
    files = load()
    arrays = {}
    for part, original in (("train", "train"), ("test", "t10k")):
        images = files[f"{original}-images-idx3-ubyte"]
        arrays[f"{part}_x"] = images.reshape(len(images), -1)
        arrays[f"{part}_y"] = files[f"{original}-labels-idx1-ubyte"].astype(np.int64)
    return _record(arrays)


_in_use = weakref.WeakValueDictionary()  # the large arrays: as long as somebody has them, and not longer


def _shared(raw, name, dtype):
    array = _in_use.get((name, dtype))
    if array is None:
        array = _in_use[name, dtype] = scaled(getattr(raw, name), dtype)
        array.flags.writeable = False
    return array


def scaled(images, dtype=np.float32):
    """Images with values from 0 to 1, made from bytes.

    Parameters
    ----------
    images : ndarray of uint8
    dtype : optional
        float32 or float64.

    Returns
    -------
    ndarray of dtype
        Of the same shape; a new array.

    Raises
    ------
    TypeError
        If the images are no bytes (dividing twice would make them nearly black), or dtype is another.

    Examples
    --------
    >>> scaled(np.array([0, 51, 255], np.uint8))
    array([0. , 0.2, 1. ], dtype=float32)
    """
    if images.dtype != np.uint8:
        raise TypeError(f"scaled takes images of np.uint8, with values from 0 to 255; got {images.dtype}")
    return np.divide(images, 255, dtype=_checked(dtype, np.float32, np.float64))


def _checked(dtype, *allowed):
    with contextlib.suppress(TypeError):
        if np.dtype(dtype) in map(np.dtype, allowed):
            return np.dtype(dtype)
    raise TypeError(f"images come as {' or '.join(f'np.{a.__name__}' for a in allowed)}; got {dtype!r}")


def _record(arrays):
    for array in arrays.values():
        array.flags.writeable = False
    return Digits(**arrays)


def minibatches(x, y, batch_size, *, seed, epoch):
    """Iterate once over all examples, in an order that belongs to seed and epoch.

    Parameters
    ----------
    x, y : ndarray
        One example per row; of one length.
    batch_size : int
        At least 1. The last batch is smaller if the length is no multiple of it.
    seed : int
        Names the run.
    epoch : int
        Counts from 0. Each epoch has an order of its own, which does not depend on the epochs before.

    Returns
    -------
    iterator of (ndarray, ndarray)
        Copies of ``batch_size`` rows of x and y.

    Raises
    ------
    ValueError, TypeError
        If the lengths differ or are 0, or batch_size, seed or epoch is not such a number.

    Examples
    --------
    >>> x, y = np.arange(5.0).reshape(5, 1), np.arange(5)
    >>> [batch_y.tolist() for batch_x, batch_y in minibatches(x, y, 2, seed=0, epoch=0)]
    [[0, 3], [2, 4], [1]]
    """
    if len(x) != len(y) or len(x) == 0:
        raise ValueError(f"x and y must have one row per example, and at least one; got {len(x)} and {len(y)} rows")
    try:
        batch_size = operator.index(batch_size)
    except TypeError:
        raise TypeError(f"batch_size must be a whole number, such as 100; got {batch_size!r}") from None
    if batch_size < 1:
        raise ValueError(f"batch_size must be at least 1; got {batch_size}")
    order = generator(seed, "minibatches", epoch).permutation(len(x))
    chunks = (order[i : i + batch_size] for i in range(0, len(order), batch_size))
    return ((x[rows], y[rows]) for rows in chunks)
