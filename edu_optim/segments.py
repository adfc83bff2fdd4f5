"""`Segments`: the parameters of one optimizer that lie in one storage, as the kernel sees them."""

import numpy as np

from .formula import run
from .formula.write import SEGMENT
from .parameter import aligned, line_up

START, SIZE, AT, FLAG, ENABLED = map(SEGMENT.index, ("start", "size", "at", "flag", "enabled"))


class Segments:
    """The arguments of one kernel call: where each parameter lies, and its state.

    Parameters
    ----------
    rule : Rule
    params : list of Parameter
        Laid out, all in one storage.

    Attributes
    ----------
    table : ndarray, float64
        What each parameter is moved by: a row for each, a column for each hyperparameter. The rate has the
        multipliers in it.
    multiplier, decay : ndarray, float64
        Of each parameter: the product of its `lr_mult`, and the `weight_decay` that the rule does not know.
    arguments : tuple
        What the kernel, or its NumPy reading, is called with.
    """

    def __init__(self, rule, params):
        storage = params[0]._storage
        self.rule, self.storage = rule, storage
        self.shapes = [p.shape for p in params]
        at, end = line_up([p.size for p in params], storage.dtype)
        columns = {
            "start": [storage.starts[p._index] for p in params], "size": [p.size for p in params], "at": at,
            "row": range(len(params)), "flag": [p._index for p in params], "enabled": 1}
        self.rows = np.empty((len(params), len(SEGMENT)), np.int64)
        for k, column in enumerate(SEGMENT):
            self.rows[:, k] = columns[column]
        # A start that is an expression is taken at the first update.
        start = {n: 0.0 if isinstance(s, str) else s for n, s in (rule.element_states | rule.scalar_states).items()}
        self.elements = {name: aligned(end, storage.dtype) for name in rule.element_states}
        for name, array in self.elements.items():
            array[:] = start[name]
        self.scalars = np.tile(np.array([start[n] for n in rule.scalar_states], float), (len(params), 1))
        self.reductions = np.zeros((len(params), len(rule.reductions)))
        self.t = np.zeros(len(params))
        self.columns = {name: k for k, name in enumerate(rule.hyperparameters)}
        constants = list(rule.constants.values())
        self.table = np.array([[0.0] * len(self.columns) + constants] * len(params)).reshape(len(params), -1)
        self.multiplier, self.decay = np.ones(len(params)), np.zeros(len(params))
        self.shaped = [{} if rule.elementwise else
                       {n: np.zeros(shape, storage.dtype) for n, shape in rule.array_states(p.shape).items()}
                       for p in params]
        whole = len(params) == len(storage.starts)
        self._flags = slice(None) if whole else self.rows[:, FLAG].copy()
        if rule.elementwise:
            self.arguments = (storage.data, storage.grad, *self.elements.values(), self.rows, storage.has_grad,
                              self.t, self.scalars, self.reductions, self.table)
        else:
            self.arguments = (storage.data, storage.grad, self.shapes, self.shaped, self.rows, storage.has_grad,
                              self.t, self.table)

    def state(self, s):
        """The states of one parameter: arrays as views of its shape, numbers as they are now."""
        arrays = {name: self._part(flat, s, AT) for name, flat in self.elements.items()}
        return arrays | self.shaped[s] | dict(zip(self.rule.scalar_states, self.scalars[s].tolist(), strict=True))

    def put(self, s, state, t, enabled):
        """Write what `state` gives, and the rest of what is known of one parameter."""
        for name, value in self.state(s).items():
            if isinstance(value, np.ndarray):
                value[...] = state[name]
        self.scalars[s] = [state[name] for name in self.rule.scalar_states]
        self.t[s], self.rows[s, ENABLED] = t, enabled

    def _part(self, flat, s, column):
        begin, size = self.rows[s, column], self.rows[s, SIZE]
        return flat[begin : begin + size].reshape(self.shapes[s])

    def zero_grad(self):
        """Say that no parameter has a gradient."""
        self.storage.has_grad[self._flags] = False

    def reduce(self):
        """Compute the rule's reductions for every parameter that will move."""
        for s in self._moving():
            x, g = (self._part(flat, s, START) for flat in (self.storage.data, self.storage.grad))
            elements = [self._part(flat, s, AT) for flat in self.elements.values()]
            values = dict(zip(self.columns, self.table[s], strict=False))
            run.reduce(self.rule, self.reductions[s], self.shapes[s], x, g, elements, self.t[s] + 1, values)

    def _moving(self):
        return np.flatnonzero((self.rows[:, ENABLED] != 0) & self.storage.has_grad[self.rows[:, FLAG]])
