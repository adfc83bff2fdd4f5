"""Copies and pickles of an optimizer: a pair with its parameters, laid out again."""

import weakref

from .hyperparameters import Hyperparameters
from .parameter import lay_out
from .state import checked_state, load, state_of


def kept(optimizer):
    """What a copy is made from."""
    state, members, tree = state_of(optimizer), optimizer._members, optimizer._tree
    return {
        "options": optimizer._options, "state": state, "defaults": optimizer._defaults, "steps": optimizer.steps,
        "target": optimizer.target, "networks": members.networks, "hooks": optimizer._hooks,
        # of each node with a rule of its own the class, which a pickle finds by name
        "rules": {node._key: node._rule.optimizer for node in tree.groups if node._rule and node is not tree.root},
        "groups": len(tree.explicit),
        # of each link: itself, its place, and whether this is its newest optimizer
        "links": [(link, node._key, node._name, node._parent._key, vars(link).get("_node") is node)
                  for link, node in tree.links.items()],
        # of each parameter the same, whether it comes and goes with a network, and its hooks
        "params": [(p, u.name, u.hyperparam._parent._key, p.update_rule is u, p in members.of_network, u._hooks)
                   for p, u in members.update_rules.items()]}


def restore(optimizer, kept):
    """Make an optimizer of it."""
    state = kept["state"]
    optimizer._begin(kept["options"], state["hyperparam"])
    vars(optimizer).update(_defaults=kept["defaults"], steps=kept["steps"], _hooks=kept["hooks"])
    members, tree = optimizer._members, optimizer._tree
    nodes = {"root": tree.root}
    for k in range(kept["groups"]):
        nodes[f"group {k}"] = tree.add_group({})
    links = weakref.WeakKeyDictionary()
    for link, key, name, _, newest in kept["links"]:
        nodes[key] = links[link] = Hyperparameters(tree, name, key=key)
        if newest or "_node" not in vars(link):
            vars(link)["_node"] = nodes[key]
    for _, key, _, parent, _ in kept["links"]:
        vars(nodes[key])["_parent"] = nodes[parent]
    lay_out([p for p, *_ in kept["params"]])
    for p, name, parent, _, _, hooks in kept["params"]:
        members.add([(name, p)], tree, nodes[parent])
        members.update_rules[p]._hooks = hooks
    tree.remember(members.update_rules, links)
    nodes |= {u.hyperparam._key: u.hyperparam for u in members.update_rules.values()}
    for key, optimizer_class in kept["rules"].items():
        vars(nodes[key])["_rule"] = optimizer_class.rule
    optimizer._seat()
    load(optimizer, checked_state(optimizer, state))
    for p, _, _, newest, of_network, _ in kept["params"]:
        if newest or not p.update_rule:
            p.update_rule = members.update_rules[p]
        if of_network:
            members.of_network.add(p)
    # The networks may still be in the making, and are looked at when they are needed.
    optimizer.target, members.networks = kept["target"], kept["networks"]
    members.up_to_date(False)
