import numpy as np

from ..formula import Hyper, rule


@rule(
    paper="Y. You et al. (2020), Large batch optimization for deep learning: training BERT in 76 minutes, algorithm 2",
    degree=0,
    element_states={"m": 0, "v": 0},
    reductions={
        "x_norm": "np.sqrt(np.sum(x ** 2))",
        # the step below, once more, since its length has to be known before the first element moves
        "step_norm": "np.sqrt(np.sum(((beta1 * m + (1 - beta1) * g) / (1 - beta1 ** t) / (np.sqrt((beta2 * v "
                     "+ (1 - beta2) * g ** 2) / (1 - beta2 ** t) + eps_root) + eps) + weight_decay * x) ** 2))",
    },
    lr=Hyper(0.001, r"\eta", "[0, inf)"),
    beta1=Hyper(0.9, r"\beta_1", "[0, 1)"),
    beta2=Hyper(0.999, r"\beta_2", "[0, 1)"),
    eps=Hyper(1e-6, r"\epsilon", "[0, inf)"),
    eps_root=Hyper(0, r"\epsilon_r", "[0, inf)"),
    weight_decay=Hyper(0, r"\lambda", "[0, inf)"),
)
def LAMB(x, g, m, v, t, x_norm, step_norm, lr, beta1, beta2, eps, eps_root, weight_decay):
    """LAMB: Adam's step for a whole parameter array, made as long as lr times the array itself.

    Symbols
    -------
    m : the running mean of gradients, the first moment.
    v : the running mean of squared gradients, the second moment.

    Convention
    ----------
    trust is the length of the parameter over the length of Adam's step with its decay, and 1 where either is 0. So
    each update moves a parameter array by lr of its own length. Gradients times c give the same step, decay included.
    How a network is cut into arrays is part of the rule: two layers in one array make another step.

    When not to use it
    ------------------
    On biases that start at 0: the first update moves them by lr for each element, later ones by lr of what little they
    are. Batches of usual size need no trust: Adam does as well for less work.

    Other libraries
    ---------------
    Optax lamb (eps 1e-6, weight_decay 0), Keras Lamb (eps 1e-7; its decay stands outside the trust). TensorFlow Addons
    LAMB. Torch and Chainer have none.

    Examples
    --------
    >>> import edu_optim as eo
    >>> eo.RULES["LAMB"].run(1.0, [1.0, -0.5, 0.25, 2.0], lr=0.1).round(9)
    array([1.    , 0.9   , 0.81  , 0.729 , 0.6561])
    """
    m = beta1 * m + (1 - beta1) * g
    v = beta2 * v + (1 - beta2) * g ** 2
    m_hat = m / (1 - beta1 ** t)
    v_hat = v / (1 - beta2 ** t)
    step = m_hat / (np.sqrt(v_hat + eps_root) + eps) + weight_decay * x
    trust = np.where((x_norm > 0) & (step_norm > 0), x_norm / step_norm, 1.0)
    return x - lr * trust * step, m, v
