"""Measure candidates in turns: a ratio of two that met the same noise says more than either time."""

import time

import numpy as np


def alternate(candidates, rounds=15, slice_seconds=0.01, clock=time.perf_counter):
    """Seconds of one call of each candidate, measured in turns.

    Parameters
    ----------
    candidates : dict
        Name to a function without arguments.
    rounds : int
        How often each has its turn.
    slice_seconds : float
        How long one turn lasts, about.
    clock : callable
        What tells the time; `time.process_time` does not count while others have the core.

    Returns
    -------
    dict
        Name to an array, one entry per round; those of one round met the same noise.
    """
    calls = {}
    for name, call in candidates.items():
        call()
        start = clock()
        call()
        calls[name] = max(1, int(slice_seconds / (clock() - start + 1e-9)))
    seconds = {name: [] for name in candidates}
    for _ in range(rounds):
        for name, call in candidates.items():
            start = clock()
            for _ in range(calls[name]):
                call()
            seconds[name].append((clock() - start) / calls[name])
    return {name: np.array(times) for name, times in seconds.items()}


def ratio(theirs, ours):
    """How many times ours goes into theirs, round by round: the median."""
    return float(np.median(theirs / ours))
