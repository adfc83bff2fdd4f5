"""Whose rate is what: a network whose nodes have rates, multipliers and switches of their own, under a schedule."""

import copy
from dataclasses import dataclass

import numpy as np

from ..link import Link
from ..schedules import LambdaLR, effective_rates

SETTINGS = ("lr", "lr_mult", "enabled")


@dataclass(frozen=True)
class TreeRates:
    """The rate of every parameter at every epoch.

    Attributes
    ----------
    rates : dict of str to ndarray, float64, (epochs,)
        By parameter, in the network's order: what moves it, so 0 where it is switched off.
    off : frozenset of str
        The parameters that are switched off.
    """

    rates: dict
    off: frozenset

    def spread(self, epoch):
        """The highest over the lowest rate of those that move; 1 where none does."""
        moving = [row[epoch] for row in self.rates.values() if row[epoch] > 0]
        return max(moving) / min(moving) if moving else 1.0


def tree_rates(network, optimizer, schedule=None, epochs=40, nodes=None):
    """Set rates, multipliers and switches in a copy of a network, and step a schedule over what comes of it.

    Parameters
    ----------
    network : Link
        Stays as it is.
    optimizer : Optimizer
        Without parameters, such as ``eo.SGD(lr=0.1)``; is set up with the copy.
    schedule : schedule without optimizer, optional
        None: rates stay.
    epochs : int
    nodes : dict of str to dict, optional
        By the name of a link or a parameter: ``lr``, its own rate; ``lr_mult``, its multiplier; ``enabled``, False to
        switch off all that is below.

    Returns
    -------
    TreeRates

    Raises
    ------
    KeyError, TypeError, ValueError
        For names that are not in the network, settings that do not exist and values that are not allowed; and what the
        schedule raises.

    Examples
    --------
    >>> import edu_optim as eo
    >>> nodes = {"l1": {"lr_mult": 0.1}, "l2.b": {"enabled": False}}
    >>> found = tree_rates(eo.links.MLP(2, 2, 1), eo.SGD(lr=0.1), epochs=1, nodes=nodes)
    >>> {name: round(float(row[0]), 4) for name, row in found.rates.items()}
    {'l1.W': 0.01, 'l1.b': 0.01, 'l2.W': 0.1, 'l2.b': 0.0}
    """
    network = copy.deepcopy(network)
    there = things(network)
    optimizer.setup(network)
    for name, settings in (nodes or {}).items():
        _set(there, name, settings)
    update_rules = {u.name: u for u in optimizer.update_rules}
    off = frozenset(name for name, u in update_rules.items() if not u.enabled)
    rates = effective_rates(optimizer, schedule or LambdaLR(lr_lambda=lambda epoch: 1.0), epochs)
    return TreeRates({name: np.zeros(epochs) if name in off else row for name, row in rates.items()}, off)


def things(network):
    """The links and parameters below a network by name, each link before what it holds.

    Examples
    --------
    >>> import edu_optim as eo
    >>> list(things(eo.links.MLP(2, 2, 1)))
    ['l1', 'l1.W', 'l1.b', 'l2', 'l2.W', 'l2.b']
    """
    if not isinstance(network, Link):
        raise TypeError(f"rates belong to the nodes of a network, such as eo.links.MLP(2, 2, 1), not to {network!r}.")
    return {name: thing for name, thing in network._walk() if name}


def _set(there, name, settings):
    if name not in there:
        raise KeyError(f"there is no {name!r} in this network, so what is set there would move nothing: there are "
                       f"{', '.join(there)}")
    for setting in settings:
        if setting not in SETTINGS:
            raise TypeError(f"{name} is given {setting!r}; a node has {', '.join(SETTINGS)}.")
    thing, link = there[name], isinstance(there[name], Link)
    node = thing.hyperparam if link else thing.update_rule.hyperparam
    for setting in ("lr", "lr_mult"):
        if setting in settings:
            setattr(node, setting, settings[setting])
    if settings.get("enabled", True):
        return
    if link:
        thing.disable_update()
    else:
        thing.update_rule.enabled = False
