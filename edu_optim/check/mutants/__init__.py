"""Rules with one thing wrong, one file for each right one: what laws have to convict."""

import importlib
import pkgutil

from ...rules import RULES
from ..follow import rule_named


def mutants(rule):
    """Return the broken versions of a rule, by what is wrong with them; each docstring says it in a sentence.

    Parameters
    ----------
    rule : str or Rule

    Returns
    -------
    dict of str to callable
        Plain functions, as `edu_optim.check.follow` takes them.

    Raises
    ------
    KeyError
        If there is no such rule, or nobody has broken it yet.

    Examples
    --------
    >>> from edu_optim import check
    >>> broken = check.mutants("Adam")
    >>> len(broken)
    14
    >>> print(broken["no root"].__doc__)
    Divides by v itself: a gradient twice as large gives half the step.
    >>> check.laws(broken["no root"], "Adam")
    laws of Adam: broken: degree 0 - gradients ten times as large give steps of the same size
    False
    """
    name = rule_named(rule).name
    broken = [module.name for module in pkgutil.iter_modules(__path__)]
    if name.lower() not in broken:
        known = ", ".join(known for known in RULES if known.lower() in broken)
        raise KeyError(f"there are no mutants of {name}: there are some of {known}")
    module = importlib.import_module(f"{__name__}.{name.lower()}")
    return {n.replace("_", " "): f for n, f in vars(module).items() if getattr(f, "__module__", "") == module.__name__}
