"""Tables that people write by hand, read with every slip named by its line; and tables that no spreadsheet runs."""

import csv
import difflib
import io
from fractions import Fraction

from ..folder import FolderError
from ..gradebook import digits, encoded, harmless, table
from ..printable import name_shown, visible
from ..result import total

DELIMITERS = ",;\t"


class CourseError(FolderError):
    """A file of the lecturer's that cannot be taken as it is; the message says where, why and what to write."""


def read(path, required, optional=()):
    """The rows of a CSV file.

    Parameters
    ----------
    path : pathlib.Path
        In UTF-8; the cells are separated by commas, semicolons or tabs, whichever the first line has.
    required, optional : sequence of str
        Its columns, in any order.

    Returns
    -------
    list of (int, dict of str to str)
        The line, counted from 1, and the cells by column, without spaces at their ends; empty lines are left out. No
        file is no rows.

    Raises
    ------
    CourseError
        If it is no such table.
    """
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        return []
    except UnicodeDecodeError:
        raise CourseError(f'{path} is not in UTF-8: save it as "CSV UTF-8"') from None
    first = text.partition("\n")[0]
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=max(DELIMITERS, key=first.count), strict=True)
    rows, columns = [], None
    try:
        for row in reader:
            cells = [cell.strip() for cell in row]
            if not any(cells):
                continue
            if columns is None:
                columns = _columns(path, cells, required, optional)
            elif len(cells) != len(columns):
                raise CourseError(f"{path}, line {reader.line_num}: {len(cells)} cells, and there are {len(columns)} "
                                  f"columns ({', '.join(columns)}): a text with a comma needs quotes around it")
            else:
                rows.append((reader.line_num, dict(zip(columns, cells))))
    except csv.Error as error:
        raise CourseError(f"{path}, line {reader.line_num}: {error}") from None
    return rows


def _columns(path, names, required, optional):
    allowed = [*required, *optional]
    for name in names:
        if name not in allowed:
            raise CourseError(f"{path}, line 1: there is no column {name!r:.80}{near(name, allowed)}; its columns are "
                              f"{', '.join(required)}" + (f", and may be {', '.join(optional)}" if optional else ""))
    for name in required:
        if name not in names:
            raise CourseError(f"{path}, line 1: the column {name} is missing; the first line is {','.join(required)}")
    if len(set(names)) != len(names):
        raise CourseError(f"{path}, line 1: two columns have the same name: {', '.join(names)}")
    return names


def near(name, names):
    """What a misspelt name may have meant, for the end of a message.

    Examples
    --------
    >>> near("deadlin", ["deadline", "late"]), near("x", ["deadline"])
    (' (did you mean deadline?)', '')
    """
    close = difflib.get_close_matches(name, list(names), 1)
    return f" (did you mean {name_shown(close[0])}?)" if close else ""


def known(name, names):
    """The submission that a cell means, or None: a name as it is, or as the gradebook writes it.

    Examples
    --------
    >>> known("'=1+1", ["=1+1"]), known("ada", ["bob"])
    ('=1+1', None)
    """
    return name if name in names else next((one for one in names if harmless(one) == name), None)


def exact(number):
    """A number as the decimal fraction that it is written as: 0.1 is a tenth.

    Examples
    --------
    >>> exact(0.1), exact(2)
    (Fraction(1, 10), Fraction(2, 1))
    """
    return number if isinstance(number, Fraction) else Fraction(repr(number))


def plain(number):
    """A fraction as int or float, for files; None stays None."""
    return None if number is None else total([float(number)])


def said(number):
    """A number for people.

    Examples
    --------
    >>> said(Fraction(5, 2)), said(1234567.0), said(None)
    ('2.5', '1234567', 'nothing')
    """
    return "nothing" if number is None else digits(plain(number))


def one_line(text, longest=200):
    r"""A stranger's text, or anything else, on one line and with nothing in it that acts.

    Examples
    --------
    >>> one_line("a\n\x1b[31mb"), one_line(None), one_line(2.50)
    ('a b', '', '2.5')
    """
    if text is None:
        return ""
    return " ".join(visible(text if isinstance(text, str) else digits(text), longest).split())


def written(columns, rows):
    """The bytes of a CSV file in which no cell is a formula; None is an empty cell.

    Examples
    --------
    >>> print(written(["name", "points"], [["=1+1", 2], ["ada", None]]).decode())
    "name","points"
    "'=1+1",2
    "ada",""
    <BLANKLINE>
    """
    return encoded(table([["" if cell is None else cell for cell in row] for row in (columns, *rows)]))
