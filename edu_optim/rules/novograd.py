import numpy as np

from ..formula import Hyper, rule


@rule(
    paper="B. Ginsburg et al. (2019), Stochastic gradient methods with layer-wise adaptive moments for training of "
          "deep networks, algorithm 1",
    degree=0,
    element_states={"m": 0},
    scalar_states={"v": 0},
    reductions={"g_squared": "np.sum(g ** 2)"},
    lr=Hyper(0.01, r"\eta", "[0, inf)"),
    beta1=Hyper(0.9, r"\beta_1", "[0, 1)"),
    beta2=Hyper(0.25, r"\beta_2", "[0, 1)"),
    eps=Hyper(1e-6, r"\epsilon", "[0, inf)"),
    eps_root=Hyper(0, r"\epsilon_r", "[0, inf)"),
    weight_decay=Hyper(0, r"\lambda", "[0, inf)"),
)
def NovoGrad(x, g, m, t, v, g_squared, lr, beta1, beta2, eps, eps_root, weight_decay):
    """NovoGrad: momentum on gradients that were divided by the length of their whole parameter array's gradient.

    Symbols
    -------
    m : the sum of all divided gradients, each faded by beta1 once an update.
    v : the running mean of the squared length of gradients; one number for each parameter array.

    Convention
    ----------
    v starts with the first gradient's own length, so the first step is lr long as a whole array. m has no factor
    1 - beta1 and no correction: steps grow to 1 / (1 - beta1) times that. eps stands outside the root, eps_root inside.
    The decay joins the divided gradient, in the buffer and times lr. Gradients times c give the same step.

    When not to use it
    ------------------
    On arrays of very different size with one rate: a bias of ten numbers and a matrix of a million both move by lr in
    all, so each number of the matrix moves three hundred times less.

    Other libraries
    ---------------
    Optax novograd (lr must be given, b1 0.9, b2 0.25, eps 1e-6). TensorFlow Addons NovoGrad. Torch, Chainer and Keras
    have none.

    Examples
    --------
    >>> import edu_optim as eo
    >>> eo.RULES["NovoGrad"].run(1.0, [1.0, -0.5, 0.25, 2.0], lr=0.1).round(9)
    array([1.        , 0.9000001 , 0.88559297, 0.80938116, 0.62606504])
    """
    v = np.where(t == 1, g_squared, beta2 * v + (1 - beta2) * g_squared)
    # ** 0.5, since NumPy's root of a plain number would carry float32 arrays into float64
    m = beta1 * m + (g / ((v + eps_root) ** 0.5 + eps) + weight_decay * x)
    return x - lr * m, m, v
