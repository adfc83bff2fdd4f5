"""The rates that parameters really get: schedule, override and multiplier together."""

import numpy as np

from .running import started


def effective_rates(optimizer, schedule, epochs):
    """Each parameter's rate at each epoch, found by stepping a schedule over the optimizer's groups.

    Parameters
    ----------
    optimizer : Optimizer
        Nothing is trained, and its groups are afterwards what they were.
    schedule : schedule without optimizer, or function of an optimizer
    epochs : int

    Returns
    -------
    dict of str to ndarray of float64, shape (epochs,)
        By the parameters' names, in the optimizer's order; `figures.rate_map` draws it.

    Examples
    --------
    >>> import numpy as np, edu_optim as eo
    >>> body, head = (eo.Parameter(np.zeros(2), name=name) for name in ("body", "head"))
    >>> optimizer = eo.SGD([{"params": [body], "lr": 0.01}, {"params": [head], "lr": 0.1}])
    >>> eo.schedules.effective_rates(optimizer, eo.schedules.ExponentialLR(gamma=0.5), 3)
    {'body': array([0.01  , 0.005 , 0.0025]), 'head': array([0.1  , 0.05 , 0.025])}
    """
    give_back = _kept(optimizer.param_groups)
    rows = []
    try:
        live = started(schedule, optimizer)
        live._watch = None  # nothing is to be trained
        for e in range(epochs):
            rows.append([update_rule.rate for update_rule in optimizer.update_rules])
            if e < epochs - 1:
                live.step()
    finally:
        give_back()
    names = [update_rule.name for update_rule in optimizer.update_rules]
    return dict(zip(names, np.array(rows, np.float64).T, strict=True))


def _kept(groups):
    """A function that makes the groups what they are now, inherited values included."""
    before = [(group, {k: (group[k], _is_own(group, k)) for k in group if k != "params"}) for group in groups]

    def give_back():
        for group, entries in before:
            for key in [k for k in group if k != "params" and (k not in entries or _is_own(group, k))]:
                if key not in entries or not entries[key][1]:
                    del group[key]
        # What is the group's own before what nobody owns: by then all that is inherited is right by itself.
        for own in (True, False):
            for group, entries in before:
                for key, (value, was_own) in entries.items():
                    if was_own == own and group[key] != value:
                        group[key] = value

    return give_back


def _is_own(group, key):
    return not hasattr(group, "owns") or group.owns(key)
