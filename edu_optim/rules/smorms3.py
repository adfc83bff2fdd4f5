import numpy as np

from ..formula import Hyper, rule


@rule(
    paper="S. Funk (2015), RMSprop loses to SMORMS3 - beware the epsilon!, the listing",
    degree=0,
    element_states={"memory": 1, "m": 0, "v": 0},
    lr=Hyper(0.001, r"\eta", "[0, inf)"),
    eps=Hyper(1e-16, r"\epsilon", "[0, inf)"),
)
def SMORMS3(x, g, memory, m, v, t, lr, eps):
    """SMORMS3: RMSprop that chooses for each coordinate how long to remember and how far to go.

    Symbols
    -------
    memory : over how many updates the means reach, at least 1.
    m : the running mean of gradients, the first moment.
    v : the running mean of squared gradients, the second moment.

    Convention
    ----------
    agreement is 1 where all gradients are equal and near 0 where they are noise. The step is as large as agreement
    allows, and lr only the most it may be; where gradients agree the memory is cut short, where they do not it grows
    by nearly 1 each update. The first step is sqrt(2) lr, as long as lr is at most 1/2. eps stands outside the root,
    and once more in agreement.

    When not to use it
    ------------------
    With a schedule: where gradients are noisy, agreement is below lr, and lowering the rate changes nothing until it
    falls below agreement too.

    Other libraries
    ---------------
    Chainer SMORMS3 (lr 0.001, eps 1e-16). Torch, optax, Keras and TensorFlow have none.

    Examples
    --------
    >>> import edu_optim as eo
    >>> eo.RULES["SMORMS3"].run(1.0, [1.0, -0.5, 0.25, 2.0], lr=0.1).round(9)
    array([1.        , 0.85857864, 0.87834288, 0.84748152, 0.66205335])
    """
    newest = 1 / (memory + 1)
    m = (1 - newest) * m + newest * g
    v = (1 - newest) * v + newest * g ** 2
    agreement = m ** 2 / (v + eps)
    memory = 1 + memory * (1 - agreement)
    return x - g * np.minimum(lr, agreement) / (np.sqrt(v) + eps), memory, m, v
