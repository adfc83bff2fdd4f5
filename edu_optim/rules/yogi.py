import numpy as np

from ..formula import Hyper, rule


@rule(
    paper="M. Zaheer, S. J. Reddi, D. Sachan, S. Kale and S. Kumar (2018), Adaptive methods for nonconvex "
          "optimization, algorithm 2, with Adam's corrections",
    degree=None,
    element_states={"m": "start", "v": "start"},
    lr=Hyper(0.01, r"\eta", "[0, inf)"),
    beta1=Hyper(0.9, r"\beta_1", "[0, 1)"),
    beta2=Hyper(0.999, r"\beta_2", "[0, 1)"),
    eps=Hyper(0.001, r"\epsilon", "[0, inf)"),
    start=Hyper(1e-6, r"v_0", "[0, inf)"),
)
def Yogi(x, g, m, v, t, lr, beta1, beta2, eps, start):
    """Yogi: Adam whose second moment moves by a fixed share of the squared gradient, however far away it is.

    Symbols
    -------
    m : the running mean of gradients, the first moment.
    v : the second moment: it moves towards g ** 2 by (1 - beta2) g ** 2.

    Convention
    ----------
    Where gradients become small, v falls slowly and steps do not jump up; where they become large, it rises as in
    Adam. m and v both start at start and are corrected as if they had started at 0, as optax does: v is then start
    / (1 - beta2) too large at first, 0.001 by default, and the first step under a gradient of 0.001 is 0.031 lr. The
    paper corrects nothing. There is no degree, because start is no multiple of gradients; with start = eps = 0 it is 0.

    When not to use it
    ------------------
    With gradients far below 0.03, the root of v's start, or below eps: the first thousand steps are short then. Lower
    start and eps together.

    Other libraries
    ---------------
    Optax yogi (lr must be given, eps 0.001, start 1e-6). TensorFlow Addons Yogi. Torch, Chainer and Keras have none.

    Examples
    --------
    >>> import edu_optim as eo
    >>> eo.RULES["Yogi"].run(1.0, [1.0, -0.5, 0.25, 2.0], lr=0.1).round(9)
    array([1.        , 0.90014886, 0.87356952, 0.83961961, 0.7754135 ])
    """
    m = beta1 * m + (1 - beta1) * g
    v = v - (1 - beta2) * np.sign(v - g ** 2) * g ** 2
    m_hat = m / (1 - beta1 ** t)
    v_hat = v / (1 - beta2 ** t)
    return x - lr * m_hat / (np.sqrt(v_hat) + eps), m, v
