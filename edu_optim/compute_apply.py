"""TensorFlow's words: gradients are computed, a caller changes them, and they are applied."""

import contextlib

import numpy as np

from .autodiff import Tensor
from .parameter import Parameter
from .tape import gradients, leaves
from .targets import checked_params


class ComputeApply:
    """`minimize`, `compute_gradients` and `apply_gradients`, for an optimizer."""

    def compute_gradients(self, loss, params=None, *, var_list=None):
        """The gradients of a loss, as copies; nothing else changes, no `.grad` either.

        Parameters
        ----------
        loss : Tensor
            A single number.
        params : list of Parameter, optional
            By default those of the optimizer or, if it has none yet, all that the loss depends on.
        var_list : list of Parameter, optional
            TensorFlow's name for `params`.

        Returns
        -------
        list of (ndarray or None, Parameter)
            None for a parameter on which the loss does not depend.

        Raises
        ------
        TypeError
            If the loss is no tensor, or something else than parameters is listed.
        ValueError
            If it is not a single number, or a parameter is listed twice.

        Examples
        --------
        >>> import edu_optim as eo
        >>> x, y = eo.Parameter(1.0), eo.Parameter(0.0)
        >>> optimizer = eo.SGD(learning_rate=0.1)
        >>> (gx, _), (gy, _) = optimizer.compute_gradients((x - y) ** 2, [x, y])
        >>> optimizer.apply_gradients([(gx, x), (2 * gy, y)])
        >>> x.item(), y.item()
        (0.8, 0.4)
        """
        if not isinstance(loss, Tensor):
            call = ": call it, minimize(loss())" if callable(loss) else ", such as functions compute from parameters"
            raise TypeError(f"the loss is a Tensor that holds one number{call}; got {loss!r}")
        params = var_list if params is None else params
        if params is None:
            params = self.params or [p for p in leaves(loss) if isinstance(p, Parameter)]
        params = checked_params(params)
        return list(zip(gradients(loss, params), params, strict=True))

    def apply_gradients(self, grads_and_vars, global_step=None):
        """Update the given parameters by the given gradients, and no others; every `.grad` stays what it was.

        A parameter the optimizer does not have yet is adopted. A gradient that is None leaves its parameter alone.

        Parameters
        ----------
        grads_and_vars : iterable of (array_like or None, Parameter)
        global_step : Parameter, optional
            A counter, which is increased by 1.

        Raises
        ------
        TypeError, ValueError
            If there is no gradient at all, or one does not fit its parameter; nothing has moved then.
        """
        pairs = _checked_pairs(grads_and_vars)
        params = checked_params([p for _, p in pairs])
        new = [(p, p.fitted("grad", g)) for g, p in pairs if g is not None]
        if not new:
            raise ValueError("apply_gradients: no gradient for any parameter: does the loss depend on them?")
        if not isinstance(global_step, (Parameter, type(None))):
            raise TypeError(f"apply_gradients: global_step = {global_step!r} cannot be counted up: it is a Parameter, "
                            "eo.Parameter(0.0), or left out; optimizer.steps counts too")
        adopted = [p for p in params if p not in self._members.update_rules]
        if adopted:
            self.setup(adopted)
        self._prepare()
        with _gradients(self.params, new):
            self._step_of([self._members.update_rules[p] for p, _ in new])
        if global_step is not None:
            global_step.data = global_step.data + np.ones((), global_step.dtype)

    def minimize(self, loss, params=None, global_step=None, *, var_list=None):
        """`compute_gradients` and `apply_gradients` in one call."""
        self.apply_gradients(self.compute_gradients(loss, params, var_list=var_list), global_step)


def _checked_pairs(grads_and_vars):
    words = "apply_gradients takes pairs (gradient, parameter), such as compute_gradients gives: "
    if not hasattr(grads_and_vars, "__iter__"):
        raise TypeError(f"{words}{grads_and_vars!r} holds none")
    pairs = list(grads_and_vars)
    for k, pair in enumerate(pairs):
        if not (isinstance(pair, (tuple, list)) and len(pair) == 2):
            raise TypeError(f"{words}item {k} is {pair!r}")
        if isinstance(pair[0], Parameter) and not isinstance(pair[1], Parameter):
            raise TypeError(f"{words}item {k} has them the other way round")
        if not isinstance(pair[1], Parameter):
            raise TypeError(f"{words}the parameter of item {k} is {pair[1]!r}")
    if not pairs:
        raise ValueError(f"{words}there is none")
    return pairs


@contextlib.contextmanager
def _gradients(params, new):
    """While this lasts, the parameters have these gradients and no others; their own come back after it."""
    before = [(p, None if p.grad is None else p.grad.copy()) for p in params]
    given = dict(new)
    for p in params:
        p.grad = given.get(p)
    try:
        yield
    finally:
        for p, gradient in before:
            p.grad = gradient
