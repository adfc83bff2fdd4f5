from ..formula import Hyper, rule


@rule(
    paper="B. T. Polyak (1964), Some methods of speeding up the convergence of iteration methods, the two-step method",
    degree=1,
    element_states={"m": 0},
    lr=Hyper(0.01, r"\eta", "[0, inf)"),
    momentum=Hyper(0.9, r"\mu", "[0, 1)"),
)
def CorrectedMomentumSGD(x, g, m, t, lr, momentum):
    """SGD with momentum, the rate outside the buffer: gradients are remembered, and today's rate moves them all.

    Symbols
    -------
    m : the sum of all gradients, each faded by momentum once an update.

    Convention
    ----------
    The rate stands outside the buffer, so a new rate acts at once on everything remembered. The buffer has no
    factor 1 - momentum: under a constant gradient the step grows to lr / (1 - momentum) times it.

    When not to use it
    ------------------
    To reproduce Chainer's or Keras's momentum under a falling rate: that is `MomentumSGD`.

    Other libraries
    ---------------
    Chainer CorrectedMomentumSGD, torch SGD(momentum), optax sgd(momentum) and TensorFlow's MomentumOptimizer.
    Torch's dampening, which scales every gradient but the first, is `DampenedSGD`.

    Examples
    --------
    >>> import edu_optim as eo
    >>> eo.RULES["CorrectedMomentumSGD"].run(1.0, [1.0, -0.5, 0.25, 2.0], lr=0.1).round(9)
    array([1.    , 0.9   , 0.86  , 0.799 , 0.5441])
    """
    m = momentum * m + g
    return x - lr * m, m
