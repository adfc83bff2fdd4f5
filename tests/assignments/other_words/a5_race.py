"""Design and judge a race, solved otherwise: loops, other formulas for the same, and in one of them SciPy."""
# ruff: noqa: E402, I001

import numpy as np

# ANSWER q1
def spread(x):
    middle = sum(x) / len(x)
    return sum((one - middle) ** 2 for one in x) / (len(x) - 1)


def compare(a, b, times):
    from scipy.stats import binomtest

    k, lead = len(a), np.mean(a) - np.mean(b)
    half = times * ((spread(a) + spread(b) - 2 * np.cov(a, b)[0, 1]) / k) ** 0.5
    print("half the width", half)
    signs = np.sign(a - b)[a != b]
    return lead, lead - half, lead + half, binomtest(int((signs == 1).sum()), signs.size).pvalue

# ANSWER q2
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

# ANSWER q3
def equal_ways(lr, g, T, momentum, alpha):
    m = h = v = 0.0
    ways = [0.0, 0.0, 0.0, 0.0]
    for _ in range(T):
        m, h, v = momentum * m + g, h + g * g, alpha * v + (1 - alpha) * g * g
        for rule, step in enumerate([m, g / h**0.5, g / v**0.5, g / abs(g)]):
            ways[rule] += step
    return [lr * T * g / way for way in ways]

# ANSWER q4
def to_target(curves, target):
    medians = []
    for rule in curves.tolist():
        points = []
        for run in rule:
            e = next((e for e, accuracy in enumerate(run) if accuracy >= target), None)
            points.append(float("inf") if e is None else float(np.interp(target, run[e - 1:e + 1], [e - 1, e])))
        medians.append(sorted(points)[len(points) // 2])
    return medians

# ANSWER q5
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

# ANSWER q6
def planned(delta, a, b):
    from statistics import stdev

    s, right = stdev(a - b), np.r_[a, b].mean()
    without = (stdev(a) ** 2 + stdev(b) ** 2) ** 0.5
    bar = delta / 2.84
    return (s / (delta / 2)) ** 2, (s / bar) ** 2, (without / bar) ** 2, right * (100 - right) / bar**2

# ANSWER q7
def report(start, last):
    def average(numbers):
        return sum(numbers) / len(numbers)

    def part(numbers):
        return np.var(numbers, ddof=1) / len(numbers)

    found = []
    for keys, values in zip(start[1:], last[1:]):
        of_seed = {}
        for key, value in zip(keys, values):
            of_seed.setdefault(f"{key:.5f}", []).append(value)
        pairs = [average(of_seed[key]) - value for key, value in zip(map("{:.5f}".format, start[0]), last[0])
                 if key in of_seed]
        own = [average(numbers) for numbers in of_seed.values()]
        lead, error = (average(pairs), part(pairs)) if pairs else (
            average(own) - average(last[0]), part(own) + part(last[0]))
        found.append((len(pairs), int(np.isclose(keys, start[0], rtol=0, atol=1e-6).sum()), lead, error**0.5))
    return found

# ANSWER q8
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
