import numpy as np

from ..formula import Hyper, rule


@rule(
    paper="A. Graves (2013), Generating sequences with recurrent neural networks, equations 38 to 41",
    degree=0,
    element_states={"v": 0, "mean": 0, "m": 0},
    lr=Hyper(1e-4, r"\eta", "[0, inf)"),
    alpha=Hyper(0.95, r"\alpha", "[0, 1)"),
    momentum=Hyper(0.9, r"\mu", "[0, 1)"),
    eps=Hyper(0, r"\epsilon", "[0, inf)"),
    eps_root=Hyper(1e-4, r"\epsilon_r", "[0, inf)"),
)
def RMSpropGraves(x, g, v, mean, m, t, lr, alpha, momentum, eps, eps_root):
    """RMSprop as Graves wrote it down: the size of gradients is measured from their mean, and steps have momentum.

    Symbols
    -------
    v : the running mean of squared gradients, the second moment.
    mean : the running mean of gradients.
    m : the step last taken, times what is remembered of it.

    Convention
    ----------
    v - mean ** 2 is a variance. eps_root stands inside the root, where the paper has its 1e-4; eps outside. The rate
    stands inside the buffer. The first step is lr / sqrt(alpha (1 - alpha)), 4.59 lr by default, whatever the
    gradient is, as long as it is far above the root of eps_root.

    When not to use it
    ------------------
    Without eps_root, where gradients hardly change: their variance goes to 0, and the step grows without bound. With
    a rate that falls in jumps: the buffer carries the old rate past the jump (`RMSpropCentered` follows at once).

    Other libraries
    ---------------
    Chainer RMSpropGraves; optax rmsprop(centered=True, momentum), Keras RMSprop(centered=True, momentum) and
    TensorFlow 1 RMSPropOptimizer(centered=True) with eps_root 1e-8, 1e-7 and 1e-10. Torch has the rate outside the
    buffer and eps outside the root: `RMSpropCentered`.

    Examples
    --------
    >>> import edu_optim as eo
    >>> eo.RULES["RMSpropGraves"].run(1.0, [1.0, -0.5, 0.25, 2.0], lr=0.01).round(9)
    array([1.        , 0.95416508, 0.93339551, 0.90441733, 0.83749058])
    """
    v = alpha * v + (1 - alpha) * g ** 2
    mean = alpha * mean + (1 - alpha) * g
    m = momentum * m - lr * g / (np.sqrt(v - mean ** 2 + eps_root) + eps)
    return x + m, v, mean, m
