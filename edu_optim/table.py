"""The tables of rules, made by asking the rules: for the terminal, a notebook and the README."""

import ast
import html

import numpy as np

from .card import card, section
from .conversion import LIBRARIES, defaults_elsewhere
from .conversion.lines import REQUIRED
from .rules import RULES

TITLES = {
    "rule": "Rule",
    "state": "State",
    "bytes": "Bytes",
    "degree": "Degree",
    "first": "g = 1",
    "first_small": "g = 0.001",
}
NUMBERS = ("bytes", "degree", "first", "first_small")
LEGEND = """State: what a rule remembers, arrays like the parameter; after a semicolon one number for each array; (m),
(n): so many for a matrix of m times n. Bytes: read and written per parameter and step in float32; - for rules of whole
matrices. Degree: gradients times c give a step times c to this power. g = 1, g = 0.001: how far the first step goes
from x = 0 under such a gradient, with the defaults."""

DEFAULTS = {"rule": "Rule", "here": "Defaults"} | {
    name: {"chainer": "Chainer", "keras": "Keras"}.get(name, name) for name in LIBRARIES}
DEFAULTS_LEGEND = """What computes the same in each library, in its words: its defaults, what has to be given (...), and
what has to differ from its defaults, such as flags. eo.convert translates any such line, eo.convert_back the other
way."""


def rows():
    """One row for each rule, in the order of the alphabet.

    Returns
    -------
    list of dict
        With the keys of `TITLES`. ``bytes`` counts float32 numbers read and written per parameter: x, g and the
        states are read, x and the states written, and what a number about the whole parameter needs is read once more.
        ``first`` and ``first_small`` are run: how far the first update moves x = 0 with the default hyperparameters.

    Examples
    --------
    >>> next(row for row in rows() if row["rule"] == "MomentumSGD")
    {'rule': 'MomentumSGD', 'state': 'm', 'bytes': '20', 'degree': '1', 'first': '0.01', 'first_small': '1e-05'}
    """
    return [_row(RULES[name]) for name in sorted(RULES, key=str.lower)]


def default_rows():
    """One row for each rule: its defaults here, and what equals it in each library, with the defaults there.

    Returns
    -------
    list of dict
        With the keys of `DEFAULTS`; empty text where a library has no such rule.

    Examples
    --------
    >>> row = next(row for row in default_rows() if row["rule"] == "SGD")
    >>> row["torch"], row["optax"]
    ('SGD(lr=0.001)', 'sgd(learning_rate=...)')
    """
    return [{"rule": name, "here": _values({n: h.default for n, h in RULES[name].hyperparameters.items()})}
            | dict.fromkeys(LIBRARIES, "") | _elsewhere(name) for name in sorted(RULES, key=str.lower)]


def _row(rule):
    return {
        "rule": rule.name,
        "state": _state(rule),
        "bytes": str(4 * _numbers_moved(rule)) if rule.elementwise else "-",
        "degree": "none" if rule.degree is None else str(rule.degree),
        "first": _first_step(rule, 1.0),
        "first_small": _first_step(rule, 1e-3),
    }


def _state(rule):
    if not rule.elementwise:
        sizes = {2: " (m)", 3: " (n)", 6: ""}
        return ", ".join(f"{name}{sizes[np.prod(shape)]}" for name, shape in rule.array_states((2, 3)).items())
    kinds = ", ".join(rule.element_states), ", ".join(rule.scalar_states)
    return "; ".join(filter(None, kinds)) or "none"


def _numbers_moved(rule):
    arrays = {"x", "g", *rule.element_states}
    folded = [{node.id for node in ast.walk(ast.parse(reduction.text)) if isinstance(node, ast.Name)} & arrays
              for reduction in rule.reductions.values()]
    return 3 + 2 * len(rule.element_states) + sum(map(len, folded))


def _first_step(rule, g):
    shape = (1, 1) if not rule.elementwise else ()
    before, after = rule.run(np.zeros(shape), [np.full(shape, g)])
    return f"{(before - after).item():.3g}"


def _elsewhere(name):
    return {library: f"{called}({_values(settings)})"
            for library, (called, settings) in defaults_elsewhere(name).items()}


def _values(settings):
    return ", ".join(f"{name}={_value(value)}" for name, value in settings.items())


def _value(value):
    if isinstance(value, tuple):
        return f"({', '.join(map(_value, value))})"
    if value is None or isinstance(value, bool):
        return str(value)
    return "..." if value == REQUIRED else f"{value:g}"


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


class RuleTable:
    """All rules: what they remember, move and do first, and their defaults here and elsewhere.

    It shows itself as HTML in a notebook, as text elsewhere.

    Attributes
    ----------
    rows, defaults : list of dict
        As `rows` and `default_rows` give them.
    """

    def __init__(self):
        self.rows, self.defaults = rows(), default_rows()

    def __repr__(self):
        widths = {key: max(len(row[key]) for row in [TITLES, *self.rows]) for key in TITLES}
        lines = ["  ".join(row[key].rjust(width) if key in NUMBERS else row[key].ljust(width)
                           for key, width in widths.items()).rstrip() for row in [TITLES, *self.rows]]
        return "\n".join([*lines, "", LEGEND])

    def _repr_html_(self):
        main = _html(self.rows, TITLES, NUMBERS)
        more = _html(self.defaults, DEFAULTS)
        legends = [f"<p>{html.escape(' '.join(text.split()))}</p>" for text in (LEGEND, DEFAULTS_LEGEND)]
        return (f"{main}{legends[0]}<details><summary>Defaults, here and in other libraries</summary>{more}{legends[1]}"
                "</details>")


def _html(rows, titles, right=()):
    """A table whose colours are the page's own, so that it can be read in every theme."""
    cell = "padding:.15em .7em;vertical-align:top;text-align:"

    def cells(tag, row):
        return "".join(f'<{tag} style="{cell}{"right" if key in right else "left"}">{html.escape(row[key])}</{tag}>'
                       for key in titles)

    body = "".join(f"<tr>{cells('td', row)}</tr>" for row in rows)
    return f"<table><thead><tr>{cells('th', titles)}</tr></thead><tbody>{body}</tbody></table>"


def rules():
    """The table of rules, to look at.

    Returns
    -------
    RuleTable

    Examples
    --------
    >>> import edu_optim as eo
    >>> print("\\n".join(str(eo.table.rules()).splitlines()[:3]))
    Rule                  State                 Bytes  Degree     g = 1  g = 0.001
    AdaBelief             m, s                     28       0   0.00111    0.00111
    AdaBound              m, v; base_lr            28    none     0.001      0.001
    """
    return RuleTable()


def show(name=None):
    """Print the table of rules, or what there is to say of one.

    Raises
    ------
    KeyError
        If there is no rule of that name; the message lists those there are. Capitals do not matter.
    """
    if name:
        rule = RULES[next((n for n in RULES if n.lower() == name.lower()), name)]
        print(card(rule))
        elsewhere = "\n".join(f"{library}\n    {call}" for library, call in _elsewhere(rule.name).items())
        print("\n" + section("Defaults elsewhere", elsewhere + f"\n\n{DEFAULTS_LEGEND}"))
        return
    from rich.console import Console

    terminal = Console()
    terminal.print(_rich(rows(), TITLES, NUMBERS))
    terminal.print(" ".join(LEGEND.split()), highlight=False)
    rates = [row | {library: _rate(row["rule"], library) for library in LIBRARIES} for row in default_rows()]
    terminal.print(_rich(rates, DEFAULTS, LIBRARIES))
    terminal.print("Defaults: here, and the rate of what computes the same in each library; ... has to be given there.")
    terminal.print("The whole of one of them: edu-optim rules NAME")


def _rate(name, library):
    """A library's default of the rate, "none" if what it has there has no rate."""
    if library not in (there := defaults_elsewhere(name)):
        return ""
    _, settings = there[library]
    return next((_value(settings[rate]) for rate in ("lr", "learning_rate", "alpha") if rate in settings), "none")


def _rich(rows, titles, right):
    import rich.box
    from rich.table import Table

    table = Table(box=rich.box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    for key, title in titles.items():
        table.add_column(title, justify="right" if key in right else "left", no_wrap=key != "here", overflow="fold")
    for row in rows:
        table.add_row(*(row[key] for key in titles))
    return table
