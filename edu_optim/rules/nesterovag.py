from ..formula import Hyper, rule


@rule(
    paper="Y. Bengio, N. Boulanger-Lewandowski and R. Pascanu (2013), Advances in optimizing recurrent networks, "
          "equation 7, with the new buffer where the paper has the old one",
    degree=1,
    element_states={"m": 0},
    lr=Hyper(0.01, r"\eta", "[0, inf)"),
    momentum=Hyper(0.9, r"\mu", "[0, 1)"),
)
def NesterovAG(x, g, m, t, lr, momentum):
    """Nesterov's momentum as Chainer has it: the look-ahead counts the newest gradient once more than it should.

    Symbols
    -------
    m : the step remembered, as in `MomentumSGD`.

    Convention
    ----------
    The rate stands inside the buffer, and equation 7 of the paper is read with the buffer after its update. The
    first step is therefore (1 + momentum + momentum ** 2) lr g, where the paper and torch take (1 + momentum) lr g.
    Under a constant gradient both end at lr / (1 - momentum) times it.

    When not to use it
    ------------------
    For anything but comparison with Chainer: `NesterovSGD` is the form the paper means.

    Other libraries
    ---------------
    Chainer NesterovAG (chainer issue 4274 describes the difference; it was closed without a change). Torch, optax,
    Keras and TensorFlow have the form of `NesterovSGD`.

    Examples
    --------
    >>> import edu_optim as eo
    >>> eo.RULES["NesterovAG"].run(1.0, [1.0, -0.5, 0.25, 2.0], lr=0.1).round(9)
    array([1.      , 0.729   , 0.7916  , 0.69469 , 0.108221])
    """
    m = momentum * m - lr * g
    return x + momentum ** 2 * m - (1 + momentum) * lr * g, m
