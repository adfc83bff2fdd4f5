"""Broken versions of SGD with momentum, the rate outside."""


def uphill(x, g, m, lr, momentum):
    """Adds the buffer, so that the loss grows."""
    m = momentum * m + g
    return x + lr * m, m


def rate_inside(x, g, m, lr, momentum):
    """Keeps the rate in the buffer, so that old steps go on at an old rate."""
    m = momentum * m + lr * g
    return x - m, m


def averaged(x, g, m, lr, momentum):
    """Makes the buffer a mean, so that steps are shorter by 1 - momentum."""
    m = momentum * m + (1 - momentum) * g
    return x - lr * m, m


def old_m(x, g, m, lr, momentum):
    """Steps by the buffer of the update before, so that the newest gradient is not in it."""
    return x - lr * m, momentum * m + g


def forgets(x, g, m, lr, momentum):
    """Hands the old buffer back, so that nothing is ever remembered."""
    return x - lr * (momentum * m + g), m


def newest_gradient_twice(x, g, m, lr, momentum):
    """Adds the gradient to a buffer that holds it already."""
    m = momentum * m + g
    return x - lr * (m + g), m


def look_ahead(x, g, m, lr, momentum):
    """Is Nesterov's: it adds what the buffer will do next."""
    m = momentum * m + g
    return x - lr * (g + momentum * m), m
