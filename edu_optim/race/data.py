"""What a run learns from and is tested on: digits cut as its plan says, once per process."""

import functools

import numpy as np

from .. import datasets
from ..rng import generator

POOL_SEED = 1  # of the one mixture of all 70,000 digits, the same for every run


@functools.lru_cache(maxsize=1)  # a race is of one data set
def data_of(data):
    """Cut the digits that a run is about.

    Parameters
    ----------
    data : Data
        See `edu_optim.race.plan.Data`.

    Returns
    -------
    Digits
        MNIST's images are bytes from 0 to 255: they take a quarter of the memory, and of the time to gather a
        minibatch; the embedded digits' are float32. All four arrays are read-only; the last answer is kept, and given
        to whoever asks for the same again.

    Examples
    --------
    >>> from edu_optim.race import Data
    >>> data_of(Data("digits", train=5000, test=500, split="validation"))
    Digits(train_x (5000, 784) float32, train_y (5000,) int64, test_x (500, 784) float32, test_y (500,) int64)
    """
    raw = datasets.mnist(np.uint8) if data.source == "mnist" else datasets.digits()
    cut = _cut(raw, data)
    for array in cut:
        array.flags.writeable = False
    return cut


def _cut(raw, data):
    train, test = data.train, data.test
    if data.split == "standard":
        return datasets.Digits(raw.train_x[:train], raw.train_y[:train], raw.test_x[:test], raw.test_y[:test])
    if data.split == "validation":  # the test set stays unseen
        return datasets.Digits(raw.train_x[:train], raw.train_y[:train], raw.train_x[-test:], raw.train_y[-test:])
    x, y = np.concatenate([raw.train_x, raw.test_x]), np.concatenate([raw.train_y, raw.test_y])
    order = generator(POOL_SEED, "pooled").permutation(len(x))
    first, last = order[:train], order[train : train + test]
    return datasets.Digits(x[first], y[first], x[last], y[last])
