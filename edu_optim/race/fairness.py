"""Whose rate? Three ways to choose every rule's rate, and what each of them does to the race."""

from typing import NamedTuple

import numpy as np

from . import statistics
from .formulas import rule_of
from .results import BETTER

AUTHOR = {"SGD": 0.01, "MomentumSGD": 0.01, "AdaGrad": 0.01, "RMSprop": 0.001, "AdaDelta": 1.0, "Adam": 0.001}


class Grid(NamedTuple):
    """Every rule at several rates.

    Attributes
    ----------
    rules : tuple of str
    rates : tuple of float
        All that were tried, ascending.
    mean : ndarray of shape (rules, rates)
        Over seeds, at one epoch; NaN where a rule was not tried or a run is missing.
    best : dict of str to float
        Each rule's best rate.
    edge : tuple of str
        Rules whose best rate is the lowest or highest they were tried at: a wider grid might have found a better one.
    """

    rules: tuple
    rates: tuple
    mean: np.ndarray
    best: dict
    edge: tuple


class Fairness(NamedTuple):
    """The same rules under several choices of rates.

    Attributes
    ----------
    rules, choices : tuple of str
    values : tuple of ndarray of shape (rules, seeds)
        One array for each choice; the numbers of seeds may differ.
    interval : statistics.Interval
        Arrays of shape (rules, choices).
    """

    rules: tuple
    choices: tuple
    values: tuple
    interval: statistics.Interval


def rate(entry):
    """The rate of an entry, its rule's own where it sets none.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> rate(SimpleNamespace(rule="Adam", hyperparameters={}))
    0.001
    """
    return float(entry.hyperparameters.get("lr", rule_of(entry).hyperparameters["lr"].default))


def equal_steps(rates, momentum=0.9):
    """Give plain descent the step that momentum comes to after many equal gradients, lr / (1 - momentum).

    Parameters
    ----------
    rates : mapping of rule to rate
        Among them SGD and MomentumSGD.
    momentum : float, optional

    Returns
    -------
    dict

    Examples
    --------
    >>> round(equal_steps(AUTHOR)["SGD"], 12)
    0.1
    """
    return {**rates, "SGD": rates["MomentumSGD"] / (1 - momentum)}


def at_rates(results, rates):
    """Choose from results with several rates per rule one entry for each rule, and name it after the rule.

    Parameters
    ----------
    results : Results
    rates : mapping of rule to rate
        A rate within one percent is taken for it, so that 0.0316 is the square root of 0.001.

    Returns
    -------
    Results

    Raises
    ------
    ValueError
        If a rule was not run at its rate, or several entries have it.
    """
    chosen = {}
    for rule, wanted in rates.items():
        tried = {label: rate(entry) for label, entry in _entries(results) if entry.rule == rule}
        labels = [label for label, value in tried.items() if abs(value - wanted) <= 0.01 * abs(wanted)]
        if len(labels) != 1:
            found = f"several entries have it: {', '.join(labels)}" if labels else (
                f"there are {', '.join(f'{value:g}' for value in sorted(tried.values())) or 'no runs of it'}")
            raise ValueError(f"One entry of {rule} at the rate {wanted:g} is needed; {found}.")
        chosen[rule] = labels[0]
    return results.select(chosen)


def grid(results, column="test_accuracy", epoch=-1):
    """Lay out the results of a grid, rule by rate, with each rule's best.

    The plan should test on images held back from training, not on the test set, which is then no longer unseen.

    Parameters
    ----------
    results : Results
        One entry per rule and rate.
    column : str, optional
    epoch : int, optional

    Returns
    -------
    Grid

    Raises
    ------
    ValueError
        If the results do not know their entries, or two entries have one rule and rate.
    """
    means = dict(zip(results.labels, BETTER[column] * results.at(column, epoch).mean(axis=1), strict=True))
    tried = {}
    for label, entry in _entries(results):
        place = (entry.rule, float(f"{rate(entry):.3g}"))
        if place in tried:
            raise ValueError(f"{entry.rule} stands twice at the rate {place[1]:g}; a grid has it there once.")
        tried[place] = means[label] if np.isfinite(means[label]) else np.nan
    names = tuple(dict.fromkeys(rule for rule, _ in tried))
    rates = tuple(sorted({value for _, value in tried}))
    best, edge = {}, []
    for name in names:
        own = sorted(value for rule, value in tried if rule == name)
        best[name] = max(own, key=lambda value, name=name: np.nan_to_num(tried[name, value], nan=-np.inf))
        if len(own) > 1 and best[name] in (own[0], own[-1]):
            edge.append(name)
    table = BETTER[column] * np.array([[tried.get((name, value), np.nan) for value in rates] for name in names])
    return Grid(names, rates, table, best, tuple(edge))


def compare(choices, column="test_accuracy", epoch=-1, level=0.95):
    """Set the results of the same rules under several choices of their rates side by side.

    Parameters
    ----------
    choices : mapping of str to Results
        By the choice's name, such as "author's rates"; all with the same labels, as `at_rates` gives them.
    column : str, optional
    epoch : int, optional
    level : float, optional

    Returns
    -------
    Fairness
        Rules in the order of the first choice's ranking.

    Raises
    ------
    ValueError
        If there is no choice, or two have different labels.
    """
    if not choices:
        raise ValueError("There is nothing to compare; write compare({\"author's rates\": results}).")
    first = next(iter(choices.values()))
    for name, results in choices.items():
        if set(results.labels) != set(first.labels):
            raise ValueError(f"{name!r} has the entries {', '.join(results.labels)}, and the first choice has "
                             f"{', '.join(first.labels)}; a ranking is compared over the same rules.")
    names = tuple(first.ranking(column, epoch))
    values = tuple(results.select(names).at(column, epoch) for results in choices.values())
    intervals = [statistics.interval(value, level=level) for value in values]
    columns = (np.column_stack(parts) for parts in zip(*intervals, strict=True))
    return Fairness(names, tuple(choices), values, statistics.Interval(*columns))


def _entries(results):
    if results.entries is None:
        raise ValueError("These results do not know their rules and rates; open them from a store, which has the plan.")
    return zip(results.labels, results.entries, strict=True)
