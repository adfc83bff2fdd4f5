"""Six rules from their formulas, solved otherwise: sums in place of recursions, loops over coordinates, searches."""
# ruff: noqa: E402, F821, I001

import numpy as np

# ANSWER q1
from functools import reduce

print("momentum")


def one(gradients, weights):
    return reduce(lambda total, pair: total + pair[0] * pair[1], zip(weights, gradients), np.zeros(2))


def inside(x, gradients, rates, momentum):
    steps = [one(gradients[:t], [-rates[i] * momentum ** (t - 1 - i) for i in range(t)])
             for t in range(1, len(gradients) + 1)]
    return x + np.cumsum(steps, axis=0)


def outside(x, gradients, rates, momentum):
    path = np.empty_like(gradients)
    for k in range(2):
        position, buffer = float(x[k]), 0
        for t in range(len(gradients)):
            buffer *= momentum
            buffer += gradients[t][k]
            position -= rates[t] * buffer
            path[t, k] = position
    return path.tolist()

# ANSWER q2
def papers(x, slope, lr, momentum, steps):
    before, path = x, [x]
    for _ in range(steps):
        here = path[-1]
        ahead = here + momentum * (here - before)
        before = here
        path.append(ahead - lr * slope(ahead))
    return np.array(path[1:])


def torchs(y, slope, lr, momentum, steps):
    found = papers(y, slope, lr, momentum, steps)
    moved = np.diff(np.vstack([y, found]), axis=0)  # the buffers
    return found + momentum * moved

# ANSWER q3
import warnings

warnings.warn("a warning of my own", stacklevel=1)


def adagrad(x, gradients, lr, eps):
    h = np.cumsum(np.square(gradients), axis=0)
    return x - np.cumsum(lr * gradients / (np.sqrt(h) + eps), axis=0)

# ANSWER q4
def rmsprop(x, gradients, lr, alpha, eps, eps_inside):
    T = len(gradients)
    weights = np.tril((1 - alpha) * alpha ** np.subtract.outer(np.arange(T), np.arange(T)).clip(0))
    v = weights @ gradients**2
    return x - lr * np.cumsum(gradients * ((v + eps) ** -0.5 if eps_inside else 1 / (v**0.5 + eps)), axis=0)

# ANSWER q5
def adadelta(x, gradients, lr, rho, eps):
    path = []
    for k in range(2):
        v = u = 0.0
        row, position = [], x[k]
        for g in gradients[:, k]:
            v += (1 - rho) * (g * g - v)
            d = g * ((u + eps) / (v + eps)) ** 0.5
            u += (1 - rho) * (d * d - u)
            position = position - d * lr
            row.append(position)
        path.append(row)
    return np.transpose(path)

# ANSWER q6
class Adam:
    def __init__(self, lr, beta1, beta2, eps):
        self.lr, self.beta1, self.beta2, self.eps, self.seen = lr, beta1, beta2, eps, []

    def step(self, g):
        self.seen.append(g)
        ages = np.arange(len(self.seen))[::-1]
        mean = np.average(self.seen, axis=0, weights=self.beta1**ages)
        square = np.average(np.square(self.seen), axis=0, weights=self.beta2**ages)
        return self.lr * mean / (np.sqrt(square) + self.eps)


def adam(x, gradients, lr, beta1, beta2, eps):
    rule, path = Adam(lr, beta1, beta2, eps), [x]
    for g in gradients:
        path.append(path[-1] - rule.step(g))
    return path[1:]

# ANSWER q7
def degree(walk, x, gradients):
    lengths = [np.linalg.norm(np.diff(walk(x, c * gradients)[-2:], axis=0)) for c in (1, 3)]
    return (np.log10(lengths[1]) - np.log10(lengths[0])) / np.log10(3)

# ANSWER q8a
def fault_a(gradients, path):
    due, low, high = np.diff(path, axis=0), 0.5, 0.9999

    def ahead(beta2):
        return abs(steps(gradients, 0.1, 0.9, beta2, 1e-8, 1)[1, 0]) > abs(due[1, 0])

    assert ahead(high) != ahead(low)
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (low, middle) if ahead(middle) == ahead(high) else (middle, high)
    return [0.1, 0.9, middle, 1e-8, 1]

# ANSWER q8b
def fault_b(gradients, path):
    def misfit(first):
        x, m, v, wrong = path[0, 0], 0.0, 0.0, 0.0
        for t, g in enumerate(gradients[:, 0], first):
            m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g * g
            x -= 0.1 * m / (1 - 0.9**t) / (v / (1 - 0.999**t)) ** 0.5
            wrong += abs(x - path[t - first + 1, 0])
        return wrong

    return np.array([0.1, 0.9, 0.999, 1e-8, min(range(1, 100), key=misfit)])

# ANSWER q8c
def fault_c(gradients, path):
    g, divisor = np.abs(gradients[0]), 0.1 * np.abs(gradients[0] / (path[1] - path[0]))
    print("divided by", divisor)
    return {"lr": 0.1, "beta1": 0.9, "beta2": 0.999, "eps": (divisor - g)[1], "first_t": 1}.values()

# ANSWER q9
def adam_of(x, gradients, lr, decays, beta2, eps):
    shares = 1 - np.cumprod(decays)
    m, v, path = 0, 0, []
    for t in range(len(gradients)):
        m, v = m + (1 - decays[t]) * (gradients[t] - m), v + (1 - beta2) * (gradients[t] ** 2 - v)
        x = x - lr * (m / shares[t]) / ((v / (1 - beta2 ** (t + 1))) ** 0.5 + eps)
        path += [x]
    return np.stack(path)

# ANSWER q10
def turned(g, n, lr, momentum, alpha, beta1, beta2):
    gradients = [g] * n + [-g]
    m = h = v = mean = square = 0.0
    for g in gradients:
        m, h, v = momentum * m + g, h + g * g, alpha * v + (1 - alpha) * g * g
        mean, square = beta1 * mean + (1 - beta1) * g, beta2 * square + (1 - beta2) * g * g
    corrected = mean / (1 - beta1 ** (n + 1)) / (square / (1 - beta2 ** (n + 1))) ** 0.5
    return [-lr * step for step in (m, g / h**0.5, g / v**0.5, corrected)]
