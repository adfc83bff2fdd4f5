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


def by_squares(x, gradients, lr, keep, add, start, eps):
    T = len(gradients)
    ages = np.subtract.outer(np.arange(T), np.arange(T))
    weights = np.tril(add * keep ** ages.clip(0).astype(float))
    h = weights @ np.square(gradients) + start * np.array([[keep ** (t + 1)] for t in range(T)])
    return x - np.cumsum(lr * gradients / (h**0.5 + eps), axis=0)

# ANSWER q4
def adadelta(x, gradients, lr, rho, eps, length):
    path = []
    for k in range(2):
        v, u = 0.0, length * length
        row, position = [], x[k]
        for g in gradients[:, k]:
            v += (1 - rho) * (g * g - v)
            d = g * (u / (v + eps)) ** 0.5
            u += (1 - rho) * (d * d - u)
            position = position - d * lr
            row.append(position)
        path.append(row)
    return np.transpose(path)

# ANSWER q5
class Adam:
    def __init__(self, beta2):
        self.beta2, self.seen, self.weights = beta2, [], np.zeros(0)

    def step(self, g, beta1):
        self.seen.append(g)
        self.weights = np.append(beta1 * self.weights, 1 - beta1)
        mean = np.average(self.seen, axis=0, weights=self.weights)
        square = np.average(np.square(self.seen), axis=0, weights=self.beta2 ** np.arange(len(self.seen))[::-1])
        return mean, square**0.5


def adam(x, gradients, lr, decays, beta2, eps):
    rule, path = Adam(beta2), [x]
    for g, beta1 in zip(gradients, decays):
        mean, root = rule.step(g, beta1)
        path.append(path[-1] - lr * mean / (root + eps))
    return path[1:]

# ANSWER q6
def degree(walk, x, gradients):
    lengths = [np.linalg.norm(np.diff(walk(x, c * gradients)[-2:], axis=0)) for c in (1, 3)]
    return (np.log10(lengths[1]) - np.log10(lengths[0])) / np.log10(3)

# ANSWER q7
def fault(gradients, path):
    steps = np.diff(path, axis=0)
    first = np.abs(steps[0]) / 0.1
    if abs(first[0] - 1) > 0.01:  # lr or t
        if np.allclose(np.abs(adam_steps(gradients, 0.1, 0.9, 0.999, 1e-8, 1) / steps), 1 / first[0]):
            return [0.1 * first[0], 0.9, 0.999, 1e-8, 1]

        def misfit(start):
            x, m, v, wrong = path[0, 0], 0.0, 0.0, 0.0
            for t, g in enumerate(gradients[:, 0], start):
                m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g * g
                x -= 0.1 * m / (1 - 0.9**t) / (v / (1 - 0.999**t)) ** 0.5
                wrong += abs(x - path[t - start + 1, 0])
            return wrong

        return np.array([0.1, 0.9, 0.999, 1e-8, min(range(1, 100), key=misfit)])
    if first[1] < 0.99:
        print("the quiet one is slow")
        eps = abs(gradients[0, 1]) * (1 / first[1] - 1)
        return {"lr": 0.1, "beta1": 0.9, "beta2": 0.999, "eps": eps, "first_t": 1}.values()

    def charged(which):
        """A decay that explains the second step, by halving an interval; None if there is none."""
        def numbers(decay):
            return [0.1, decay, 0.999, 1e-8, 1] if which == 1 else [0.1, 0.9, decay, 1e-8, 1]

        def too_far(decay):
            return adam_steps(gradients, *numbers(decay))[1, 0] > steps[1, 0]

        low, high = 0.3, 0.9999
        if too_far(low) == too_far(high):
            return None
        for _ in range(60):
            middle = (low + high) / 2
            low, high = (low, middle) if too_far(middle) == too_far(high) else (middle, high)
        return numbers(middle)

    both = [one for one in (charged(1), charged(2)) if one]
    return min(both, key=lambda one: np.linalg.norm(adam_steps(gradients, *one)[2] - steps[2]))

# ANSWER q8
def turned(g, n, lr, momentum, alpha, beta1, beta2):
    sign = 1 if g > 0 else -1
    forward = -lr * g * (momentum / (1 - momentum) - 1)
    return [forward, sign * lr * n**-0.5, sign * lr, -sign * lr * (beta1 - (1 - beta1))]
