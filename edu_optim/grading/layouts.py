"""Where the files of learning platforms want marks, by the names that they give their columns."""

import re
from typing import NamedTuple

from .printable import name_shown
from .sheet import SheetError, number

# What Moodle calls its columns, in English and in German; it reads a worksheet in the language of whoever uploads it.
ID = ("Identifier", "ID")
GRADE = ("Grade", "Bewertung")
MOST = ("Maximum Grade", "Maximum grade", "Bestwertung")
OPEN = ("Grade can be changed", "Bewertung kann ge\u00e4ndert werden")
COMMENT = ("Feedback comments", "Feedback als Kommentar")
ANY = "any"
YES, NO = ("Yes", "Ja"), ("No", "Nein")


class Layout(NamedTuple):
    """Where a file wants what: columns by number, and functions of a line's number.

    Parameters
    ----------
    platform : str
    keys : dict of str to list of int
        The lines of each identity.
    mark, comment : int or None
    most : callable
        The highest mark, or None.
    shut : callable
        Why nothing may be changed, or nothing.
    """

    platform: str
    keys: dict
    mark: int
    comment: int | None
    most: object
    shut: object


def layout(sheet, title="", id_column=None, mark_column=None):
    r"""The Layout of a file, by the names of its columns; parameters as those of `marks_back.fill`.

    Raises
    ------
    SheetError
        If it is nobody's file, or not clear which column is meant.

    Examples
    --------
    >>> from .sheet import Sheet
    >>> found = layout(Sheet(b"Student,ID,A1 (5)\nPoints Possible,,10\nStudent 07,31,\n"), "A1")
    >>> found.platform, found.mark, found.keys, found.most(2)
    ('canvas', 2, {'31': [2]}, 10.0)
    """
    if id_column:
        return _any(sheet, id_column, mark_column)
    if sheet.column(*GRADE) is not None and sheet.column(*OPEN) is not None and sheet.column(*ID) is not None:
        return _moodle(sheet)
    if "ID" in sheet.columns and {"Student", "LastName"} & {*sheet.columns}:
        return _canvas(sheet, title, mark_column)
    raise SheetError("it is neither an offline grading worksheet of Moodle (in English or German: choose one of them "
                     "in your profile there, and get it once more) nor an export of Canvas. For another file say which "
                     f"columns are meant: --id-column NAME --mark-column NAME. It has {_listed(sheet.columns)}")


def _moodle(sheet):
    mark, most, shut = sheet.column(*GRADE), sheet.column(*MOST), sheet.column(*OPEN)
    if most is None:
        raise SheetError("it has no column Maximum Grade: marks in words (a scale) cannot be filled in. Change the "
                         "assignment's grade to points in Moodle, and get the worksheet once more")

    def why(row):
        said = sheet.text(row, shut).strip()
        if said in YES:
            return ""
        return "the mark is locked in Moodle's gradebook: unlock it there, and get the worksheet once more" \
            if said in NO else f"whether the mark can be changed is said as {name_shown(said)!r}, not as Yes or No"

    keys = {}
    for row in sheet.rows:
        if found := re.search(r"([0-9]+)\s*$", sheet.text(row, sheet.column(*ID))):
            keys.setdefault(found[1], []).append(row)
    return Layout("moodle", keys, mark, sheet.column(*COMMENT), lambda row: number(sheet.text(row, most)), why)


def _canvas(sheet, title, mark_column):
    named = {name: re.fullmatch(r"(.*) \([0-9]+\)", name) for name in sheet.columns}
    wanted = mark_column or title
    meant = [name for name, found in named.items() if found and wanted in (name, found[1].strip())]
    if len(meant) != 1:
        raise SheetError(f"{len(meant)} of its assignments are called {name_shown(wanted)!r}. Say which is meant: "
                         f"--mark-column NAME. It has {_listed(name for name, found in named.items() if found)}")
    mark, identity = sheet.column(meant[0]), sheet.column("ID")
    first = next(number for number, name in enumerate(sheet.columns) if name in ("Student", "LastName"))
    possible = next((row for row in sheet.rows if "points possible" in sheet.text(row, first).lower()), None)
    if possible is None:
        raise SheetError('it has no line "Points Possible": get the export once more')
    if sheet.text(possible, mark).strip() and number(sheet.text(possible, mark)) is None:  # "(read only)", perhaps
        raise SheetError(f"Canvas takes no marks for {name_shown(meant[0])}: the column is read only")
    keys = {}
    for row in sheet.rows:
        if sheet.text(row, identity).strip():
            keys.setdefault(sheet.text(row, identity).strip(), []).append(row)
    said = {"N/A": "the assignment is not theirs in Canvas", "EX": "Canvas says that they are excused"}
    return Layout("canvas", keys, mark, None, lambda row: number(sheet.text(possible, mark)),
                lambda row: said.get(sheet.text(row, mark).strip().upper(), ""))


def _any(sheet, id_column, mark_column):
    identity, mark = sheet.column(id_column), sheet.column(mark_column) if mark_column else None
    if identity is None or mark is None:
        missing = id_column if identity is None else mark_column
        raise SheetError((f"it has no column {name_shown(missing)!r}" if missing else
                          "which column takes the marks must be said: --mark-column NAME")
                         + f". It has {_listed(sheet.columns)}")
    if identity == mark:
        raise SheetError(f"the column {name_shown(id_column)!r} says whose the lines are, so no marks go there: name "
                         "another with --mark-column NAME")
    keys = {}
    for row in sheet.rows:
        keys.setdefault(sheet.text(row, identity).strip(), []).append(row)
    keys.pop("", None)
    return Layout(ANY, keys, mark, None, lambda row: None, lambda row: "")


def _listed(names):
    return ", ".join(name_shown(name, 60) for name in names) or "none"
