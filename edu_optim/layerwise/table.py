"""Tables of multipliers, checked: a name that matches nothing is an error, and so is a parameter without a name.

The table of the source text answers 1.0 to every question it does not understand, so that a misspelled layer is
trained at the full rate and nobody is told.
"""

from ..hyperparameters import EXTRAS, LR_MULT
from ..link import Link


def by_parameter(net, multipliers):
    """The multiplier of every parameter of a network.

    Parameters
    ----------
    net : Link
    multipliers : dict of str to float
        The names of links and parameters in the network, each parameter under exactly one of them.

    Returns
    -------
    dict of Parameter to float

    Raises
    ------
    TypeError, ValueError, KeyError
        If a name is nowhere in the network, a parameter has no multiplier or two different ones, or a multiplier
        is negative or no number.
    """
    if not isinstance(net, Link):
        raise TypeError(f"a recipe takes a network, such as eo.links.MLP(2, 2, 1), not {net!r}")
    if not isinstance(multipliers, dict) or not multipliers:
        raise TypeError(f"multipliers are a dict of names and numbers, {{'l1': 0.01, 'l2': 1}}, not {multipliers!r}")
    there = dict(net._walk())
    found, said = {}, {}
    for name, value in multipliers.items():
        if name not in there or name == "":
            known = ", ".join(n for n in there if n)
            raise KeyError(f"there is no {name!r} in this network, so its multiplier would change nothing: there are "
                           f"{known}")
        c = EXTRAS[LR_MULT].check("layerwise", f"the multiplier of {name}", value)
        thing = there[name]
        for p in thing.params() if isinstance(thing, Link) else [thing]:
            if found.setdefault(p, c) != c:
                raise ValueError(f"{said[p]} and {name} share a parameter, and give it the multipliers {found[p]:g} "
                                 f"and {c:g}: name it once")
            said.setdefault(p, name)
    left = [name for name, p in net.named_params() if p not in found]
    if left:
        raise KeyError(f"no multiplier is given for {', '.join(left)}, and none is taken for granted: add "
                       f"{left[0].rpartition('.')[0] or left[0]!r}: 1 to the table, or what it is to be")
    return {p: found[p] for p in net.params()}


def by_multiplier(net, multipliers):
    """The parameters that share a multiplier: {multiplier: list of Parameter}."""
    alike = {}
    for p, c in by_parameter(net, multipliers).items():
        alike.setdefault(c, []).append(p)
    return alike
