"""Broken versions of SGD."""

import numpy as np


def uphill(x, g, lr):
    """Adds the step, so that the loss grows."""
    return x + lr * g


def half_a_gradient(x, g, lr):
    """Loses the 2 of the derivative of a square."""
    return x - lr * g / 2


def absolute_gradient(x, g, lr):
    """Steps by the size of the gradient, so that x only ever falls."""
    return x - lr * np.abs(g)


def only_the_sign(x, g, lr):
    """Keeps the direction of each coordinate and throws its size away."""
    return x - lr * np.sign(g)


def clipped(x, g, lr):
    """Cuts large gradients without having been asked to."""
    return x - lr * np.clip(g, -1, 1)


def unit_length(x, g, lr):
    """Divides the gradient by its length, so that every coordinate depends on all others."""
    return x - lr * g / np.sqrt(np.sum(g**2))


def falling_rate(x, g, t, lr):
    """Divides the rate by t: a schedule that nobody wrote."""
    return x - lr / t * g


def decays(x, g, lr):
    """Shrinks x a little each time: a weight decay that nobody asked for."""
    return x - lr * (g + 0.01 * x)


def rate_squared(x, g, lr):
    """Multiplies by the rate twice."""
    return x - lr * (lr * g)
