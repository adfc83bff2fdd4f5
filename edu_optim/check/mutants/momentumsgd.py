"""Broken versions of SGD with momentum, the rate inside."""


def uphill(x, g, m, lr, momentum):
    """Gathers gradients with the wrong sign, so that the loss grows."""
    m = momentum * m + lr * g
    return x + m, m


def rate_outside(x, g, m, lr, momentum):
    """Keeps the rate out of the buffer; it shows when the rate falls."""
    m = momentum * m + g
    return x - lr * m, m


def rate_inside_and_outside(x, g, m, lr, momentum):
    """Multiplies by the rate once on the way into the buffer and once on the way out."""
    m = momentum * m - lr * g
    return x + lr * m, m


def averaged(x, g, m, lr, momentum):
    """Makes the buffer a mean, so that steps are shorter by 1 - momentum."""
    m = momentum * m - (1 - momentum) * lr * g
    return x + m, m


def old_m(x, g, m, lr, momentum):
    """Steps by the buffer of the update before, so that the newest gradient is not in it."""
    return x + m, momentum * m - lr * g


def forgets(x, g, m, lr, momentum):
    """Hands the old buffer back, so that nothing is ever remembered."""
    return x + momentum * m - lr * g, m


def momentum_on_everything(x, g, m, lr, momentum):
    """Fades the newest gradient as if it were an old one."""
    m = momentum * (m - lr * g)
    return x + m, m


def look_ahead(x, g, m, lr, momentum):
    """Is Nesterov's: it adds what the buffer will do next."""
    m = momentum * m - lr * g
    return x + momentum * m - lr * g, m
