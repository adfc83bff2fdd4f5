import numpy as np

from ..formula import Hyper, rule


@rule(
    paper="I. Loshchilov and F. Hutter (2019), Decoupled weight decay regularization, algorithm 2",
    degree=0,
    element_states={"m": 0, "v": 0},
    lr=Hyper(0.001, r"\eta", "[0, inf)"),
    beta1=Hyper(0.9, r"\beta_1", "[0, 1)"),
    beta2=Hyper(0.999, r"\beta_2", "[0, 1)"),
    eps=Hyper(1e-8, r"\epsilon", "[0, inf)"),
    eps_root=Hyper(0, r"\epsilon_r", "[0, inf)"),
    eps_hat=Hyper(0, r"\hat\epsilon", "[0, inf)", instead_of="eps"),
    weight_decay=Hyper(0.01, r"\lambda", "[0, inf)"),
    weight_decay_rate=Hyper(0, r"\lambda_r", "[0, inf)", instead_of="weight_decay"),
    eta=Hyper(1, r"\eta_t", "[0, inf)"),
)
def AdamW(x, g, m, v, t, lr, beta1, beta2, eps, eps_root, eps_hat, weight_decay, weight_decay_rate, eta):
    """AdamW: Adam beside a decay of the parameters that gradients have no part in.

    Symbols
    -------
    m : the running mean of gradients, the first moment.
    v : the running mean of squared gradients, the second moment.

    Convention
    ----------
    Each update takes away lr weight_decay of a parameter and weight_decay_rate of it; eta scales the whole. The paper
    has weight_decay_rate, and its schedule moves eta alone. Torch has weight_decay, which a schedule of lr moves too:
    weight_decay 0.01 at lr 0.001 is weight_decay_rate 0.00001. Naming weight_decay_rate alone sets weight_decay to 0.
    eps, eps_root and eps_hat stand where they do in `Adam`. Gradients times c give the same step, decay included.

    When not to use it
    ------------------
    On biases and the scales of normalisation, which have no reason to be small: give them weight_decay 0.

    Other libraries
    ---------------
    Torch AdamW (weight_decay 0.01, eps), optax adamw (1e-4, eps), Keras and TensorFlow AdamW (0.004, eps_hat) multiply
    the decay by lr. Chainer AdamW has weight_decay_rate, eta and eps_hat.

    Examples
    --------
    >>> import edu_optim as eo
    >>> eo.RULES["AdamW"].run(1.0, [1.0, -0.5, 0.25, 2.0], lr=0.1, weight_decay=0.1).round(9)
    array([1.        , 0.89      , 0.8544663 , 0.81187872, 0.73947074])
    """
    m = beta1 * m + (1 - beta1) * g
    v = beta2 * v + (1 - beta2) * g ** 2
    m_hat = m / (1 - beta1 ** t)
    v_hat = v / (1 - beta2 ** t)
    step = lr * m_hat / (np.sqrt(v_hat + eps_root) + eps + eps_hat / (1 - beta2 ** t) ** 0.5)
    return x - eta * (step + (lr * weight_decay + weight_decay_rate) * x), m, v
