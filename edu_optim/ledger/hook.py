"""What a hook is about to do to one element, in a formula with numbers."""

from typing import NamedTuple

import numpy as np

from .. import hooks


class Said(NamedTuple):
    """What was known of a hook before it acted.

    Attributes
    ----------
    title : str
        Which hook it is, and where it hangs.
    what, formula : str
        What it writes, and how: an expression in x, g and `values`. Empty for a hook of the reader's own.
    values : dict
        Names to numbers.
    note : str
    """

    title: str
    what: str = ""
    formula: str = ""
    values: dict | None = None
    note: str = ""


def about(hook, whole, name, place, given, u):
    """What can be said of a hook that is called with `given`, for the element of one parameter."""
    if not isinstance(hook, hooks.Hook):
        return Said(f"the hook {name!r} of {place}")
    title = f"{hook!r} of {place}"
    if not (u in given[0].update_rules if whole else given[0] is u):
        return Said(title)
    values, note = hook.values(given[0], u.param), hook.note(given[0], u.param)
    if values is None:
        return Said(title, "g" if whole else "", "", {}, note)
    numbers = {name: value for name, value in values.items() if not np.ndim(value)}  # noise is drawn, not computed
    return Said(title, hook.writes, hook.formula, numbers, note)
