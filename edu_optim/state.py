"""The state of an optimizer as a dict, and checking one before anything of it is believed."""

import copy
import numbers

import numpy as np

from .groups import Group
from .hyperparameters import EXTRAS, checked_value

MOST = 2**53  # updates; beyond it a float64 counts no further
KEYS = ("rule", "hyperparam", "groups", "hooks", "params")


def state_of(optimizer):
    """What `Optimizer.state_dict` returns."""
    update_rules, tree = optimizer.update_rules, optimizer._tree
    groups = [{"node": node._key, "rule": node._rule.label if node._rule else None, "hyperparam": dict(node._own),
               "added": copy.deepcopy(group._added)} for node, group in tree.groups.items()]
    params = {u.name: {"rule": u.rule.label, "shape": list(u.shape), "t": u.t, "enabled": u.enabled,
                       "hooks": u._hooks.names(), "state": copy_of(u.state)} for u in update_rules}
    return {"rule": optimizer.rule.label, "hyperparam": dict(tree.root._own), "groups": groups,
            "hooks": optimizer._hooks.names(), "params": params}


def copy_of(state):
    """The states of one parameter, sharing no memory with it."""
    return {name: value.copy() if isinstance(value, np.ndarray) else value for name, value in state.items()}


def load(optimizer, state):
    """Put a state that was checked in the place of what is there."""
    tree = optimizer._tree
    nodes, before = nodes_by_key(optimizer), dict(tree.groups)
    for node in nodes.values():
        node._own.clear()
        if node is not tree.root:
            vars(node)["_rule"] = None
    tree.root._own.update(state["hyperparam"])
    tree.groups.clear()
    for entry in state["groups"]:
        node = nodes[entry["node"]]
        if node is not tree.root:
            node._own.update(entry["hyperparam"])
            vars(node)["_rule"] = entry["rule"]
        tree.groups[node] = before.get(node) or Group(node)
        tree.groups[node]._added = copy.deepcopy(entry["added"])
    optimizer._seat()
    for u in optimizer._members.update_rules.values():
        u._restore(state["params"][u.name])


def nodes_by_key(optimizer):
    """Every node of an optimizer's tree by its key."""
    tree = optimizer._tree
    nodes = [tree.root, *tree.explicit, *tree.links.values(), *(u.hyperparam for u in optimizer.update_rules)]
    return {node._key: node for node in nodes}


def rules_of(optimizer):
    """The rules a state may name, by label: those of the package, and those at work here."""
    from .rules import RULES

    rounded = [rule.single_scalars for rule in RULES.values() if rule.scalar_states]
    known = [*RULES.values(), *rounded, *optimizer._tree.rules(optimizer._tree.root), optimizer.rule]
    return {rule.label: rule for rule in known}


def checked_state(optimizer, state):
    """The same state with nothing in it that does not fit the optimizer.

    Raises
    ------
    ValueError
        That names the first thing that differs.
    """
    rule = optimizer.rule
    same_keys("keys of the state", state, KEYS)
    if state["rule"] != rule.label:
        raise ValueError(
            f"this state belongs to the rule {state['rule']}, and the optimizer is {rule.label}: "
            f"load it into an optimizer of that rule")
    update_rules = {u.name: u for u in optimizer.update_rules}
    values = state["hyperparam"]
    below = [n for other in rules_of(optimizer).values() for n in other.hyperparameters]  # a rule below has these
    extras = [n for n in {**EXTRAS, **dict.fromkeys(below)}
              if isinstance(values, dict) and n in values and n not in rule.hyperparameters]
    same_keys("hyperparameters", values, [*rule.hyperparameters, *extras])
    groups = _checked_groups(optimizer, state["groups"])
    same_keys("parameters", state["params"], update_rules)
    _same_hooks("the optimizer", state["hooks"], optimizer._hooks)
    params, rules = {}, {entry["node"]: entry["rule"] for entry in groups if entry["rule"]}
    for name, u in update_rules.items():
        path = [node._key for node in u.hyperparam._path()]
        its_rule = next((rules[key] for key in path if key in rules), rule)
        params[name] = _checked_entry(u, state["params"][name], its_rule)
        for key, own in [("root", values), *((entry["node"], entry["hyperparam"]) for entry in groups)]:
            if key in path:
                _check_values(own, its_rule, u.dtype)
    for entry in groups:
        path = [n._key for n in nodes_by_key(optimizer)[entry["node"]]._path()]
        _check_values(entry["hyperparam"], next((rules[key] for key in path if key in rules), rule), None)
    _check_values(values, rule, None)
    return {"rule": rule.label, "hyperparam": {n: float(v) for n, v in values.items()}, "groups": groups,
            "params": params}


def _checked_groups(optimizer, groups):
    nodes, rules, tree = nodes_by_key(optimizer), rules_of(optimizer), optimizer._tree
    if not isinstance(groups, list):
        raise ValueError(f"the state does not fit: its groups are {type(groups).__name__}, not a list")
    checked = []
    for entry in groups:
        same_keys("entries of a group", entry, ("node", "rule", "hyperparam", "added"))
        node = nodes.get(entry["node"]) if isinstance(entry["node"], str) else None
        if node is None or entry["node"] in [other["node"] for other in checked]:
            raise ValueError(f"the state does not fit: {entry['node']!r} has values of its own there, and is not here, "
                             "or is twice. Make the same optimizer over the same network before loading")
        if entry["rule"] is not None and entry["rule"] not in rules:
            raise ValueError(f"the state does not fit: {entry['node']} is moved by {entry['rule']!r} there, which is "
                             "no rule of the package: call set_rule with it before loading")
        own = entry["hyperparam"]
        if not isinstance(own, dict) or not isinstance(entry["added"], dict):
            raise ValueError(f"the state does not fit: the values of {entry['node']} are no dict")
        for name in own:
            known = [rule for rule in rules.values() if name in rule.hyperparameters]
            if not known and name not in EXTRAS:
                raise ValueError(f"the state does not fit: no rule has {name!r}, set at {entry['node']}")
        rule = None if node is tree.root or entry["rule"] is None else rules[entry["rule"]]
        checked.append({**entry, "rule": rule, "hyperparam": dict(own)})
    lacking = [node._key for node in tree.explicit if node._key not in [entry["node"] for entry in checked]]
    if lacking:
        raise ValueError(f"the state does not fit: it knows nothing of {', '.join(lacking)}. Make the same groups "
                         "before loading")
    return checked


def _check_values(values, rule, dtype):
    for name, value in values.items():
        try:
            if name in rule.hyperparameters or name in EXTRAS:
                checked_value(rule, name, value, () if dtype is None else (dtype,))
            elif isinstance(value, bool) or not isinstance(value, numbers.Real):
                raise TypeError(f"{name} = {value!r} is not a number")
        except TypeError as error:
            raise ValueError(f"the state does not fit: {error}") from None


def _checked_entry(u, entry, rule):
    name = u.name
    same_keys(f"entries of {name}", entry, ("rule", "shape", "t", "enabled", "hooks", "state"))
    t, enabled = entry["t"], entry["enabled"]
    if entry["rule"] != rule.label:
        raise ValueError(f"the state does not fit: {name} has the rule {entry['rule']} in it, and {rule.label} here")
    if entry["shape"] != list(u.shape):
        raise ValueError(
            f"the state does not fit: {name} has the shape {entry['shape']} in it, and {list(u.shape)} here")
    if isinstance(t, bool) or not isinstance(t, numbers.Integral) or not 0 <= t <= MOST:
        raise ValueError(f"the state does not fit: {name}.t = {t!r} is no count of updates")
    if not isinstance(enabled, (bool, np.bool_)):
        raise ValueError(f"the state does not fit: {name}.enabled = {enabled!r} must be True or False")
    _same_hooks(name, entry["hooks"], u._hooks)
    arrays = {n: np.empty(shape, u.dtype) for n, shape in rule.array_states(u.param.shape).items()}
    same_keys(f"states of {name}", entry["state"], [*arrays, *rule.scalar_states])
    state = {n: same_shape(f"{name}.{n}", entry["state"][n], like) for n, like in arrays.items()}
    state |= {n: _number(f"{name}.{n}", entry["state"][n]) for n in rule.scalar_states}
    return {"t": int(t), "enabled": bool(enabled), "state": state}


def _same_hooks(where, names, hooks):
    if names != hooks.names():
        raise ValueError(f"the state does not fit: {where} had the hooks {names} when it was saved, and has "
                         f"{hooks.names()} here: add and remove hooks until they are the same, then load")


def _number(name, value):
    if isinstance(value, bool) or not isinstance(value, float | int):
        raise ValueError(f"the state does not fit: {name} = {value!r} is not a number")
    return float(value)


def same_keys(what, given, wanted):
    """Raise ValueError with the keys that `given` lacks or has in excess."""
    if not isinstance(given, dict):
        raise ValueError(f"the state does not fit: the {what} are {type(given).__name__}, not a dict")
    missing, extra = [k for k in wanted if k not in given], [k for k in given if k not in wanted]
    if missing or extra:
        said = [f"{label} {', '.join(map(str, keys))}"
                for label, keys in (("lacks", missing), ("has in excess", extra)) if keys]
        raise ValueError(
            f"the state does not fit: among its {what} it {' and '.join(said)}. Make the same optimizer over the "
            "same network before loading")


def same_shape(name, value, like):
    """The value if it is an array of the same shape and dtype; ValueError otherwise."""
    if not isinstance(value, np.ndarray) or value.shape != like.shape or value.dtype != like.dtype:
        given = f"{value.dtype} {value.shape}" if isinstance(value, np.ndarray) else f"of type {type(value).__name__}"
        raise ValueError(f"the state does not fit: {name} is {given}, and {like.dtype} {like.shape} here")
    return value
