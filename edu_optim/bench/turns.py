"""Measure candidates in turns: a ratio of two that met the same noise says more than either time."""

import time

import numpy as np


def alternate(candidates, rounds=15, slice_seconds=0.01):
    """Seconds of one call of each candidate, measured in turns.

    Parameters
    ----------
    candidates : dict
        Name to a function without arguments.
    rounds : int
        How often each has its turn.
    slice_seconds : float
        How long one turn lasts, about.

    Returns
    -------
    dict
        Name to an array, one entry per round; those of one round met the same noise.
    """
    calls = {}
    for name, call in candidates.items():
        call()
        start = time.perf_counter()
        call()
        calls[name] = max(1, int(slice_seconds / (time.perf_counter() - start + 1e-9)))
    seconds = {name: [] for name in candidates}
    for _ in range(rounds):
        for name, call in candidates.items():
            start = time.perf_counter()
            for _ in range(calls[name]):
                call()
            seconds[name].append((time.perf_counter() - start) / calls[name])
    return {name: np.array(times) for name, times in seconds.items()}


def ratio(theirs, ours):
    """How many times ours goes into theirs, round by round: the median."""
    return float(np.median(theirs / ours))
