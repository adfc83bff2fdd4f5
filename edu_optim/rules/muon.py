import numpy as np

from ..formula import Hyper, matrix_rule


@matrix_rule(
    paper="K. Jordan et al. (2024), Muon: an optimizer for hidden layers in neural networks; coefficients and "
          "defaults as in torch.optim.Muon",
    degree=0,
    states={"m": lambda shape: shape},
    dimensions=2,
    lr=Hyper(0.001, r"\eta", "[0, inf)"),
    momentum=Hyper(0.95, r"\mu", "[0, 1)"),
    weight_decay=Hyper(0.1, r"\lambda", "[0, inf)"),
    a=Hyper(3.4445, r"a", "(-inf, inf)"),
    b=Hyper(-4.775, r"b", "(-inf, inf)"),
    c=Hyper(2.0315, r"c", "(-inf, inf)"),
    eps=Hyper(1e-7, r"\epsilon", "[0, inf)"),
)
def Muon(x, g, m, t, lr, momentum, weight_decay, a, b, c, eps):
    """Muon: momentum, of which only the directions are kept: all singular values of the step become about 1.

    Symbols
    -------
    m : a running mean of gradients.

    Convention
    ----------
    The look ahead is Nesterov's. Five iterations u <- a u + (b A + c A A) u with A = u u' bring every singular
    value of u into about 0.7 to 1.2, unless it is below a hundredth of the largest; eps keeps the norm u is
    divided by before that from being 0. The step of a matrix with more rows than columns is larger by
    sqrt(rows / columns). weight_decay is decoupled and times lr.

    Cost
    ----
    For m times n numbers, m the smaller side, five times 4 m m n + 2 m m m operations a step in BLAS; no kernel.

    When not to use it
    ------------------
    For anything that is no matrix, and by habit for the first and last layers: give those another rule.

    Other libraries
    ---------------
    Torch Muon is this one, but iterates in bfloat16: about three digits agree. Optax has it in contrib, Keras as
    Muon, with other scaling of the step; Chainer and TensorFlow have none.

    Examples
    --------
    Both singular values of the step come out alike, although those of the gradient are 10 and 1 (five iterations do
    not lift one that is below a hundredth of the largest):

    >>> import numpy as np, edu_optim as eo
    >>> x = eo.RULES["Muon"].run(np.zeros((2, 2)), [np.diag([10.0, 1.0])], lr=1.0)[-1]
    >>> np.linalg.svd(x)[1].round(2)
    array([0.71, 0.7 ])
    """
    m = m + (1 - momentum) * (g - m)
    u = g + momentum * (m - g)
    u = u.T if len(g) > len(g.T) else u
    u = u / max(float(np.sqrt(np.sum(u ** 2))), eps)
    for _ in range(5):
        A = u @ u.T
        u = a * u + (b * A + c * A @ A) @ u
    u = u.T if len(g) > len(g.T) else u
    longer = max(1.0, len(g) / len(g.T)) ** 0.5
    return (1 - lr * weight_decay) * x - lr * longer * u, m
