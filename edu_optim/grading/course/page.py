"""Sections of text and tables, for a terminal and as one HTML file that needs nothing else."""

from html import escape
from typing import NamedTuple

from ..feedback import document
from .table import one_line

WIDEST = 44  # characters of a column in the terminal, the last apart


class Section(NamedTuple):
    """A heading, what is said under it, and a table, all of which may hold strangers' texts."""

    title: str
    texts: tuple = ()
    columns: tuple = ()
    rows: tuple = ()


def as_text(sections):
    """Sections for a terminal: nothing in them acts there.

    Examples
    --------
    >>> print(as_text([Section("Points", ["For all."], ("name", "points"), [["ada", 2], ["\\x1b[2Jbob", None]])]))
    Points
      For all.
      name  points
      ada   2
      bob
    """
    lines = []
    for section in sections:
        lines += ["", one_line(section.title), *(f"  {one_line(text, 2000)}" for text in section.texts)]
        rows = [[one_line(cell, 2000) for cell in row] for row in [section.columns, *section.rows] if row]
        widths = [min(WIDEST, max(map(len, column))) for column in zip(*rows)]
        lines += ["  " + "  ".join([*(cell.ljust(width) for cell, width in zip(row[:-1], widths)), row[-1]]).rstrip()
                  for row in rows]
    return "\n".join(lines[1:])


def as_html(title, sections):
    """Sections as a page without a script, link, picture or anything else that a browser would fetch.

    Parameters
    ----------
    title : str
    sections : list of Section

    Returns
    -------
    str
    """
    return document(_html(title), _html(title), [part for section in sections for part in _parts(section)])


def _parts(section):
    yield f"<h2>{_html(section.title)}</h2>"
    yield from (f"<p>{_html(text)}</p>" for text in section.texts)
    if section.rows:
        heads = "".join(f'<th scope="col">{_html(column)}</th>' for column in section.columns)
        yield f"<table>\n<thead><tr>{heads}</tr></thead>\n<tbody>"
        for first, *rest in section.rows:
            cells = "".join(f"<td>{_html(cell)}</td>" for cell in rest)
            yield f'<tr><th scope="row">{_html(first)}</th>{cells}</tr>'
        yield "</tbody>\n</table>"


def _html(text):
    return escape(one_line(text, 2000))
