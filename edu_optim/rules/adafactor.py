import numpy as np

from ..formula import Hyper, matrix_rule


@matrix_rule(
    paper="N. Shazeer and M. Stern (2018), Adafactor: adaptive learning rates with sublinear memory cost, ICML, "
          "algorithms 4 and 5",
    degree=0,
    states={
        "r": lambda shape: (*shape[:-1], 1) if len(shape) > 1 else None,
        "c": lambda shape: (*shape[:-2], 1, shape[-1]) if len(shape) > 1 else None,
        "v": lambda shape: None if len(shape) > 1 else shape,
    },
    lr=Hyper(0.01, r"\eta", "[0, inf)"),
    beta2_decay=Hyper(-0.8, r"\gamma", "(-inf, 0]"),
    eps1=Hyper(0, r"\epsilon_1", "[0, inf)"),
    eps2=Hyper(1e-3, r"\epsilon_2", "[0, inf)"),
    d=Hyper(1, r"d", "[1, inf)"),
    weight_decay=Hyper(0, r"\lambda", "[0, inf)"),
)
def Adafactor(x, g, r, c, v, t, lr, beta2_decay, eps1, eps2, d, weight_decay):
    """Adafactor: of the squares of a matrix of gradients it remembers one number for each row and each column.

    Symbols
    -------
    r, c : running means of squared gradients over each row and over each column. A matrix of m times n numbers has
        m + n of them where Adam has 2 m n.
    v : the running mean of each squared gradient, for parameters that are no matrix.

    Convention
    ----------
    eps1 is a floor under the root, as its square under v; 0 stands for the spacing of floating-point numbers at 1,
    as torch has it (the paper adds 1e-30 to each squared gradient). eps2 is the least size the parameter counts
    with. lr is only a cap: the rate is min(lr, 1 / sqrt(t)) times the root mean square of x, so that a larger lr
    does nothing once t is above 1 / lr ** 2. weight_decay is decoupled and times lr. Where a parameter has more
    than two axes, the last two are rows and columns.

    Cost
    ----
    Four passes over the matrix in NumPy and a product of a column with a row; no kernel. What it saves is memory.

    When not to use it
    ------------------
    On small networks, where Adam's two arrays cost nothing and its second moment is exact.

    Other libraries
    ---------------
    Torch Adafactor is this one; optax adafactor and Keras Adafactor scale and clip in another order and have
    other defaults; TensorFlow 1 had it in the tensor2tensor package; Chainer has none.

    Examples
    --------
    The step has the size of the parameter, whatever that of the gradient:

    >>> import numpy as np, edu_optim as eo
    >>> x = np.full((2, 2), 10.0)
    >>> (x - eo.RULES["Adafactor"].run(x, [1e-3 * x])[-1]).round(6)
    array([[0.1, 0.1],
           [0.1, 0.1]])
    """
    eps1 = eps1 or np.finfo(x.dtype).eps
    keep = 1 - t ** beta2_decay
    alpha = max(eps2, float(np.sqrt(np.mean(x ** 2)))) * min(lr, t ** -0.5)
    if v is None:
        r = keep * r + (1 - keep) * np.mean(g ** 2, axis=-1, keepdims=True)
        c = keep * c + (1 - keep) * np.mean(g ** 2, axis=-2, keepdims=True)
        v_hat = r * c / np.maximum(np.mean(r, axis=-2, keepdims=True), eps1)
    else:
        v = v_hat = keep * v + (1 - keep) * g ** 2
    u = g / np.sqrt(np.maximum(v_hat, eps1 ** 2))
    u = u / max(1.0, float(np.sqrt(np.mean(u ** 2))) / d)
    return (1 - lr * weight_decay) * x - alpha * u, r, c, v
