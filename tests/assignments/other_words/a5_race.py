"""Design and judge a race, solved otherwise: loops, other formulas for the same, and in one of them SciPy."""
# ruff: noqa: E402, I001

import numpy as np

# ANSWER q1
def spread(x):
    middle = sum(x) / len(x)
    return sum((one - middle) ** 2 for one in x) / (len(x) - 1)


def compare(a, b, times):
    k, lead = len(a), np.mean(a) - np.mean(b)
    shared = np.cov(a, b)[0, 1]
    of_pairs = spread(a) + spread(b) - 2 * shared
    half = times * (of_pairs / k) ** 0.5
    print("half the width", half)
    return lead, lead - half, lead + half, k * (spread(a) + spread(b)) / of_pairs

# ANSWER q2
def sign_test(d):
    from scipy.stats import binomtest

    signs = np.sign(d)[np.sign(d) != 0]
    return binomtest(int((signs == 1).sum()), signs.size).pvalue

# ANSWER q3
import itertools


def few(values, k):
    rules, seeds = values.shape
    overall = values.sum(axis=1) / seeds
    leader = max(range(rules), key=overall.__getitem__)
    right = cost = count = 0
    for mask in itertools.product([0, 1], repeat=seeds):
        if sum(mask) == k:
            named = np.argmax(values @ mask)
            right, cost, count = right + (named == leader), cost + overall[leader] - overall[named], count + 1
    return np.array([right, cost]) / count

# ANSWER q4
def equal_ways(lr, g, T, momentum, alpha):
    m = h = v = 0.0
    ways = [0.0, 0.0, 0.0, 0.0]
    for _ in range(T):
        m, h, v = momentum * m + g, h + g * g, alpha * v + (1 - alpha) * g * g
        for rule, step in enumerate([m, g / h**0.5, g / v**0.5, g / abs(g)]):
            ways[rule] += step
    return [lr * T * g / way for way in ways]

# ANSWER q5
def to_target(curves, target):
    medians = []
    for rule in curves.tolist():
        points = []
        for run in rule:
            e = next((e for e, accuracy in enumerate(run) if accuracy >= target), None)
            points.append(float("inf") if e is None else float(np.interp(target, run[e - 1:e + 1], [e - 1, e])))
        medians.append(sorted(points)[len(points) // 2])
    return medians

# ANSWER q6
import warnings

warnings.warn("a warning of my own", stacklevel=1)


def optimism(one, two):
    reported, honest, last = [], [], []
    for chooses, judges in ((one, two), (two, one)):
        for mine, other in zip(chooses, judges):
            epoch = list(mine).index(max(mine))
            reported.append(mine[epoch])
            honest.append(other[epoch])
            last.append(mine[-1])
    return [sum(numbers) / len(numbers) for numbers in (reported, honest, last)]

# ANSWER q7
def planned(delta, a, b):
    from statistics import stdev

    s, right = stdev(a - b), np.r_[a, b].mean()
    without = (stdev(a) ** 2 + stdev(b) ** 2) ** 0.5
    bar = delta / 2.84
    return (s / (delta / 2)) ** 2, (s / bar) ** 2, (without / bar) ** 2, right * (100 - right) / bar**2

# ANSWER q8
def leads(start, last):
    rows = [{f"{key:.5e}": value for key, value in zip(*row)} for row in zip(start.tolist(), last.tolist())]
    first, found = rows[0], []
    for row in rows[1:]:
        d = [row[key] - first[key] for key in sorted(first.keys() & row.keys())]
        if d:
            found.append((np.mean(d), np.std(d, ddof=1) / len(d) ** 0.5))
        else:
            ours, theirs = list(first.values()), list(row.values())
            found.append((np.mean(theirs) - np.mean(ours),
                          np.hypot(*(np.std(x, ddof=1) / len(x) ** 0.5 for x in (ours, theirs)))))
    return found

# ANSWER q9
from edu_optim.race import Entry, Plan


def race_plan(search, prices, minutes):
    left = 60 * minutes
    for rule, rates in search["kept back"].items():
        for _ in rates:
            left -= prices[rule] * search["epochs"] * len(search["seeds"])
    seeds, number = [], -1
    while left >= sum(20 * price for price in prices.values()):
        number += 1
        if number not in search["seeds"]:
            seeds.append(number)
            left -= sum(20 * price for price in prices.values())
    entries = []
    for rule in prices:
        (rate, _), *_ = sorted(search["kept back"][rule].items(), key=lambda pair: -pair[1])
        entries.append(Entry(rule, rule, {"lr": rate}))
    return Plan("theirs", "Written otherwise", entries, seeds, epochs=20)
