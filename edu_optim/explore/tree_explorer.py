"""The explorer of a network's rates: one rate for all, and at every node a rate, a multiplier and a switch."""

import functools

import numpy as np

from ..parameter import Parameter
from . import controls
from .chosen import chosen_rules, chosen_schedules
from .frame import Explorer
from .tree_rates import things, tree_rates

_MOST = 24  # nodes; a larger picture than that fits on no screen
_BELOW, _ABOVE = 1e-4, 10  # of the given rate: where the colours end


def explorer(network=None, rule="SGD", schedules=None, epochs=40, rates=None, multipliers=None, frozen=(),
             **hyperparameters):
    """What `explore.rate_tree` shows, as an `Explorer`; see there for the parameters."""
    from ..links import MLP
    from .tree_picture import TreePicture

    network = MLP(4, 3, 3, 2) if network is None else network
    label, chosen = _one_rule(rule, hyperparameters)
    there = things(network)
    if not 0 < len(there) <= _MOST:
        raise ValueError(f"this network has {len(there)} links and parameters; up to {_MOST} fit into a picture. Give "
                         "one with fewer, or a part of it.")
    parameters = [name for name, thing in there.items() if isinstance(thing, Parameter)]
    known = chosen.rule.values(chosen.given)
    lr = known["lr"]
    falls = _schedules(schedules, lr, epochs)
    start = _start(there, rates, multipliers, frozen)
    picture = functools.cache(
        lambda: TreePicture(label, list(there), parameters, epochs, lr * _BELOW, lr * _ABOVE))

    def draw(lr, schedule, node, **values):
        nodes = {name: _settings(controls.hyperparameters(name, values)) for name in there}
        nodes = {name: settings for name, settings in nodes.items() if settings}
        optimizer = chosen.rule.optimizer(**known | {"lr": lr})
        found = tree_rates(network, optimizer, falls[schedule], epochs, nodes)
        own = {"": f"rate {controls.written(lr)}"} | {name: _written(settings) for name, settings in nodes.items()}
        idle = [f"{name}.{what}" for name in there if name != node for what in ("lr", "lr_mult", "enabled")]
        return picture().picture(found, own, sentence(found, schedule, nodes, epochs), idle)

    made = [
        controls.slider("lr", "rate of all", _rates(lr), lr),
        controls.choice("schedule", "schedule", list(falls)),
        controls.choice("node", "node to set", list(there)),
        *(control for name in there for control in _of_node(name, lr, start[name])),
    ]
    first = next(iter(there))
    presets = [{}, {f"{first}.lr_mult": 0.01}, {f"{first}.enabled": False}]
    return Explorer("Rates of a network", made, draw, presets)


def _one_rule(rule, hyperparameters):
    chosen = chosen_rules(rule, hyperparameters)
    if len(chosen) != 1:
        raise ValueError(f"{len(chosen)} rules are given; one moves a network, such as 'SGD' or eo.Adam(lr=0.001).")
    return next(iter(chosen.items()))


def _schedules(schedules, lr, epochs):
    """{what the choice calls it: schedule}; the first one leaves rates as they are."""
    from .. import schedules as room

    if schedules is None:
        schedules = [room.StepLR(step_size=max(epochs // 4, 1), gamma=0.3), room.ExponentialLR(gamma=0.9),
                     room.OneCycleLR(max_lr=lr, total_steps=epochs, cycle_momentum=False)]
    return {"none": None} | chosen_schedules(schedules)


def _start(there, rates, multipliers, frozen):
    """What the controls of each node begin with."""
    frozen = [frozen] if isinstance(frozen, str) else list(frozen)
    tables = {"lr": dict(rates or {}), "lr_mult": dict(multipliers or {}), "enabled": dict.fromkeys(frozen, False)}
    start = {name: {} for name in there}
    for what, table in tables.items():
        for name, value in table.items():
            if name not in there:
                raise KeyError(f"there is no {name!r} in this network, so what is set there would move nothing: there "
                               f"are {', '.join(there)}")
            start[name][what] = value
    return start


def _rates(lr):
    """As far as the colours go, and a hair further, since 0.1 * 1e-4 need not be 1e-5."""
    return controls.rates(lr * _BELOW * (1 - 1e-9), lr * _ABOVE * (1 + 1e-9))


def _of_node(name, lr, start):
    """The three controls of a node."""
    own, factor = start.get("lr"), start.get("lr_mult", 1.0)
    rates = sorted({*_rates(lr), *([] if own is None else [own])})
    return (
        controls.slider(f"{name}.lr", f"{name}: its own rate", [None, *rates], own, _rate_written),
        controls.slider(f"{name}.lr_mult", f"{name}: multiplier", [0.0, *controls.rates(0.001, 100)], factor),
        controls.switch(f"{name}.enabled", f"{name}: switched on", start.get("enabled", True)),
    )


def _rate_written(rate):
    return "none" if rate is None else controls.written(rate)


def _settings(values):
    """What is set at a node, of all that its controls stand at."""
    plain = {"lr": None, "lr_mult": 1.0, "enabled": True}
    return {name: values[name] for name in plain if values[name] != plain[name]}


def _written(settings):
    parts = [f"rate {controls.written(settings['lr'])}"] if "lr" in settings else []
    parts += [f"\u00d7 {controls.written(settings['lr_mult'])}"] if "lr_mult" in settings else []
    return ", ".join([" ".join(parts)] * bool(parts) + ["off"] * ("enabled" in settings))


def sentence(found, schedule, nodes, epochs):
    """What a picture of rates shows, in words."""
    alike = {}
    for name, row in found.rates.items():
        first, last = (controls.written(float(f"{rate:.3g}")) for rate in row[[0, -1]])
        text = "off" if name in found.off else f"{first}" + f" to {last}" * bool(np.ptp(row))
        alike.setdefault(text, []).append(name)
    listed = "; ".join(f"{', '.join(names)} {text}" for text, names in alike.items())
    spread = [controls.written(float(f"{found.spread(epoch):.3g}")) for epoch in (0, epochs - 1)]
    where = ", ".join(f"{name} ({_written(settings)})" for name, settings in nodes.items()) or "nothing"
    under = "Without a schedule" if schedule == "none" else f"Under {schedule}"
    words = f"{under}, with {where} set below the root, from epoch 0 to {epochs - 1}: {listed}."
    if spread != ["1", "1"]:
        words += f" The highest rate is {spread[0]} times the lowest at first, {spread[1]} times in the end."
    return words
