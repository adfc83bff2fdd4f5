import numpy as np

from ..formula import Hyper, rule


@rule(
    paper="B. T. Polyak and A. B. Juditsky (1992), Acceleration of stochastic approximation by averaging, with the "
          "rates of torch's source",
    degree=None,
    element_states={"mean": 0},
    scalar_states={"rate": "lr"},
    lr=Hyper(0.01, r"\eta", "[0, inf)"),
    lambd=Hyper(1e-4, r"\lambda", "[0, inf)"),
    power=Hyper(0.75, r"p", "[0, inf)"),
    t0=Hyper(1e6, r"t_0", "[0, inf)"),
)
def ASGD(x, g, mean, t, rate, lr, lambd, power, t0):
    """Averaged SGD: SGD with a falling rate, and beside it the mean of all points after a while.

    Symbols
    -------
    mean : the mean of x over the updates after t0; x itself until then.
    rate : the rate of the next update; one number for each parameter array.

    Convention
    ----------
    The mean is only kept: copy it into the parameters yourself when training ends. By default averaging begins after
    a million updates. rate is computed at the end of an update, so a schedule of lr acts one update late. lambd is a
    decay of the parameters, and how fast the rate falls as well. There is no degree, because of that decay: with lambd
    = 0 it is 1.

    When not to use it
    ------------------
    With a constant or slowly falling rate schedule of your own, where averaging the weights outside of the rule is
    clearer.

    Other libraries
    ---------------
    Torch ASGD (alpha is power here; it keeps the rate in float32, as scalar_dtype="float32" does here). Chainer, optax
    and Keras have none; TensorFlow Addons has averaging as a wrapper, MovingAverage.

    Examples
    --------
    >>> import edu_optim as eo
    >>> eo.RULES["ASGD"].run(1.0, [1.0, -0.5, 0.25, 2.0], lr=0.1).round(9)
    array([1.        , 0.89999   , 0.94998063, 0.9249715 , 0.72496675])
    """
    x = x - rate * (g + lambd * x)
    mean = mean + (x - mean) / np.maximum(1, t - 1 - t0)
    rate = lr / (1 + lambd * lr * t) ** power
    return x, mean, rate
