"""The ledger as a reader sees it: in the terminal, in a notebook, and as plain rows."""

import html
import itertools
import re
import textwrap
from typing import NamedTuple

from .words import number

WIDTH = 100
SHORT = 44  # what and numbers that stand on one line


class Row(NamedTuple):
    """One line of a ledger.

    Attributes
    ----------
    stage : str
        "gradient", "missing gradient", "maximize", "hook", "decay"; "rule" where that leaves the parameter alone,
        or else "hyperparameter", "count", "start", "reduction", "coefficient", "formula", "step",
        "effective rate"; "post hook"; "new value".
    what : str
        The quantity: x, g, a state, a hyperparameter, or a name of the formula.
    formula, numbers : str
        How it is computed, in names and with numbers put in, which are rounded to seven digits.
    before, after : float, int, bool or None
        The exact values; None where there is none.
    note : str
    """

    stage: str
    what: str
    formula: str = ""
    numbers: str = ""
    before: float | None = None
    after: float | None = None
    note: str = ""


_NOTHING = Row("", "")


class Ledger:
    """The coming step of one element, as `Optimizer.explain` gives it.

    Attributes
    ----------
    name : str
        Of the parameter.
    index : tuple of int
        Of the element.
    rule : str
    t : int
        Which update of the parameter it would be, from 1.
    moved : bool
        Whether the rule will move the parameter.
    rows : list of Row
        The last are the new values: the states, t and x, to the bit what `step` will write.

    Examples
    --------
    >>> import edu_optim as eo
    >>> p = eo.Parameter([1.0, 2.0])
    >>> optimizer = eo.MomentumSGD([p], lr=0.1)
    >>> p.grad = [0.5, 0.0]
    >>> optimizer.explain(p, index=0)
    p0[0], update 1 by MomentumSGD: a dry run, nothing has moved
    <BLANKLINE>
                                                 before  after
    gradient        g, as it is before the step            0.5
    hyperparameter  lr, of the optimizer                   0.1
                    momentum, of the optimizer             0.9
    count           t, counts this update too         0      1
    formula         m = momentum * m - lr * g
                      = 0.9 * 0 - 0.1 * 0.5              -0.05
                    x = x + m
                      = 1 + (-0.05)                       0.95
    step            step = new x - old x
                      = 0.95 - 1.0                       -0.05
    effective rate  g as the rule got it
                    rate = |step| / |g|
                      = 0.05 / 0.5                         0.1
    new value       m                                 0  -0.05
                    t, counts updates                 0      1
                    x                                 1   0.95
    """

    def __init__(self, name, index, rule, t, moved, rows):
        self.name, self.index, self.rule, self.t, self.moved, self.rows = name, index, rule, t, moved, rows

    @property
    def title(self):
        """str: what this is about, in a line."""
        at = f"[{', '.join(map(str, self.index))}]" if self.index else ""
        what = f"update {self.t}" if self.moved else "no update"
        return f"{self.name}{at}, {what} by {self.rule}: a dry run, nothing has moved"

    def __repr__(self):
        return text(self)

    def _repr_html_(self):
        return page(self)


def lines(row, last_note=""):
    """What a row says, as lines; the values belong to the last of them."""
    computed = row.formula or row.numbers
    if not computed and "hook" not in row.stage:
        return [", ".join(filter(None, (row.what, row.note)))]
    said = [row.note] if row.note not in ("", last_note) else []
    if row.formula:
        said.append(f"{row.what} = {row.formula}" if row.what else row.formula)
    elif len(row.what) + len(row.numbers) < SHORT and computed:
        return [*said, f"{row.what} = {row.numbers}"]
    else:
        said.append(row.what)
    return [*said, f"  = {row.numbers}"] if row.numbers not in ("", row.formula) else said


def text(ledger):
    """A ledger in columns, at most `WIDTH` wide."""
    rows = ledger.rows
    stage = max(len(row.stage) for row in rows)
    before, after = (max(len(number(value)) for value in values) for values in (
        [row.before for row in rows], [row.after for row in rows]))
    before, after = max(before, len("before")), max(after, len("after"))
    said = [[part for line in lines(row, last.note) for part in _wrapped(line, WIDTH - stage - before - after - 6)]
            for row, last in zip(rows, [_NOTHING, *rows], strict=False)]
    middle = max(len(part) for parts in said for part in parts)
    out = [ledger.title, "", f"{'':{stage + middle + 2}}  {'before':>{before}}  {'after':>{after}}"]
    for row, last, parts in zip(rows, [_NOTHING, *rows], said, strict=False):
        for k, part in enumerate(parts):
            first = row.stage if k == 0 and row.stage != last.stage else ""
            old, new = (number(row.before), number(row.after)) if k == len(parts) - 1 else ("", "")
            out.append(f"{first:{stage}}  {part:{middle}}  {old:>{before}}  {new:>{after}}".rstrip())
    return "\n".join(out)


def _wrapped(line, width):
    """A line in pieces, parted before an operator: best before a sign, and outside all parentheses."""
    if len(line) <= width:
        return [line]
    indent = " " * (len(line) - len(line.lstrip()) + 4)
    signs = re.sub(r" (==|[-+<>&|]) ", " \\1\0", line)
    terms = re.sub(r" (\*\*|[*/]) ", "\0\\1\0", signs)
    factors = re.sub(r" ([*/]) ", " \\1\0", re.sub(r" \*\* ", "\0**\0", signs))
    for glued in (_outside(terms), _outside(factors), terms, factors, line):
        pieces = textwrap.wrap(glued, width, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)
        if all(len(piece) <= width for piece in pieces):
            break
    return [piece.replace("\0", " ") for piece in pieces]


def _outside(line):
    """The line with nothing parted that stands in parentheses."""
    depths = itertools.accumulate((c in "([") - (c in ")]") for c in line)
    return "".join("\0" if depth and c == " " else c for c, depth in zip(line, depths, strict=True))


def page(ledger):
    """A ledger as a table of HTML. Colours are the page's own, so that it can be read in every theme."""
    cell = "padding:.15em .7em;vertical-align:bottom;"
    left, right = f"{cell}text-align:left;", f"{cell}text-align:right;white-space:nowrap;font-family:monospace;"
    rule = "border-top:1px solid color-mix(in srgb, currentColor 35%, transparent);"
    out = []
    for row, last in zip(ledger.rows, [_NOTHING, *ledger.rows], strict=False):
        new = row.stage != last.stage
        said = "<br>".join(_said(row, line) for line in lines(row, last.note))
        border = rule if new else ""
        out.append(f'<tr><th scope="row" style="{left}{border}vertical-align:top;font-weight:normal">'
                   f'{html.escape(row.stage) if new else ""}</th><td style="{left}{border}">{said}</td>'
                   f'<td style="{right}{border}">{number(row.before)}</td>'
                   f'<td style="{right}{border}">{number(row.after)}</td></tr>')
    head = "".join(f'<th scope="col" style="{style}">{name}</th>' for name, style in (
        ("stage", left), ("", left), ("before", right), ("after", right)))
    return (f'<table style="border-collapse:collapse;table-layout:auto;margin:0">'
            f'<caption style="{left}caption-side:top">{html.escape(ledger.title)}</caption>'
            f'<thead><tr>{head}</tr></thead><tbody>{"".join(out)}</tbody></table>')


def _said(row, line):
    """A line of a row: its note as text, all else as code."""
    note = line.removeprefix(row.what).removeprefix(", ")
    if row.note and note == row.note:
        what = line.removesuffix(note)
        return f'{_code(what) if what else ""}<span style="opacity:.75">{html.escape(note)}</span>'
    return _code(line)


def _code(text):
    escaped = html.escape(text).replace("  = ", "&nbsp;&nbsp;= ")
    return f'<code style="background:none;padding:0">{escaped}</code>'
