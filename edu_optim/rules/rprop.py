import numpy as np

from ..formula import Hyper, rule


@rule(
    paper="C. Igel and M. Huesken (2000), Improving the Rprop learning algorithm, the variant iRprop-; "
          "M. Riedmiller and H. Braun (1993), A direct adaptive method for faster backpropagation learning: "
          "the RPROP algorithm",
    degree=0,
    element_states={"size": "lr", "sign": 0},
    lr=Hyper(0.01, r"\eta", "[0, inf)"),
    eta_minus=Hyper(0.5, r"\eta^-", "(0, 1)"),
    eta_plus=Hyper(1.2, r"\eta^+", "(1, inf)"),
    size_min=Hyper(1e-6, r"\Delta_{min}", "[0, inf)"),
    size_max=Hyper(50, r"\Delta_{max}", "(0, inf)"),
)
def Rprop(x, g, size, sign, t, lr, eta_minus, eta_plus, size_min, size_max):
    """Rprop: only the signs of gradients count; each coordinate steps further while its sign stays the same.

    Symbols
    -------
    size : the length of the next step.
    sign : the sign of the last gradient; 0 where it had turned.

    Convention
    ----------
    Where the sign turns, size shrinks and the coordinate waits for one update. The rule of 1993 goes back by the last
    step there instead. lr is the size before the first update and nothing afterwards: a schedule has no effect. Under
    gradients of one sign sizes grow by eta_plus at each update, 237 times in thirty.

    When not to use it
    ------------------
    With mini-batches: a sign that turns by noise shrinks the step as one that turns at a minimum does, and nine
    gradients of 0.1 count more than one of -0.9.

    Other libraries
    ---------------
    Torch Rprop (lr 0.01, etas (0.5, 1.2), step_sizes (1e-6, 50)). Optax rprop takes every step one update late: its
    first update is 0. Chainer, Keras and TensorFlow have none.

    Examples
    --------
    >>> import edu_optim as eo
    >>> eo.RULES["Rprop"].run(1.0, [1.0, 0.5, -0.25, -2.0], lr=0.1).round(9)
    array([1.  , 0.9 , 0.78, 0.78, 0.84])
    """
    agree = np.sign(g) * sign
    size = np.clip(size * np.where(agree > 0, eta_plus, np.where(agree < 0, eta_minus, 1.0)), size_min, size_max)
    sign = np.where(agree < 0, 0.0, np.sign(g))
    return x - size * sign, size, sign
