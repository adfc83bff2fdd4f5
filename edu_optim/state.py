"""The state of an optimizer as a dict, and checking one before anything of it is believed."""

import numbers

import numpy as np

from .hyperparameters import checked

MOST = 2**53  # updates; beyond it a float64 counts no further


def copy_of(state):
    """The states of one parameter, sharing no memory with it."""
    return {name: value.copy() if isinstance(value, np.ndarray) else value for name, value in state.items()}


def checked_state(optimizer, state):
    """The same state with nothing in it that does not fit the optimizer.

    Raises
    ------
    ValueError
        That names the first thing that differs.
    """
    rule = optimizer.rule
    same_keys("keys of the state", state, ("rule", "hyperparam", "params"))
    if state["rule"] != rule.name:
        raise ValueError(
            f"this state belongs to the rule {state['rule']}, and the optimizer is {rule.name}: "
            f"load it into an optimizer of that rule")
    same_keys("hyperparameters", state["hyperparam"], rule.hyperparameters)
    try:
        values = checked(rule, state["hyperparam"], {p.dtype for p in optimizer.params})
    except TypeError as error:
        raise ValueError(f"the state does not fit: {error}") from None
    update_rules = {u.name: u for u in optimizer.update_rules}
    same_keys("parameters", state["params"], update_rules)
    params = {name: _checked_entry(name, state["params"][name], u.state) for name, u in update_rules.items()}
    return {"rule": rule.name, "hyperparam": values, "params": params}


def _checked_entry(name, entry, like):
    same_keys(f"entries of {name}", entry, ("t", "enabled", "state"))
    t, enabled = entry["t"], entry["enabled"]
    if isinstance(t, bool) or not isinstance(t, numbers.Integral) or not 0 <= t <= MOST:
        raise ValueError(f"the state does not fit: {name}.t = {t!r} is no count of updates")
    if not isinstance(enabled, (bool, np.bool_)):
        raise ValueError(f"the state does not fit: {name}.enabled = {enabled!r} must be True or False")
    same_keys(f"states of {name}", entry["state"], like)
    state = {key: _alike(f"{name}.{key}", entry["state"][key], value) for key, value in like.items()}
    return {"t": int(t), "enabled": bool(enabled), "state": state}


def _alike(name, value, like):
    if isinstance(like, np.ndarray):
        return same_shape(name, value, like)
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
