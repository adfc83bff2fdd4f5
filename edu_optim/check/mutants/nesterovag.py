"""Broken versions of Chainer's Nesterov; one of them is the paper."""


def as_in_the_paper(x, g, m, lr, momentum):
    """Is right, and not Chainer's: equation 7 with the buffer before its update, as `NesterovSGD` has it."""
    return x + momentum**2 * m - (1 + momentum) * lr * g, momentum * m - lr * g


def no_look_ahead(x, g, m, lr, momentum):
    """Is plain momentum."""
    m = momentum * m - lr * g
    return x + m, m


def momentum_not_squared(x, g, m, lr, momentum):
    """Multiplies the buffer by momentum where its square belongs."""
    m = momentum * m - lr * g
    return x + momentum * m - (1 + momentum) * lr * g, m


def rate_outside(x, g, m, lr, momentum):
    """Keeps the rate out of the buffer; it shows when the rate falls."""
    m = momentum * m + g
    return x - lr * (momentum**2 * m + (1 + momentum) * g), m


def uphill(x, g, m, lr, momentum):
    """Adds the newest gradient, so that the loss grows."""
    m = momentum * m - lr * g
    return x + momentum**2 * m + (1 + momentum) * lr * g, m
