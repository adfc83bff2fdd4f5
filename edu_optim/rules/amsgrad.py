import numpy as np

from ..formula import Hyper, rule


@rule(
    paper="S. J. Reddi, S. Kale and S. Kumar (2018), On the convergence of Adam and beyond, algorithm 2, with "
          "Adam's corrections",
    degree=0,
    element_states={"m": 0, "v": 0, "v_max": 0},
    lr=Hyper(0.001, r"\eta", "[0, inf)"),
    beta1=Hyper(0.9, r"\beta_1", "[0, 1)"),
    beta2=Hyper(0.999, r"\beta_2", "[0, 1)"),
    eps=Hyper(1e-8, r"\epsilon", "[0, inf)"),
    eps_root=Hyper(0, r"\epsilon_r", "[0, inf)"),
    eps_hat=Hyper(0, r"\hat\epsilon", "[0, inf)", instead_of="eps"),
)
def AMSGrad(x, g, m, v, v_max, t, lr, beta1, beta2, eps, eps_root, eps_hat):
    """AMSGrad: Adam that never forgets how large gradients once were, so that steps shrink and do not grow again.

    Symbols
    -------
    m : the running mean of gradients, the first moment.
    v : the running mean of squared gradients, the second moment.
    v_max : the largest v so far.

    Convention
    ----------
    The largest v is kept before its correction, as Chainer and torch do. The paper corrects neither m nor v: its first
    step is lr (1 - beta1) / sqrt(1 - beta2), 3.16 lr by default, the one here lr. eps, eps_root and eps_hat stand where
    they do in `Adam`.

    When not to use it
    ------------------
    Where gradients begin large and become small: one loud update at the start keeps all later steps short. It mends a
    proof, seldom a training.

    Other libraries
    ---------------
    Torch Adam(amsgrad=True) (eps), Chainer AMSGrad and Keras and TensorFlow Adam(amsgrad=True) (eps_hat). Optax amsgrad
    keeps the largest v after its correction, which holds on to the first, uncertain ones: under gradients 1, 0, 0, ...
    its tenth step is 0.32 of the one here.

    Examples
    --------
    >>> import edu_optim as eo
    >>> eo.RULES["AMSGrad"].run(1.0, [1.0, -0.5, 0.25, 2.0], lr=0.1).round(9)
    array([1.        , 0.9       , 0.8733663 , 0.83932338, 0.77503419])
    """
    m = beta1 * m + (1 - beta1) * g
    v = beta2 * v + (1 - beta2) * g ** 2
    v_max = np.maximum(v_max, v)
    m_hat = m / (1 - beta1 ** t)
    v_hat = v_max / (1 - beta2 ** t)
    return x - lr * m_hat / (np.sqrt(v_hat + eps_root) + eps + eps_hat / (1 - beta2 ** t) ** 0.5), m, v, v_max
