"""Broken versions of torch's Nesterov; one of them is Chainer's."""


def no_look_ahead(x, g, m, lr, momentum):
    """Is plain momentum."""
    m = momentum * m + g
    return x - lr * m, m


def as_in_chainer(x, g, m, lr, momentum):
    """Counts the newest gradient once more than it should, as `NesterovAG` does."""
    m = momentum * m + g
    return x - lr * (momentum**2 * m + (1 + momentum) * g), m


def rate_inside(x, g, m, lr, momentum):
    """Keeps the rate in the buffer, so that old steps go on at an old rate."""
    m = momentum * m + lr * g
    return x - (lr * g + momentum * m), m


def buffer_twice(x, g, m, lr, momentum):
    """Adds the buffer, and what it will do next, where the newest gradient belongs."""
    m = momentum * m + g
    return x - lr * (m + momentum * m), m


def old_m(x, g, m, lr, momentum):
    """Looks ahead with the buffer of the update before, which leaves plain momentum."""
    return x - lr * (g + momentum * m), momentum * m + g


def uphill(x, g, m, lr, momentum):
    """Adds the step, so that the loss grows."""
    m = momentum * m + g
    return x + lr * (g + momentum * m), m
