"""Where adaptive rules learn by heart."""

from typing import NamedTuple

import numpy as np

from .walk import walk


class Separable(NamedTuple):
    """Two classes that one feature tells apart, among features that tempt: what `wilson` makes.

    Attributes
    ----------
    X, y : ndarray, float64, (n, d) and (n,)
        To learn from; y is 1 or -1.
    X_new, y_new : ndarray, float64, (n, d) and (n,)
        Never seen before: what was their own in the features is missing.
    """

    X: np.ndarray
    y: np.ndarray
    X_new: np.ndarray
    y_new: np.ndarray

    def gradient(self, w):
        """Return the gradient of half the mean squared error of X w, at weights w of shape (d,)."""
        return self.X.T @ (self.X @ w - self.y) / len(self.y)

    def fit(self, rule, steps):
        """Return the weights, shape (d,), after some steps with the whole gradient from 0; a rule as `reddi`'s."""
        return walk(rule, np.zeros(self.X.shape[1]), lambda w, t: self.gradient(w), steps)[-1]

    def accuracy(self, w):
        """Return the shares of signs that are right: of what was learned from, and of what is new."""
        return float(np.mean(self.X @ w * self.y > 0)), float(np.mean(self.X_new @ w * self.y_new > 0))


def wilson(n=40, positive=0.6):
    """Return data that SGD learns and adaptive rules only learn by heart, at a loss of 0 for both.

    Feature 0 is the class itself. Features 1 and 2 are always 1. Then every sample has five places of its own: one of
    them is 1 for the class 1, all five for the class -1. What is new has nothing in such places.

    Parameters
    ----------
    n : int
        Samples to learn from, and as many new ones.
    positive : float
        Share of the class 1; above a half.

    Returns
    -------
    Separable
        With d = 3 + 5 n features.

    Raises
    ------
    ValueError
        If positive is not above a half and below 1, or n is too small for both classes.

    Notes
    -----
    From w = 0, a rule of degree 0 that treats each coordinate alone keeps w a multiple of the signs of X^T y for ever:
    every feature of a sample counts alike, and of a new sample only 0, 1 and 2 are left, two of which say 1 always.
    Plain descent ends at the shortest w that fits, in which each sample's own places carry little.
    With the numbers above, SGD has all new ones right, Adam the .6 that are 1.

    Source: Wilson, Roelofs, Stern, Srebro and Recht, The marginal value of adaptive gradient methods in machine
    learning, NeurIPS 2017, section 3.

    Examples
    --------
    >>> import edu_optim as eo
    >>> data = eo.oracles.wilson()
    >>> data.accuracy(data.fit(eo.SGD(lr=0.1), steps=2000))
    (1.0, 1.0)
    >>> data.accuracy(data.fit(eo.Adam(lr=0.01), steps=2000))
    (1.0, 0.6)
    """
    first = round(positive * n)
    if not 0.5 < positive < 1 or not n / 2 < first < n:
        raise ValueError(
            f"n={n!r}, positive={positive!r}: more than half of the samples are of class 1, and some are not; write "
            "wilson(n=40, positive=0.6), say.")
    y = np.where(np.arange(n) < first, 1.0, -1.0)
    X = np.zeros((n, 3 + 5 * n))
    X[:, 0], X[:, 1:3] = y, 1.0
    new = X.copy()
    for i in range(n):
        X[i, 3 + 5 * i : 3 + 5 * i + (1 if y[i] > 0 else 5)] = 1.0
    return Separable(X, y, new, y.copy())
