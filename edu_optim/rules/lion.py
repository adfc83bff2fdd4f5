import numpy as np

from ..formula import Hyper, rule


@rule(
    paper="X. Chen et al. (2023), Symbolic discovery of optimization algorithms, algorithm 2",
    degree=0,
    element_states={"m": 0},
    lr=Hyper(1e-4, r"\eta", "[0, inf)"),
    beta1=Hyper(0.9, r"\beta_1", "[0, 1)"),
    beta2=Hyper(0.99, r"\beta_2", "[0, 1)"),
    weight_decay=Hyper(0.001, r"\lambda", "[0, inf)"),
)
def Lion(x, g, m, t, lr, beta1, beta2, weight_decay):
    """Lion: sign descent along a mean of gradients, in which the newest counts more than in the mean that is kept.

    Symbols
    -------
    m : the running mean of gradients, the first moment.

    Convention
    ----------
    The sign is taken of a mean that fades by beta1, what is remembered fades by beta2. Every coordinate moves by lr:
    no eps, no correction, and half of Adam's memory. The decay is multiplied by lr. Gradients times c give the same
    step, decay included.

    When not to use it
    ------------------
    With the lr of Adam, whose steps are mostly well below its lr: a third to a tenth of it is usual, with as much more
    decay. With small batches, where most signs are noise.

    Other libraries
    ---------------
    Optax lion (lr must be given, weight_decay 0.001), Keras and TensorFlow Lion (lr 0.001, no decay). Chainer and torch
    have none.

    Examples
    --------
    >>> import edu_optim as eo
    >>> eo.RULES["Lion"].run(1.0, [1.0, -0.5, 0.25, 2.0], lr=0.1).round(9)
    array([1.        , 0.8999    , 0.99981001, 0.89971003, 0.79962006])
    """
    step = np.sign(beta1 * m + (1 - beta1) * g)
    m = beta2 * m + (1 - beta2) * g
    return x - lr * (step + weight_decay * x), m
