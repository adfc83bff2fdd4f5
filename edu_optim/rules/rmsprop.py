import numpy as np

from ..formula import Hyper, rule


@rule(
    paper="T. Tieleman and G. Hinton (2012), Lecture 6.5: rmsprop, Neural networks for machine learning, slide 29",
    degree=0,
    element_states={"v": 0},
    lr=Hyper(0.01, r"\eta", "[0, inf)"),
    alpha=Hyper(0.99, r"\alpha", "[0, 1)"),
    eps=Hyper(1e-8, r"\epsilon", "[0, inf)"),
    eps_root=Hyper(0, r"\epsilon_r", "[0, inf)"),
)
def RMSprop(x, g, v, t, lr, alpha, eps, eps_root):
    """RMSprop: AdaGrad that forgets; each step is divided by the recent size of its gradients.

    Symbols
    -------
    v : the running mean of squared gradients, the second moment.

    Convention
    ----------
    eps stands outside the root, eps_root inside. v starts at 0 and is not corrected for it, so the first step is
    lr / sqrt(1 - alpha), ten times lr by default, for any gradient far above eps.

    When not to use it
    ------------------
    Where the iterate has to settle: near a minimum gradients and v shrink together and the step does not, unless
    eps is large enough or the rate falls.

    Other libraries
    ---------------
    Chainer RMSprop and torch RMSprop (lr 0.01, alpha 0.99, eps 1e-8, outside), optax rmsprop (decay 0.9, eps
    inside by default), Keras (lr 0.001, rho 0.9, eps 1e-7, inside), TensorFlow 1 (decay 0.9, eps 1e-10 inside, v
    starts at 1).

    Examples
    --------
    >>> import edu_optim as eo
    >>> eo.RULES["RMSprop"].run(1.0, [1.0, -0.5, 0.25, 2.0], lr=0.1).round(9)
    array([ 1.00000000e+00,  1.00000000e-07,  4.49013315e-01,  2.28909139e-01,
           -6.41710062e-01])
    """
    v = alpha * v + (1 - alpha) * g ** 2
    return x - lr * g / (np.sqrt(v + eps_root) + eps), v
