import numpy as np

from ..formula import Hyper, rule


@rule(
    paper="T. Dozat (2016), Incorporating Nesterov momentum into Adam, algorithm 2 with a constant momentum; "
          "the decay: I. Loshchilov and F. Hutter (2019), Decoupled weight decay regularization",
    degree=0,
    element_states={"m": 0, "v": 0},
    lr=Hyper(0.001, r"\eta", "[0, inf)"),
    beta1=Hyper(0.9, r"\beta_1", "[0, 1)"),
    beta2=Hyper(0.999, r"\beta_2", "[0, 1)"),
    eps=Hyper(1e-8, r"\epsilon", "[0, inf)"),
    eps_root=Hyper(0, r"\epsilon_r", "[0, inf)"),
    weight_decay=Hyper(1e-4, r"\lambda", "[0, inf)"),
)
def NAdamW(x, g, m, v, t, lr, beta1, beta2, eps, eps_root, weight_decay):
    """NAdamW: AdamW whose step uses the newest gradient and what the mean will do next.

    Symbols
    -------
    m : the running mean of gradients, the first moment.
    v : the running mean of squared gradients, the second moment.

    Convention
    ----------
    The mean is corrected for the update after this one, the newest gradient for this one. The first step is
    1 + beta1 / (1 + beta1) times Adam's, 1.47 lr by default. The decay is multiplied by lr. eps stands outside the
    root, eps_root inside. Gradients times c give the same step, decay included.

    When not to use it
    ------------------
    With very noisy gradients, where the newest one is mostly noise and counts more than in `AdamW`.

    Other libraries
    ---------------
    Optax nadamw (weight_decay 1e-4) and, with weight_decay 0, optax nadam. Torch NAdam, Keras and TensorFlow Nadam let
    the momentum warm up: `NAdam`. Chainer has none.

    Examples
    --------
    >>> import edu_optim as eo
    >>> eo.RULES["NAdamW"].run(1.0, [1.0, -0.5, 0.25, 2.0], lr=0.1).round(9)
    array([1.        , 0.85262158, 0.86909941, 0.83099487, 0.73195374])
    """
    m = beta1 * m + (1 - beta1) * g
    v = beta2 * v + (1 - beta2) * g ** 2
    m_bar = beta1 * m / (1 - beta1 ** (t + 1)) + (1 - beta1) * g / (1 - beta1 ** t)
    v_hat = v / (1 - beta2 ** t)
    return x - lr * (m_bar / (np.sqrt(v_hat + eps_root) + eps) + weight_decay * x), m, v
