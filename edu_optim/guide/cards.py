"""A card for each rule: its formula, what it keeps, its defaults, what it cures and what that costs."""

import re
from html import escape

from .. import table
from ..rules import RULES
from . import links, mathml, plain

WIDTH = 40  # letters on a line of a short card


def cards(said, built_up=()):
    """The cards of all rules: name to HTML.

    Parameters
    ----------
    said : dict
        What ``rules.toml`` says: name of the rule to ``cures``, ``price`` and, where there are such, ``like`` and
        ``lesson``. The cards come in its order, rules that it does not know behind them.
    built_up : collection of str, optional
        The rules whose fractions all have a bar; the others' have one only where a slash would make a line too long.

    Returns
    -------
    dict of str to str
    """
    states = {row["rule"]: row for row in table.rows()}
    names = [*said, *(name for name in RULES if name not in said)]
    return {name: _card(RULES[name], said.get(name, {}), states[name], name not in built_up) for name in names}


def _card(rule, said, row, flat):
    like = RULES[said["like"]] if "like" in said else None
    lesson = links.link(said["lesson"], short=True) if "lesson" in said else ""
    verdict = " ".join(f'<span class="{key}">{escape(said[key])}.</span>' for key in ("cures", "price") if key in said)
    parts = [
        f'<h3 id="{rule.name}">{rule.name} <small>{escape(source(rule.paper))}</small>{lesson}</h3>',
        _formula(rule, like, flat),
        f'<p class="facts">{_facts(rule, like, row)}</p>',
        f"<p>{verdict}</p>" if verdict else "",
    ]
    return f'<article class="card">{"".join(parts)}</article>'


def source(paper):
    """Who published a rule, and when: a paper's citation without first names and title.

    Examples
    --------
    >>> source("D. P. Kingma and J. Ba (2015), Adam: a method for stochastic optimization, algorithm 1")
    'Kingma, Ba 2015'
    """
    authors, year = re.match(r"(.+?) \((\d{4})\)", paper).groups()
    names = re.sub(r"\b[A-Z]\.[ -]?|[A-Z]\.-", "", authors).replace(" and ", ", ").split(", ")
    if len(names) > 3:
        names = [f"{names[0]} et al."]
    return f"{', '.join(names)} {year}"


def _formula(rule, like, flat):
    lines = plain.lines(rule)
    head = ""
    if like:
        known = {line.key for line in plain.lines(like)}
        lines = [line for line in lines if line.key not in known]
        head = f'<span class="words">{like.name}, but</span>'
    symbols, width = symbols_of(rule), WIDTH if flat else 0
    shown = []
    for line in lines:
        kinds = " ".join(filter(None, ("in" if line.depth else "", "words" if line.opens else "")))
        shown.append(f"<span{f' class={kinds!r}' if kinds else ''}>{mathml.of_line(line, symbols, width)}</span>")
    return f'<div class="formula">{head}{"".join(shown)}</div>'


def symbols_of(rule):
    """Hyperparameters to their symbols in LaTeX."""
    return {name: hyper.symbol for name, hyper in rule.hyperparameters.items()}


def _facts(rule, like, row):
    left_out = plain.off(rule)
    shown = {name: hyper.default for name, hyper in rule.hyperparameters.items() if name not in left_out}
    head = [f"keeps <b>{row['state']}</b>" if row["state"] != "none" else "keeps nothing"]
    starts = {**rule.element_states, **rule.scalar_states}
    head += [f"{name} from <b>{start}</b>" for name, start in starts.items() if start != 0]
    if like:
        theirs = {name: hyper.default for name, hyper in like.hyperparameters.items()}
        shown = {name: value for name, value in shown.items() if theirs.get(name) != value}
    symbols = symbols_of(rule)
    values = [f"<span>{name} {mathml.of_name(name, symbols)} <b>{number(value)}</b></span>"
              for name, value in shown.items()]
    if left_out and not like:
        values.append(f"off: {', '.join(left_out)}")
    return " &middot; ".join([*head, *values])


def number(value):
    """A default as the lessons write numbers: .9 and 1e-8.

    Examples
    --------
    >>> number(0.9), number(1e-8), number(-0.8), number(50.0)
    ('.9', '1e-8', '-.8', '50')
    """
    return re.sub(r"^(-?)0\.", r"\1.", f"{value:g}".replace("e-0", "e-").replace("e+0", "e"))
