"""Broken versions of RMSprop."""

import numpy as np


def never_forgets(x, g, v, lr, eps):
    """Adds squares up for ever, which is AdaGrad."""
    v = v + g**2
    return x - lr * g / (np.sqrt(v) + eps), v


def corrected(x, g, v, t, lr, alpha, eps):
    """Corrects v for having started at 0, which is Adam's idea: the first step is lr, not ten times it."""
    v = alpha * v + (1 - alpha) * g**2
    return x - lr * g / (np.sqrt(v / (1 - alpha**t)) + eps), v


def alpha_exchanged(x, g, v, lr, alpha, eps):
    """Exchanges alpha and 1 - alpha, so that nothing is remembered for long."""
    v = (1 - alpha) * v + alpha * g**2
    return x - lr * g / (np.sqrt(v) + eps), v


def no_root(x, g, v, lr, alpha, eps):
    """Divides by v itself: a gradient twice as large gives half the step."""
    v = alpha * v + (1 - alpha) * g**2
    return x - lr * g / (v + eps), v


def not_squared(x, g, v, lr, alpha, eps):
    """Averages sizes and takes their root."""
    v = alpha * v + (1 - alpha) * np.abs(g)
    return x - lr * g / (np.sqrt(v) + eps), v


def old_v(x, g, v, lr, alpha, eps):
    """Divides by v before the newest square is in it: the first step is g / eps times lr."""
    return x - lr * g / (np.sqrt(v) + eps), alpha * v + (1 - alpha) * g**2


def one_rate_for_all(x, g, v, lr, alpha, eps):
    """Averages the squares over the coordinates too, so that all share one rate."""
    v = alpha * v + (1 - alpha) * np.mean(g**2)
    return x - lr * g / (np.sqrt(v) + eps), v


def eps_in_the_root(x, g, v, lr, alpha, eps):
    """Adds eps to v before the root is taken, where 1e-8 is a floor of 1e-4."""
    v = alpha * v + (1 - alpha) * g**2
    return x - lr * g / np.sqrt(v + eps), v


def absolute_gradient(x, g, v, lr, alpha, eps):
    """Steps by the size of the gradient, so that x only ever falls."""
    v = alpha * v + (1 - alpha) * g**2
    return x - lr * np.abs(g) / (np.sqrt(v) + eps), v
