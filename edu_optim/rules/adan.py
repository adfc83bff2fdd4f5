import numpy as np

from ..formula import Hyper, rule


@rule(
    paper="X. Xie, P. Zhou, H. Li, Z. Lin and S. Yan (2022), Adan: adaptive Nesterov momentum algorithm for faster "
          "optimizing deep models, algorithm 1, with the corrections of its authors' code",
    degree=0,
    element_states={"m": 0, "d": 0, "v": 0, "previous": 0},
    lr=Hyper(0.001, r"\eta", "[0, inf)"),
    beta1=Hyper(0.98, r"\beta_1", "[0, 1)"),
    beta2=Hyper(0.92, r"\beta_2", "[0, 1)"),
    beta3=Hyper(0.99, r"\beta_3", "[0, 1)"),
    ahead=Hyper(0.92, r"\alpha", "[0, inf)"),
    eps=Hyper(1e-8, r"\epsilon", "[0, inf)"),
    eps_root=Hyper(0, r"\epsilon_r", "[0, inf)"),
    weight_decay=Hyper(0, r"\lambda", "[0, inf)"),
)
def Adan(x, g, m, d, v, previous, t, lr, beta1, beta2, beta3, ahead, eps, eps_root, weight_decay):
    """Adan: Adam that also keeps how gradients change, and looks ahead by adding the change to them.

    Symbols
    -------
    m : the running mean of gradients, the first moment.
    d : the running mean of changes from one gradient to the next.
    v : the running mean of squared gradients looked ahead to, the second moment.
    previous : the last gradient.

    Convention
    ----------
    The betas are what is remembered, as in `Adam`; in the paper they are what is new, 0.02, 0.08 and 0.01. ahead is the
    weight of changes: the paper and its authors' code take beta2, 0.92; optax takes 1 - beta2, 0.08, which looks ahead
    hardly at all. The paper divides by 1 + lr weight_decay at the end; here, as in optax, the decay joins the step.
    eps stands outside the root, eps_root inside. Gradients times c give the same step, decay included.

    When not to use it
    ------------------
    Where memory is short: four arrays as large as the parameters. With small batches, where the change from one
    gradient to the next is noise twice over.

    Other libraries
    ---------------
    Optax adan (lr must be given, eps and eps_root 1e-8): ahead = 1 - b2. Torch, Chainer, Keras and TensorFlow have
    none.

    Examples
    --------
    >>> import edu_optim as eo
    >>> eo.RULES["Adan"].run(1.0, [1.0, -0.5, 0.25, 2.0], lr=0.1).round(9)
    array([1.        , 0.9       , 0.93159004, 0.92894912, 0.88255815])
    >>> eo.RULES["Adan"].run(1.0, [1.0, -0.5, 0.25, 2.0], lr=0.1, ahead=0.08).round(9)
    array([1.        , 0.9       , 0.87834991, 0.84596813, 0.78743878])
    """
    change = np.where(t == 1, 0.0, g - previous)
    m = beta1 * m + (1 - beta1) * g
    d = beta2 * d + (1 - beta2) * change
    v = beta3 * v + (1 - beta3) * (g + ahead * change) ** 2
    m_hat = m / (1 - beta1 ** t)
    d_hat = d / (1 - beta2 ** t)
    v_hat = v / (1 - beta3 ** t)
    step = (m_hat + ahead * d_hat) / (np.sqrt(v_hat + eps_root) + eps)
    return x - lr * (step + weight_decay * x), m, d, v, g
