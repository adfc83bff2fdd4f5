from ..formula import Hyper, rule


@rule(
    paper="D. E. Rumelhart, G. E. Hinton and R. J. Williams (1986), Learning representations by "
          "back-propagating errors, equation 9",
    degree=1,
    element_states={"m": 0},
    lr=Hyper(0.01, r"\eta", "[0, inf)"),
    momentum=Hyper(0.9, r"\mu", "[0, 1)"),
)
def MomentumSGD(x, g, m, t, lr, momentum):
    """SGD with momentum, the rate inside the buffer: the buffer is a step, and steps are remembered.

    Symbols
    -------
    m : the step last taken, times what is remembered of it.

    Convention
    ----------
    The rate stands inside the buffer: a step remembered keeps the rate it was made with. While the rate is
    constant this is `CorrectedMomentumSGD`; when it falls, old steps go on at the old rate for about
    1 / (1 - momentum) updates.

    When not to use it
    ------------------
    With a rate that falls in jumps, where the buffer carries the old rate past the jump; `CorrectedMomentumSGD`
    follows at once. Under a constant gradient the step grows to lr / (1 - momentum) times it: lower the rate
    when you raise the momentum.

    Other libraries
    ---------------
    Chainer MomentumSGD, Keras SGD(momentum) and optax lars keep the rate inside. Torch SGD(momentum), optax sgd
    and TensorFlow's MomentumOptimizer keep it outside, as `CorrectedMomentumSGD` does.

    Examples
    --------
    >>> import edu_optim as eo
    >>> eo.RULES["MomentumSGD"].run(1.0, [1.0, -0.5, 0.25, 2.0], lr=0.1).round(9)
    array([1.    , 0.9   , 0.86  , 0.799 , 0.5441])
    """
    m = momentum * m - lr * g
    return x + m, m
