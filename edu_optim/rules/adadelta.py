import numpy as np

from ..formula import Hyper, rule


@rule(
    paper="M. D. Zeiler (2012), ADADELTA: an adaptive learning rate method, algorithm 1",
    degree=0,
    element_states={"v": 0, "u": 0},
    lr=Hyper(1, r"\eta", "[0, inf)"),
    rho=Hyper(0.95, r"\rho", "[0, 1)"),
    eps=Hyper(1e-6, r"\epsilon", "[0, inf)"),
)
def AdaDelta(x, g, v, u, t, lr, rho, eps):
    """AdaDelta: the size of recent steps over the size of recent gradients takes the place of a rate.

    Symbols
    -------
    v : the running mean of squared gradients.
    u : the running mean of squared steps, before lr scales them.

    Convention
    ----------
    eps stands inside both roots. The paper has no rate: lr scales the step afterwards, and 1 is the paper. The
    first step is sqrt(eps / (1 - rho)) at most, so eps is the rate in disguise.

    When not to use it
    ------------------
    Where you need to say how fast training goes: that is hidden in eps, which has the unit of a step squared on
    top and of a gradient squared below.

    Other libraries
    ---------------
    Chainer AdaDelta (rho 0.95, eps 1e-6, no lr), torch Adadelta (lr 1, rho 0.9, eps 1e-6), optax adadelta (rho
    0.9), Keras and TensorFlow (lr 0.001, a thousandth of the paper's step, rho 0.95, eps 1e-7 and 1e-8).

    Examples
    --------
    >>> import edu_optim as eo
    >>> eo.RULES["AdaDelta"].run(1.0, [1.0, -0.5, 0.25, 2.0]).round(9)
    array([1.        , 0.99552791, 0.99841462, 0.99684616, 0.99070872])
    """
    v = rho * v + (1 - rho) * g ** 2
    step = np.sqrt(u + eps) / np.sqrt(v + eps) * g
    u = rho * u + (1 - rho) * step ** 2
    return x - lr * step, v, u
