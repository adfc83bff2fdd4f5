from ..formula import Hyper, rule


@rule(
    paper="I. Sutskever, J. Martens, G. Dahl and G. Hinton (2013), On the importance of initialization and "
          "momentum in deep learning, equations 3 and 4, written for the point looked ahead to",
    degree=1,
    element_states={"m": 0},
    lr=Hyper(0.01, r"\eta", "[0, inf)"),
    momentum=Hyper(0.9, r"\mu", "[0, 1)"),
)
def NesterovSGD(x, g, m, t, lr, momentum):
    """Nesterov's momentum as torch has it: the step is the newest gradient plus what the buffer will do next.

    Symbols
    -------
    m : the sum of all gradients, each faded by momentum once an update, as in `CorrectedMomentumSGD`.

    Convention
    ----------
    The rate stands outside the buffer. x is the point looked ahead to, where the gradient is taken, so no second
    copy of the parameters is needed.

    When not to use it
    ------------------
    With very noisy gradients the look-ahead buys nothing over `CorrectedMomentumSGD`: the newest gradient, mostly
    noise, counts 1 + momentum times.

    Other libraries
    ---------------
    Torch SGD(nesterov=True), optax sgd(nesterov=True), Keras SGD(nesterov=True) and TensorFlow's
    MomentumOptimizer(use_nesterov=True) agree at a constant rate (Keras has the rate inside). Chainer's form is
    `NesterovAG`.

    Examples
    --------
    >>> import edu_optim as eo
    >>> eo.RULES["NesterovSGD"].run(1.0, [1.0, -0.5, 0.25, 2.0], lr=0.1).round(9)
    array([1.     , 0.81   , 0.824  , 0.7441 , 0.31469])
    """
    m = momentum * m + g
    return x - lr * (g + momentum * m), m
