from ..formula import Hyper, rule


@rule(
    paper="H. Robbins and S. Monro (1951), A stochastic approximation method, section 2",
    degree=1,
    lr=Hyper(0.01, r"\eta", "[0, inf)"),
)
def SGD(x, g, t, lr):
    """Stochastic gradient descent: a step against the gradient, as long as the rate times its length.

    Convention
    ----------
    The gradient is that of a mini-batch's mean loss, not of its sum: a rate that suits one batch size suits others.

    When not to use it
    ------------------
    Where curvatures differ much from direction to direction: the steepest allows a rate of 2 / L at most, and
    along the flattest that rate takes about as many steps as the ratio of the two. Momentum or a rate per
    coordinate helps.

    Other libraries
    ---------------
    Chainer SGD (lr 0.01), torch SGD (lr 0.001), optax sgd (lr must be given), Keras SGD (0.01) and TensorFlow's
    GradientDescentOptimizer (lr must be given) compute the same. Torch's weight_decay adds to the gradient first.

    Examples
    --------
    >>> import edu_optim as eo
    >>> eo.RULES["SGD"].run(1.0, [1.0, -0.5, 0.25, 2.0], lr=0.1).round(9)
    array([1.   , 0.9  , 0.95 , 0.925, 0.725])
    """
    return x - lr * g
