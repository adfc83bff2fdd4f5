"""The text that `hyperparam.tree()` prints: what is set where, and the rate that comes of it."""

import itertools

from .hyperparameters import listed

LONGEST = 24  # letters of what is set; a longer line, such as all of Adam's values, sticks out of its column


def outline(tree, top):
    """What is set at a node and below it, as lines; the last column is what moves the parameter.

    Parameters
    ----------
    tree : Tree
    top : Hyperparameters
        Where to begin.

    Returns
    -------
    str
    """
    children, about = {}, {}
    for u in tree.below(top):
        for node, above in itertools.pairwise(u.hyperparam._path()):
            children.setdefault(above, {})[node] = True
        about[u.hyperparam] = _about(u)
    lines = list(_lines(tree, top, children, about, 0))
    where = max(len(a) for a, _, _ in lines)
    what = max((len(b) for _, b, _ in lines if len(b) <= LONGEST), default=0)
    return "\n".join(f"{a:{where}}  {b:{what}}  {c}".rstrip() for a, b, c in lines)


def _lines(tree, node, children, about, depth):
    name = node._name.rpartition(".")[2] if node._parent is not tree.root else node._name
    rule = f"{node._rule.name} " if node._rule and node is not tree.root else ""
    yield "  " * depth + name, rule + listed(node._own), about.get(node, "")
    for child in children.get(node, ()):
        yield from _lines(tree, child, children, about, depth + 1)


def _about(u):
    rate = f"rate {u.rate:g}" if "lr" in u.rule.hyperparameters else "no rate"
    decay = f", weight_decay {u.decay:g}" if u.decay else ""
    return f"{rate}{decay}{'' if u.enabled else ', disabled'}"
