"""Which answers a check is about, so that the others can be the reference's while it runs: a wrong q1 must not sink q2,
and a right q2 must not lift a wrong q1.

Found from names: what a check uses and which answer binds that. The nearest answer above would not do, since hidden
checks may stand together at the end. An author who knows better writes ``"answers": ["q1"]`` beside the check's name.
"""

import ast
import builtins
import symtable
from typing import NamedTuple

from .stranger import source_of


class Subject(NamedTuple):
    """What a check is about, and whose solutions may stand beside that.

    Attributes
    ----------
    about : tuple of str
        The answers whose points these are.
    above : tuple of str
        The other answers down to the last that the check is about or uses. Those below it are never lent: a wrong
        answer could call them.
    needed : tuple of str
        Of those the ones that the check, or a solution of what it is about, cannot do without.
    """

    about: tuple
    above: tuple
    needed: tuple

    def lent_below(self, order):
        """The answers that may be lent though they stand below all that the check is about, where ``order`` lists all:
        there are some only where an author has said what a check is about."""
        last = max(map(order.index, self.about), default=-1)
        return tuple(answer for answer in self.above if order.index(answer) > last)


def subjects(cells):
    """The answers each check is about.

    Of the answers whose names a check uses, by itself or through what the cells of the setup above make of them, it is
    about the last; about an earlier one only if no other check is. A check that uses no answer's names is about those
    that change what it uses, and about all before it if there are none.

    Parameters
    ----------
    cells : list of dict
        Of an assignment with its solutions, in order.

    Returns
    -------
    dict of str to Subject
        In the order of the cells.

    Examples
    --------
    >>> def cell(role, name, source):
    ...     return {"cell_type": "code", "metadata": {"edu_optim": {"role": role, "name": name}}, "source": source}
    >>> found = subjects([cell("answer", "q1", "def mean(x): ..."),
    ...         cell("answer", "q2", "def variance(x): return mean((x - mean(x))**2)"),
    ...         cell("check", "a", "show('mean', mean(data))"),
    ...         cell("check", "b", "show('v', [mean(data), variance(data)])")])
    >>> found["a"]
    Subject(about=('q1',), above=(), needed=())
    >>> found["b"]
    Subject(about=('q2',), above=('q1',), needed=('q1',))
    """
    answers, needs, setups, used, all_of, changed = {}, {}, [], {}, {}, {}
    for cell in cells:
        ours, source = cell.get("metadata", {}).get("edu_optim", {}), source_of(cell)
        role, name = ours.get("role"), ours.get("name")
        if role not in ("answer", "check"):
            setups.append(source)
            continue
        names = _reached(source, setups)
        binding, changing = ([answer for answer, text in answers.items() if names & found(text)]
                             for found in (bound_names, changed_names))
        if role == "answer":
            answers[name], needs[name] = source, {*binding, *changing}
            continue
        used[name], changed[name] = binding or changing, {*binding, *changing}
        if ours.get("answers") or not used[name]:
            all_of[name] = tuple(ours.get("answers") or answers)
    last = {name: names[-1] for name, names in used.items() if name not in all_of}
    have_their_own = {*last.values()}.union(*all_of.values())
    found = {}
    for name, names in used.items():
        about = all_of[name] if name in all_of else tuple(
            answer for answer in names if answer == last[name] or answer not in have_their_own)
        found[name] = _subject(about, {*about, *names}, changed[name], list(answers), needs)
    return found


def _subject(about, reached, needed, answers, needs):
    end = max(map(answers.index, reached), default=-1) + 1
    above = tuple(answer for answer in answers[:end] if answer not in about)
    needed = needed.union(*(needs[answer] for answer in about))
    for answer in reversed(answers):  # they need nothing below them
        needed |= needs[answer] if answer in needed else set()
    return Subject(about, above, tuple(answer for answer in above if answer in needed))


def _reached(source, setups):
    """The names whose values a cell takes from before it, and those from which cells of the setup make them."""
    names = free_names(source)
    for setup in reversed(setups):
        if names & bound_names(setup):
            names = names | free_names(setup)
    return names


def parsed(source):
    """The syntax tree of a cell, without its magics; an empty one if it is no Python.

    Examples
    --------
    >>> len(parsed("%matplotlib inline\\nx = 1").body)
    1
    """
    lines = ("" if line.lstrip().startswith(("%", "!")) else line for line in source.split("\n"))
    try:
        return ast.parse("\n".join(lines))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ast.parse("")


def bound_names(source):
    """The names that a cell gives a value.

    Examples
    --------
    >>> sorted(bound_names("import math\\ndef f(x): y = x\\nz = [k for k in range(3)]"))
    ['f', 'math', 'z']
    """
    return {symbol.get_name() for symbol in _table(parsed(source)).get_symbols()
            if symbol.is_assigned() or symbol.is_imported() or symbol.is_namespace()} - {"_"}


def changed_names(source):
    """The names of objects that a cell changes or calls for what that does.

    Examples
    --------
    >>> sorted(changed_names("net.l1.W.data[0] = 1\\nopt.setup(net)\\nprint(3)"))
    ['net', 'opt']
    """
    found = set()
    for node in ast.walk(parsed(source)):
        if isinstance(node, ast.Expr):
            found |= {part.id for part in ast.walk(node) if isinstance(part, ast.Name)}
        elif isinstance(node, ast.Attribute | ast.Subscript) and not isinstance(node.ctx, ast.Load):
            while isinstance(node, ast.Attribute | ast.Subscript):
                node = node.value
            if isinstance(node, ast.Name):
                found.add(node.id)
    return found - set(dir(builtins))


def free_names(source):
    """The names whose values a cell takes from cells before it.

    Examples
    --------
    >>> sorted(free_names("x = start\\nfor k in range(n): x = step(x)\\nshow('x', [x for k in x])"))
    ['n', 'show', 'start', 'step']
    """
    return _free(parsed(source).body, set()) - set(dir(builtins))


def _free(statements, bound):
    """Names that statements read before they bind them; those they bind are added to ``bound``."""
    free = set()
    for statement in statements:
        blocks = [getattr(statement, part) for part in ("body", "orelse", "finalbody") if hasattr(statement, part)]
        if isinstance(statement, ast.For | ast.While | ast.If | ast.With | ast.Try):
            heads = [part for part in ast.iter_child_nodes(statement) if not isinstance(part, ast.stmt)]
            for head in heads:
                blocks += [head.body] if isinstance(head, ast.ExceptHandler) else []
                free |= _names(head, ast.Load) - bound
                bound |= _names(head, ast.Store)
            for block in blocks:
                free |= _free(block, bound)
        else:
            table = _table(ast.Module([statement], []))
            free |= (_loaded(table) | _augmented(statement)) - bound
            bound |= {s.get_name() for s in table.get_symbols()
                      if s.is_assigned() or s.is_imported() or s.is_namespace()}
    return free


def _names(head, context):
    """The names that the head of a compound statement reads or binds."""
    if isinstance(head, ast.ExceptHandler):
        return {head.name} if head.name and context is ast.Store else set()
    return {node.id for node in ast.walk(head) if isinstance(node, ast.Name) and isinstance(node.ctx, context)}


def _augmented(statement):
    target = getattr(statement, "target", None) if isinstance(statement, ast.AugAssign) else None
    return {target.id} if isinstance(target, ast.Name) else set()


def _table(tree):
    try:
        return symtable.symtable(ast.unparse(tree), "cell", "exec")
    except (SyntaxError, ValueError, RecursionError, MemoryError):  # which the parser has let pass
        return symtable.symtable("", "cell", "exec")


def _loaded(table, top=True):
    """The names of the module's level that a table and those inside it read."""
    names = {s.get_name() for s in table.get_symbols() if s.is_referenced() and (top or s.is_global())}
    return names.union(*(_loaded(child, False) for child in table.get_children()))
