import numpy as np

from ..formula import Hyper, rule


@rule(
    paper="J. Zhuang et al. (2020), AdaBelief optimizer: adapting stepsizes by the belief in observed gradients, "
          "algorithm 2",
    degree=0,
    element_states={"m": 0, "s": 0},
    lr=Hyper(0.001, r"\eta", "[0, inf)"),
    beta1=Hyper(0.9, r"\beta_1", "[0, 1)"),
    beta2=Hyper(0.999, r"\beta_2", "[0, 1)"),
    eps=Hyper(1e-16, r"\epsilon", "[0, inf)"),
    eps_root=Hyper(1e-16, r"\epsilon_r", "[0, inf)"),
)
def AdaBelief(x, g, m, s, t, lr, beta1, beta2, eps, eps_root):
    """AdaBelief: Adam that divides by how far gradients are from what their mean foretold.

    Symbols
    -------
    m : the running mean of gradients, the first moment.
    s : the running mean of squared surprises, g - m.

    Convention
    ----------
    eps stands outside the root. eps_root is added to s itself at every update, as in the paper, and so gathers to
    eps_root / (1 - beta2), a thousand times itself by default. The first step is lr / beta1.

    When not to use it
    ------------------
    Where gradients hardly change: the surprise goes to 0 and the step grows; under a constant gradient the hundredth
    step is 4.96 lr, in Adam lr.

    Other libraries
    ---------------
    Optax adabelief (lr must be given, eps and eps_root 1e-16). TensorFlow Addons AdaBelief. Torch, Chainer and Keras
    have none.

    Examples
    --------
    >>> import edu_optim as eo
    >>> eo.RULES["AdaBelief"].run(1.0, [1.0, -0.5, 0.25, 2.0], lr=0.1).round(9)
    array([1.        , 0.88888889, 0.86051881, 0.82394859, 0.75149298])
    """
    m = beta1 * m + (1 - beta1) * g
    s = beta2 * s + (1 - beta2) * (g - m) ** 2 + eps_root
    m_hat = m / (1 - beta1 ** t)
    s_hat = s / (1 - beta2 ** t)
    return x - lr * m_hat / (np.sqrt(s_hat) + eps), m, s
