"""The table of rules, made by asking the rules: for the terminal and for the README."""

import numpy as np

from .card import card
from .rules import RULES

TITLES = {
    "rule": "Rule",
    "state": "State",
    "bytes": "Bytes",
    "degree": "Degree",
    "first": "g = 1",
    "first_small": "g = 0.001",
    "defaults": "Defaults",
}
NUMBERS = ("bytes", "degree", "first", "first_small")
LEGEND = """State: what a rule remembers, an array like the parameter each. Bytes: read and written per parameter and
step in float32; - where rows and columns are needed. Degree: gradients times c give a step times c to this power. g = 1, g = 0.001: how far the first
step goes under such a gradient, with the defaults."""


def rows():
    """One row for each rule, in the order of the alphabet.

    Returns
    -------
    list of dict
        With the keys of `TITLES`. ``bytes`` counts float32 numbers read and written per parameter: x, g and the
        states are read, x and the states written. ``first`` and ``first_small`` are run: how far the first update
        moves x = 0 with the default hyperparameters.

    Examples
    --------
    >>> next(row for row in rows() if row["rule"] == "MomentumSGD")
    {'rule': 'MomentumSGD', 'state': 'm', 'bytes': '20', 'degree': '1', 'first': '0.01', 'first_small': '1e-05',
     'defaults': 'lr=0.01, momentum=0.9'}
    """
    return [_row(RULES[name]) for name in sorted(RULES)]


def _row(rule):
    states = [*rule.element_states, *rule.shaped_states, *rule.scalar_states]
    defaults = (f"{name}={hyper.default:g}" for name, hyper in rule.hyperparameters.items())
    return {
        "rule": rule.name,
        "state": ", ".join(states) or "none",
        "bytes": str(4 * (3 + 2 * len(rule.element_states))) if rule.elementwise else "-",
        "degree": "none" if rule.degree is None else str(rule.degree),
        "first": _first_step(rule, 1.0),
        "first_small": _first_step(rule, 1e-3),
        "defaults": ", ".join(defaults),
    }


def _first_step(rule, g):
    shape = (1, 1) if not rule.elementwise else ()
    before, after = rule.run(np.zeros(shape), [np.full(shape, g)])
    return f"{(before - after).item():.3g}"


def markdown(rows, titles, right=()):
    """Rows as a table in Markdown; the columns named in `right` are set to the right.

    Examples
    --------
    >>> print(markdown([{"what": "steps", "n": "3"}], {"what": "What", "n": "How many"}, right=("n",)))
    | What | How many |
    | --- | ---: |
    | steps | 3 |
    """
    lines = [titles, {key: "---:" if key in right else "---" for key in titles}, *rows]
    return "\n".join(f"| {' | '.join(line[key] for key in titles)} |" for line in lines)


def show(name=None):
    """Print the table of rules, or what there is to say of one.

    Raises
    ------
    KeyError
        If there is no rule of that name; the message lists those there are. Capitals do not matter.
    """
    if name:
        print(card(RULES[next((n for n in RULES if n.lower() == name.lower()), name)]))
        return
    import rich
    import rich.box
    from rich.table import Table

    table = Table(box=rich.box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    for key, title in TITLES.items():
        table.add_column(title, justify="right" if key in NUMBERS else "left", no_wrap=key != "defaults")
    for row in rows():
        table.add_row(*row.values())
    rich.print(table)
    rich.print(LEGEND.replace("\n", " "))
    print("The whole of one of them: edu-optim rules NAME")
