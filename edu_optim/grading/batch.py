"""Grade many submissions, in processes here or on a Dask cluster, and keep each result as it comes."""

import functools
import hashlib
import os
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


def found(place):
    """The submissions in a folder, or the one that is a file, as {name: path} by name.

    Raises
    ------
    BatchError
        If there is none.
    """
    place = Path(place)
    if place.is_dir():
        paths = [path for path in place.iterdir() if path.name.lower().endswith(".ipynb") and path.name[0] != "."]
    else:
        paths = [place] if os.path.lexists(place) else []
    named = {}
    for path in sorted(paths, key=lambda path: os.fsencode(path.name)):
        name = submissions.name_of(path)
        named[path.name if name in named else name] = path
    if not named:
        raise BatchError(f"there are no notebooks in {place}: give the folder with the .ipynb files, or one of them")
    return named


def grade_all(assignment, paths, folder, setting, workers, progress=lambda: None):
    """Grade what a folder lacks.

    Parameters
    ----------
    assignment : source.Assignment
        Read from ``setting.source``.
    paths : dict of str to path
        Of `found`.
    folder : Folder
    setting : Setting
    workers : executors.Workers
        Closed in the end.
    progress : callable, optional
        Called after each submission.
    """
    folder.begin(Facts(assignment.title, tuple(assignment.checks), setting.seed))
    form = submissions.Form.of(assignment.released(0))
    waiting, at_work = iter(paths.items()), {}

    def hire():
        while workers.free and (one := next(waiting, None)):
            name, path = one
            try:
                data = stranger.content(path)
                made_from = _digest(setting, name, data)
                if folder.has(name, made_from):
                    progress()
                    continue
                read = submissions.understood(data, name, form)
            except stranger.Unreadable as error:
                folder.put(unreadable(assignment, name, error.reason, setting.sandbox), "")
                progress()
                continue
            at_work[name] = made_from
            workers.submit(name, work, setting, read)

    with workers:
        hire()
        while True:
            try:
                for name, text in workers.results():
                    folder.put(Result.from_json(text), at_work.pop(name))
                    progress()
                    hire()
                break
            except ProcessError as error:  # which says not whose; the others go on
                why = str(error)
                hire()
        for name in at_work:
            folder.put(Result(name, results.FAILED, sandbox=setting.sandbox, why=why), "")
            progress()


def work(setting, submission):
    """Grade one submission: what a worker does. Returns the Result as text."""
    from .grade import grade, seed_for
    from .sandbox import Kernel, Limits

    open_kernel = functools.partial(Kernel, Limits(**setting.limits), setting.sandbox, setting.packages)
    try:
        result = grade(_read(setting.source), submission, seed_for(setting.seed, submission.name), open_kernel)
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


def _digest(setting, name, data):
    text = repr((edu_optim.__version__, setting, name, hashlib.sha256(data).hexdigest()))
    return hashlib.sha256(text.encode("utf-8", "backslashreplace")).hexdigest()
