import numpy as np

from ..formula import Hyper, rule


@rule(
    paper="B. T. Polyak (1964), Some methods of speeding up the convergence of iteration methods, the two-step method; "
          "the dampening is from torch's source",
    degree=1,
    element_states={"m": 0},
    lr=Hyper(0.01, r"\eta", "[0, inf)"),
    momentum=Hyper(0.9, r"\mu", "[0, 1)"),
    dampening=Hyper(0.9, r"\tau", "(-inf, inf)"),
)
def DampenedSGD(x, g, m, t, lr, momentum, dampening):
    """SGD with momentum whose buffer takes in only a share of each gradient but the first.

    Symbols
    -------
    m : the first gradient and a share of all later ones, each faded by momentum once an update.

    Convention
    ----------
    The rate stands outside the buffer. With dampening = momentum the buffer is a running mean of gradients, and under a
    constant gradient every step is lr times it; with 0 this is `CorrectedMomentumSGD`. The first gradient comes in
    whole: it starts the mean instead of 0, and no correction is needed, but one gradient then counts 10 times
    more than the next.

    When not to use it
    ------------------
    Where one bad first mini-batch hurts: its share of the buffer is 1 / (1 - dampening) times what it would be later.

    Other libraries
    ---------------
    Torch SGD(momentum, dampening), dampening 0 by default. Chainer, optax, Keras and TensorFlow have none.

    Examples
    --------
    >>> import edu_optim as eo
    >>> eo.RULES["DampenedSGD"].run(1.0, [1.0, -0.5, 0.25, 2.0], lr=0.1).round(9)
    array([1.    , 0.9   , 0.815 , 0.736 , 0.6449])
    """
    m = np.where(t == 1, g, momentum * m + (1 - dampening) * g)
    return x - lr * m, m
