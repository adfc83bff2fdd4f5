"""What a recipe amounts to on a network, measured: the steps it takes, beside those without it."""

import copy

import numpy as np

from .recipes import recipe_named
from .table import by_parameter


def measured_multiplier(recipe, net, multipliers, optimizer, losses):
    """Measure what a recipe amounts to: the last step of every parameter, over that with all multipliers 1.

    Parameters
    ----------
    recipe, net, multipliers, optimizer, losses
        As for `measured_steps`.

    Returns
    -------
    dict of str to float
        By the parameter's name: how much of the other step there is in the step; NaN where the other is 0.

    Examples
    --------
    >>> import numpy as np, edu_optim as eo
    >>> net = eo.links.MLP(2, 3, 1, seed=1, dtype=np.float64)
    >>> loss = lambda net: eo.functions.mean_squared_error(net(np.eye(2)), np.ones((2, 1)))
    >>> for optimizer in (eo.MomentumSGD(), eo.Adam()):
    ...     found = eo.layerwise.measured_multiplier(
    ...         "scaled_gradients", net, {"l1": 0.01, "l2": 1}, optimizer, [loss] * 5)
    ...     print(f"{found['l1.W']:.4f}")
    0.0100
    1.0000
    """
    steps = measured_steps(recipe, net, multipliers, optimizer, losses)
    with np.errstate(invalid="ignore"):
        return {name: float(np.sum(step * other) / np.sum(other * other)) for name, (step, other) in steps.items()}


def measured_steps(recipe, net, multipliers, optimizer, losses):
    """Take the same steps with a recipe and with all its multipliers 1.

    Both trainings begin at the same point, and are put back there after each step, so that both meet the same
    gradients; states are kept.

    Parameters
    ----------
    recipe : Recipe or str
    net : Link
        Copies of it are trained.
    multipliers : dict of str to float
    optimizer : Optimizer
        One without parameters; copied.
    losses : sequence of callable
        ``loss(net)`` for each update.

    Returns
    -------
    dict of str to (ndarray, ndarray)
        By the parameter's name: the last step with the recipe, and the last without.
    """
    recipe = recipe_named(recipe)
    by_parameter(net, multipliers)
    with_it, without = (_last_steps(recipe, net, table, optimizer, losses)
                        for table in (multipliers, dict.fromkeys(multipliers, 1.0)))
    return {name: (with_it[name], without[name]) for name in with_it}


def _last_steps(recipe, net, multipliers, optimizer, losses):
    net = copy.deepcopy(net)
    step = recipe(net, multipliers, copy.deepcopy(optimizer))
    start = {name: p.data.copy() for name, p in net.named_params()}
    for loss in losses:
        for name, p in net.named_params():
            p.data = start[name]
        step(lambda loss=loss: loss(net))
    return {name: p.data - start[name] for name, p in net.named_params()}
