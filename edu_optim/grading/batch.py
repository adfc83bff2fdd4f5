"""Grade many submissions, in processes here or on a Dask cluster, and keep each result as it comes."""

import functools
import hashlib
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import edu_optim

from ..childprocess import ProcessError
from . import result as results
from . import stranger
from . import submission as submissions
from .folder import Facts
from .printable import name_shown
from .result import Result


class BatchError(Exception):
    """What keeps all submissions from being graded; the message says what to do."""


class Setting(NamedTuple):
    """What is the same for all: the source's bytes, the course's seed, the kind of sandbox, its limits, and what else
    may be imported in it."""

    source: bytes
    seed: int
    sandbox: str
    limits: dict
    packages: tuple = ()


def grade_all(assignment, handed_in, folder, setting, workers, progress=lambda: None, whole=True,
              withdraw=False):
    """Grade what a folder lacks.

    Parameters
    ----------
    assignment : source.Assignment
        Read from ``setting.source``.
    handed_in : dict of str to collect.HandedIn
        By submission; of `collect.found`.
    folder : Folder
    setting : Setting
    workers : executors.Workers
        Closed in the end.
    progress : callable, optional
        Called after each submission.
    whole : bool, optional
        Whether these are all submissions, so that others in the folder have been withdrawn.
    withdraw : bool, optional
        Whether these may be most of those that are there.

    Returns
    -------
    list of str
        The submissions that have been withdrawn.

    Raises
    ------
    BatchError
        If most results would be withdrawn: then this is another upload, or its names are taken for another platform's.
    """
    leaving, count = folder.leaving(handed_in, whole)
    if 2 * len(leaving) > count and not withdraw:
        shown = ", ".join(map(name_shown, leaving[:5])) + (", ..." if len(leaving) > 5 else "")
        raise BatchError(f"{len(leaving)} of {count} submissions in {folder.path} are not in this upload ({shown}), so "
                         "no result was changed. Give the upload of this assignment, with the --platform and --names "
                         "it was graded with before, or another folder with --out. If they have been withdrawn, type: "
                         "--withdraw")
    facts = Facts(assignment.title, tuple(assignment.checks), setting.seed)
    withdrawn = folder.begin(facts, setting.source, handed_in, whole)
    form = submissions.Form.of(assignment.released(0))
    waiting, at_work = iter(handed_in.items()), {}

    def hire():
        while workers.free and (one := next(waiting, None)):
            name, handed = one
            try:
                data = handed.read()
                made_from = _made_from(setting, name, data, handed.flags)
                if folder.has(name, made_from):
                    progress()
                    continue
                read = submissions.understood(data, name, form)
                read = replace(read, flags=(*handed.flags, *read.flags))
            except stranger.Unreadable as error:
                folder.put(unreadable(assignment, name, error.reason, setting.sandbox), "")
                progress()
                continue
            at_work[name] = made_from, read.answers
            workers.submit(name, work, setting, read)

    with workers:
        hire()
        while True:
            try:
                for name, text in workers.results():
                    folder.put(Result.from_json(text), *at_work.pop(name))
                    progress()
                    hire()
                break
            except ProcessError as error:  # which says not whose; the others go on
                why = str(error)
                hire()
        for name in at_work:
            folder.put(Result(name, results.FAILED, sandbox=setting.sandbox, why=why), "")
            progress()
    return withdrawn


def work(setting, submission):
    """Grade one submission: what a worker does. Returns the Result as text."""
    from .grade import SECONDS, grade, seed_for
    from .sandbox import Kernel, Limits
    from .sandbox.limits import bounded

    open_kernel = functools.partial(Kernel, Limits(**setting.limits), setting.sandbox, setting.packages)
    try:
        seed = seed_for(setting.seed, submission.name, setting.source, submission.answers)
        with bounded(2 * SECONDS):
            result = grade(_read(setting.source), submission, seed, open_kernel)
    except Exception as error:
        result = Result(submission.name, results.FAILED, why=f"{type(error).__name__}: {error}"[:1000])
    return replace(result, sandbox=setting.sandbox).to_json()


def unreadable(assignment, name, reason, sandbox=""):
    """The Result of a submission that is no notebook: no points, and a reason."""
    checks = {check.name: results.Judged(False, 0, check.points, results.NOT_ANSWERED, hidden=check.hidden)
              for check in assignment.checks.values()}
    return Result(name, results.UNREADABLE, checks, sandbox=sandbox, why=reason)


@functools.lru_cache(1)
def _read(content):
    """The assignment from the bytes of its source: a worker may be on another machine."""
    from .source import read

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "source.ipynb")
        path.write_bytes(content)
        return read(path)


def _made_from(setting, name, data, flags):
    """All that a result depends on, by name; two results can be compared by it."""
    return {"package": edu_optim.__version__, "assignment": hashlib.sha256(setting.source).hexdigest(),
            "submission": hashlib.sha256(data + "".join(flags).encode()).hexdigest(), "name": name,
            "course seed": setting.seed,
            "sandbox": setting.sandbox, "limits": repr(sorted(setting.limits.items())),
            "packages": list(setting.packages)}
