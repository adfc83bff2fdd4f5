import numpy as np

from ..formula import Hyper, rule


@rule(
    paper="J. Bernstein, Y.-X. Wang, K. Azizzadenesheli and A. Anandkumar (2018), signSGD: compressed optimisation for "
          "non-convex problems, algorithm 1",
    degree=0,
    lr=Hyper(0.001, r"\eta", "[0, inf)"),
)
def SignSGD(x, g, t, lr):
    """Sign descent: every coordinate moves by the rate, against the sign of its gradient.

    Convention
    ----------
    A gradient of 0 moves nothing. Every other, however small, moves by lr: `Adam` with beta1 = beta2 = eps = 0.

    When not to use it
    ------------------
    Where the rate does not fall: near a minimum it steps to and fro by lr for ever. Nine gradients of 0.1 count more
    than one of -0.9, so with skewed noise it walks the wrong way.

    Other libraries
    ---------------
    Optax sign_sgd (lr must be given). Torch, Chainer, Keras and TensorFlow have none.

    Examples
    --------
    >>> import edu_optim as eo
    >>> eo.RULES["SignSGD"].run(1.0, [1.0, -0.5, 0.25, 2.0], lr=0.1).round(9)
    array([1. , 0.9, 1. , 0.9, 0.8])
    """
    return x - lr * np.sign(g)
