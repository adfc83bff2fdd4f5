import numpy as np

from ..formula import Hyper, rule


@rule(
    paper="D. P. Kingma and J. Ba (2015), Adam: a method for stochastic optimization, algorithm 1; "
          "gamma: arXiv versions 4 to 7",
    degree=0,
    element_states={"m": 0, "v": 0},
    lr=Hyper(0.001, r"\eta", "[0, inf)"),
    beta1=Hyper(0.9, r"\beta_1", "[0, 1)"),
    beta2=Hyper(0.999, r"\beta_2", "[0, 1)"),
    eps=Hyper(1e-8, r"\epsilon", "[0, inf)"),
    eps_root=Hyper(0, r"\epsilon_r", "[0, inf)"),
    eps_hat=Hyper(0, r"\hat\epsilon", "[0, inf)", instead_of="eps"),
    gamma=Hyper(1, r"\lambda", "(0, 1]"),
)
def Adam(x, g, m, v, t, lr, beta1, beta2, eps, eps_root, eps_hat, gamma):
    """Adam: a running mean of gradients over the root of a running mean of their squares, both corrected for
    having started at 0.

    Symbols
    -------
    m : the running mean of gradients, the first moment.
    v : the running mean of squared gradients, the second moment.

    Convention
    ----------
    eps is added to the root of the corrected v (algorithm 1); eps_hat to the root of v before its correction (the
    form before section 2.1 of the paper), and naming it alone sets eps to 0; eps_root stands inside the root.
    gamma is the early versions' lambda: beta1 becomes beta1 gamma ** (t - 1) at update t, and the correction is 1
    minus the product of all of them, so that a constant gradient still gives steps of lr.

    When not to use it
    ------------------
    With coupled weight decay, which it divides away where gradients are loud: use decoupled decay. Where a rare
    large gradient carries the information, beta2 near 1 keeps the step small long after it.

    Other libraries
    ---------------
    Torch Adam and optax adam (eps; optax has eps_root too), Chainer and Keras (eps_hat, 1e-8 and 1e-7),
    TensorFlow (eps_hat, 1e-8). With eps far below the root of v all agree to many digits.

    Examples
    --------
    >>> import edu_optim as eo
    >>> eo.RULES["Adam"].run(1.0, [1.0, -0.5, 0.25, 2.0], lr=0.1).round(9)
    array([1.        , 0.9       , 0.8733663 , 0.83932338, 0.77503419])
    """
    beta1_t = beta1 * gamma ** (t - 1)
    m = beta1_t * m + (1 - beta1_t) * g
    v = beta2 * v + (1 - beta2) * g ** 2
    m_hat = m / (1 - beta1 ** t * gamma ** (t * (t - 1) / 2))
    v_hat = v / (1 - beta2 ** t)
    # ** 0.5, since NumPy's root of a plain number would carry float32 arrays into float64
    return x - lr * m_hat / (np.sqrt(v_hat + eps_root) + eps + eps_hat / (1 - beta2 ** t) ** 0.5), m, v
