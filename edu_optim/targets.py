"""What can be optimized: a network, a parameter, or any number of parameters."""

from .link import Link
from .parameter import Parameter

ALLOWED = "a network, a Parameter or a list of Parameters"


def named_params(target):
    """The parameters of a target and their names, in order; nothing is touched.

    Parameters
    ----------
    target : Link, Parameter or iterable of Parameter

    Returns
    -------
    list of (str, Parameter)
        The names of a network are paths; those of a list are the parameters' own, or "p0", "p1", ... by place.

    Raises
    ------
    TypeError
        If the target is something else, or holds something else.
    ValueError
        If it holds a parameter twice, or none (a network may: it can still get some).

    Examples
    --------
    >>> import numpy as np
    >>> p, q = Parameter(np.zeros(2), name="p"), Parameter(np.zeros(2))
    >>> [name for name, _ in named_params([p, q])]
    ['p', 'p1']
    """
    if isinstance(target, Link):
        return list(target.named_params())
    # The name of a parameter that has none of its own is that of its newest optimizer, which is no business here.
    return [(p._name or f"p{k}", p) for k, p in enumerate(checked_params(target))]


def checked_params(target):
    """The parameters of a network or a list, each once, at least one."""
    params = list(target.params()) if isinstance(target, Link) else _listed(target)
    seen = {}
    for k, p in enumerate(params):
        if not isinstance(p, Parameter):
            raise TypeError(f"an optimizer moves {ALLOWED}, and item {k} of this list is {_a(p)}: {_repair(p)}")
        if p in seen:
            raise ValueError(
                f"one parameter is listed twice, as item {seen[p]} and item {k}, and would be moved twice a step: "
                "list it once")
        seen[p] = k
    if not params:
        raise ValueError(
            "the list of parameters is empty, so there is nothing to move: pass net, or [eo.Parameter(array)]; "
            "a generator such as net.params() gives nothing the second time")
    return params


def is_groups(target):
    """(whether this is an iterable of dicts, the same target); an iterator is made a list."""
    if isinstance(target, (Link, Parameter, dict, str, bytes)) or not hasattr(target, "__iter__"):
        return False, target
    target = list(target)
    return any(isinstance(item, dict) for item in target), target


def refuse_read_only(named):
    """Raise ValueError if the user made a parameter's array read-only."""
    for name, p in named:
        if not p.data.flags.writeable:
            raise ValueError(
                f"{name}.data was made read-only, so no step could change it: {name}.data.flags.writeable = True; to "
                "keep a parameter as it is, switch it off after setup: param.update_rule.enabled = False")


def _listed(target):
    if isinstance(target, Parameter):
        return [target]
    if isinstance(target, dict) and "params" in target:
        raise TypeError("a group stands in a list of groups: [{'params': [p, q], 'lr': 0.1}]")
    if isinstance(target, dict):
        raise TypeError(f"an optimizer moves {ALLOWED}, not a dict: pass list(params.values())")
    if isinstance(target, (str, bytes)):
        raise TypeError(f"an optimizer moves {ALLOWED}, not the text {target!r}: {_repair(target)}")
    try:
        return list(target)
    except TypeError:
        raise TypeError(f"an optimizer moves {ALLOWED}, not {_a(target)}: {_repair(target)}") from None


def _a(thing):
    return "None" if thing is None else f"of type {type(thing).__name__}"


def _repair(thing):
    if isinstance(thing, Link):
        return "pass list(net1.params()) + list(net2.params()), or call setup once for each network"
    return "pass net, or [eo.Parameter(array)]"
