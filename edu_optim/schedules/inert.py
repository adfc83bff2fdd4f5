"""Whether a rule's step depends on its rate at all, found by moving one number."""

import numpy as np

STEPS = 3


def remarks_on_rule(remark, optimizer):
    """What is to be said of scheduling this optimizer's rate."""
    name = type(optimizer).__name__
    if not hasattr(optimizer, "rule"):
        return
    lr = optimizer.param_groups[0]["lr"]
    if lr and _last_move(optimizer, 1.0) == _last_move(optimizer, 0.1):
        yield remark("no effect", 1, f"{name} moves as far at a tenth of the rate: it reads lr only at its start",
                     "Schedule what it does read, or take a rule whose step is proportional to lr")  # fmt: skip
    elif lr == 1 and "lr" in optimizer.rule.hyperparameters and optimizer.rule.hyperparameters["lr"].default == 1:
        yield remark("no effect", 0, f"lr=1 is {name}'s own: the rule finds its step by itself, and 1 is no rate that "
                     "was chosen", "Schedule it only if its steps are known to be too long at the end")  # fmt: skip


def _last_move(optimizer, factor):
    from edu_optim.parameter import Parameter

    p = Parameter(np.ones(1))
    twin = type(optimizer)([p], backend="numpy", **optimizer.hyperparam.get_dict())
    for step in range(STEPS + 1):
        before = p.data.copy()
        p.grad = np.array([1.0 - 0.1 * step])
        if step == STEPS:
            twin.hyperparam.lr *= factor
        twin.step()
    return float((p.data - before)[0])
