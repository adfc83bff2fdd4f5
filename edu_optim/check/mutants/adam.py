"""Fourteen broken Adams, and most of them train.

On the digits of the package (784-100-10, batch 100, 5 epochs, lr 0.001, mean of 3 seeds) the right Adam has .934 of
the test set right. Eight of these are within half a point of it or above: without any correction .942, with only m
corrected .944, since that is a larger rate early on. Betas swapped .910, beta for 1 - beta .913, no root .855, not
squared .850; two learn nothing: the absolute gradient, and eps added to the step, which divides 0 by 0 where a pixel is
always white.
"""

import numpy as np


def no_correction(x, g, m, v, lr, beta1, beta2, eps):
    """Takes m and v as they are, though both started at 0: v more so, and the first step is 3.16 lr."""
    m = beta1 * m + (1 - beta1) * g
    v = beta2 * v + (1 - beta2) * g**2
    return x - lr * m / (np.sqrt(v) + eps), m, v


def only_m_corrected(x, g, m, v, t, lr, beta1, beta2, eps):
    """Corrects m and forgets v, which is far too small at first: the first step is 31.6 lr."""
    m = beta1 * m + (1 - beta1) * g
    v = beta2 * v + (1 - beta2) * g**2
    return x - lr * m / (1 - beta1**t) / (np.sqrt(v) + eps), m, v


def only_v_corrected(x, g, m, v, t, lr, beta1, beta2, eps):
    """Corrects v and forgets m: the first steps are too short, the first by 1 - beta1."""
    m = beta1 * m + (1 - beta1) * g
    v = beta2 * v + (1 - beta2) * g**2
    return x - lr * m / (np.sqrt(v / (1 - beta2**t)) + eps), m, v


def t_one_too_large(x, g, m, v, t, lr, beta1, beta2, eps):
    """Uses t + 1 for t: corrects the first step as if it were the second."""
    m = beta1 * m + (1 - beta1) * g
    v = beta2 * v + (1 - beta2) * g**2
    m_hat = m / (1 - beta1 ** (t + 1))
    v_hat = v / (1 - beta2 ** (t + 1))
    return x - lr * m_hat / (np.sqrt(v_hat) + eps), m, v


def t_stuck_at_1(x, g, m, v, lr, beta1, beta2, eps):
    """Never counts: each step is corrected as if it were the first."""
    m = beta1 * m + (1 - beta1) * g
    v = beta2 * v + (1 - beta2) * g**2
    return x - lr * m / (1 - beta1) / (np.sqrt(v / (1 - beta2)) + eps), m, v


def betas_swapped(x, g, m, v, t, lr, beta1, beta2, eps):
    """Gives m the long memory and v the short one."""
    m = beta2 * m + (1 - beta2) * g
    v = beta1 * v + (1 - beta1) * g**2
    return x - lr * m / (1 - beta2**t) / (np.sqrt(v / (1 - beta1**t)) + eps), m, v


def not_squared(x, g, m, v, t, lr, beta1, beta2, eps):
    """Averages sizes in v and takes their root all the same: a gradient 100 times as large gives 10 times the step."""
    m = beta1 * m + (1 - beta1) * g
    v = beta2 * v + (1 - beta2) * np.abs(g)
    return x - lr * m / (1 - beta1**t) / (np.sqrt(v / (1 - beta2**t)) + eps), m, v


def no_root(x, g, m, v, t, lr, beta1, beta2, eps):
    """Divides by v itself: a gradient twice as large gives half the step."""
    m = beta1 * m + (1 - beta1) * g
    v = beta2 * v + (1 - beta2) * g**2
    return x - lr * m / (1 - beta1**t) / (v / (1 - beta2**t) + eps), m, v


def old_m(x, g, m, v, t, lr, beta1, beta2, eps):
    """Steps by the m of the update before, so that the newest gradient is not in it."""
    v = beta2 * v + (1 - beta2) * g**2
    x = x - lr * m / (1 - beta1**t) / (np.sqrt(v / (1 - beta2**t)) + eps)
    return x, beta1 * m + (1 - beta1) * g, v


def beta_for_one_minus_beta(x, g, m, v, t, lr, beta1, beta2, eps):
    """Keeps a tenth of m and a thousandth of v, so that hardly anything is remembered, and corrects as if it were."""
    m = (1 - beta1) * m + beta1 * g
    v = (1 - beta2) * v + beta2 * g**2
    return x - lr * m / (1 - beta1**t) / (np.sqrt(v / (1 - beta2**t)) + eps), m, v


def eps_in_the_root(x, g, m, v, t, lr, beta1, beta2, eps):
    """Adds eps to v before the root is taken, where 1e-8 is a floor of 1e-4."""
    m = beta1 * m + (1 - beta1) * g
    v = beta2 * v + (1 - beta2) * g**2
    return x - lr * m / (1 - beta1**t) / np.sqrt(v / (1 - beta2**t) + eps), m, v


def eps_added_to_the_step(x, g, m, v, t, lr, beta1, beta2, eps):
    """Lacks a bracket: divides by the root and adds eps to what comes out, NaN where the gradient is always 0."""
    m = beta1 * m + (1 - beta1) * g
    v = beta2 * v + (1 - beta2) * g**2
    return x - lr * (m / (1 - beta1**t) / np.sqrt(v / (1 - beta2**t)) + eps), m, v


def absolute_gradient(x, g, m, v, t, lr, beta1, beta2, eps):
    """Averages the sizes of the gradients in m, so that x only ever falls."""
    m = beta1 * m + (1 - beta1) * np.abs(g)
    v = beta2 * v + (1 - beta2) * g**2
    return x - lr * m / (1 - beta1**t) / (np.sqrt(v / (1 - beta2**t)) + eps), m, v


def mean_of_sizes(x, g, m, v, t, lr, beta1, beta2, eps):
    """Takes the mean size for the root of the mean square; they agree while all gradients have one size."""
    m = beta1 * m + (1 - beta1) * g
    v = beta2 * v + (1 - beta2) * np.abs(g)
    return x - lr * m / (1 - beta1**t) / (v / (1 - beta2**t) + eps), m, v
