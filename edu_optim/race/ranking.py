"""Who leads: ranks, the winner of each seed, and who would have led with fewer seeds. Pure functions of arrays."""

from typing import NamedTuple

import numpy as np

from ..rng import generator


class Lead(NamedTuple):
    """Who leads after so many seeds.

    Attributes
    ----------
    sizes : ndarray of shape (K,)
        Numbers of seeds.
    first : ndarray of shape (K, entries)
        Probability that an entry has the best mean of so many seeds; who ties for it shares it. Counted for one seed,
        drawn for more.
    rank : ndarray of shape (K, entries, 3)
        Mean rank (1 is best), and the ranks below which 2.5 and 97.5 percent of the draws lie.
    """

    sizes: np.ndarray
    first: np.ndarray
    rank: np.ndarray


def ranks(values, better=1):
    """Rank the entries, 1 for the best; who ties shares the mean of the ranks; NaN comes last.

    Parameters
    ----------
    values : array of shape (entries, ...)
    better : 1 or -1

    Examples
    --------
    >>> ranks([0.9, 0.95, 0.9]).tolist()
    [2.5, 1.0, 2.5]
    """
    from scipy.stats import rankdata

    values = np.asarray(values, np.float64)
    return rankdata(np.where(np.isfinite(values), -better * values, np.inf), axis=0)


def crown(values, better=1):
    """Who wins each seed.

    Parameters
    ----------
    values : array of shape (entries, seeds)
    better : 1 or -1

    Returns
    -------
    ndarray of shape (entries, seeds)
        1 for the winner; several who tie share it. A seed that nobody finished has no winner.

    Examples
    --------
    >>> crown([[0.90, 0.95], [0.91, 0.95]]).tolist()
    [[0.0, 0.5], [1.0, 0.5]]
    """
    values = better * np.asarray(values, np.float64)
    values = np.where(np.isfinite(values), values, -np.inf)
    best = (values == values.max(axis=0)) & np.isfinite(values)
    return best / np.maximum(best.sum(axis=0), 1)


def lead(values, better=1, replace=False, draws=10_000):
    """Who would have led, had there been fewer seeds.

    Parameters
    ----------
    values : array of shape (entries, seeds)
        NaN counts as worst.
    better : 1 or -1
    replace : bool, optional
        False draws some of the seeds there are: its last row is the race itself, and close to it the draws share
        nearly all their seeds, so the answer is too sure of itself there. True draws with replacement, as if new
        seeds were run, and its last row says how sure the whole race is.
    draws : int, optional

    Returns
    -------
    Lead

    Examples
    --------
    >>> race = lead([[0.90, 0.93, 0.92], [0.91, 0.92, 0.90]])
    >>> race.first[[0, 2], 0].round(1).tolist()  # one seed of three; all three
    [0.7, 1.0]
    """
    values = better * np.asarray(values, np.float64)
    values = np.where(np.isfinite(values), values, -np.inf)
    entries, seeds = values.shape
    random = generator(0, "lead")
    if replace:
        drawn = random.integers(seeds, size=(draws, seeds))
    else:
        drawn = random.permuted(np.tile(np.arange(seeds), (draws, 1)), axis=1)
    sizes = np.arange(1, seeds + 1)
    first, rank = np.empty((seeds, entries)), np.empty((seeds, entries, 3))
    total = np.zeros((entries, draws))
    for k in sizes:
        total += values[:, drawn[:, k - 1]]
        # Rounded: the order of a sum must not decide between equal means.
        # One seed needs no drawing: each of them is there already.
        placed = ranks(np.round(values if k == 1 else total / k, 12))
        best = placed == placed.min(axis=0)
        first[k - 1] = (best / best.sum(axis=0)).mean(axis=1)
        rank[k - 1] = np.column_stack([placed.mean(axis=1), *np.quantile(placed, [0.025, 0.975], axis=1)])
    return Lead(sizes, first, rank)


def seeds_needed(race, probability=0.95):
    """The fewest seeds from which on the winner of all is the winner with a probability; None if even all do not do.

    Examples
    --------
    >>> seeds_needed(lead([[0.90, 0.93, 0.92], [0.91, 0.92, 0.90]]))
    3
    """
    winner = race.first[:, np.argmax(race.first[-1])]
    short = np.flatnonzero(winner < probability)
    if not short.size:
        return int(race.sizes[0])
    return int(race.sizes[short[-1] + 1]) if short[-1] + 1 < len(race.sizes) else None
