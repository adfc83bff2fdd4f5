"""Momentum on a bowl, known in closed form: an update is a matrix, and t updates are its t-th power."""

import numpy as np

# One update on 0.5 c x^2 turns the pair (x, m) into this matrix times the pair; m is the rule's own buffer.
_UPDATES = {
    "SGD": lambda c, lr: [[1 - lr * c, 0], [0, 0]],
    "MomentumSGD": lambda c, lr, momentum: [[1 - lr * c, momentum], [-lr * c, momentum]],
    "CorrectedMomentumSGD": lambda c, lr, momentum: [[1 - lr * c, -lr * momentum], [c, momentum]],
    "NesterovSGD": lambda c, lr, momentum: [[1 - lr * c * (1 + momentum), -lr * momentum**2], [c, momentum]],
    "NesterovAG": lambda c, lr, momentum: [
        [1 - lr * c * (1 + momentum + momentum**2), momentum**3], [-lr * c, momentum],
    ],
}
LINEAR = tuple(_UPDATES)


def update_matrix(rule, curvature, lr, momentum=0.0):
    """Return the matrix that one update on the bowl 0.5 curvature x^2 is.

    Parameters
    ----------
    rule : str
        One of ``LINEAR``.
    curvature, lr, momentum : float
        SGD has no momentum: it must be 0.

    Returns
    -------
    ndarray, float64, (2, 2)
        It turns (x, m) into the next (x, m), where m is the rule's buffer; SGD's is always 0.

    Raises
    ------
    ValueError
        If the rule's update is no matrix, or SGD is given momentum.

    Examples
    --------
    >>> from edu_optim import oracles
    >>> oracles.update_matrix("MomentumSGD", curvature=1.0, lr=0.5, momentum=0.25)
    array([[ 0.5 ,  0.25],
           [-0.5 ,  0.25]])
    """
    rule = getattr(rule, "name", rule)
    if rule not in _UPDATES:
        raise ValueError(f"One update of {rule} is no matrix: it is not linear in the gradient, or not known here. "
                         f"There are {', '.join(LINEAR)}.")
    if rule == "SGD":
        if momentum:
            raise ValueError(f"SGD has no momentum, so momentum={momentum} does nothing: write 'MomentumSGD'.")
        return np.array(_UPDATES[rule](curvature, lr), np.float64)
    return np.array(_UPDATES[rule](curvature, lr, momentum), np.float64)


def quadratic(rule, hessian, start, steps, lr, momentum=0.0):
    """Return the iterates of a momentum rule on 0.5 x . H x, from powers of a matrix and not step by step.

    Along an eigenvector of H everything is one number, and t updates are the t-th power of `update_matrix`.

    Parameters
    ----------
    rule : str
        One of ``LINEAR``.
    hessian : array of shape (n, n) or (n,)
        Symmetric; (n,) are the curvatures of the axes.
    start : array of shape (n,)
    steps : int
    lr, momentum : float

    Returns
    -------
    ndarray, float64, (steps + 1, n)

    Raises
    ------
    ValueError
        If the rule's update is no matrix, or H is not symmetric or of another size than start.

    Notes
    -----
    In the valley of condition 100, from its start, plain descent needs 653 steps at lr .01 to a loss of 1e-6, momentum
    .9 needs 138, torch's Nesterov 61, and Chainer's leaves for infinity: it is stable below .0086 only, where at .005
    the three momenta need 112, 50 and 53.

    Examples
    --------
    >>> from edu_optim import oracles
    >>> oracles.quadratic("SGD", [1.0, 100.0], [1.0, 1.0], steps=2, lr=0.01)
    array([[1.    , 1.    ],
           [0.99  , 0.    ],
           [0.9801, 0.    ]])
    """
    hessian, start = np.asarray(hessian, np.float64), np.asarray(start, np.float64)
    hessian = np.diag(hessian) if hessian.ndim == 1 else hessian
    if start.ndim != 1 or hessian.shape != (start.size, start.size) or not np.allclose(hessian, hessian.T):
        raise ValueError(
            f"hessian of shape {hessian.shape} and start of shape {start.shape} make no quadratic: H is symmetric, "
            "shape (n, n), or the curvatures of the axes, shape (n,), and start has shape (n,).")
    curvatures, axes = np.linalg.eigh(hessian)
    updates = [update_matrix(rule, c, lr, momentum) for c in curvatures]
    powers = np.array([[np.linalg.matrix_power(update, t)[0, 0] for update in updates] for t in range(steps + 1)])
    return (powers * (axes.T @ start)) @ axes.T


def speed(rule, curvature, lr, momentum=0.0):
    """Return what is left of the distance per update, in the long run: the spectral radius of the update's matrix.

    Parameters
    ----------
    rule : str
        One of ``LINEAR``.
    curvature : float
    lr : float or array
    momentum : float, optional

    Returns
    -------
    float or ndarray
        Below 1 x goes to the minimum, above 1 it leaves.

    Raises
    ------
    ValueError
        If the rule's update is no matrix.

    Notes
    -----
    Momentum's has a flat floor at the root of momentum, for lr times curvature between (1 - sqrt(momentum))^2 and
    (1 + sqrt(momentum))^2, where the eigenvalues are a complex pair: at .9 that is .949 from .00263 to 3.797, a
    1,442-fold range. Plain descent has a notch at 1. Looking ahead costs room: lr times curvature stays below
    2 (1 + momentum) for momentum, below that over 1 + 2 momentum for torch's Nesterov, and below that over
    1 + 2 momentum + 2 momentum^2 for Chainer's: 3.80, 1.36 and .86 at .9.

    Source: Polyak (1964) for the two-step method.

    Examples
    --------
    >>> from edu_optim import oracles
    >>> oracles.speed("MomentumSGD", curvature=1.0, lr=[0.001, 0.01, 1.0, 3.7, 3.9], momentum=0.9).round(3)
    array([0.989, 0.949, 0.949, 0.949, 1.316])
    """
    rates = np.asarray(lr, np.float64)
    matrices = np.array([update_matrix(rule, curvature, rate, momentum) for rate in rates.flat])
    radii = np.abs(np.linalg.eigvals(matrices.reshape(-1, 2, 2))).max(axis=-1)
    return radii.reshape(rates.shape) if rates.ndim else float(radii[0])
