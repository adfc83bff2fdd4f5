from .arguments import positive, whole
from .chainable import Chainable, power


class StepLR(Chainable):
    """A staircase: every `step_size` epochs the rate is multiplied by `gamma`.

    For a rate that is to stay until it has done what it can. Each fall shrinks the ball of noise around the minimum
    that the iterates fill, so the loss drops at once; a drop is no discovery.

    Formula
    -------
    eta(e) = eta(0) * gamma ** floor(e / step_size)

    Parameters
    ----------
    optimizer : object with `param_groups`, or list of dict, optional
    step_size : int
        The epochs of one stair.
    gamma : float, optional
        What the rate is multiplied by.
    last_epoch, compat
        See `LRScheduler`.

    When not to use it
    ------------------
    With ``last_epoch=`` to go on from a checkpoint: at a multiple of `step_size` the fall happens a second time.

    Examples
    --------
    >>> from edu_optim import schedules
    >>> schedules.rates(schedules.StepLR(step_size=3, gamma=0.5), 7, lr=0.1)
    array([0.1  , 0.1  , 0.1  , 0.05 , 0.05 , 0.05 , 0.025])
    """

    def __init__(self, optimizer=None, step_size=None, gamma=0.1, last_epoch=-1, *, compat=None):
        self.step_size = whole("step_size", step_size)
        self.gamma = positive("gamma", gamma)
        super().__init__(optimizer, last_epoch, compat)

    def recursion(self, e, lr, base):
        return lr if e == 0 or e % self.step_size else lr * self.gamma

    first = recursion

    def factor_at(self, e):
        return power(self.gamma, e // self.step_size)
