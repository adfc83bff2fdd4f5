"""A CSV file of somebody else's, in which single cells are changed and every other byte stays as it is."""

import re
from typing import NamedTuple

DELIMITERS = ",;\t"
NUMBER = re.compile(r"\s*(-?\d+)(?:([.,])(\d+))?\s*")


class SheetError(Exception):
    """A file that cannot be filled in; the message says what to do."""


class Cell(NamedTuple):
    """What stands in a cell, and from where to where in the file."""

    text: str
    start: int
    end: int
    quoted: bool


class Sheet:
    r"""A table, its first line the names of its columns.

    Parameters
    ----------
    data : bytes
        In UTF-8 or any encoding in which ASCII is ASCII.

    Raises
    ------
    SheetError
        If it is no such table.

    Examples
    --------
    >>> sheet = Sheet(b'\xef\xbb\xbf"Full name",Grade\r\n"Student 07",\r\n')
    >>> sheet.fill(1, sheet.column("Grade"), "3,5")
    >>> sheet.written()
    b'\xef\xbb\xbf"Full name",Grade\r\n"Student 07","3,5"\r\n'
    """

    def __init__(self, data):
        if data[:2] in (b"\xff\xfe", b"\xfe\xff") or b"\0" in data[:1000]:
            raise SheetError("it is in UTF-16 or no text at all: give the CSV file as the platform made it")
        self._text = data.decode("utf-8", "surrogateescape")
        self._is_utf8 = not re.search(r"[\ud800-\udfff]", self._text)
        self._at = 1 if self._text.startswith("\ufeff") else 0
        first = re.split(r"[\r\n]", self._text[self._at:], maxsplit=1)[0]
        self._delimiter = max(DELIMITERS, key=re.sub(r'"[^"]*"', "", first).count)
        self._rows = list(self._read())
        self._changes = {}
        if not self._rows:
            raise SheetError("it is empty")
        self.columns = [cell.text.strip() for cell in self._rows[0]]

    @property
    def rows(self):
        """range: the numbers of the lines below the first that are not empty."""
        return range(1, len(self._rows))

    def column(self, *names):
        """The number of the column with one of these names, None if there is none; SheetError if there are two."""
        found = [number for number, name in enumerate(self.columns) if name in names]
        if len(found) > 1:
            raise SheetError(f"it has {len(found)} columns called {self.columns[found[0]]!r}: give the file as the "
                             "platform made it")
        return found[0] if found else None

    def text(self, row, column):
        """What stands there; empty where a line ends before."""
        return self._rows[row][column].text if column < len(self._rows[row]) else ""

    def fill(self, row, column, text):
        """Put a text there, in quotes if there were some, or it needs them."""
        if column >= len(self._rows[row]):
            raise SheetError(f"line {row + 1} of the table ends before the column {self.columns[column]!r}: give the "
                             "file as the platform made it")
        if not text.isascii() and not self._is_utf8:
            raise SheetError(f'the file is not in UTF-8, and {text[:80]!r} goes into it: open it in a spreadsheet, and '
                             'save it as "CSV UTF-8"')
        cell = self._rows[row][column]
        doubled = text.replace('"', '""')
        needed = cell.quoted or set(text) & {self._delimiter, '"', "\r", "\n"}
        self._changes[cell.start] = cell.end, f'"{doubled}"' if needed else text

    def written(self):
        """bytes: the file with the changes."""
        parts, at = [], 0
        for start, (end, text) in sorted(self._changes.items()):
            parts += [self._text[at:start], text]
            at = end
        return "".join([*parts, self._text[at:]]).encode("utf-8", "surrogateescape")

    def decimal(self, *columns):
        """The decimal sign of the numbers in some columns: a comma only if there is one, and no point."""
        signs = {found[2] for row in self.rows for column in columns
                 if column is not None and (found := NUMBER.fullmatch(self.text(row, column)))}
        return "," if "," in signs and "." not in signs else "."

    def _read(self):
        mark = re.escape(self._delimiter)
        cell = re.compile(rf'("(?:[^"]|"")*")|([^{mark}\r\n"][^{mark}\r\n]*)?')
        end = re.compile(rf"{mark}|\r\n|\r|\n|\Z")
        row, at, text = [], self._at, self._text
        while True:
            found = cell.match(text, at)
            stop = end.match(text, found.end())
            if not stop:
                line = len(re.findall(r"\r\n|\r|\n", text[:at])) + 1
                raise SheetError(f"in line {line} a quotation mark opens or closes where none should: give the file as "
                                 "the platform made it")
            quoted = found[1] is not None
            value = found[1][1:-1].replace('""', '"') if quoted else found[2] or ""
            row.append(Cell(value, found.start(), found.end(), quoted))
            at = stop.end()
            if stop[0] != self._delimiter:
                if len(row) > 1 or row[0].text or row[0].quoted:
                    yield row
                row = []
                if at >= len(text):
                    return


def number(text):
    """The number that a cell holds, None for anything else.

    Examples
    --------
    >>> number(" 12,50"), number("100"), number("1.234,5"), number("EX")
    (12.5, 100.0, None, None)
    """
    found = NUMBER.fullmatch(text)
    return float(f"{found[1]}.{found[3] or 0}") if found else None
