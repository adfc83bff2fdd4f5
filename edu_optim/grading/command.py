"""What the commands of an assignment do, and what they say; each returns its exit code."""

import contextlib
import importlib.metadata
import secrets
import sys
from pathlib import Path

from ..childprocess import ProcessError
from ..executors import Workers, WorkersError
from ..lock import locked
from . import result as results
from .batch import BatchError, Setting, grade_all
from .collect import found, note_times
from .folder import Folder, FolderError
from .printable import name_shown, visible
from .pseudonyms import NamesError
from .sheet import SheetError
from .uploads import UploadError

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
        from .selfcheck import remarks, selfcheck

        outcomes = selfcheck(notebook, handed_out)
        for remark in remarks(notebook, handed_out):
            show(f"note     {remark}")
        for outcome in outcomes:
            word = "right" if outcome.right else "wrong" if outcome.answered else "not yet"
            show(f"{word:<8} {outcome.check}: {outcome.text}".rstrip(": "))
        right = sum(outcome.right for outcome in outcomes)
        show(f"{right} of {len(outcomes)} visible checks are right. The grader draws "
             "other numbers, and there may be hidden checks.")
        return int(not all(outcome.right for outcome in outcomes))

    return _told(look, show)


def grade(source, submissions, out, show, *, platform, names, seed, jobs, dask, cell_seconds, packages, unsafe,
          withdraw=False):
    """Grade what is not graded yet, and write gradebook and pages."""
    def act():
        from .exchange import table_of_names
        from .sandbox import Limits
        from .source import read

        assignment, folder = read(source), Folder(out)
        offer = sandbox(unsafe)
        _here(packages)
        limits = vars(Limits(**({"cell_seconds": cell_seconds, "total_seconds": 6 * cell_seconds} if cell_seconds
                                else {})))
        handed = found(*submissions, platform=platform, names=lambda: table_of_names(folder, names),
                       handed_out=Path(source).name, without=folder.path)
        folder.path.mkdir(parents=True, exist_ok=True)
        with _alone(show, folder.path):
            return graded(assignment, folder, offer, limits, handed)

    def graded(assignment, folder, offer, limits, handed):
        from .exchange import tell_of
        from .sandbox import warm

        setting = Setting(Path(source).read_bytes(), _seed(seed, folder), offer.kind, limits, packages)
        show("WITHOUT A SANDBOX: these notebooks can do whatever you can. Every result says so." if unsafe else
             f"The sandbox: {offer.reason}.", err=True)
        workers = Workers(jobs, dask)
        if workers.here and not unsafe:
            warm()
        show(f"{assignment.title}: {len(handed.submissions)} submissions, "
             f"{workers.count} at a time.")
        tell_of(handed, folder, names, show)
        for remark in note_times(folder.path / "times.csv", handed.submissions):
            show(f"To look at: {remark}.")
        with _bar(len(handed.submissions)) as bar:
            try:
                withdrawn = grade_all(assignment, handed.submissions, folder, setting, workers, bar.update,
                                      handed.whole, withdraw)
            except KeyboardInterrupt:
                bar.close()
                show("Stopped. What is graded is kept; the same command goes on.", err=True)
                return STOPPED
        if withdrawn:
            show(f"No longer there, so no longer in the gradebook: {', '.join(map(name_shown, withdrawn))}. Their "
                 f"results are in {folder.path / 'withdrawn'}.")
        return _reported(folder, show)

    return _told(act, show)


def report(out, show, *, rules=None, old=None, viva=False):
    """Write gradebook and pages again, and the points after all rules; or compare; or ask."""
    def act():
        from .course import report_command

        code, there = 0, report_command.folders(out)
        with _alone(show, out, *there):
            for folder in () if old or viva else there:
                code |= _reported(Folder(folder), show)
            report_command.report(out, show, rules, old, viva)
        return code

    return _told(act, show)


def exchange(what, *arguments, **options):
    """Give marks or pages back, or forget names: one of the functions of `exchange`; the last argument is ``show``."""
    def act():
        from . import exchange

        with _alone(arguments[-1], arguments[0]):
            return getattr(exchange, what)(*arguments, **options)

    return _told(act, arguments[-1])


@contextlib.contextmanager
def _alone(show, *folders):
    """Let no other command work in these folders meanwhile."""
    def wait():
        show("Another command is at work in this folder: waiting until it has ended.", err=True)

    with contextlib.ExitStack() as stack:
        for folder in sorted({Path(folder).resolve() for folder in folders}):
            if folder.is_dir():
                stack.enter_context(locked(folder / ".lock", wait))
        yield


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
        return secrets.randbits(128)


def _reported(folder, show):
    count = folder.report()
    show(", ".join(f"{number} {state}" for state, number in sorted(count.items())) + ".")
    for result in folder.results():
        if result.state != results.GRADED:
            show(f"  {name_shown(result.submission)}: {name_shown(result.why, 1000)}")
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

        told = (BatchError, UploadError, NamesError, SheetError, FolderError, WorkersError, ProcessError, SourceError,
                ReleaseError, SelfCheckError)
        try:
            return act()
        except OSError as error:
            show(f"Error: {name_shown(str(error.filename))}: {error.strerror}" if error.filename else f"Error: {error}",
                 err=True)
        except told as error:
            show(f"Error: {visible(str(error), 10**5)}", err=True)
    except ModuleNotFoundError as error:
        if error.name.partition(".")[0] not in NEEDED:
            raise
        show(f'Error: this needs {error.name}. Type: {sys.executable} -m pip install "edu_optim[grading]"', err=True)
    return 1
