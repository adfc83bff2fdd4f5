import numpy as np

from ..formula import Hyper, rule


@rule(
    paper="Y. You, I. Gitman and B. Ginsburg (2017), Large batch training of convolutional networks, algorithm 1",
    degree=None,
    element_states={"m": 0},
    reductions={
        "x_norm": "np.sqrt(np.sum(x ** 2))",
        "g_norm": "np.sqrt(np.sum((g + weight_decay * x) ** 2))",
    },
    lr=Hyper(0.1, r"\eta", "[0, inf)"),
    momentum=Hyper(0.9, r"\mu", "[0, 1)"),
    trust=Hyper(0.001, r"\kappa", "[0, inf)"),
    weight_decay=Hyper(0, r"\lambda", "[0, inf)"),
    eps=Hyper(0, r"\epsilon", "[0, inf)"),
)
def LARS(x, g, m, t, x_norm, g_norm, lr, momentum, trust, weight_decay, eps):
    """LARS: momentum in which each parameter array has a rate of its own, by its length over that of its gradient.

    Symbols
    -------
    m : the step last taken, times what is remembered of it, as in `MomentumSGD`.

    Convention
    ----------
    Without momentum each update moves a parameter array by lr trust of its own length; the ratio is 1 where either
    length is 0. The paper divides by the length of the gradient plus weight_decay times that of the parameter, optax by
    the length of their sum, as here: without decay there is no difference. The decay is coupled: it goes through
    the ratio and the buffer. There is no degree: it is 0 with weight_decay = eps = 0, but 1 for a parameter that is 0.

    When not to use it
    ------------------
    On biases and scales: they are short, or 0, and get a rate that has nothing to do with the task. The usual recipe
    trains them with `MomentumSGD`.

    Other libraries
    ---------------
    Optax lars (lr must be given, momentum 0.9, trust_coefficient 0.001). Chainer has the hook GradientLARS, in the
    paper's form and with no momentum of its own. Torch and Keras have none, TensorFlow's core neither.

    Examples
    --------
    >>> import edu_optim as eo
    >>> eo.RULES["LARS"].run(1.0, [1.0, -0.5, 0.25, 2.0], trust=1).round(9)
    array([1.   , 0.9  , 0.9  , 0.81 , 0.648])
    """
    ratio = np.where((x_norm > 0) & (g_norm > 0), trust * x_norm / (g_norm + eps), 1.0)
    m = momentum * m - lr * ratio * (g + weight_decay * x)
    return x + m, m
