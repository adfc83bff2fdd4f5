"""The one file that joins pseudonyms and a platform's students: results, gradebook and pages hold no names."""

import csv
import io
import re
import secrets
from pathlib import Path
from urllib.parse import quote, unquote

from ..lock import locked
from ..whole_file import write_whole
from .gradebook import encoded, harmless, table
from .platforms import Student

FILE = "names.csv"
COLUMNS = ["submission", "platform", "id", "name", "folder"]
LETTERS = "23456789bcdfghjkmnpqrstvwxz"  # no two alike, no vowels for words, one case
LENGTH = 6


class NamesError(Exception):
    """A table that cannot be used; the message says what to do."""


class Names:
    """The table, read from a file if there is one.

    Parameters
    ----------
    path : path
        Only its owner can read it, where systems know such a thing.

    Raises
    ------
    NamesError
        If it is no such table: then nobody's results could be found again.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp(), "names.csv")
    >>> names = Names(path)
    >>> pseudonym = names.pseudonym(Student("moodle", "12345", "Student 07"))
    >>> names.write()
    >>> Names(path).student(pseudonym).name
    'Student 07'
    """

    def __init__(self, path):
        self.path = Path(path)
        self._students, self._pseudonyms = {}, {}
        self._read()

    def _read(self):
        """Add what the file says."""
        try:
            rows = list(csv.reader(io.StringIO(self.path.read_bytes().decode("utf-8-sig"), newline=""), strict=True))
        except FileNotFoundError:
            return
        except (UnicodeDecodeError, csv.Error):
            raise self._damaged() from None
        if rows[:1] != [COLUMNS] or any(len(row) != len(COLUMNS) for row in rows):
            raise self._damaged()
        for pseudonym, platform, identity, name, folder in rows[1:]:
            student = Student(platform, identity, _unquoted(name), _unquoted(folder))
            if self._students.get(pseudonym, student)[:2] != student[:2] \
                    or self._pseudonyms.get(student[:2], pseudonym) != pseudonym:
                raise self._damaged()
            self._students[pseudonym], self._pseudonyms[student[:2]] = student, pseudonym

    def __len__(self):
        return len(self._students)

    def pseudonym(self, student):
        """The name under which a student is graded: random, and the same as long as the file is kept."""
        pseudonym = self._pseudonyms.get(student[:2])
        while pseudonym is None:
            drawn = "s-" + "".join(secrets.choice(LETTERS) for _ in range(LENGTH))
            pseudonym = None if drawn in self._students else drawn
        self._students[pseudonym], self._pseudonyms[student[:2]] = student, pseudonym
        return pseudonym

    def called(self, students):
        """Give each Student a pseudonym and keep the table: a dict. Of two commands at once each knows what the other
        gave."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with locked(self.path.with_name(f".{self.path.name}.lock"), on_wait=lambda: None):
            self._read()
            given = {student: self.pseudonym(student) for student in students}
            self.write()
        return given

    def student(self, pseudonym):
        """The Student of a pseudonym, or None."""
        return self._students.get(pseudonym)

    def write(self):
        """Keep the table: all of it or nothing."""
        rows = [[pseudonym, student.platform, student.id, _quoted(student.name), _quoted(student.folder)]
                for pseudonym, student in sorted(self._students.items())]
        self.path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(self.path, encoded(table([COLUMNS, *rows])), private=True)

    def _damaged(self):
        return NamesError(f"{self.path} is not the table of names that the grader wrote. Put back a copy of it; "
                          "without it nobody can tell whose the results are. To begin anew, delete it and grade again")


def forget(path):
    """Delete a file that `write_whole` wrote, and what is left of it where that was killed; list what there was."""
    parts = re.compile(rf"\.{re.escape(path.name)}\.[0-9]+\.part")
    there = [path, *(one for one in path.parent.glob(".*.part") if parts.fullmatch(one.name))]
    there = [one for one in there if one.exists()]
    for one in there:
        one.unlink()
    return there


def _quoted(text):
    """A text that is harmless in a spreadsheet, and from which all of it comes back."""
    if harmless(text) == text and "%" not in text:
        return text
    quoted = quote(text, safe=" ")
    return quoted if quoted.startswith("%") or harmless(quoted) == quoted else f"%{ord(quoted[0]):02X}{quoted[1:]}"


def _unquoted(text):
    return unquote(text.removeprefix("'") if text.startswith("'%") else text)
