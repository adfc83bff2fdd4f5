import numpy as np

from ..formula import Hyper, rule


@rule(
    paper="L. Balles and P. Hennig (2018), Dissecting Adam: the sign, magnitude and variance of stochastic gradients, "
          "the algorithm M-SVAG",
    degree=1,
    element_states={"m": 0, "v": 0},
    lr=Hyper(0.1, r"\eta", "[0, inf)"),
    beta=Hyper(0.9, r"\beta", "[0, 1)"),
)
def MSVAG(x, g, m, v, t, lr, beta):
    """M-SVAG: momentum whose step is made shorter where gradients are noise, coordinate by coordinate.

    Symbols
    -------
    m : the running mean of gradients, the first moment.
    v : the running mean of squared gradients, the second moment; both fade by the same beta.

    Convention
    ----------
    rho is the share of the noise of one gradient that is left in their mean: 1 at the first update, where the noise
    cannot be told (0.9999 is taken), and (1 - beta) / (1 + beta) in the end. The step is lr times the mean times a
    factor between 0 and 1, which is all there is of Adam's division: gradients ten times as large give steps ten times
    as large. There is no eps: where m and v are 0 the factor is 0. The means are written as steps towards g, as Chainer
    has them, since v_hat - m_hat ** 2 makes rounding errors large: float32 agrees with it bit for bit.

    When not to use it
    ------------------
    In place of Adam at Adam's rate: its step has the unit of SGD's, and needs SGD's rate.

    Other libraries
    ---------------
    Chainer MSVAG (lr 0.1, beta 0.9; its eta and weight_decay_rate are left out here). There the power of beta is
    multiplied up and not saved: after loading, the correction starts anew. Torch, optax, Keras and TensorFlow have
    none.

    Examples
    --------
    >>> import edu_optim as eo
    >>> eo.RULES["MSVAG"].run(1.0, [1.0, -0.5, 0.25, 2.0]).round(9)
    array([1.        , 0.9       , 0.89846629, 0.89350327, 0.8458917 ])
    """
    m = m + (1 - beta) * (g - m)
    v = v + (1 - beta) * (g ** 2 - v)
    m_hat = m / (1 - beta ** t)
    v_hat = v / (1 - beta ** t)
    rho = np.minimum((1 - beta) * (1 + beta ** t) / ((1 + beta) * (1 - beta ** t)), 0.9999)
    noise = (v_hat - m_hat ** 2) / (1 - rho)
    both = m_hat ** 2 + rho * noise
    factor = np.where(both == 0, 0, np.clip(m_hat ** 2 / both, 0, 1))
    return x - lr * m_hat * factor, m, v
