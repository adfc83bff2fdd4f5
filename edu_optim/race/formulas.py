"""A rule of the reader's own as text, which travels to other processes, stands in a store, and is a rule again there.

Nothing but a formula comes out of such a text: what leaves its grammar is refused before any of it runs.
"""

import ast
import dataclasses
import functools
import hashlib
import json
import linecache

import numpy as np

from ..formula import FormulaError, Hyper, Rule
from ..formula.declared import Declared
from ..formula.source import Source
from ..rules import RULES

STATES = ("element_states", "scalar_states")


def named(rule):
    """What a plan keeps of a rule.

    Parameters
    ----------
    rule : str, Rule or optimizer class
        One of ours by its name; any other by itself.

    Returns
    -------
    (str, dict or None)
        Its name, and its text and declaration if it is not one of ours.

    Raises
    ------
    TypeError
        If it is none of these.
    FormulaError
        If its text cannot be had, or it is a matrix rule, which is no formula.

    Examples
    --------
    >>> import edu_optim as eo
    >>> named("Adam"), named(eo.Adam), named(eo.RULES["Adam"])
    (('Adam', None), ('Adam', None), ('Adam', None))
    """
    if isinstance(rule, str):
        return rule, None
    if isinstance(rule, type):
        rule = getattr(rule, "rule", None)
    if not isinstance(rule, Declared):
        raise TypeError(f"rule = {rule!r} must be a name such as 'Adam', a rule made by @eo.rule, or an optimizer "
                        "class such as eo.Adam")
    if RULES.get(rule.name) is rule:
        return rule.name, None
    if not isinstance(rule, Rule):
        raise FormulaError(f"{rule.name} is a matrix rule, whose text is no formula, so it cannot be sent to other "
                           f"processes. Instead: put it into edu_optim/rules/{rule.name.lower()}.py, and race it by "
                           "its name")
    return rule.name, {
        "text": _text(rule), "paper": rule.paper, "degree": rule.degree,
        **{kind: {n: _plain(start) for n, start in getattr(rule, kind).items()} for kind in STATES},
        "reductions": {name: reduction.text for name, reduction in rule.reductions.items()},
        "hyperparameters": {name: dataclasses.asdict(hyper) for name, hyper in rule.hyperparameters.items()},
    }


def rule_of(entry):
    """The rule of an entry or run.

    Raises
    ------
    KeyError
        If there is no rule of that name.
    FormulaError
        If its text is no formula.
    """
    if getattr(entry, "formula", None) is None:
        return RULES[entry.rule]
    return _rule(entry.rule, json.dumps(entry.formula))


def matters(formula):
    """What of a rule's text and declaration changes a number, beside the values of its hyperparameters."""
    return {name: formula[name] for name in ("text", *STATES, "reductions")}


def _plain(number):
    return number.item() if isinstance(number, np.generic) else number


def _text(rule):
    """Its `def`, without comments, docstring and decorator."""
    node = Source(rule.formula).node
    body = node.body[ast.get_docstring(node) is not None:]
    bare = ast.FunctionDef(node.name, node.args, body, [])
    bare.type_params = []
    return ast.unparse(ast.fix_missing_locations(bare)) + "\n"


@functools.lru_cache(maxsize=64)
def _rule(name, declared):
    try:
        declared = json.loads(declared)
        hypers = {n: Hyper(**hyper) for n, hyper in declared["hyperparameters"].items()}
        function = _function(name, declared["text"])
        rest = [declared[kind] for kind in ("paper", "degree", *STATES, "reductions")]
    except (AttributeError, KeyError, SyntaxError, TypeError, ValueError) as error:
        raise FormulaError(f"{name}: the formula is no text of a rule ({type(error).__name__}: {error}). Instead: "
                           "define the rule with @eo.rule, and give it to the entry itself") from None
    return Rule(function, *rest, hypers)


def _function(name, text):
    """The function of a text, which holds a `def` and nothing that runs when it is defined."""
    (node,) = ast.parse(text).body
    if not isinstance(node, ast.FunctionDef) or node.name != name or node.decorator_list or node.returns:
        raise ValueError(f"it must be one def {name}")
    given = node.args
    annotated = any(argument.annotation for argument in ast.walk(given) if isinstance(argument, ast.arg))
    if given.defaults or given.kw_defaults or annotated:
        raise ValueError("it has defaults or annotations")
    file = f"<formula {hashlib.blake2b(text.encode(), digest_size=8).hexdigest()}>"
    linecache.cache[file] = (len(text), None, text.splitlines(keepends=True), file)  # where the rule looks for it
    names = {"np": np, "__name__": __name__}
    exec(compile(text, file, "exec"), names)
    return names[name]
