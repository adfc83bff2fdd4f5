"""Becoming the newest optimizer of parameters and links, and what the one before them had set there."""

from .hyperparameters import EXTRAS, listed
from .members import warn


def become_newest(update_rules, links, keep):
    """Be what these parameters and links know; `keep` what another optimizer had set there, or warn of it.

    Parameters
    ----------
    update_rules : list of UpdateRule
        Ours.
    links : dict
        Link to our node.
    keep : bool
        Take over switches, hooks, and the values that our rules know.
    """
    off, values, hooks, left = [], [], [], []
    for link, node in links.items():
        before = vars(link).get("_node", node)
        vars(link)["_node"] = node
        if before._tree is not node._tree and before._own:
            _values(before, node, keep, values, left)
    for ours in update_rules:
        p = ours.param
        before, p.update_rule = p.update_rule, ours
        if not before or before is ours:
            continue
        if not before.enabled and ours.enabled:
            ours.enabled = not keep
            off.append(ours.name)
        if before.hyperparam._own:
            _values(before.hyperparam, ours.hyperparam, keep, values, left)
        if before._hooks:
            hooks.append(f"{ours.name} ({', '.join([*before._hooks.pre, *before._hooks.post])})")
            if keep:
                ours._hooks.take_over(before._hooks)
                ours.hyperparam._tree.look_busy()
    said = [f"{', '.join(off)} switched off"] if off else []
    said += [f"values set for {', '.join(values)}"] if values else []
    said += [f"hooks on {', '.join(hooks)}"] if hooks else []
    if said and not keep:
        warn(f"another optimizer has {'; '.join(said)}, and this one knows nothing of it: setup(target, keep=True) "
             "takes over what its rule knows")
    if keep and left:
        warn(f"{', '.join(left)} could not be taken over from another optimizer: this rule has no such value, or "
             "does not allow it")


def _values(before, node, keep, values, left):
    """Note what was set at one node, and set it at ours."""
    values.append(f"{node._name} ({listed(before._own)})")
    if keep:
        for name, value in before._own.items():
            try:
                if not (name in EXTRAS or name in node._nearest_rule().hyperparameters):
                    raise AttributeError(name)
                node._tree.set(node, {name: value})
            except (AttributeError, ValueError):
                left.append(f"{node._name} ({listed({name: value})})")
