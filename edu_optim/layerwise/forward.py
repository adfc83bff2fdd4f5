"""Multipliers inside the network: functions that leave every value as it is, and scale the gradient on its way back."""

import contextlib

from ..autodiff import custom_gradient, stop_gradient
from ..parameter import Parameter


def lr_mult(alpha):
    """The identity, with `alpha` times its gradient: what the network uses in the place of a parameter.

    Examples
    --------
    >>> import edu_optim as eo
    >>> x = eo.Parameter(3.0)
    >>> (eo.layerwise.lr_mult(0.1)(x) ** 2).backward()
    >>> round(x.grad.item(), 12)
    0.6
    """
    return custom_gradient(lambda x: (x, lambda dy: dy * alpha))


def slowed(x, c):
    """``c * x + (1 - c) * stop_gradient(x)``: the value of x, and c times its gradient for all that x was made from.

    The value may differ in the last bit. Only what reaches the loss through this x is slowed: a connection that
    skips it brings its gradient in full.

    Examples
    --------
    >>> import edu_optim as eo
    >>> x = eo.Parameter(3.0)
    >>> (eo.layerwise.slowed(x, 0.1) ** 2).backward()
    >>> round(x.grad.item(), 12)
    0.6
    """
    return c * x + (1 - c) * stop_gradient(x)


@contextlib.contextmanager
def parameters_as(net, replace):
    """While this lasts, the links of a network use ``replace(p)`` in the place of each parameter p."""
    swapped = []
    # vars() and not setattr: the network has not changed for its optimizers, who would let the parameter go.
    try:
        for link in net.links():
            for name, value in list(vars(link).items()):
                if isinstance(value, Parameter) and value in replace:
                    swapped.append((link, name, value))
                    vars(link)[name] = replace[value]
        yield
    finally:
        for link, name, value in swapped:
            vars(link)[name] = value


@contextlib.contextmanager
def outputs_through(net, functions):
    """While this lasts, the output of each named link goes through a function.

    Raises
    ------
    RuntimeError
        At the end, if the links were not called once each in the order in which they are named.
    """
    called = []

    def through(link, name, function):
        def forward(*args, **kwargs):
            called.append(name)
            return function(type(link).forward(link, *args, **kwargs))

        return forward

    links = dict(net.named_links())
    try:
        for name, function in functions.items():
            vars(links[name])["forward"] = through(links[name], name, function)
        yield
    finally:
        for name in functions:
            vars(links[name]).pop("forward", None)
    if called != list(functions):
        raise RuntimeError(
            f"the multipliers are for {', '.join(functions)}, in this order, and the loss called "
            f"{', '.join(called) or 'none of them'}: a factor on an output slows all that comes before it, so each "
            "layer must be called once, by calling it, net.l1(x), and the table must name them in that order")
