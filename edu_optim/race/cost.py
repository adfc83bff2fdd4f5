"""What a plan costs, measured: a few steps of every rule, and a few tests, on this machine."""

import statistics
import time

import numpy as np

from .. import datasets
from .training import TESTED_AT_ONCE, Training

WARM, TIMED = 3, 9  # steps; of the latter the median counts


def seconds(plan):
    """How long one processor takes for all of a plan.

    Parameters
    ----------
    plan : Plan

    Returns
    -------
    float

    Examples
    --------
    >>> from edu_optim.race import plan
    >>> 1 < seconds(plan.load("small")) < 3600
    True
    """
    steps, tests = -(-plan.data.train // plan.batch), plan.data.test / TESTED_AT_ONCE
    total = 0.0
    for run in plan.runs()[: len(plan.entries)]:
        step, test = _measured(run)
        total += plan.epochs * steps * step + (plan.epochs + 1) * tests * test
    return total * len(plan.seeds)


_known = {}  # (rule and formula, batch, network): what was measured


def _measured(run):
    """Seconds of a step and of a test, with made-up images."""
    what = run.rule, str(run.formula), run.batch, run.network
    if what not in _known:
        rng = np.random.default_rng(0)
        images = rng.integers(256, size=(max(run.batch, TESTED_AT_ONCE), 784), dtype=np.uint8)
        train, test = images[: run.batch], images[:TESTED_AT_ONCE]
        labels = rng.integers(10, size=len(images))
        training = Training(run, datasets.Digits(train, labels[: len(train)], test, labels[: len(test)]))
        rows = np.arange(run.batch)
        _known[what] = (_median(lambda number: training.step(number, rows), TIMED),
                        _median(lambda number: training.measure(), 3))
    return _known[what]


def _median(act, times):
    took = []
    for number in range(WARM + times):
        began = time.thread_time()
        with np.errstate(all="ignore"):  # some entries are there to diverge
            act(number)
        took.append(time.thread_time() - began)
    return statistics.median(took[WARM:])
