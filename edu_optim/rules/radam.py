import numpy as np

from ..formula import Hyper, rule


@rule(
    paper="L. Liu, H. Jiang, P. He, W. Chen, X. Liu, J. Gao and J. Han (2020), On the variance of the adaptive "
          "learning rate and beyond, algorithm 2",
    degree=None,
    element_states={"m": 0, "v": 0},
    lr=Hyper(0.001, r"\eta", "[0, inf)"),
    beta1=Hyper(0.9, r"\beta_1", "[0, 1)"),
    beta2=Hyper(0.999, r"\beta_2", "[0, 1)"),
    eps=Hyper(1e-8, r"\epsilon", "[0, inf)"),
    eps_root=Hyper(0, r"\epsilon_r", "[0, inf)"),
    eps_hat=Hyper(0, r"\hat\epsilon", "[0, inf)", instead_of="eps"),
)
def RAdam(x, g, m, v, t, lr, beta1, beta2, eps, eps_root, eps_hat):
    """RAdam: Adam that steps like momentum until v is known well enough to divide by, and carefully at first then.

    Symbols
    -------
    m : the running mean of gradients, the first moment.
    v : the running mean of squared gradients, the second moment.

    Convention
    ----------
    rho is the number of gradients that v is worth. Division begins where rho is above 5, which is update 6 with beta2
    0.9, 0.99 or 0.999; the paper has 4, update 5, where the step by default is 0.017 of Adam's. There is no degree: the
    first five steps are lr times the corrected mean, so they grow with gradients, and all later ones do not. For beta2
    up to 2/3 rho never reaches 5, and RAdam is momentum for ever.

    When not to use it
    ------------------
    With large gradients and Adam's rate in mind: the first five steps are SGD's, as long as gradients are.

    Other libraries
    ---------------
    Torch RAdam (eps_hat), optax radam (eps; rho of exactly 5 counts there too). TensorFlow Addons RectifiedAdam.
    Chainer and Keras have none.

    Examples
    --------
    >>> import edu_optim as eo
    >>> eo.RULES["RAdam"].run(1.0, [1.0, -0.5, 0.25, 2.0], lr=0.1).round(9)
    array([1.        , 0.9       , 0.87894737, 0.85643814, 0.78231776])
    """
    m = beta1 * m + (1 - beta1) * g
    v = beta2 * v + (1 - beta2) * g ** 2
    m_hat = m / (1 - beta1 ** t)
    v_hat = v / (1 - beta2 ** t)
    rho_inf = 2 / (1 - beta2) - 1
    rho = rho_inf - 2 * t * beta2 ** t / (1 - beta2 ** t)
    rectify = np.maximum((rho - 4) * (rho - 2) * rho_inf / ((rho_inf - 4) * (rho_inf - 2) * rho), 0) ** 0.5
    divided = rectify * m_hat / (np.sqrt(v_hat + eps_root) + eps + eps_hat / (1 - beta2 ** t) ** 0.5)
    return x - lr * np.where(rho > 5, divided, m_hat), m, v
