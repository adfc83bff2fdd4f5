"""The walk of one rule down a surface, with all that it kept on the way."""

from dataclasses import dataclass

import numpy as np

from ..problems import descend

_FIRST, _SECOND = ("m",), ("v", "h", "s")  # by which names rules know their two memories


@dataclass(frozen=True)
class Walk:
    """What one rule met and kept on its way down.

    Attributes
    ----------
    path : ndarray, float64, (steps + 1, 2)
        The positions, start included; after an overflow NaN.
    loss : ndarray, float64, (steps + 1,)
        The values without noise there.
    moves : ndarray, float64, (steps, 2)
        The effective step: what each update added to the position.
    states : dict of str to ndarray, float64, (steps, 2)
        The element states after each update.
    """

    path: np.ndarray
    loss: np.ndarray
    moves: np.ndarray
    states: dict

    @property
    def first_moment(self):
        """The memory of gradients, or None where the rule has none."""
        return next((self.states[name] for name in _FIRST if name in self.states), None)

    @property
    def second_moment(self):
        """The memory of squared gradients (AdaGrad's sum, AdaBelief's spread), or None where the rule has none."""
        return next((self.states[name] for name in _SECOND if name in self.states), None)


def walk(problem, rule, steps=200, start=None, noise=0.0, seed=0, **hyperparameters):
    """Walk down a problem and keep the rule's states.

    Parameters
    ----------
    problem : edu_optim.problems.Problem
    rule : str or Rule
    steps : int
    start : (float, float), optional
        By default ``problem.start``.
    noise : float
        Standard deviation of the noise added to each coordinate of the gradient.
    seed : int
        Key of the noise, which is the same for every rule.
    **hyperparameters : float

    Returns
    -------
    Walk

    Raises
    ------
    KeyError, TypeError, ValueError
        As `problems.descend`; also for hyperparameters that the rule does not have or allow, and for a rule that cannot
        move a point of the plane.

    Examples
    --------
    >>> from edu_optim import problems
    >>> way = walk(problems.bowl, "MomentumSGD", steps=2, start=(1.0, 0.0), lr=0.1, momentum=0.5)
    >>> way.path[:, 0].round(3).tolist(), way.first_moment[:, 0].round(3).tolist()
    ([1.0, 0.9, 0.76], [-0.1, -0.14])
    """
    from ..rules import RULES

    rule = RULES[rule] if isinstance(rule, str) else rule
    recorder = _Recorder(rule.optimizer(**hyperparameters), problem.start if start is None else start)
    descent = descend(problem, recorder, steps, start, noise, seed)
    states = {name: np.full((steps, 2), np.nan) for name in rule.element_states}
    for name, kept in states.items():
        if recorder.states:
            kept[: len(recorder.states)] = [state[name] for state in recorder.states]
    with np.errstate(all="ignore"):
        return Walk(descent.path, descent.loss, np.diff(descent.path, axis=0), states)


class _Recorder:
    """A function of x and g that moves a parameter by an optimizer and notes the states."""

    def __init__(self, optimizer, start):
        from ..parameter import Parameter

        self.parameter, self.states = Parameter(np.array(start, np.float64)), []
        self._step = optimizer.step  # not named optimizer: descend would take that in place of this function
        optimizer.setup([self.parameter])

    def __call__(self, x, g):
        self.parameter.grad = g
        self._step()
        self.states.append({name: np.copy(value) for name, value in self.parameter.update_rule.state.items()})
        return self.parameter.data
