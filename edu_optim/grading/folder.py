"""The folder of what was graded: a file for each result as soon as there is one, and what is made from them.

What is there is not graded again, unless the assignment, the submission, the seed or this package have changed.
"""

import contextlib
import hashlib
import json
import os
import re
import unicodedata
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import NamedTuple

from ..whole_file import write_whole
from . import result as results
from .feedback import page
from .gradebook import encoded, gradebook, table
from .result import Result

REFUSED = re.compile(r'[<>:"/\\|?*\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]')
RESERVED = re.compile(r"(con|prn|aux|nul|com[0-9]|lpt[0-9])(\..*)?", re.IGNORECASE)  # names of devices on Windows
DIGEST = re.compile(r"-[0-9a-f]{16}$", re.IGNORECASE)
LONGEST = 180  # bytes of a file's name; systems allow 255
LONGEST_ANSWER = 100_000  # characters of an answer that are kept


class FolderError(Exception):
    """A folder that holds something else; the message says what to do."""


@dataclass(frozen=True)
class Facts:
    """What gradebook and pages need to know of an assignment.

    Parameters
    ----------
    title : str
    checks : tuple of str
        In order.
    seed : int
        The course's.
    """

    title: str
    checks: tuple
    seed: int


class Kept(NamedTuple):
    """A result on the disk, what it was made from by name, and the sources of the answers that were graded; both are
    empty where nothing could be read, or the grader failed."""

    result: Result
    made_from: dict
    answers: dict


class Folder:
    """Results on the disk.

    Parameters
    ----------
    path : path
        Made when something is put there.

    Attributes
    ----------
    gradebook : pathlib.Path
    source : pathlib.Path
        The assignment as it was graded by last, solutions and all.
    passed_over : pathlib.Path
        The list of files that were not graded.
    names : pathlib.Path
        The table of pseudonyms, here or where `keep_names_in` said.
    """

    def __init__(self, path):
        self.path = Path(path)
        self.gradebook = self.path / "gradebook.csv"
        self.source = self.path / "assignment.ipynb"
        self.passed_over = self.path / "passed_over.csv"
        self._facts = self.path / "assignment.json"
        self._names_in = self.path / "names-in.txt"
        self._called = {}

    def begin(self, facts, source=b"", names=None, whole=True):
        """Make the folder for an assignment.

        Parameters
        ----------
        facts : Facts
        source : bytes, optional
            The assignment's, which is kept.
        names : iterable of str, optional
            The submissions that are there now.
        whole : bool, optional
            Whether no others are: then other results leave for the folder ``withdrawn``, and come back as they were if
            their submissions do.

        Returns
        -------
        list of str
            The submissions whose results have left.
        """
        for folder in ("results", "feedback"):
            (self.path / folder).mkdir(parents=True, exist_ok=True)
        write_whole(self.source, source)
        write_whole(self._facts, json.dumps(asdict(facts), indent=1))
        there, away = self._stored("results"), self._stored("withdrawn")
        staying = {*there} if names is None else {*names} if whole else {*names, *there}
        self._called = file_names({*staying, *there, *away})
        for name, path in {**away, **there}.items():
            folder = self.path / ("results" if name in staying else "withdrawn")
            folder.mkdir(exist_ok=True)
            os.replace(path, folder / f"{self._called[name]}.json")
        return sorted(there.keys() - staying)

    @property
    def names(self):
        try:
            return Path(self._names_in.read_text("utf-8", "surrogateescape"))
        except FileNotFoundError:
            return self.path / "names.csv"

    def keep_names_in(self, path):
        """Remember where the table of names lies."""
        write_whole(self._names_in, os.path.abspath(path).encode("utf-8", "surrogateescape"))

    def leaving(self, names, whole=True):
        """The submissions whose results `begin` would withdraw, and how many there are of all; of parts of a hand-in
        none is."""
        there = self._stored("results")
        return (sorted(there.keys() - {*names}) if whole else []), len(there)

    def pass_over(self, files):
        """Write the list of files that are not graded, rows of submission, file and reason; none, and there is none."""
        if files:
            rows = [["submission", "file", "reason"], *map(list, files)]
            write_whole(self.passed_over, encoded(table(rows)), private=True)
        else:
            self.passed_over.unlink(missing_ok=True)

    def facts(self):
        """The Facts given to `begin`.

        Raises
        ------
        FolderError
            If nothing was graded into this folder.
        """
        try:
            given = json.loads(self._facts.read_text("utf-8"))
            return Facts(given["title"], tuple(given["checks"]), given["seed"])
        except (OSError, ValueError, KeyError, TypeError):
            raise FolderError(f"{self.path} holds nothing that was graded. Type first: python -m edu_optim assignment "
                              f"grade SOURCE SUBMISSIONS --out {self.path}") from None

    def has(self, name, made_from):
        """Whether there is a result of this submission, made from just that; one the grader failed at is none."""
        with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
            given = json.loads(self._file(name).read_text("utf-8"))
            return given["made_from"] == made_from and given["result"]["state"] != results.FAILED
        return False

    def put(self, result, made_from, answers=None):
        """Keep a result, what it was made from, and the answers that were graded."""
        answers = {answer: source[:LONGEST_ANSWER] for answer, source in (answers or {}).items()}
        given = {"made_from": made_from, "answers": answers, "result": json.loads(result.to_json())}
        text = json.dumps(given, indent=1)
        write_whole(self._file(result.submission), text)

    def results(self):
        """Iterate over all results, by name."""
        for kept in self.kept():
            yield kept.result

    def kept(self):
        """Iterate over all results with what was put there beside them, by name."""
        for _, path in sorted(self._stored("results").items()):
            try:
                given = json.loads(path.read_text("utf-8"))
                kept = Kept(Result.from_json(json.dumps(given["result"])), given["made_from"] or {}, given["answers"])
            except (ValueError, KeyError, TypeError, AttributeError):
                raise FolderError(f"{path} is not as the grader wrote it: delete it, and type the same assignment "
                                  "grade command again") from None
            yield kept

    def withdrawn(self):
        """The submissions whose results have left, by name."""
        return sorted(self._stored("withdrawn"))

    def report(self):
        """Write the gradebook and a page for each submission; return how many there are in each state."""
        facts, count, old = self.facts(), {}, set((self.path / "feedback").glob("*.html"))
        for result in self.results():
            write_whole(self.page(result.submission), page(result, facts.title))
            count[result.state] = count.get(result.state, 0) + 1
        for path in old - {self.page(name) for name in self._stored("results")}:
            path.unlink()
        write_whole(self.gradebook, encoded(gradebook(self.results(), facts.checks)))
        return count

    def page(self, name):
        """The path of a submission's page."""
        if name not in self._called:
            self._called = file_names({name, *self._stored("results"), *self._stored("withdrawn")})
        return self.path / "feedback" / f"{self._called[name]}.html"

    def _file(self, name):
        return self.path / "results" / f"{self._called.get(name) or file_name(name)}.json"

    def _stored(self, folder):
        """The path of each submission's result in a folder."""
        found = {}
        for path in sorted((self.path / folder).glob("*.json")):
            with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
                found[str(json.loads(path.read_text("utf-8"))["result"]["submission"])] = path
        return found


def file_names(names):
    """The name of each submission as that of a file, no two the same on any system.

    Examples
    --------
    >>> called = file_names(["ada", "Bob", "bob"])
    >>> called["ada"], called["Bob"] == "Bob", called["Bob"].casefold() == called["bob"].casefold()
    ('ada', False, False)
    """
    called, alike = {name: file_name(name) for name in names}, {}
    for name, own in called.items():
        alike.setdefault(unicodedata.normalize("NFC", unicodedata.normalize("NFC", own).casefold()), []).append(name)
    for meant in alike.values():
        called |= {name: file_name(name, True) for name in meant} if len(meant) > 1 else {}
    return called


def file_name(name, digest=False):
    """The name of a submission as that of a file: the same, unless systems refuse it, or a digest is wanted.

    Examples
    --------
    >>> file_name("ada"), file_name("a" * 250) == file_name("a" * 251), file_name("con"), file_name("a:b")
    ('ada', False, 'con-1143da2bc54c495c', 'a_b-6783a31eabf68ccc')
    """
    own = REFUSED.sub("_", name).strip(". ")
    data = own.encode("utf-8", "backslashreplace")
    digest = digest or DIGEST.search(own)  # else a student could call a file as another's result is called
    if own == name and own and len(data) <= LONGEST and not RESERVED.fullmatch(own) and not digest:
        return name
    told = hashlib.sha256(name.encode("utf-8", "backslashreplace")).hexdigest()[:16]
    return f"{data[:LONGEST - 20].decode('utf-8', 'ignore').strip('. ')}-{told}"
