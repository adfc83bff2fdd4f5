import numpy as np

from ..formula import Hyper, rule


@rule(
    paper="L. Luo, Y. Xiong, Y. Liu and X. Sun (2019), Adaptive gradient methods with dynamic bound of learning rate, "
          "algorithm 3, with the corrections of its authors' code",
    degree=None,
    element_states={"m": 0, "v": 0, "v_max": 0},
    scalar_states={"base_lr": 0},
    lr=Hyper(0.001, r"\eta", "[0, inf)"),
    beta1=Hyper(0.9, r"\beta_1", "[0, 1)"),
    beta2=Hyper(0.999, r"\beta_2", "[0, 1)"),
    eps=Hyper(1e-8, r"\epsilon", "[0, inf)"),
    eps_hat=Hyper(0, r"\hat\epsilon", "[0, inf)", instead_of="eps"),
    final_lr=Hyper(0.1, r"\eta_\infty", "[0, inf)"),
    bound_rate=Hyper(0.001, r"\gamma", "(0, inf)"),
)
def AMSBound(x, g, m, v, v_max, t, base_lr, lr, beta1, beta2, eps, eps_hat, final_lr, bound_rate):
    """AMSBound: AMSGrad whose rates per coordinate are held between two bounds, which close in on the rate of SGD.

    Symbols
    -------
    m : the running mean of gradients, the first moment.
    v : the running mean of squared gradients, the second moment.
    v_max : the largest v so far, before its correction.
    base_lr : the first lr above 0; one number for each parameter array.

    Convention
    ----------
    rate is what m is multiplied by, one for each coordinate. By default its bounds are 0.0001 and 100 at the first
    update, 0.05 and 0.2 at the thousandth, 0.0999 and 0.1001 at the millionth. A later lr moves the bounds with it:
    they close in on final_lr lr / base_lr. A warm-up therefore raises them, since it makes base_lr small (Chainer
    takes the rate the optimizer was made with): scale final_lr by it. The paper divides the rate by sqrt(t) besides,
    and corrects neither m nor v. eps and eps_hat stand where they do in `Adam`. There is no degree: the bounds do not
    scale with gradients, what they cut does.

    When not to use it
    ------------------
    Where a final rate is not known: final_lr is SGD's rate, as much to be searched for as SGD's.

    Other libraries
    ---------------
    Chainer AMSBound (eps_hat). Torch, optax, Keras and TensorFlow have none; the authors' code for torch has eps_hat.

    Examples
    --------
    >>> import edu_optim as eo
    >>> eo.RULES["AMSBound"].run(1.0, [1.0, -0.5, 0.25, 2.0], lr=0.1, bound_rate=1).round(9)
    array([1.        , 0.98      , 0.974     , 0.96586667, 0.93400417])
    """
    m = beta1 * m + (1 - beta1) * g
    v = beta2 * v + (1 - beta2) * g ** 2
    v_max = np.maximum(v_max, v)
    base_lr = np.where(base_lr == 0, lr, base_lr)
    final = final_lr * lr / np.where(base_lr == 0, 1.0, base_lr)
    root = np.sqrt(v_max / (1 - beta2 ** t)) + eps + eps_hat / (1 - beta2 ** t) ** 0.5
    low, high = final * (1 - 1 / (bound_rate * t + 1)), final * (1 + 1 / (bound_rate * t))
    rate = np.clip(lr / (1 - beta1 ** t) / root, low, high)
    return x - rate * m, m, v, v_max, base_lr
