"""Schedules and chaining, solved otherwise: by the package's own schedules, by loops for formulas, by searches."""
# ruff: noqa: I001

import numpy as np

from edu_optim import schedules

# ANSWER q1
import math


def warm_then_cosine(E, given, start, w, milestone, T, floor):
    used = []
    for e in range(milestone):
        used.append(given * (start + (1 - start) * e / w if e < w else 1.0))
    for e in range(E - milestone):
        factor = floor if e >= T else floor + (1 - floor) * math.cos(math.pi * e / T / 2) ** 2
        used.append(given * factor)
    return used[:E]

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

# ANSWER q5
def alone(a, b, given):
    used, of_a, of_b = [given], [1.0], [1.0]
    for wrote_a, wrote_b in zip(a, b):
        of_a.append(of_a[-1] * wrote_a / used[-1])
        of_b.append(wrote_b / given / of_a[-1])
        used.append(wrote_b)
    return used, of_a, of_b

# ANSWER q6
def too_much(s, gamma, c, w, every, E):
    stops = range(every, E, every)
    wrong = -np.log(c) if w in stops else 0.0
    first = next((k for k in stops if k % s == 0), E)  # where the two meet, and at all multiples of that
    return np.exp(wrong + len(range(first, E, first)) * np.log(gamma))

# ANSWER q7
def same_way(shapes, way, n, curvature, sigma):
    given = way / n / shapes.sum(axis=1)
    rates = np.repeat(given[:, None] * shapes, n, axis=1)
    shrink = (1 - curvature * rates) ** 2
    later = np.cumprod(shrink[:, ::-1], axis=1)[:, ::-1] / shrink  # what all later updates leave
    return np.column_stack([given, shrink.prod(axis=1), ((sigma * rates) ** 2 * later).sum(axis=1)])

# ANSWER q8
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

# ANSWER q9
def stopped(x, n):
    rates = -np.expm1(np.diff(np.log(x)) / n)
    fall = rates[1] / rates[0]
    s = int(np.argmax(rates[1:] < 0.9 * fall * rates[:-1])) + 1
    gamma = rates[s] / rates[s - 1] / fall

    def stairs_and_fall(clock):
        return fall * (gamma if clock % s == 0 else 1)

    def misfit(slip, k):
        due = [rates[0]]
        for e in range(1, len(rates)):
            clock = e - k if slip == "anew" and e > k else e
            due.append(due[-1] * stairs_and_fall(clock))
            if e == k and slip == "twice":
                due[-1] *= stairs_and_fall(e) / fall
            if e == k and slip == "given":
                due[-1] = rates[0]
            if e == k and slip == "anew":
                due[-1] = due[-2] * stairs_and_fall(e)
        return np.abs(np.log(due / rates)).sum()

    tried = [(misfit(slip, k), k) for slip in ("twice", "anew", "given") for k in range(s + 1, len(rates))]
    return {"given": rates[0], "s": s, "gamma": gamma, "fall": fall, "k": min(tried)[1]}.values()
