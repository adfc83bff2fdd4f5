"""The folder of what was graded: a file for each result as soon as there is one, and what is made from them.

What is there is not graded again, unless the assignment, the submission, the seed or this package have changed.
"""

import contextlib
import hashlib
import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

from . import result as results
from .feedback import page
from .gradebook import encoded, gradebook
from .result import Result

LONGEST = 180  # bytes of a file's name; systems allow 255


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


class Folder:
    """Results on the disk.

    Parameters
    ----------
    path : path
        Made when something is put there.

    Attributes
    ----------
    gradebook : pathlib.Path
    """

    def __init__(self, path):
        self.path = Path(path)
        self.gradebook = self.path / "gradebook.csv"
        self._facts = self.path / "assignment.json"

    def begin(self, facts):
        """Make the folder for an assignment."""
        for folder in ("results", "feedback"):
            (self.path / folder).mkdir(parents=True, exist_ok=True)
        self._write(self._facts, json.dumps(asdict(facts), indent=1))

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

    def put(self, result, made_from):
        """Keep a result."""
        text = json.dumps({"made_from": made_from, "result": json.loads(result.to_json())}, indent=1)
        self._write(self._file(result.submission), text)

    def results(self):
        """Iterate over all results, by name."""
        found = []
        for path in (self.path / "results").glob("*.json"):
            with contextlib.suppress(ValueError, KeyError, TypeError, AttributeError):
                found.append((json.loads(path.read_text("utf-8"))["result"]["submission"], path))
        for _, path in sorted(found):
            yield Result.from_json(json.dumps(json.loads(path.read_text("utf-8"))["result"]))

    def report(self):
        """Write the gradebook and a page for each submission; return how many there are in each state."""
        facts, count = self.facts(), {}
        for result in self.results():
            path = self.path / "feedback" / f"{file_name(result.submission)}.html"
            self._write(path, page(result, facts.title))
            count[result.state] = count.get(result.state, 0) + 1
        self._write(self.gradebook, encoded(gradebook(self.results(), facts.checks)))
        return count

    def _file(self, name):
        return self.path / "results" / f"{file_name(name)}.json"

    def _write(self, path, content):
        """All of it or nothing, whenever this is ended."""
        content = content if isinstance(content, bytes) else content.encode("utf-8", "backslashreplace")
        part = self.path / "part.tmp"
        part.write_bytes(content)
        os.replace(part, path)


def file_name(name):
    """The name of a submission as that of a file: the same, unless it is too long.

    Examples
    --------
    >>> file_name("ada"), file_name("a" * 250) == file_name("a" * 251)
    ('ada', False)
    """
    name = name.replace("/", "_").replace("\0", "_")
    data = os.fsencode(name)
    if len(data) <= LONGEST and name.strip("."):
        return name
    digest = hashlib.sha256(data).hexdigest()[:16]
    return f"{data[:LONGEST - 20].decode('utf-8', 'ignore').strip('.')}-{digest}"
