import numpy as np

from ..formula import Hyper, rule


@rule(
    paper="D. P. Kingma and J. Ba (2015), Adam: a method for stochastic optimization, algorithm 2",
    degree=0,
    element_states={"m": 0, "u": 0},
    lr=Hyper(0.002, r"\eta", "[0, inf)"),
    beta1=Hyper(0.9, r"\beta_1", "[0, 1)"),
    beta2=Hyper(0.999, r"\beta_2", "[0, 1)"),
    eps=Hyper(1e-8, r"\epsilon", "[0, inf)"),
)
def Adamax(x, g, m, u, t, lr, beta1, beta2, eps):
    """Adamax: Adam that divides by the largest recent gradient instead of by the root of their mean square.

    Symbols
    -------
    m : the running mean of gradients, the first moment.
    u : the largest gradient, where older ones count beta2 times less each update.

    Convention
    ----------
    The paper has no eps; it is added to the newest gradient's size before the larger is taken, as torch does. u needs
    no correction, since it starts with the first gradient itself; the first step is lr.

    When not to use it
    ------------------
    Where single gradients are far larger than the rest: one outlier rules the step for a thousand updates.

    Other libraries
    ---------------
    Torch Adamax and optax adamax (lr 0.002 and to be given). Keras and TensorFlow Adamax (lr 0.001, eps 1e-7) add eps
    to u instead. Chainer has none.

    Examples
    --------
    >>> import edu_optim as eo
    >>> eo.RULES["Adamax"].run(1.0, [1.0, -0.5, 0.25, 2.0], lr=0.1).round(9)
    array([1.        , 0.9       , 0.8789263 , 0.85637199, 0.81931179])
    """
    m = beta1 * m + (1 - beta1) * g
    u = np.maximum(beta2 * u, np.abs(g) + eps)
    return x - lr / (1 - beta1 ** t) * m / u, m, u
