"""What of a check's values an answer has a part in: the rest is worth nothing, however hard it is to guess.

Found from names, without running anything, and cautiously: whatever stands in a statement with something of an answer's
may have been changed by it.
"""

import ast
import builtins

from .dependence import bound_names, changed_names, free_names, parsed
from .stranger import ours


def shown_lines(source):
    """The line of the first ``show`` of each name that is written out, from 1.

    Examples
    --------
    >>> shown_lines("x = 1\\nshow('x', x)\\nshow(name, x)")
    {'x': 2}
    """
    lines = {}
    for name, _, line in _shows(parsed(source)):
        lines.setdefault(name, line)
    lines.pop(None, None)
    return lines


def out_of_reach(cells, check):
    """The names that a check shows without any answer's having a part in their values.

    Parameters
    ----------
    cells : list of dict
        Of an assignment with its solutions, in order.
    check : dict
        One of them.

    Returns
    -------
    set of str

    Examples
    --------
    >>> def cell(role, source):
    ...     return {"metadata": {"edu_optim": {"role": role}}, "source": source}
    >>> check = cell("check", "x = draw(seed)\\nshow('x', x)\\ny = q1(x)\\nshow('y', y)")
    >>> out_of_reach([cell("setup", "def draw(n): ..."), cell("answer", "def q1(x): ..."), check], check)
    {'x'}
    """
    above = cells[:next(i for i, cell in enumerate(cells) if cell is check)]
    setups = [cell["source"] for cell in above if ours(cell).get("role") == "setup"]
    touched = {name for cell in above if ours(cell).get("role") == "answer"
               for name in bound_names(cell["source"]) | changed_names(cell["source"])}
    for setup in setups * len(setups):  # one may use what another makes of an answer
        if free_names(setup) & touched:
            touched |= bound_names(setup) | changed_names(setup)
    idle = {"show", "seed", *dir(builtins)}.union(*map(_imported, [*setups, check["source"]])) - touched
    reached, all_shown = set(), set()
    for statement in parsed(check["source"]).body:
        before, names = set(touched), _names(statement) - idle
        if names & touched:
            touched |= names
        known = touched if hasattr(statement, "body") else before  # a loop comes back to its beginning
        for name, value, _ in _shows(statement):
            all_shown.add(name)
            reached |= {name} if _names(value) & known else set()
    return all_shown - reached - {None}


def _shows(tree):
    """(name or None, the value's node, line) of each call of show."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "show":
            given = [*node.args, *(word.value for word in node.keywords)]
            named = isinstance(given[0], ast.Constant) and isinstance(given[0].value, str) if given else False
            yield given[0].value if named else None, ast.Tuple(given[1:], ast.Load()), node.lineno


def _names(tree):
    return {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}


def _imported(source):
    return {(one.asname or one.name).partition(".")[0] for node in ast.walk(parsed(source))
            if isinstance(node, ast.Import | ast.ImportFrom) for one in node.names}
