"""Marks and pages for a learning platform: its own file filled in, and a zip that it takes. Here names join marks.

==========  ==========================================  =============================================
platform    file                                        changed in it
==========  ==========================================  =============================================
Moodle      the assignment's offline grading worksheet  Grade, Feedback comments
Canvas      the export of the gradebook                 the column of one assignment
any         a CSV file                                  the columns that are named
==========  ==========================================  =============================================
"""

import re
import zipfile
from html import escape
from io import BytesIO
from pathlib import Path
from typing import NamedTuple

from .gradebook import digits
from .layouts import ANY, MOST, layout
from .platforms import SPELLED, Student
from .printable import name_shown, visible
from .sheet import Sheet, SheetError

OURS = re.compile(r"\s*(<p[^>]*>)?\s*[0-9.]+ of [0-9.]+ points\b")


class ToReturn(NamedTuple):
    """A person's mark, and what is said of it; ``points`` is None where somebody must look."""

    student: Student
    name: str
    points: float | None
    of: float
    comment: str = ""
    submission: str = ""

    @property
    def who(self):
        """str: for messages."""
        return name_shown(self.name if self.student.platform == "plain" else f"{self.name} ({self.student.name})")


class Filled(NamedTuple):
    """A file filled in: its bytes, how many marks are in it, and what there is to say."""

    content: bytes
    count: int
    notes: list


def to_return(folder, names, rules=None):
    """The ToReturn of each person, by name.

    Parameters
    ----------
    folder : folder.Folder
    names : pseudonyms.Names
    rules : optional
        As `course.final_marks` takes them.

    Returns
    -------
    list of ToReturn
    """
    from .course import final_marks

    results = {result.submission: result for result in folder.results()}
    returns = []
    for mark in final_marks(folder.path, rules):
        student = names.student(mark.name) or Student("plain", mark.name, mark.name)
        said = comment(mark, results[mark.submission]) if mark.submission and mark.points is not None else ""
        returns.append(ToReturn(student, mark.name, mark.points, mark.of, said, mark.submission))
    return returns


def fill(data, returns, title="", id_column=None, mark_column=None, scale=False, skip=False):
    """Fill marks into a platform's file.

    Parameters
    ----------
    data : bytes
    returns : list of ToReturn
    title : str, optional
        The assignment's, which may be the name of its column.
    id_column, mark_column : str, optional
        The names of columns. In a file of another kind than Moodle's and Canvas's both are needed; in one of Canvas
        ``mark_column`` may say which assignment it is.
    scale : bool, optional
        Whether full points are the highest mark.
    skip : bool, optional
        Whether to leave out who cannot be filled in, instead of filling in nobody.

    Returns
    -------
    Filled

    Raises
    ------
    SheetError
        If a mark does not fit into the file.
    """
    sheet = Sheet(data)
    form = layout(sheet, title, id_column, mark_column)
    if form.platform != ANY and not any(one.student.platform == form.platform for one in returns):
        raise SheetError(f"it is {SPELLED[form.platform]}'s, and no graded submission came from there: give the table "
                         "of names that was written when they were graded (--names), or the file of the right platform")
    decimal, notes, absent, wrong, count = sheet.decimal(form.mark, sheet.column(*MOST)), [], [], [], 0
    for one in returns:
        if one.points is None:
            notes.append(f"{one.who} has no points yet, so nothing was filled in")
            continue
        try:
            row = _row(form, one)
            sheet.fill(row, form.mark, digits(_mark(form.most(row), one, scale)).replace(".", decimal))
        except _Absent as why:
            absent.append(f"{one.who} {why}")
        except _Wrong as why:
            wrong.append(f"{one.who} {why}")
        else:
            count += 1
            if not _commented(sheet, row, form.comment, one.comment):
                notes.append(f"{one.who} has a comment that somebody wrote: it is left as it is")
    if wrong or (absent and not skip):
        advice = [] if wrong else ["To leave them out and fill in the others, type --skip"]
        raise SheetError("\n".join(["nothing was written:", *(f"  {fault}" for fault in wrong + absent), *advice]))
    notes += [f"left out: {fault}" for fault in absent]
    others = len(form.keys.keys() - {one.student.id for one in returns} - {one.name for one in returns})
    notes += [f"left as they are, since nothing came from them: {others} in the file"] if others else []
    return Filled(sheet.written(), count, notes)


class _Absent(Exception):
    """Why somebody cannot be filled in, though nothing is wrong."""


class _Wrong(Exception):
    """Why nobody should be filled in."""


def _row(form, one):
    """The line of a person."""
    if form.platform not in (ANY, one.student.platform):
        raise _Absent("is not in the file")
    rows = form.keys.get(one.student.id) or (form.keys.get(one.name, []) if form.platform == ANY else [])
    if not rows:
        raise _Absent("is not in the file")
    if len(rows) > 1:
        raise _Wrong(f"is there {len(rows)} times")
    if why := form.shut(rows[0]):
        raise _Absent(f"cannot be filled in: {why}")
    return rows[0]


def _mark(most, one, scale):
    """What goes into the file for a person."""
    if scale and (most is None or not one.of):
        raise _Wrong("has no highest mark to scale to")
    mark = round(one.points * most / one.of if scale else one.points, 5)
    if most is not None and mark > most:
        raise _Wrong(f"has {digits(mark)} points, and the highest mark is {digits(most)}: change that on the platform "
                     "and get its file again, or type --scale")
    return mark


def _commented(sheet, row, column, text):
    """Fill in a comment, in place of none or of one of ours; whether there is no other."""
    if column is None or not text:
        return True
    there = sheet.text(row, column)
    if there.strip() and not OURS.match(there):
        return False
    sheet.fill(row, column, text)
    return True


def comment(mark, result):
    """What is said of a mark in a platform's comment, which is HTML: no word in it is the student's.

    Parameters
    ----------
    mark : course.Mark
    result : result.Result
        That counts.

    Returns
    -------
    str
    """
    checks = ", ".join(f"{name} {digits(judged.points)}/{digits(judged.of)}" for name, judged in result.checks.items())
    said = [f"{digits(mark.points)} of {digits(mark.of)} points", *mark.why, *filter(None, [checks])]
    return escape(" ".join(visible(". ".join(said)).split()) + ".", quote=False)


def pages(folder, returns):
    """The zip of the pages for students, called as the platform wants them; ValueError if nobody is of a platform.

    Parameters
    ----------
    folder : folder.Folder
    returns : list of ToReturn

    Returns
    -------
    (bytes, int)
        The zip, and how many pages are in it.
    """
    file, count = BytesIO(), 0
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for one in returns:
            if one.student.folder and one.submission:
                entry = zipfile.ZipInfo(f"{one.student.folder}feedback.html")  # of 1980, so that bytes can be compared
                entry.compress_type = zipfile.ZIP_DEFLATED
                archive.writestr(entry, Path(folder.page(one.submission)).read_bytes())
                count += 1
    if not count:
        raise SheetError("none of these submissions came from a platform, or the table of names is gone: hand the "
                         f"pages out as they are, in {folder.path / 'feedback'}")
    return file.getvalue(), count
