"""Gradients that are 0 most of the time."""

import numpy as np


def rare_words(steps, every=(1, 10, 100), size=1.0):
    """Return gradients of which each coordinate is silent most of the time, as a rare word's in a text.

    Parameters
    ----------
    steps : int
    every : sequence of int
        Coordinate k has a gradient of `size` at every ``every[k]``-th step, and 0 at all others.
    size : float

    Returns
    -------
    ndarray, float64, (steps, len(every))

    Notes
    -----
    What they show, all of it sums: SGD goes lr size per appearance, so a word ten times as rare goes a tenth of the
    way. AdaGrad goes lr / sqrt(k) at the k-th appearance, however long that took and whatever the size: over 1,000
    steps at lr .1 the three above go 6.18, 1.86 and .502, where SGD goes 100, 10 and 1. Adam goes on stepping through
    the silence, and awakes with a jump: a single gradient after a long one without any moves x by
    lr (1 - beta1) / sqrt(1 - beta2) = 3.16 lr at once, and by 31 lr in all.

    Source: the rare features for which Duchi, Hazan and Singer made AdaGrad, JMLR 12 (2011), section 1.

    Raises
    ------
    ValueError
        If a number in `every` is not at least 1.

    Examples
    --------
    >>> import numpy as np
    >>> import edu_optim as eo
    >>> gradients = eo.oracles.rare_words(1000)
    >>> -eo.RULES["AdaGrad"].run(np.zeros(3), gradients, lr=0.1)[-1].round(2)
    array([6.18, 1.86, 0.5 ])
    """
    every = np.asarray(every)
    if every.ndim != 1 or not (every >= 1).all() or every.dtype.kind != "i":
        raise ValueError(f"every={every.tolist()} must be whole numbers from 1 up; write every=(1, 10, 100), say.")
    return size * (np.arange(1, steps + 1)[:, None] % every == 0).astype(np.float64)
