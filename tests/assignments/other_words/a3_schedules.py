"""Schedules and chaining, solved otherwise: by the package's own schedules, by loops for formulas, by searches."""
# ruff: noqa: E402, I001

import numpy as np

from edu_optim import schedules

# ANSWER q1
import math


def warm_up(E, start, w):
    return [start + (1 - start) * e / w if e < w else 1.0 for e in range(E)]


def power(E, T, p):
    return [((T - e) / T) ** p if e < T else 0.0 for e in range(E)]


def cosine(E, T, floor):
    factors = []
    for e in range(E):
        factors.append(floor if e >= T else floor + (1 - floor) * math.cos(math.pi * e / T / 2) ** 2)
    return factors

# ANSWER q2
def touched(h, given, floor, k, c):
    rates = np.vstack([floor + (given - floor) * h] * 2)
    above = rates[0] - floor
    above[k + 1:] *= (c * rates[0, k] - floor) / above[k]
    rates[0, k + 1:] = floor + above[k + 1:]
    print(rates)
    return rates.tolist()

# ANSWER q3
class Multiplies(schedules.Chainable):
    def __init__(self, optimizer=None, f=None, last_epoch=-1):
        self.f = f
        super().__init__(optimizer, last_epoch)

    def factor_at(self, e):
        return self.f(e)


def act(parts, given, E):
    group, live, rates = {"lr": given}, [], []
    for kind, f in parts:
        live.append(Multiplies([group], f) if kind == "multiplies" else schedules.LambdaLR([group], f))
    while len(rates) < E:
        rates.append(group["lr"])
        for schedule in live:
            schedule.step()
    return rates

# ANSWER q4
def sequence(parts, milestones, given, E):
    rates = np.zeros(E)
    for f, first, end in zip(parts, [0, *milestones], [*milestones, E]):
        rates[first:end] = [given * f(clock) for clock in range(end - first)]
    return rates

# ANSWER q5
def after_a_writer(e, f, given, gamma, r, s, a, w):
    rates = np.empty((4, len(e)))
    for column, (epoch, factor) in enumerate(zip(e, f)):
        rates[:, column] = factor * given
        if epoch % s == 0:
            rates[1, column] *= r
        if epoch <= w:
            rates[2, column] *= (a * w + (1 - a) * epoch) / (a * w + (1 - a) * (epoch - 1))
        rates[3, column] *= gamma
    return rates

# ANSWER q6
def alone(a, b, given):
    used, of_a, of_b = [given], [1.0], [1.0]
    for wrote_a, wrote_b in zip(a, b):
        of_a.append(of_a[-1] * wrote_a / used[-1])
        of_b.append(wrote_b / given / of_a[-1])
        used.append(wrote_b)
    return used, of_a, of_b

# ANSWER q7
def nights(s, gamma, c, w, stops, given, E):
    group, used = {"lr": given}, []
    pair = schedules.StepLR(step_size=s, gamma=gamma), schedules.ConstantLR(factor=c, total_iters=int(w))
    live = [schedule.bind([group]) for schedule in pair]
    for e in range(E):
        if e in stops:
            live = [schedule.bind([group], last_epoch=e - 1) for schedule in pair]
        used.append(group["lr"])
        for schedule in live:
            schedule.step()
    return used

# ANSWER q8
def same_way(shapes, way, n, curvature, sigma):
    given = way / n / shapes.sum(axis=1)
    rates = np.repeat(given[:, None] * shapes, n, axis=1)
    shrink = (1 - curvature * rates) ** 2
    later = np.cumprod(shrink[:, ::-1], axis=1)[:, ::-1] / shrink  # what all later updates leave
    return np.column_stack([given, shrink.prod(axis=1), ((sigma * rates) ** 2 * later).sum(axis=1)])

# ANSWER q9
def read_loss(loss, n, lr):
    change = np.diff(loss)
    ratio = change[1:] / change[:-1]
    k = 1
    while abs(ratio[k] / ratio[0] - 1) < 1e-6:
        k += 1
    k += 1  # ratio[i] has the changes of epochs i and i + 1
    lam = -np.expm1(np.log(ratio[0]) / n / 2) / lr
    level = loss[0] + change[0] / (1 - ratio[0])
    late = -np.expm1(np.log(ratio[k]) / n / 2) / lr
    return [lam, level * 2 * (2 - lr * lam) / lr, k, late / lam]

# ANSWER q10a
from itertools import pairwise


def stopped_a(x, n):
    rates = np.array([1 - (after / before) ** (1 / n) for before, after in pairwise(x)])
    fall = rates[1] / rates[0]
    s = next(e for e in range(1, len(rates)) if rates[e] / rates[e - 1] < 0.9 * fall)
    gamma = rates[s] / rates[s - 1] / fall
    e = np.arange(len(rates))
    planned = rates[0] * fall**e * gamma ** (e // s)
    return np.array([rates[0], s, gamma, fall, np.argmax(rates < 0.9 * planned)])

# ANSWER q10b
def stopped_b(x, n):
    rates = -np.expm1(np.diff(np.log(x)) / n)
    fall = rates[1] / rates[0]
    s = int(np.argmax(rates[1:] < 0.9 * fall * rates[:-1])) + 1
    gamma = rates[s] / rates[s - 1] / fall

    def misfit(k):
        due = [rates[0]]
        for e in range(1, len(rates)):
            clock = e if e <= k else e - k
            due.append(due[-1] * fall * (gamma if clock % s == 0 else 1))
        return np.abs(np.log(due / rates)).sum()

    return {"given": rates[0], "s": s, "gamma": gamma, "fall": fall,
            "k": min((k for k in range(s + 1, len(rates) - s) if k % s), key=misfit)}.values()
