import numpy as np

from ..formula import Hyper, rule


@rule(
    paper="J. Duchi, E. Hazan and Y. Singer (2011), Adaptive subgradient methods for online learning and stochastic "
          "optimization, section 1.1",
    degree=0,
    element_states={"h": 0},
    lr=Hyper(0.01, r"\eta", "[0, inf)"),
    eps=Hyper(1e-8, r"\epsilon", "[0, inf)"),
    eps_root=Hyper(0, r"\epsilon_r", "[0, inf)"),
)
def AdaGrad(x, g, h, t, lr, eps, eps_root):
    """AdaGrad: each coordinate divides its steps by the length of all its gradients so far.

    Symbols
    -------
    h : the sum of squared gradients, from the beginning.

    Convention
    ----------
    eps stands outside the root, eps_root inside. h starts at 0, so the first
    step is lr times the gradient's sign, however small the gradient is, as long as it is far above eps.

    When not to use it
    ------------------
    In long runs with gradients that do not fade: h never forgets, and the rate falls like 1 / sqrt(t), wanted or
    not. It knows the axes only: turn the valley, and the cure is gone.

    Other libraries
    ---------------
    Chainer AdaGrad (lr 0.001, eps 1e-8, outside), torch Adagrad (0.01, 1e-10, outside; may start h above 0), optax
    and Keras (h starts at 0.1, eps 1e-7 inside), TensorFlow 1 (h starts at 0.1, no eps).

    Examples
    --------
    >>> import edu_optim as eo
    >>> eo.RULES["AdaGrad"].run(1.0, [1.0, -0.5, 0.25, 2.0], lr=0.1).round(9)
    array([1.        , 0.9       , 0.94472136, 0.92289957, 0.83612739])
    """
    h = h + g ** 2
    return x - lr * g / (np.sqrt(h + eps_root) + eps), h
