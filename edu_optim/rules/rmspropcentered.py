import numpy as np

from ..formula import Hyper, rule


@rule(
    paper="A. Graves (2013), Generating sequences with recurrent neural networks, equations 38 to 41, "
          "with rate and eps where torch's source has them",
    degree=0,
    element_states={"v": 0, "mean": 0, "m": 0},
    lr=Hyper(0.01, r"\eta", "[0, inf)"),
    alpha=Hyper(0.99, r"\alpha", "[0, 1)"),
    momentum=Hyper(0, r"\mu", "[0, 1)"),
    eps=Hyper(1e-8, r"\epsilon", "[0, inf)"),
    eps_root=Hyper(0, r"\epsilon_r", "[0, inf)"),
)
def RMSpropCentered(x, g, v, mean, m, t, lr, alpha, momentum, eps, eps_root):
    """RMSprop that divides by the spread of recent gradients around their mean instead of by their size.

    Symbols
    -------
    v : the running mean of squared gradients, the second moment.
    mean : the running mean of gradients.
    m : the sum of all divided gradients, each faded by momentum once an update.

    Convention
    ----------
    v - mean ** 2 is a variance. eps stands outside the root, eps_root inside; the rate outside the buffer. The first
    step is lr / sqrt(alpha (1 - alpha)), 10.05 lr by default. momentum is 0 by default: then m is the last divided
    gradient.

    When not to use it
    ------------------
    Where gradients hardly change: their variance goes to 0, and the step grows without bound. Rounding can even carry
    the variance below 0, and the step is NaN then: set eps_root where gradients repeat.

    Other libraries
    ---------------
    Torch RMSprop(centered=True), with and without momentum. Optax rmsprop(centered=True), Keras RMSprop(centered=True)
    and TensorFlow 1 RMSPropOptimizer(centered=True) have eps inside the root and, with momentum, the rate inside the
    buffer, as Chainer's `RMSpropGraves` does.

    Examples
    --------
    >>> import edu_optim as eo
    >>> eo.RULES["RMSpropCentered"].run(1.0, [1.0, -0.5, 0.25, 2.0], lr=0.01).round(9)
    array([1.        , 0.89949623, 0.94444108, 0.92238442, 0.83470217])
    """
    v = alpha * v + (1 - alpha) * g ** 2
    mean = alpha * mean + (1 - alpha) * g
    m = momentum * m + g / (np.sqrt(v - mean ** 2 + eps_root) + eps)
    return x - lr * m, v, mean, m
