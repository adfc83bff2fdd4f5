"""The table of points: one line for each submission, in a form that no spreadsheet takes for a formula."""

import re
from decimal import Decimal

from . import result as results
from .printable import name_shown

# What begins a formula, in every width and height it has: some programs read those like the plain ones.
STARTS = (r"=+\-@|%\u207a\u207b\u207c\u208a\u208b\u208c\u2212\ufb29\ufe62\ufe63\ufe66\ufe6a\ufe6b\uff05\uff0b\uff0d"
          r"\uff1d\uff20\uff5c")
FORMULA = re.compile(rf"'*\s*[{STARTS}]")
# Where commas mean decimals, lists are separated by semicolons, and what stands behind one begins a cell.
BEHIND = re.compile(rf";(?=[\s\"']*[{STARTS}])")


def gradebook(graded, checks):
    """The gradebook as text.

    Fields: ``submission``, one for each check, ``total``. A submission that the grader failed at has no numbers, which
    is not 0: somebody must look.

    Parameters
    ----------
    graded : iterable of Result
        In the order of the lines.
    checks : sequence of str
        In the order of the columns.

    Returns
    -------
    str

    Examples
    --------
    >>> from .result import Judged, Result
    >>> ada = Result("ada", "graded", {"c1": Judged(True, 2, 2), "c2": Judged(False, 0, 1)})
    >>> print(gradebook([ada, Result("=1+1", "grader failed")], ["c1", "c2"]))
    "submission","c1","c2","total"
    "ada",2,0,2
    "'=1+1","","",""
    <BLANKLINE>
    """
    rows = [["submission", *checks, "total"]]
    for result in graded:
        points = [result.checks[name].points if name in result.checks else "" for name in checks]
        rows.append([result.submission, *points, "" if result.state == results.FAILED else result.total])
    return table(rows)


def table(rows):
    """Rows of texts and numbers as the text of a CSV file that is safe to open.

    Examples
    --------
    >>> table([["file", "points"], ["@a", 1234567.5]])
    '"file","points"\\n"\\'@a",1234567.5\\n'
    """
    return "".join(",".join(map(_cell, row)) + "\n" for row in rows)


def _cell(value):
    return '"{}"'.format(harmless(value).replace('"', '""')) if isinstance(value, str) else digits(value)


def encoded(text):
    """The bytes of a file for spreadsheets: those in use read UTF-8 only after a mark, which ASCII needs not."""
    return text.encode("ascii" if text.isascii() else "utf-8-sig")


def harmless(text):
    r"""A text that a spreadsheet shows as it stands.

    Examples
    --------
    >>> harmless("=cmd|' /C calc'!A0"), harmless("ada"), harmless("a\tb"), harmless("a;=1")
    ("'=cmd|' /C calc'!A0", 'ada', 'a\\u0009b', 'a\\u003b=1')
    """
    written = BEHIND.sub(r"\\u003b", name_shown(text, 10**6))
    return f"'{written}" if FORMULA.match(written) else written


def digits(number):
    """A number with all of its digits and no exponent.

    Examples
    --------
    >>> digits(1e6), digits(0.1), digits(1e-7), digits(1234567)
    ('1000000', '0.1', '0.0000001', '1234567')
    """
    number = int(number) if number == int(number) else number
    return str(number) if isinstance(number, int) else f"{Decimal(repr(number)):f}"
