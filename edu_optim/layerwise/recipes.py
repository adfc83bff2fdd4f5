"""The recipes: eight ways to give layers of one network different rates, each as its source writes it.

The first four say it with rates and last under any rule. The other four scale gradients, on their way to the
optimizer or already in the network, and last as far as the rule's degree goes: `effective_multiplier`.
"""

import contextlib
import copy
import functools
import inspect
import itertools

from ..autodiff import gradients
from .forward import lr_mult, outputs_through, parameters_as, slowed
from .table import by_multiplier, by_parameter

RECIPES = {}


class Recipe:
    """A way to give layers rates of their own; call it with a network and get a function that takes one step.

    Parameters
    ----------
    net : Link
    multipliers : dict of str to float
        What each layer takes of the rate, ``{"l1": 0.01, "l2": 1}``. Every parameter must be under one of the names,
        and no name may match nothing.
    optimizer : Optimizer
        One without parameters, such as ``eo.Adam(lr=1e-3)``. It is taken over: do not use it for anything else.

    Returns
    -------
    step : callable
        ``step(loss)`` calls the function ``loss()`` for a loss, moves the parameters once and returns the loss's
        value. A function, since some recipes have the network compute the loss in another way.

    Attributes
    ----------
    name : str
    about : str
        What it does, in one sentence.
    acts_on : {"rate", "gradient"}

    Raises
    ------
    TypeError, ValueError, KeyError
        If something is not allowed; nothing has changed then.

    Examples
    --------
    >>> import numpy as np, edu_optim as eo
    >>> net = eo.links.MLP(2, 3, 1, seed=1)
    >>> step = eo.layerwise.groups(net, {"l1": 0.01, "l2": 1}, eo.SGD(lr=0.1))
    >>> x, t = np.ones((4, 2), np.float32), np.zeros((4, 1), np.float32)
    >>> for _ in range(3):
    ...     value = step(lambda: eo.functions.mean_squared_error(net(x), t))
    >>> net.l1.W.update_rule.rate
    0.001
    """

    def __init__(self, begin, acts_on):
        functools.update_wrapper(self, begin)
        self._begin, self.acts_on = begin, acts_on
        self.name, self.about = begin.__name__, inspect.getdoc(begin).splitlines()[0]

    def __call__(self, net, multipliers, optimizer):
        by_parameter(net, multipliers)
        if not hasattr(optimizer, "_members") or optimizer.params:
            raise TypeError(f"a recipe takes an optimizer without parameters, eo.Adam(lr=1e-3), not {optimizer!r}")
        take = self._begin(net, multipliers, optimizer)

        def step(loss):
            if not callable(loss):
                raise TypeError("step takes a function that computes the loss, step(lambda: loss(net(x), t)), since "
                                f"the recipe may change how the network computes it; got {loss!r}")
            return take(loss).item()

        return step

    def __repr__(self):
        return f"<recipe {self.name}: {self.about}>"


def recipe_named(recipe):
    """The recipe itself, or the one of this name."""
    if isinstance(recipe, Recipe):
        return recipe
    if recipe not in RECIPES:
        raise KeyError(f"there is no recipe {recipe!r}: there are {', '.join(RECIPES)}")
    return RECIPES[recipe]


def _recipe(acts_on):
    def declare(begin):
        RECIPES[begin.__name__] = Recipe(begin, acts_on)
        return RECIPES[begin.__name__]

    return declare


@_recipe("rate")
def groups(net, multipliers, optimizer):
    """One optimizer, in which the parameters of each multiplier are a group with a rate of its own."""
    lr = optimizer.hyperparam.lr
    for c, params in by_multiplier(net, multipliers).items():
        optimizer.add_param_group({"params": params, "lr": c * lr})
    return _plain_step(optimizer)


@_recipe("rate")
def multiplied_rates(net, multipliers, optimizer):
    """One optimizer with one rate, of which each layer takes a multiple; with `layer_decay` the table is timm's."""
    optimizer.setup(net)
    for p, c in by_parameter(net, multipliers).items():
        p.update_rule.hyperparam.lr_mult = c
    return _plain_step(optimizer)


@_recipe("rate")
def two_optimizers(net, multipliers, optimizer):
    """An optimizer for each list of variables, with a rate and a gradient pass of its own."""
    train_ops = [(_with_rate(optimizer, c), var_list) for c, var_list in by_multiplier(net, multipliers).items()]

    def step(loss):
        value = loss()
        # minimize() is these two calls. No optimizer may move anything before all have their gradients: the second
        # would meet a network that is half a step further.
        computed = [opt.compute_gradients(value, var_list=var_list) for opt, var_list in train_ops]
        for (opt, _), grads_and_vars in zip(train_ops, computed, strict=True):
            opt.apply_gradients(grads_and_vars)
        return value

    return step


@_recipe("rate")
def split_gradient(net, multipliers, optimizer):
    """One gradient of all variables, cut into a piece for each optimizer."""
    train_ops = [(_with_rate(optimizer, c), var_list) for c, var_list in by_multiplier(net, multipliers).items()]

    def step(loss):
        value = loss()
        grads = gradients(value, [p for _, var_list in train_ops for p in var_list])
        for opt, var_list in train_ops:
            opt.apply_gradients(zip(grads[: len(var_list)], var_list, strict=True))
            grads = grads[len(var_list) :]
        return value

    return step


@_recipe("gradient")
def scaled_gradients(net, multipliers, optimizer):
    """One optimizer; between computing and applying, each gradient is multiplied."""
    c = by_parameter(net, multipliers)

    def step(loss):
        value = loss()
        grads_and_vars = optimizer.compute_gradients(value, list(c))
        optimizer.apply_gradients([(None if grad is None else grad * c[var], var) for grad, var in grads_and_vars])
        return value

    return step


@_recipe("gradient")
def named_multipliers(net, multipliers, optimizer):
    """The same with a table by the names of variables, which must all be in it."""
    c = by_parameter(net, multipliers)
    lr_multipliers = {name: c[p] for name, p in net.named_params()}
    optimizer.setup(net)

    def step(loss):
        value = loss()
        grads_and_vars_mult = []
        for grad, var in optimizer.compute_gradients(value):
            if grad is not None:
                grad *= lr_multipliers[var.update_rule.name]
            grads_and_vars_mult.append((grad, var))
        optimizer.apply_gradients(grads_and_vars_mult)
        return value

    return step


@_recipe("gradient")
def slowed_parameters(net, multipliers, optimizer):
    """The network uses each parameter through a function that is the identity and scales the gradient."""
    c = by_parameter(net, multipliers)
    return _plain_step(optimizer.setup(net), lambda: parameters_as(net, {p: lr_mult(c[p])(p) for p in c}))


@_recipe("gradient")
def slowed_activations(net, multipliers, optimizer):
    """Each layer's output is ``c * x + (1 - c) * stop_gradient(x)``, which slows all that comes before it."""
    links = dict(net.named_links())
    if any(name not in links for name in multipliers):
        name = next(name for name in multipliers if name not in links)
        raise TypeError(f"{name} is a parameter, and this recipe scales what layers put out: name its layer instead, "
                        f"{name.rpartition('.')[0]!r}")
    c = list(multipliers.values())
    if any(behind == 0 != before for before, behind in itertools.pairwise(c)):
        raise ValueError("a multiplier of 0 lets no gradient through to the layers before it, so theirs must be 0 too: "
                         "switch the layer off instead, net.l2.disable_update()")
    # What is slowed at one output is slowed once more at each before it.
    factors = [before / behind if behind else 1.0 for before, behind in zip(c, [*c[1:], 1.0], strict=True)]
    through = {name: functools.partial(slowed, c=c) for name, c in zip(multipliers, factors, strict=True)}
    return _plain_step(optimizer.setup(net), lambda: outputs_through(net, through))


def _plain_step(optimizer, within=None):
    def step(loss):
        with within() if within else contextlib.nullcontext():
            value = loss()
        optimizer.zero_grad()
        value.backward()
        optimizer.step()
        return value

    return step


def _with_rate(optimizer, c):
    opt = copy.deepcopy(optimizer)
    opt.hyperparam.lr = c * optimizer.hyperparam.lr
    return opt
