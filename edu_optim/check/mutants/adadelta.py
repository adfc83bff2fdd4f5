"""Broken versions of AdaDelta."""

import numpy as np


def no_memory_of_steps(x, g, v, u, lr, rho, eps):
    """Never fills u, which leaves RMSprop at a rate of the root of eps."""
    v = rho * v + (1 - rho) * g**2
    return x - lr * np.sqrt(u + eps) / np.sqrt(v + eps) * g, v, u


def gradients_remembered_twice(x, g, v, u, lr, rho, eps):
    """Fills u with gradients where steps belong."""
    v = rho * v + (1 - rho) * g**2
    step = np.sqrt(u + eps) / np.sqrt(v + eps) * g
    u = rho * u + (1 - rho) * g**2
    return x - lr * step, v, u


def rate_remembered(x, g, v, u, lr, rho, eps):
    """Fills u with steps after lr has scaled them; at lr = 1 nobody sees it."""
    v = rho * v + (1 - rho) * g**2
    step = lr * np.sqrt(u + eps) / np.sqrt(v + eps) * g
    u = rho * u + (1 - rho) * step**2
    return x - step, v, u


def steps_not_squared(x, g, v, u, lr, rho, eps):
    """Averages the sizes of steps, and takes their root all the same."""
    v = rho * v + (1 - rho) * g**2
    step = np.sqrt(u + eps) / np.sqrt(v + eps) * g
    u = rho * u + (1 - rho) * np.abs(step)
    return x - lr * step, v, u


def eps_outside_the_roots(x, g, v, u, lr, rho, eps):
    """Adds eps after the roots, so that the first steps are a thousandth of what they should be."""
    v = rho * v + (1 - rho) * g**2
    step = (np.sqrt(u) + eps) / (np.sqrt(v) + eps) * g
    u = rho * u + (1 - rho) * step**2
    return x - lr * step, v, u


def eps_below_only(x, g, v, u, lr, rho, eps):
    """Leaves eps out on top, so that it never starts."""
    v = rho * v + (1 - rho) * g**2
    step = np.sqrt(u) / np.sqrt(v + eps) * g
    u = rho * u + (1 - rho) * step**2
    return x - lr * step, v, u


def upside_down(x, g, v, u, lr, rho, eps):
    """Divides by the size of steps and multiplies by that of gradients."""
    v = rho * v + (1 - rho) * g**2
    step = np.sqrt(v + eps) / np.sqrt(u + eps) * g
    u = rho * u + (1 - rho) * step**2
    return x - lr * step, v, u


def rho_exchanged(x, g, v, u, lr, rho, eps):
    """Exchanges rho and 1 - rho, so that nothing is remembered for long."""
    v = (1 - rho) * v + rho * g**2
    step = np.sqrt(u + eps) / np.sqrt(v + eps) * g
    u = (1 - rho) * u + rho * step**2
    return x - lr * step, v, u


def absolute_gradient(x, g, v, u, lr, rho, eps):
    """Steps by the size of the gradient, so that x only ever falls."""
    v = rho * v + (1 - rho) * g**2
    step = np.sqrt(u + eps) / np.sqrt(v + eps) * np.abs(g)
    u = rho * u + (1 - rho) * step**2
    return x - lr * step, v, u
