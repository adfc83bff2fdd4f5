import numpy as np

from ..formula import Hyper, rule


@rule(
    paper="T. Tieleman and G. Hinton (2012), Lecture 6.5: rmsprop, Neural networks for machine learning, slide 29, "
          "with momentum as in torch's source",
    degree=0,
    element_states={"v": 0, "m": 0},
    lr=Hyper(0.01, r"\eta", "[0, inf)"),
    alpha=Hyper(0.99, r"\alpha", "[0, 1)"),
    momentum=Hyper(0.9, r"\mu", "[0, 1)"),
    eps=Hyper(1e-8, r"\epsilon", "[0, inf)"),
    eps_root=Hyper(0, r"\epsilon_r", "[0, inf)"),
)
def RMSpropMomentum(x, g, v, m, t, lr, alpha, momentum, eps, eps_root):
    """RMSprop with momentum: what is remembered are gradients already divided by their recent size.

    Symbols
    -------
    v : the running mean of squared gradients, the second moment.
    m : the sum of all divided gradients, each faded by momentum once an update.

    Convention
    ----------
    The rate stands outside the buffer, so a new rate acts at once on everything remembered. The buffer has no factor
    1 - momentum: with the same lr, steps grow to about 1 / (1 - momentum) times those of `RMSprop`. eps stands outside
    the root, eps_root inside.

    When not to use it
    ------------------
    With the lr of `RMSprop`: divide it by 1 / (1 - momentum), ten by default. A gradient is divided by the size it had
    when it came; `Adam` divides the whole memory by today's size.

    Other libraries
    ---------------
    Torch RMSprop(momentum). Optax rmsprop(momentum), Keras RMSprop(momentum) and TensorFlow 1's
    RMSPropOptimizer(momentum) have the rate inside the buffer: the same numbers as long as the rate is constant.
    Chainer's RMSprop has no momentum.

    Examples
    --------
    >>> import edu_optim as eo
    >>> eo.RULES["RMSpropMomentum"].run(1.0, [1.0, -0.5, 0.25, 2.0], lr=0.01).round(9)
    array([1.        , 0.90000001, 0.85490134, 0.79230212, 0.6489009 ])
    """
    v = alpha * v + (1 - alpha) * g ** 2
    m = momentum * m + g / (np.sqrt(v + eps_root) + eps)
    return x - lr * m, v, m
