"""`UpdateRule`: how one parameter is moved by one optimizer."""

import types

from .segments import ENABLED


class UpdateRule:
    """How one parameter is moved by one optimizer: its switch, its state and its count of updates.

    Attributes
    ----------
    name : str
        What the optimizer calls the parameter: its path in the network, or the name it was given, or "p0",
        "p1", ... by its place in the list.
    enabled : bool
        Off: nothing moves the parameter, its state or `t`.
    t : int
        How often this parameter was updated.
    state : mapping
        The element states as views of the parameter's shape, the scalar states as numbers.

    Examples
    --------
    >>> import numpy as np, edu_optim as eo
    >>> p = eo.Parameter(np.array([1.0, 2.0]))
    >>> optimizer = eo.MomentumSGD([p], lr=0.5)
    >>> p.grad = np.array([1.0, 0.0])
    >>> optimizer.step()
    >>> p.update_rule.state["m"]
    array([-0.5,  0. ])
    >>> p.update_rule.enabled = False
    >>> optimizer.step()
    >>> p.update_rule
    <update rule MomentumSGD of p0, t=1, disabled>
    """

    # It knows no parameter, which knows it: an optimizer nobody holds is gone at once.
    __slots__ = ("_index", "_segments", "name")

    def __init__(self, name):
        self.name = name
        self._segments = None

    @property
    def enabled(self):
        return bool(self._segments.rows[self._index, ENABLED])

    @enabled.setter
    def enabled(self, value):
        if value not in (True, False):
            raise TypeError(f"{self.name}: enabled = {value!r} must be True or False")
        self._segments.rows[self._index, ENABLED] = value

    @property
    def t(self):
        return int(self._segments.t[self._index])

    @property
    def state(self):
        return types.MappingProxyType(self._segments.state(self._index))

    def _sit(self, segments, index):
        """Take a seat in new segments, with all that it was in the old ones."""
        if self._segments is not None:
            segments.put(index, self.state, self.t, self.enabled)
        self._segments, self._index = segments, index

    def _restore(self, entry):
        self._segments.put(self._index, entry["state"], entry["t"], entry["enabled"])

    def __repr__(self):
        switch = "" if self.enabled else ", disabled"
        return f"<update rule {self._segments.rule.name} of {self.name}, t={self.t}{switch}>"
