"""The table of points: one line for each submission, in a form that no spreadsheet takes for a formula."""

import csv
import io
import re

from . import result as results

FORMULA = re.compile(r"[\s\0]*[=+\-@|%\uff1d\uff0b\uff0d\uff20]|[\t\r\n]")
CONTROL = re.compile(r"[\x00-\x1f\x7f]")


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
    file = io.StringIO(newline="")
    writer = csv.writer(file, quoting=csv.QUOTE_NONNUMERIC, lineterminator="\n")
    writer.writerow(["submission", *map(harmless, checks), "total"])
    for result in graded:
        points = [result.checks[name].points if name in result.checks else "" for name in checks]
        total = "" if result.state == results.FAILED else result.total
        writer.writerow([harmless(result.submission), *points, total])
    return file.getvalue()


def encoded(text):
    """The bytes of a file for spreadsheets: those in use read UTF-8 only after a mark, which ASCII needs not."""
    return text.encode("ascii" if text.isascii() else "utf-8-sig")


def harmless(text):
    r"""A text that a spreadsheet shows as it stands.

    Examples
    --------
    >>> harmless("=cmd|' /C calc'!A0"), harmless("ada"), harmless("a\tb")
    ("'=cmd|' /C calc'!A0", 'ada', 'a\\x09b')
    """
    written = CONTROL.sub(lambda match: f"\\x{ord(match[0]):02x}", text)
    return f"'{written}" if FORMULA.match(text) else written
