import numpy as np

from ..formula import Hyper, rule


@rule(
    paper="T. Dozat (2016), Incorporating Nesterov momentum into Adam, algorithm 2",
    degree=0,
    element_states={"m": 0, "v": 0},
    scalar_states={"mu_product": 1},
    lr=Hyper(0.002, r"\eta", "[0, inf)"),
    beta1=Hyper(0.9, r"\beta_1", "[0, 1)"),
    beta2=Hyper(0.999, r"\beta_2", "[0, 1)"),
    eps=Hyper(1e-8, r"\epsilon", "[0, inf)"),
    momentum_decay=Hyper(0.004, r"\psi", "[0, inf)"),
)
def NAdam(x, g, m, v, t, mu_product, lr, beta1, beta2, eps, momentum_decay):
    """NAdam: Adam whose step uses the newest gradient and what the mean will do next, as `NesterovSGD` does.

    Symbols
    -------
    m : the running mean of gradients, the first moment.
    v : the running mean of squared gradients, the second moment.
    mu_product : the product of all mu so far, which the correction needs; one number for each parameter array.

    Convention
    ----------
    mu is a momentum that warms up from beta1 / 2 to beta1: by default it is 0.45 at first, 0.49 at update 500, 0.70 at
    5,000 and 0.90 only beyond 50,000. The running mean itself fades by beta1. The first step is 1.06 lr. The paper
    multiplies the corrected v by beta2 besides, which makes steps longer by 1 / sqrt(beta2), 0.05 % by default; torch,
    optax and Keras do not.

    When not to use it
    ------------------
    Where you want Nesterov's momentum and no hidden warm-up of it: `NAdamW` with weight_decay 0 has none.

    Other libraries
    ---------------
    Torch NAdam; it keeps mu_product in float32, a relative error of up to 6e-8 an update, as scalar_dtype="float32"
    does here. Keras and TensorFlow Nadam (lr 0.001, eps 1e-7) have momentum_decay 1. Optax nadam is `NAdamW` without
    decay. Chainer has none.

    Examples
    --------
    >>> import edu_optim as eo
    >>> eo.RULES["NAdam"].run(1.0, [1.0, -0.5, 0.25, 2.0], lr=0.1).round(9)
    array([1.        , 0.89435482, 0.9354658 , 0.90826008, 0.79867194])
    """
    mu = beta1 * (1 - 0.5 * 0.96 ** (t * momentum_decay))
    mu_next = beta1 * (1 - 0.5 * 0.96 ** ((t + 1) * momentum_decay))
    mu_product = mu_product * mu
    m = beta1 * m + (1 - beta1) * g
    v = beta2 * v + (1 - beta2) * g ** 2
    m_bar = (1 - mu) / (1 - mu_product) * g + mu_next / (1 - mu_product * mu_next) * m
    v_hat = v / (1 - beta2 ** t)
    return x - lr * m_bar / (np.sqrt(v_hat) + eps), m, v, mu_product
