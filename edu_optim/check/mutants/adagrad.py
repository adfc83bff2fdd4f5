"""Broken versions of AdaGrad."""

import numpy as np


def forgets(x, g, h, lr, eps):
    """Lets old squares fade, which is RMSprop's idea."""
    h = 0.9 * h + g**2
    return x - lr * g / (np.sqrt(h) + eps), h


def mean_instead_of_sum(x, g, h, t, lr, eps):
    """Averages the squares, so that the rate never falls."""
    h = h + (g**2 - h) / t
    return x - lr * g / (np.sqrt(h) + eps), h


def no_root(x, g, h, lr, eps):
    """Divides by the sum of squares itself: large gradients give small steps."""
    h = h + g**2
    return x - lr * g / (h + eps), h


def not_squared(x, g, h, lr, eps):
    """Adds up sizes and takes their root."""
    h = h + np.abs(g)
    return x - lr * g / (np.sqrt(h) + eps), h


def old_h(x, g, h, lr, eps):
    """Divides by the sum before the newest square is in it: the first step is g / eps times lr."""
    return x - lr * g / (np.sqrt(h) + eps), h + g**2


def one_rate_for_all(x, g, h, lr, eps):
    """Adds up the squares of all coordinates, so that a rare one has no rate of its own."""
    h = h + np.sum(g**2)
    return x - lr * g / (np.sqrt(h) + eps), h


def only_the_sign(x, g, h, lr, eps):
    """Steps by the sign, at a rate that falls with the sizes it has seen."""
    h = h + g**2
    return x - lr * np.sign(g) / (np.sqrt(h) + eps), h


def eps_in_the_root(x, g, h, lr, eps):
    """Adds eps to h before the root is taken, where 1e-8 is a floor of 1e-4."""
    h = h + g**2
    return x - lr * g / np.sqrt(h + eps), h


def absolute_gradient(x, g, h, lr, eps):
    """Steps by the size of the gradient, so that x only ever falls."""
    h = h + g**2
    return x - lr * np.abs(g) / (np.sqrt(h) + eps), h
