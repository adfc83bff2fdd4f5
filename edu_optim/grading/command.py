"""What the commands of an assignment do, and what they say; each returns its exit code."""

import importlib.metadata
import secrets
import sys
from pathlib import Path

from ..childprocess import ProcessError
from ..executors import Workers, WorkersError
from . import result as results
from .batch import BatchError, Setting, found, grade_all
from .folder import Folder, FolderError

STOPPED = 130  # what shells call a program that Ctrl-C ended
NEEDED = ("nbval", "jupyter_client", "psutil", "nbformat", "ipykernel", "nbclient", "pytest")


def new(path, show):
    """Write a template."""
    def write():
        from .template import new

        written = new(path)
        show(f"{written} is there. Change it in Jupyter, then type: python -m edu_optim assignment lint {written}")
        return 0

    return _told(write, show)


def lint(source, run, show):
    """Say what is wrong with an assignment."""
    def look():
        from .lint import lint

        remarks = lint(source, run=run)
        for remark in remarks:
            show(str(remark))
        show(f"{len(remarks)} to put right." if remarks else "Nothing to put right.")
        return int(bool(remarks))

    return _told(look, show)


def release(source, out, show):
    """Write the notebook for students."""
    def write():
        from .release import release
        from .source import read

        show(f"{release(read(source), out)} is for students: no solutions, no hidden checks.")
        return 0

    return _told(write, show)


def check(notebook, handed_out, show):
    """Run the visible checks of a student's own notebook."""
    def look():
        from .selfcheck import selfcheck

        outcomes = selfcheck(notebook, handed_out)
        for outcome in outcomes:
            show(f"{'right' if outcome.right else 'wrong':<6} {outcome.check}: {outcome.text}".rstrip(": "))
        right = sum(outcome.right for outcome in outcomes)
        show(f"{right} of {len(outcomes)} visible checks are right. The grader draws "
             "other numbers, and there may be hidden checks.")
        return int(not all(outcome.right for outcome in outcomes))

    return _told(look, show)


def grade(source, submissions, out, show, *, seed, jobs, dask, cell_seconds, packages, unsafe):
    """Grade what is not graded yet, and write gradebook and pages."""
    def act():
        from .sandbox import Limits, warm
        from .source import read

        assignment, paths, folder = read(source), found(submissions), Folder(out)
        offer = sandbox(unsafe)
        _here(packages)
        limits = vars(Limits(**({"cell_seconds": cell_seconds, "total_seconds": 6 * cell_seconds} if cell_seconds
                                else {})))
        setting = Setting(Path(source).read_bytes(), _seed(seed, folder), offer.kind, limits, packages)
        show("WITHOUT A SANDBOX: these notebooks can do whatever you can. Every result says so." if unsafe else
             f"The sandbox: {offer.reason}.", err=True)
        workers = Workers(jobs, dask)
        if workers.here and not unsafe:
            warm()
        show(f"{assignment.title}: {len(paths)} submissions, seed {setting.seed}, {workers.count} at a time.")
        with _bar(len(paths)) as bar:
            try:
                grade_all(assignment, paths, folder, setting, workers, bar.update)
            except KeyboardInterrupt:
                bar.close()
                show("Stopped. What is graded is kept; the same command goes on.", err=True)
                return STOPPED
        return _reported(folder, show)

    return _told(act, show)


def report(out, show):
    """Write gradebook and pages again."""
    return _told(lambda: _reported(Folder(out), show), show)


def sandbox(unsafe=False):
    """The `sandbox.Offer` to grade in.

    Raises
    ------
    BatchError
        If there is none, and nobody has said that none is needed.
    """
    from .sandbox import offered

    wanted = "none" if unsafe else "bwrap"
    offer = next(offer for offer in offered() if offer.kind == wanted)
    if offer.works:
        return offer
    why = "nothing is graded without a sandbox" if not unsafe else "nothing is graded so"
    raise BatchError(f"{why}, and {offer.reason}. What to do: {offer.advice}" + (
        "" if unsafe else ". For notebooks that you trust like your own there is --unsafe-no-sandbox"))


def _here(packages):
    """Raise if one of these distributions is not installed."""
    for name in packages:
        try:
            importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            raise BatchError(f"{name} is not installed. Type: {sys.executable} -m pip install {name}") from None


def _seed(seed, folder):
    """The seed that was asked for, else the one this folder has, else a new one."""
    if seed is not None:
        return seed
    try:
        return folder.facts().seed
    except FolderError:
        return secrets.randbelow(2**31)


def _reported(folder, show):
    count = folder.report()
    show(", ".join(f"{number} {state}" for state, number in sorted(count.items())) + ".")
    for result in folder.results():
        if result.state != results.GRADED:
            show(f"  {result.submission}: {result.why}")
    show(f"The gradebook is {folder.gradebook}, the pages for students are in {folder.path / 'feedback'}.")
    if count.get(results.FAILED):
        show("Where the grader failed there are no points, which is not 0: somebody must look. The same command tries "
             "those again.", err=True)
    return int(bool(count.get(results.FAILED)))


def _bar(total):
    from tqdm.auto import tqdm

    return tqdm(total=total, unit="submission", mininterval=0.2 if sys.stderr.isatty() else 60)


def _told(act, show):
    """Do it; what a reader can mend is told in a line."""
    try:
        from .release import ReleaseError
        from .selfcheck import SelfCheckError
        from .source import SourceError

        told = BatchError, FolderError, WorkersError, ProcessError, SourceError, ReleaseError, SelfCheckError
        try:
            return act()
        except OSError as error:
            show(f"Error: {error.filename}: {error.strerror}" if error.filename else f"Error: {error}", err=True)
        except told as error:
            show(f"Error: {error}", err=True)
    except ModuleNotFoundError as error:
        if error.name.partition(".")[0] not in NEEDED:
            raise
        show(f'Error: this needs {error.name}. Type: {sys.executable} -m pip install "edu_optim[grading]"', err=True)
    return 1
