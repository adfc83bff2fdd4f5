"""Whether a rule's step depends on its rate at all, found by moving one number."""

import numpy as np

from ..hyperparameters import LR_MULT
from ..parameter import Parameter

STEPS = 3


def remarks_on_rule(remark, optimizer):
    """What is to be said of scheduling this optimizer's rate."""
    name = type(optimizer).__name__
    if not hasattr(optimizer, "rule"):
        return
    lr = optimizer.param_groups[0]["lr"]
    (next_move, later), (next_at_a_tenth, later_at_a_tenth) = _moves(optimizer, 1.0), _moves(optimizer, 0.1)
    if lr and next_move == next_at_a_tenth and later == later_at_a_tenth:
        yield remark("no effect", 1, f"{name} moves as far at a tenth of the rate: it reads lr only at its start",
                     "Schedule what it does read, or take a rule whose step is proportional to lr")
    elif lr and next_move == next_at_a_tenth:
        yield remark("late", 1, f"{name} moves as far at a tenth of the rate, and only after that by the new one: it "
                     "reads lr at the end of a step", "Let the schedule be one step ahead, or take a rule that reads "
                     "lr at once")
    elif lr == 1 and "lr" in optimizer.rule.hyperparameters and optimizer.rule.hyperparameters["lr"].default == 1:
        yield remark("no effect", 0, f"lr=1 is {name}'s own: the rule finds its step by itself, and 1 is no rate that "
                     "was chosen", "Schedule it only if its steps are known to be too long at the end")


def _moves(optimizer, factor):
    """How far it goes in the step after its rate was multiplied by a factor, and in the one after that."""
    x = Parameter(np.ones((1,) * (optimizer.rule.dimensions or 1)))
    own = {n: v for n, v in optimizer.hyperparam.get_dict().items() if n != LR_MULT}
    twin = type(optimizer)([x], backend="numpy", **own)
    path = []
    for step in range(STEPS + 2):
        if step == STEPS:
            twin.hyperparam.lr *= factor
        x.grad = np.full(x.shape, 1.0 - 0.1 * step)
        path.append(x.item())
        twin.step()
    return path[-1] - path[-2], x.item() - path[-1]
